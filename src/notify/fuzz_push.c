/* SPDX-License-Identifier: Apache-2.0
 *
 * A subscription as a stranger sends it: three lines, the address and the two keys. What is taken
 * is then encrypted for.
 */
#include "notify/push_endpoint.h"

static char *line_of(char **rest)
{
    char *line = *rest, *end = strchr(line, '\n');
    if (end)
        *end++ = 0;
    *rest = end ? end : line + strlen(line);
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[4096], origin[PUSH_ORIGIN_ROOM];
    uint8_t body[PUSH_BODY];
    struct push_keys keys;
    const char *wrong;
    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    char *rest = text;
    const char *endpoint = line_of(&rest), *p256dh = line_of(&rest), *auth = line_of(&rest);
    if (push_endpoint_read(endpoint, PUSH_HTTPS_OR_HTTP, origin) &&
        (strncmp(origin, "http", 4) != 0 || strchr(origin, '@') || strlen(endpoint) < 8))
        abort();
    if (push_keys_read(p256dh, auth, &keys, &wrong) &&
        push_crypt(&keys, (struct span){data, size < PUSH_TEXT ? size : PUSH_TEXT}, body) != 0)
        abort();
    return 0;
}
