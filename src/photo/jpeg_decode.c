/* SPDX-License-Identifier: Apache-2.0
 *
 * The one liberty: where the entropy decoder stands after the last MCU is not public in libjpeg,
 * and without knowing it, up to seven bytes could ride behind the picture unseen, or hint at damage
 * that goes unheard. `jpeg_decode_held` looks at the two fields behind the public part of
 * libjpeg-turbo's Huffman decoder, the same since its first release; it is used for nothing but to
 * find such bytes.
 */
#include "photo/jpeg_decode.h"

#include <jerror.h>
#include <jpegint.h>

#include "photo/jpeg_io.h"

enum { ROWS = 16 };

struct work {
    struct jpeg_guard guard;
    struct jpeg_decoder decoder;
    struct span jpeg;
    const struct jpeg_decode_want *want;
    size_t leftover;
};

void jpeg_decode_begin(struct jpeg_decoder *decoder, struct jpeg_guard *guard, struct span jpeg,
                       const struct jpeg_decode_want *want)
{
    static const J_COLOR_SPACE spaces[] = {
        [JPEG_GRAY] = JCS_GRAYSCALE, [JPEG_YCC] = JCS_YCbCr, [JPEG_RGB] = JCS_RGB};
    struct jpeg_decompress_struct *d = &decoder->d;
    d->err = &guard->manager;
    jpeg_create_decompress(d);
    d->mem->max_memory_to_use = (long)want->memory_max;
    jpeg_io_from(d, &decoder->source, jpeg);
    jpeg_read_header(d, TRUE);
    if (d->num_components == 3)
        d->jpeg_color_space = want->rgb ? JCS_RGB : JCS_YCbCr;
    d->out_color_space = spaces[want->space];
    d->scale_num = want->eighths;
    d->scale_denom = 8;
    d->do_block_smoothing = FALSE; /* it would hide what is missing */
}

void jpeg_decode_check_scans(struct jpeg_decoder *decoder)
{
    struct jpeg_decompress_struct *d = &decoder->d;
    if (!d->progressive_mode || !d->coef_bits)
        return;
    for (int i = 0; i < d->num_components; i++) {
        for (int k = 0; k < DCTSIZE2; k++) {
            int bits =
                d->coef_bits[i]
                            [k]; /* still to come; -1 when nothing came, as good as 0 but for DC */
            if (bits > 0 || (k == 0 && bits != 0))
                ERREXIT(d, JERR_INPUT_EOF);
        }
    }
}

void jpeg_decode_rows(struct jpeg_decoder *decoder, enum jpeg_space space)
{
    struct jpeg_decompress_struct *d = &decoder->d;
    struct jpeg_pixels *pixels = &decoder->pixels;
    if (jpeg_pixels_new(d->output_width, d->output_height, space, pixels) != 0)
        ERREXIT1(d, JERR_OUT_OF_MEMORY, 0);
    if (pixels->channels != (uint32_t)d->output_components)
        ERREXIT(d, JERR_CONVERSION_NOTIMPL);
    size_t row_len = (size_t)pixels->width * pixels->channels;
    while (d->output_scanline < d->output_height) {
        JSAMPROW rows[ROWS];
        JDIMENSION count = d->output_height - d->output_scanline;
        if (count > ROWS)
            count = ROWS;
        for (JDIMENSION i = 0; i < count; i++)
            rows[i] = pixels->data + (d->output_scanline + i) * row_len;
        jpeg_read_scanlines(d, rows, count);
    }
}

size_t jpeg_decode_held(const struct jpeg_decoder *decoder)
{
#ifdef LIBJPEG_TURBO_VERSION
    const struct jpeg_decompress_struct *d = &decoder->d;
    struct {
        struct jpeg_entropy_decoder public_part;
        size_t buffer;
        int bits_left;
    } reader;
    if (d->progressive_mode || d->inputctl->has_multiple_scans)
        return 0;
    memcpy(&reader, d->entropy, sizeof reader);
    if (reader.bits_left >= 0 && reader.bits_left <= 64)
        return (size_t)reader.bits_left / 8;
#endif
    return 0;
}

static size_t find_leftover(const struct jpeg_decoder *decoder)
{
    const struct jpeg_decompress_struct *d = &decoder->d;
    if (d->progressive_mode || d->inputctl->has_multiple_scans)
        return 0;
    size_t unread = d->unread_marker == 0 ? d->src->bytes_in_buffer : 0;
    return unread + jpeg_decode_held(decoder);
}

static void decode(void *arg)
{
    struct work *work = arg;
    struct jpeg_decompress_struct *d = &work->decoder.d;
    jpeg_decode_begin(&work->decoder, &work->guard, work->jpeg, work->want);
    jpeg_start_decompress(d);
    jpeg_decode_check_scans(&work->decoder);
    jpeg_decode_rows(&work->decoder, work->want->space);
    work->leftover = find_leftover(&work->decoder);
}

int jpeg_decode(struct span jpeg, const struct jpeg_decode_want *want,
                struct jpeg_pixels *pixels_out, size_t *leftover_out)
{
    struct work work = {.jpeg = jpeg, .want = want};
    jpeg_guard_init(&work.guard);
    int result = jpeg_io_verdict(jpeg_guard_run(&work.guard, decode, &work));
    jpeg_destroy_decompress(&work.decoder.d);
    if (result != 0) {
        jpeg_pixels_free(&work.decoder.pixels);
        return result;
    }
    *pixels_out = work.decoder.pixels;
    *leftover_out = work.leftover;
    return 0;
}
