/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes into a photo who looks at it: a short text ("agent 17 · case 42 · 2026-11-24 14:05"),
 * again and again on slanting lines over the whole picture, so that no piece of it that shows
 * anything can be cut out without it.
 *
 * Letters are light with a dark edge, and half transparent: they are read on a white wall and in
 * the dark, and what lies behind them can still be seen. They are as high as the picture is large;
 * a picture too narrow for the whole text has its parts on lines of their own.
 *
 * mark_photo is, like judge_photo, a pure function from bytes to bytes without any system call but
 * malloc's. The same photo and text give the same bytes. Its input is a posted photo of ours, which
 * was a stranger's: call it in the sandboxed worker only (or in tests).
 */
#ifndef PORCHLIGHT_MARK_H
#define PORCHLIGHT_MARK_H

#include "base/base.h"
#include "photo/facts.h"
#include "photo/jpeg_pixels.h"
#include "photo/judge.h"

/* The text: digits, letters, space, and of signs : - . / # and the middle dot (UTF-8); what has no
 * glyph leaves a gap. Its parts are parted by " · ". */
enum { MARK_TEXT_ROOM = 64 }; /* with its NUL */

/* Writes the marked JPEG into `room` and fills the verdict, width, height and posted_len of
 * *facts_out. 0; a verdict (enum photo_verdict), then nothing in `room` counts; or -ENOMEM. */
struct mark_room {
    uint8_t *data;
    size_t len;
};
int mark_photo(struct span jpeg, const char *text, const struct judge_limits *limits,
               struct mark_room room, struct photo_facts *facts_out) MUST_CHECK;

/* Room that a marked photo of `size` bytes needs at most. */
#define MARK_ROOM(size) (2 * (size) + JUDGE_ROOM_EXTRA)

/* The drawing alone, in place. 0 or -ENOMEM. */
int mark_draw(struct jpeg_pixels *pixels, const char *text) MUST_CHECK;

#endif
