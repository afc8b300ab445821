/* SPDX-License-Identifier: Apache-2.0
 *
 * utf8proc does it: NFKD, case folding, and no marks.
 */
#include "domain/fold.h"

#include <utf8proc.h>

uint8_t *fold_text(const char *text, long *len_out)
{
    const utf8proc_option_t how = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                  UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE;
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t len =
        utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)strlen(text), &made, how);
    *len_out = len >= 0 ? (long)len : len == UTF8PROC_ERROR_NOMEM ? -1 : 0;
    return made;
}

static bool is_of_word(utf8proc_int32_t c)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return true;
    default:
        return false;
    }
}

long fold_next(const uint8_t *at, long len, bool *of_word_out)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t used = utf8proc_iterate(at, len, &c);
    *of_word_out = used > 0 && is_of_word(c);
    return used > 0 ? (long)used : 0;
}
