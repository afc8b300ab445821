/* SPDX-License-Identifier: Apache-2.0 */
#include "photo/jpeg_encode.h"

#include "photo/jpeg_guard.h"
#include "photo/jpeg_icc.h"

enum { ROWS = 16 };

/* Where the n-th number of a quantisation table, in zigzag order, stands in the block. */
static const uint8_t natural_order[64] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

struct work {
    struct jpeg_guard guard;
    struct jpeg_compress_struct c;
    struct jpeg_destination_mgr destination;
    const struct jpeg_pixels *pixels;
    const struct jpeg_encode_want *want;
    struct jpeg_room room;
};

static void keep_table(struct jpeg_compress_struct *c, int which, const struct jpeg_quant *quant,
                       bool swapped)
{
    unsigned table[64];
    for (unsigned i = 0; i < 64; i++) {
        const uint8_t *p = quant->numbers.data + (quant->wide ? 2 * i : i);
        unsigned at = natural_order[i];
        if (swapped)
            at = at % 8 * 8 + at / 8;
        table[at] = quant->wide ? (unsigned)p[0] << 8 | p[1] : p[0];
    }
    jpeg_add_quant_table(c, which, table, 100, FALSE);
}

static void keep_tables(struct jpeg_compress_struct *c, const struct jpeg_scan *like, bool swapped)
{
    for (int i = 0; i < c->num_components; i++) {
        const struct jpeg_component *from = &like->component[i];
        jpeg_component_info *to = &c->comp_info[i];
        to->h_samp_factor = swapped ? from->v : from->h;
        to->v_samp_factor = swapped ? from->h : from->v;
        to->quant_tbl_no = from->quant;
        keep_table(c, from->quant, &like->quant[from->quant], swapped);
    }
}

void jpeg_encode_mark_wide(struct jpeg_compress_struct *c)
{
    uint8_t segment[JPEG_ICC_SEGMENT_LEN];
    jpeg_icc_p3_segment(segment);
    jpeg_write_marker(c, JPEG_APP0 + 2, segment, sizeof segment);
}

static void encode(void *arg)
{
    static const J_COLOR_SPACE spaces[] = {
        [JPEG_GRAY] = JCS_GRAYSCALE, [JPEG_YCC] = JCS_YCbCr, [JPEG_RGB] = JCS_RGB};
    struct work *work = arg;
    struct jpeg_compress_struct *c = &work->c;
    const struct jpeg_pixels *pixels = work->pixels;
    c->err = &work->guard.manager;
    jpeg_create_compress(c);
    jpeg_io_into(c, &work->destination, work->room);
    c->image_width = pixels->width;
    c->image_height = pixels->height;
    c->input_components = (int)pixels->channels;
    c->in_color_space = spaces[pixels->space];
    jpeg_set_defaults(c); /* YCbCr or gray; 4:2:0 */
    if (work->want->like)
        keep_tables(c, work->want->like, work->want->swapped);
    else
        jpeg_set_quality(c, work->want->quality, TRUE);
    jpeg_start_compress(c, TRUE);
    if (work->want->wide_gamut)
        jpeg_encode_mark_wide(c);

    size_t row_len = (size_t)pixels->width * pixels->channels;
    while (c->next_scanline < c->image_height) {
        JSAMPROW rows[ROWS];
        JDIMENSION count = c->image_height - c->next_scanline;
        if (count > ROWS)
            count = ROWS;
        for (JDIMENSION i = 0; i < count; i++)
            rows[i] = pixels->data + (c->next_scanline + i) * row_len;
        jpeg_write_scanlines(c, rows, count);
    }
    jpeg_finish_compress(c);
}

int jpeg_encode(const struct jpeg_pixels *pixels, const struct jpeg_encode_want *want,
                struct jpeg_room room, size_t *len_out)
{
    struct work work = {.pixels = pixels, .want = want, .room = room};
    jpeg_guard_init(&work.guard);
    int result = jpeg_io_verdict(jpeg_guard_run(&work.guard, encode, &work));
    jpeg_destroy_compress(&work.c);
    if (result != 0)
        return result;
    *len_out = room.len - work.destination.free_in_buffer;
    return 0;
}
