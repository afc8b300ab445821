/* SPDX-License-Identifier: Apache-2.0
 *
 * The letters of a mark: drawn by hand, five dots wide and seven high.
 */
#ifndef PORCHLIGHT_MARK_FONT_H
#define PORCHLIGHT_MARK_FONT_H

#include "base/base.h"

enum { MARK_GLYPH_WIDTH = 5, MARK_GLYPH_HEIGHT = 7 };

/* Is there ink at a dot of a character's glyph (0, 0: top left)? Capital letters look like small
 * ones; the middle dot is 0xb7; what has no glyph is blank. */
bool mark_font_ink(uint8_t character, unsigned x, unsigned y);

#endif
