/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the structure of a JPEG, marker by marker, without decoding anything: where each part lies,
 * what kind of JPEG it is, and whether it stays within the limits. This is the first code to touch
 * a stranger's bytes, so it knows nothing but offsets into them, and each is checked before it is
 * used.
 *
 * The rest of the judge works from this map and does not parse markers again, except for libjpeg.
 */
#ifndef PORCHLIGHT_JPEG_SCAN_H
#define PORCHLIGHT_JPEG_SCAN_H

#include "base/base.h"
#include "photo/judge.h"

enum { JPEG_COMPONENTS = 3, JPEG_TABLES = 4, JPEG_PROFILE_CHUNKS = 16 };

struct jpeg_component {
    uint8_t id;
    uint8_t h, v;   /* sampling factors, 1 to 4 */
    uint8_t quant;  /* its quantisation table, 0 to 3 */
    uint8_t dc, ac; /* its Huffman tables in the only scan, 0 to 3 */
};

/* A quantisation table: 64 numbers in zigzag order, of one or two bytes each. */
struct jpeg_quant {
    struct span numbers; /* 64 or 128 bytes; empty when the file never defined it */
    bool wide;
};

/* Spans point into the file. What the file defines twice stands as defined last. */
struct jpeg_scan {
    uint8_t frame; /* its SOF marker: 0xC0, 0xC1 or 0xC2 */
    uint8_t components;
    uint32_t width, height;
    struct jpeg_component component[JPEG_COMPONENTS];
    struct jpeg_quant quant[JPEG_TABLES];
    struct span dc[JPEG_TABLES], ac[JPEG_TABLES]; /* Huffman tables: 16 counts, then the symbols */
    uint16_t restart_interval;

    uint32_t scans;
    bool simple; /* one scan with every component, no fill bytes inside: fit for a rebuild */
    struct span entropy; /* of the last scan */
    size_t end;          /* where that ends; what stands behind it is not needed */
    bool no_end;         /* EOI is missing */

    bool rgb;                                 /* its three components are red, green, blue */
    uint8_t orientation;                      /* 1 to 8 */
    struct span profile[JPEG_PROFILE_CHUNKS]; /* the colour profile's pieces, in order */
    uint8_t profile_chunks;                   /* 0 when there is none or it is not whole */
    uint32_t notes;                           /* enum photo_note */
};

/* Maps the file. 0, or the verdict that ends the judging here; then width, height and notes are as
 * far as they were read. */
int jpeg_scan_read(struct span jpeg, const struct judge_limits *limits, struct jpeg_scan *scan_out);

/* True when `eighths` of 8 of a length, rounded up, is the length that libjpeg decodes to. */
static inline uint32_t jpeg_scan_scaled(uint32_t length, uint32_t eighths)
{
    return (length * eighths + 7) / 8;
}

#endif
