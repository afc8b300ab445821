/* SPDX-License-Identifier: Apache-2.0
 *
 * A target's headers, and the text of an address, over the same bytes. What is found of a header
 * stands in the text, on one line.
 */
#include "notify/channel.h"
#include "notify/guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"Retry-After", "Location", "x", ""};
    char text[INCOMING_HEADERS], value[64];
    size_t len = size < sizeof text - 1 ? size : sizeof text - 1;
    if (len > 0)
        memcpy(text, data, len);
    text[len] = 0;
    struct incoming answer = {.answered = true, .status = (int)len, .headers = text};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!incoming_header(&answer, names[i], value, sizeof value))
            continue;
        must(strlen(value) < sizeof value && !strpbrk(value, "\r\n"));
        must(!*value || strstr(text, value));
    }
    (void)guard_is_public_text(text);
    return 0;
}
