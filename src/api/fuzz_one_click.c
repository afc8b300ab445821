/* SPDX-License-Identifier: Apache-2.0
 *
 * Input: a Content-Type, NUL, a body. Whatever is in it, reading stays inside, and the answer is
 * one of the enum's.
 */
#include "api/one_click.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *gap = size ? memchr(data, '\0', size) : NULL;
    if (!gap)
        return 0;
    size_t len = size - (size_t)(gap + 1 - data);
    uint8_t *body = malloc(len + 1); /* of its own, so that a step outside is seen */
    if (!body)
        return 0;
    uint8_t *exact = len ? realloc(body, len) : body;
    memcpy(exact ? exact : body, gap + 1, len);
    enum one_click said =
        one_click_read((const char *)data, (struct span){exact ? exact : body, len});
    if (said > ONE_CLICK_AGAIN)
        abort();
    free(exact ? exact : body);
    return 0;
}
