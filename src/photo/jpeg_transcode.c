/* SPDX-License-Identifier: Apache-2.0
 *
 * libjpeg decodes in buffered-image mode: all scans are read into coefficient arrays, one output
 * pass gives the scaled pixels, and the arrays are still there to be written to a new file.
 *
 * Turning a block is turning its pixels: swapping rows and columns transposes the coefficients,
 * mirroring changes the sign of those of odd frequency.
 */
#include "photo/jpeg_transcode.h"

#include <jerror.h>

#include "photo/jpeg_encode.h"

struct work {
    struct jpeg_guard guard;
    struct jpeg_decoder decoder;
    struct jpeg_compress_struct c;
    struct jpeg_destination_mgr destination;
    jvirt_barray_ptr arrays[JPEG_COMPONENTS]; /* the upright coefficients, in c's memory */
    struct span jpeg;
    const struct jpeg_scan *scan;
    const struct jpeg_decode_want *want;
    struct jpeg_transcoded *out;
};

/* Eight coefficients, which is a row of a block: worked on at once. */
typedef int16_t row8 __attribute__((vector_size(16)));

/* What mirroring does to a block: 0 or -1, where the coefficient changes its sign. */
struct block_signs {
    row8 rows[DCTSIZE];
};

bool jpeg_transcode_trims(const struct jpeg_scan *scan)
{
    struct jpeg_turn turn = jpeg_pixels_turn(scan->orientation);
    uint32_t h = 1;
    uint32_t v = 1;
    for (unsigned i = 0; i < scan->components && scan->components > 1; i++) {
        h = scan->component[i].h > h ? scan->component[i].h : h;
        v = scan->component[i].v > v ? scan->component[i].v : v;
    }
    bool odd_width = scan->width % (h * DCTSIZE) != 0;
    bool odd_height = scan->height % (v * DCTSIZE) != 0;
    if (turn.swap)
        return (turn.flip_x && odd_height) || (turn.flip_y && odd_width);
    return (turn.flip_x && odd_width) || (turn.flip_y && odd_height);
}

static struct block_signs plan_signs(struct jpeg_turn turn)
{
    struct block_signs signs = {0};
    for (unsigned y = 0; y < DCTSIZE; y++) {
        for (unsigned x = 0; x < DCTSIZE; x++) {
            bool negate = (turn.flip_x && x % 2 != 0) != (turn.flip_y && y % 2 != 0);
            signs.rows[y][x] = negate ? -1 : 0;
        }
    }
    return signs;
}

/* Swaps rows and columns: each round interleaves the first half of the rows with the second. */
static void transpose(row8 *rows)
{
    for (int round = 0; round < 3; round++) {
        row8 mixed[DCTSIZE] = {0};
        for (unsigned i = 0; i < DCTSIZE / 2; i++) {
            row8 a = rows[i];
            row8 b = rows[i + DCTSIZE / 2];
            mixed[2 * i] = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
            mixed[2 * i + 1] = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
        }
        memcpy(rows, mixed, sizeof mixed);
    }
}

static void turn_block(const struct block_signs *signs, bool swap, const JCOEF *in, JCOEF *out)
{
    row8 rows[DCTSIZE];
    _Static_assert(sizeof rows == sizeof(JBLOCK), "coefficients are 16 bits");
    memcpy(rows, in, sizeof rows);
    if (swap)
        transpose(rows);
    for (unsigned y = 0; y < DCTSIZE; y++)
        rows[y] = (rows[y] ^ signs->rows[y]) - signs->rows[y];
    memcpy(out, rows, sizeof rows);
}

/* The stored block array's rows from..from+count-1. */
static JBLOCKARRAY stored_rows(struct work *work, jvirt_barray_ptr array, JDIMENSION from,
                               JDIMENSION count)
{
    j_common_ptr d = (j_common_ptr)(void *)&work->decoder.d;
    return work->decoder.d.mem->access_virt_barray(d, array, from, count, FALSE);
}

/* One upright row of blocks from stored rows: a row as it is, or, when sides are swapped, a column.
 */
static void turn_row(struct work *work, jvirt_barray_ptr stored, const jpeg_component_info *info,
                     JDIMENSION y)
{
    struct jpeg_turn turn = jpeg_pixels_turn(work->scan->orientation);
    struct block_signs signs = plan_signs(turn);
    j_common_ptr c = (j_common_ptr)(void *)&work->c;
    JBLOCKROW to =
        work->c.mem->access_virt_barray(c, work->arrays[info->component_index], y, 1, TRUE)[0];
    JDIMENSION width = info->width_in_blocks;
    JDIMENSION from_y = turn.flip_y ? info->height_in_blocks - 1 - y : y;
    JBLOCKROW row = turn.swap ? NULL : stored_rows(work, stored, from_y, 1)[0];
    for (JDIMENSION x = 0; x < width; x++) {
        JDIMENSION from_x = turn.flip_x ? width - 1 - x : x;
        const JCOEF *block =
            turn.swap ? stored_rows(work, stored, from_x, 1)[0][from_y] : row[from_x];
        turn_block(&signs, turn.swap, block, to[x]);
    }
}

