/* SPDX-License-Identifier: Apache-2.0
 *
 * Text as it is compared: case folded, taken apart, and without what stands above and below
 * letters. Pure.
 */
#ifndef PORCHLIGHT_FOLD_H
#define PORCHLIGHT_FOLD_H

#include <stdint.h>

#include "base/base.h"

/* The folded text, its length in *len_out; the caller frees it. NULL with *len_out 0 where the text
 * is none (not UTF-8), or with -1 when memory is short. */
uint8_t *fold_text(const char *text, long *len_out);

/* One character of a folded text: how many bytes it is, 0 at what is none, and whether it belongs
 * to a word, being a letter or a number. */
long fold_next(const uint8_t *at, long len, bool *of_word_out);

#endif
