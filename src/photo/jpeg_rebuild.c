/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the picture anew around its own entropy data: every header is ours, made from what the
 * scan has checked, and of the file's bytes only the tables in use and the entropy data are taken
 * over. Nothing that is not named here can leave.
 */
#include "photo/jpeg_rebuild.h"

#include "photo/jpeg_icc.h"

struct writer {
    struct jpeg_room room;
    size_t len;
    bool full;
};

static void put(struct writer *w, const void *data, size_t len)
{
    if (w->room.len - w->len < len) {
        w->full = true;
        return;
    }
    memcpy(w->room.data + w->len, data, len);
    w->len += len;
}

static void put_byte(struct writer *w, unsigned byte)
{
    uint8_t b = (uint8_t)byte;
    put(w, &b, 1);
}

static void put_16(struct writer *w, unsigned number)
{
    put_byte(w, number >> 8 & 0xFF);
    put_byte(w, number & 0xFF);
}

/* A marker and its segment's length, which counts itself. */
static void put_segment(struct writer *w, unsigned marker, size_t len)
{
    put_16(w, marker);
    put_16(w, (unsigned)(len + 2));
}

/* JFIF 1.1 without a size in inches and without a thumbnail; or, for RGB, Adobe's marker that says
 * so. */
static void put_colours(struct writer *w, const struct jpeg_scan *scan, bool wide_gamut)
{
    static const uint8_t jfif[14] = {'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0};
    static const uint8_t adobe[12] = {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0};
    if (scan->rgb) {
        put_segment(w, 0xFFEE, sizeof adobe);
        put(w, adobe, sizeof adobe);
    } else {
        put_segment(w, 0xFFE0, sizeof jfif);
        put(w, jfif, sizeof jfif);
    }
    if (wide_gamut) {
        uint8_t segment[JPEG_ICC_SEGMENT_LEN];
        jpeg_icc_p3_segment(segment);
        put_segment(w, 0xFFE2, sizeof segment);
        put(w, segment, sizeof segment);
    }
}

static void put_quants(struct writer *w, const struct jpeg_scan *scan)
{
    unsigned written = 0;
    for (unsigned i = 0; i < scan->components; i++) {
        unsigned which = scan->component[i].quant;
        const struct jpeg_quant *quant = &scan->quant[which];
        if (written & 1u << which)
            continue;
        written |= 1u << which;
        put_segment(w, 0xFFDB, 1 + quant->numbers.len);
        put_byte(w, (quant->wide ? 0x10u : 0) | which);
        put(w, quant->numbers.data, quant->numbers.len);
    }
}

static void put_huffman(struct writer *w, unsigned class_and_number, struct span table,
                        unsigned *written)
{
    if (*written & 1u << class_and_number)
        return;
    *written |= 1u << class_and_number;
    put_segment(w, 0xFFC4, 1 + table.len);
    put_byte(w, class_and_number);
    put(w, table.data, table.len);
}

static void put_frame(struct writer *w, const struct jpeg_scan *scan)
{
    put_segment(w, 0xFF00u | scan->frame, 6 + 3u * scan->components);
    put_byte(w, 8);
    put_16(w, scan->height);
    put_16(w, scan->width);
    put_byte(w, scan->components);
    for (unsigned i = 0; i < scan->components; i++) {
        const struct jpeg_component *c = &scan->component[i];
        put_byte(w, scan->rgb ? (unsigned)"RGB"[i] : i + 1);
        put_byte(w, (unsigned)c->h << 4 | c->v);
        put_byte(w, c->quant);
    }
}

static void put_scan(struct writer *w, const struct jpeg_scan *scan)
{
    put_segment(w, 0xFFDA, 4 + 2u * scan->components);
    put_byte(w, scan->components);
    for (unsigned i = 0; i < scan->components; i++) {
        const struct jpeg_component *c = &scan->component[i];
        put_byte(w, scan->rgb ? (unsigned)"RGB"[i] : i + 1);
        put_byte(w, (unsigned)c->dc << 4 | c->ac);
    }
    put_byte(w, 0);
    put_byte(w, 63);
    put_byte(w, 0);
}

/* The entropy data without its last `cut` bytes; FF 00 stands for one byte. */
static struct span without_tail(struct span entropy, size_t cut)
{
    while (cut-- > 0 && entropy.len > 0) {
        bool pair = entropy.len >= 2 && entropy.data[entropy.len - 1] == 0 &&
                    entropy.data[entropy.len - 2] == 0xFF;
        entropy.len -= pair ? 2 : 1;
    }
    return entropy;
}

int jpeg_rebuild(const struct jpeg_scan *scan, size_t cut, bool wide_gamut, struct jpeg_room room,
                 size_t *len_out)
{
    struct writer w = {.room = room};
    unsigned written = 0;
    put_16(&w, 0xFFD8);
    put_colours(&w, scan, wide_gamut);
    put_quants(&w, scan);
    put_frame(&w, scan);
    for (unsigned i = 0; i < scan->components; i++) {
        const struct jpeg_component *c = &scan->component[i];
        put_huffman(&w, c->dc, scan->dc[c->dc], &written);
        put_huffman(&w, 0x10u | c->ac, scan->ac[c->ac], &written);
    }
    if (scan->restart_interval != 0) {
        put_segment(&w, 0xFFDD, 2);
        put_16(&w, scan->restart_interval);
    }
    put_scan(&w, scan);
    struct span entropy = without_tail(scan->entropy, cut);
    put(&w, entropy.data, entropy.len);
    put_16(&w, 0xFFD9);
    if (w.full)
        return PHOTO_TOO_LARGE;
    *len_out = w.len;
    return 0;
}
