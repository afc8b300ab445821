/* SPDX-License-Identifier: Apache-2.0
 *
 * Draws the doorstep that a courier would have photographed: wall, door, mat, pavement, lamp and a
 * parcel, different for every seed and the same for the same seed, as a JPEG with whatever a camera
 * may put around it. The demo shows these pictures, tests and bench are fed with them, so that the
 * project needs no photograph of anyone's door.
 *
 * Not for strangers' input; nothing here runs in the server but the demo.
 */
#ifndef PORCHLIGHT_DRAW_H
#define PORCHLIGHT_DRAW_H

#include "base/base.h"

enum draw_sampling { DRAW_420, DRAW_422, DRAW_444, DRAW_440, DRAW_411 };
enum draw_profile { DRAW_PROFILE_NONE, DRAW_PROFILE_SRGB, DRAW_PROFILE_P3, DRAW_PROFILE_ADOBE };

/* The size where none is asked for: two megapixels. */
enum { DRAW_WIDTH = 1632, DRAW_HEIGHT = 1224 };

/* Bits of draw_options.flags. */
enum draw_flag {
    DRAW_EXIF =
        1u << 0, /* camera, time and orientation; implied by the next two and by orientation > 1 */
    DRAW_GPS = 1u << 1,         /* the place of a well-known lighthouse, in EXIF */
    DRAW_THUMBNAIL = 1u << 2,   /* a small picture inside EXIF */
    DRAW_PROGRESSIVE = 1u << 3, /* coded in ten scans */
    DRAW_GRAY = 1u << 4,        /* one component */
    DRAW_RGB = 1u << 5,         /* coded as RGB, with an Adobe marker */
    DRAW_DARK = 1u << 6,        /* at night, the lamp is off */
    DRAW_BLURRED = 1u << 7,     /* the hand shook */
    DRAW_CLUTTER =
        1u << 8, /* XMP, IPTC, a comment, a maker's note, JUMBF, and bytes after the end */
    DRAW_RESTARTS = 1u << 9,   /* a restart marker every row of MCUs */
    DRAW_NO_PARCEL = 1u << 10, /* the doorstep alone */
};

struct draw_options {
    uint64_t seed;   /* the place: same seed, same doorstep at any size */
    uint32_t width;  /* upright, 16 to 8192; 0: DRAW_WIDTH */
    uint32_t height; /* upright, 16 to 8192; 0: DRAW_HEIGHT */
    int orientation; /* EXIF's 1 to 8: the stored pixels are turned so that a viewer that honours it
                        sees it upright; 0: 1 */
    int quality;     /* 1 to 100; 0: 84 */
    enum draw_sampling sampling;
    enum draw_profile profile; /* the pixels are the same; only what they claim to be differs */
    uint32_t flags;            /* bits of enum draw_flag */
};

/* Draws the scene upright into width*height RGB triples that the caller frees. 0, or -EINVAL,
 * -ENOMEM. */
int draw_pixels(const struct draw_options *options, uint8_t **rgb_out) MUST_CHECK;

/* Draws and encodes; the caller frees *jpeg_out. 0, or -EINVAL for options out of range, -ENOMEM.
 */
int draw_picture(const struct draw_options *options, uint8_t **jpeg_out,
                 size_t *len_out) MUST_CHECK;

/* Encodes pixels drawn before, with the dressing that `options` asks for: for many copies of one
 * scene. */
int draw_encode(const struct draw_options *options, const uint8_t *rgb, uint8_t **jpeg_out,
                size_t *len_out) MUST_CHECK;

#endif