/* Fills the upright arrays, whose sizes the compressor has worked out. */
static void turn_all(struct work *work, jvirt_barray_ptr *stored)
{
    for (int i = 0; i < work->c.num_components; i++) {
        const jpeg_component_info *info = &work->c.comp_info[i];
        for (JDIMENSION y = 0; y < info->height_in_blocks; y++)
            turn_row(work, stored[i], info, y);
    }
}

static JDIMENSION blocks(JDIMENSION side, int factor, int factor_max)
{
    JDIMENSION mcu = (JDIMENSION)factor_max * DCTSIZE;
    return (side + mcu - 1) / mcu * (JDIMENSION)factor;
}

static void swap_int(int *a, int *b)
{
    int kept = *a;
    *a = *b;
    *b = kept;
}

static void swap_sides(struct jpeg_compress_struct *c)
{
    JDIMENSION width = c->image_width;
    c->image_width = c->image_height;
    c->image_height = width;
    for (int i = 0; i < c->num_components; i++)
        swap_int(&c->comp_info[i].h_samp_factor, &c->comp_info[i].v_samp_factor);
    for (int t = 0; t < NUM_QUANT_TBLS; t++) {
        JQUANT_TBL *table = c->quant_tbl_ptrs[t];
        for (unsigned k = 0; table && k < DCTSIZE2; k++) {
            unsigned mirrored = k % DCTSIZE * DCTSIZE + k / DCTSIZE;
            if (mirrored <= k)
                continue;
            UINT16 kept = table->quantval[k];
            table->quantval[k] = table->quantval[mirrored];
            table->quantval[mirrored] = kept;
        }
    }
}

/* Reserves the upright arrays: whole MCUs, as the compressor walks them. */
static void reserve(struct jpeg_compress_struct *c, jvirt_barray_ptr *arrays)
{
    int h = 1;
    int v = 1;
    for (int i = 0; i < c->num_components; i++) {
        h = c->comp_info[i].h_samp_factor > h ? c->comp_info[i].h_samp_factor : h;
        v = c->comp_info[i].v_samp_factor > v ? c->comp_info[i].v_samp_factor : v;
    }
    for (int i = 0; i < c->num_components; i++) {
        const jpeg_component_info *info = &c->comp_info[i];
        arrays[i] = c->mem->request_virt_barray((j_common_ptr)(void *)c, JPOOL_IMAGE, TRUE,
                                                blocks(c->image_width, info->h_samp_factor, h),
                                                blocks(c->image_height, info->v_samp_factor, v),
                                                (JDIMENSION)info->v_samp_factor);
    }
}

static void write_upright(struct work *work, jvirt_barray_ptr *stored)
{
    struct jpeg_compress_struct *c = &work->c;
    bool turned = work->scan->orientation != 1;
    jpeg_create_compress(c);
    c->mem->max_memory_to_use = (long)work->want->memory_max;
    jpeg_io_into(c, &work->destination, work->out->room);
    jpeg_copy_critical_parameters(&work->decoder.d, c);
    c->optimize_coding = TRUE;
    c->density_unit = 0;
    c->X_density = 1;
    c->Y_density = 1;
    c->JFIF_major_version = 1;
    c->JFIF_minor_version = 1;
    for (int i = 0; i < c->num_components; i++) {
        jpeg_component_info *info = &c->comp_info[i];
        info->component_id = work->scan->rgb ? "RGB"[i] : i + 1;
        if (c->num_components == 1)
            info->h_samp_factor = info->v_samp_factor = 1;
    }
    if (jpeg_pixels_turn(work->scan->orientation).swap)
        swap_sides(c);
    if (turned)
        reserve(c, work->arrays);
    jpeg_write_coefficients(c, turned ? work->arrays : stored);
    if (work->out->wide_gamut)
        jpeg_encode_mark_wide(c);
    if (turned)
        turn_all(work, stored);
    jpeg_finish_compress(c);
    work->out->len = work->out->room.len - work->destination.free_in_buffer;
}

static void transcode(void *arg)
{
    struct work *work = arg;
    struct jpeg_decompress_struct *d = &work->decoder.d;
    work->c.err = &work->guard.manager;
    jpeg_decode_begin(&work->decoder, &work->guard, work->jpeg, work->want);
    d->buffered_image = TRUE;
    jpeg_start_decompress(d);
    while (jpeg_consume_input(d) != JPEG_REACHED_EOI)
        ;
    jpeg_decode_check_scans(&work->decoder);
    if (jpeg_decode_held(&work->decoder) > 0)
        ERREXIT(d, JWRN_EXTRANEOUS_DATA);
    jpeg_start_output(d, d->input_scan_number);
    jpeg_decode_rows(&work->decoder, work->want->space);
    jpeg_finish_output(d);
    write_upright(work, jpeg_read_coefficients(d));
}

int jpeg_transcode(struct span jpeg, const struct jpeg_scan *scan,
                   const struct jpeg_decode_want *want, struct jpeg_transcoded *out)
{
    struct work work = {.jpeg = jpeg, .scan = scan, .want = want, .out = out};
    jpeg_guard_init(&work.guard);
    int result = jpeg_io_verdict(jpeg_guard_run(&work.guard, transcode, &work));
    jpeg_destroy_compress(&work.c);
    jpeg_destroy_decompress(&work.decoder.d);
    out->pixels = work.decoder.pixels;
    if (result != 0)
        jpeg_pixels_free(&out->pixels);
    return result;
}
