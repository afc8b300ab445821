/* SPDX-License-Identifier: Apache-2.0
 *
 * What most channels need of an answer.
 */
#include "notify/channel.h"

#include <strings.h>

bool incoming_header(const struct incoming *answer, const char *name, char *out, size_t room)
{
    size_t len = strlen(name);
    for (const char *line = answer->headers; line && *line;) {
        size_t whole = strcspn(line, "\r\n");
        if (whole > len && line[len] == ':' && strncasecmp(line, name, len) == 0) {
            const char *value = line + len + 1;
            size_t left = whole - len - 1;
            for (; left > 0 && (*value == ' ' || *value == '\t'); value++)
                left--;
            for (; left > 0 && (value[left - 1] == ' ' || value[left - 1] == '\t');)
                left--;
            snprintf(out, room, "%.*s", (int)left, value);
            return true;
        }
        line += whole;
        line += strspn(line, "\r\n");
    }
    return false;
}

void notice_judge_http(const struct incoming *answer, struct notice_verdict *out)
{
    *out = (struct notice_verdict){.outcome = NOTICE_LATER};
    if (answer->trouble)
        snprintf(out->reason, sizeof out->reason, "%s", answer->trouble);
    else if (!answer->answered)
        snprintf(out->reason, sizeof out->reason, "no_answer");
    else if (answer->status >= 200 && answer->status <= 299)
        out->outcome = NOTICE_SENT;
    else
        snprintf(out->reason, sizeof out->reason, "status_%d", answer->status);
    if (answer->answered && answer->status == 410)
        out->outcome = NOTICE_TARGET_GONE;
}
