/* SPDX-License-Identifier: Apache-2.0
 *
 * Any header chooses one of our languages.
 */
#include "base/base.h"
#include "lang/accept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *header = malloc(size + 1);
    if (!header)
        return 0;
    memcpy(header, data, size);
    header[size] = '\0';
    for (int pseudo = 0; pseudo < 2; pseudo++) {
        const struct lang *lang = lang_accept(header, pseudo, LANG_ENGLISH);
        if (!lang || lang_find(lang->code) != lang || (lang->pseudo && !pseudo))
            abort();
    }
    free(header);
    return 0;
}
