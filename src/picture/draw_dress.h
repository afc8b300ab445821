/* SPDX-License-Identifier: Apache-2.0
 *
 * What cameras and programs put around a picture, made up for tests and the demo: all that must not
 * leave with it. Each adds the bytes of one segment, without marker and length, to `out`.
 */
#ifndef PORCHLIGHT_DRAW_DRESS_H
#define PORCHLIGHT_DRAW_DRESS_H

#include "base/buf.h"
#include "picture/draw.h"

/* EXIF with camera, time, orientation; a place and a maker's note by flags; `thumbnail` may be
 * empty. */
void draw_dress_exif(const struct draw_options *options, struct span thumbnail, struct buf *out);

/* A colour profile. */
void draw_dress_profile(enum draw_profile profile, struct buf *out);

/* XMP that names a person and a place; IPTC likewise; a claim of origin in a JUMBF box. */
void draw_dress_xmp(struct buf *out);
void draw_dress_iptc(struct buf *out);
void draw_dress_jumbf(struct buf *out);

#endif
