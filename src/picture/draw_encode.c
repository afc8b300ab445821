/* SPDX-License-Identifier: Apache-2.0
 *
 * Pixels to a JPEG with its dressing. libjpeg's errors end the program here, as they would only
 * come from a fault in these files or from the lack of memory: this code never sees a stranger's
 * bytes.
 */
#include <errno.h>

#include "picture/draw_dress.h"

#include <jpeglib.h>

enum { QUALITY_USUAL = 84, DRESS_MAX = 65000, THUMBNAIL_SIDE = 160, SEGMENT_MAX = 65533 };

/* The stored pixel at (x, y) of an upright picture of w * h: what a camera held this way would have
 * written. */
static size_t upright_place(int orientation, size_t x, size_t y, size_t w, size_t h)
{
    switch (orientation) {
    case 2:
        return y * w + (w - 1 - x);
    case 3:
        return (h - 1 - y) * w + (w - 1 - x);
    case 4:
        return (h - 1 - y) * w + x;
    case 5:
        return x * w + y;
    case 6:
        return x * w + (w - 1 - y);
    case 7:
        return (h - 1 - x) * w + (w - 1 - y);
    case 8:
        return (h - 1 - x) * w + y;
    default:
        return y * w + x;
    }
}

static void set_sampling(struct jpeg_compress_struct *c, enum draw_sampling sampling)
{
    static const int factors[][2] = {[DRAW_420] = {2, 2},
                                     [DRAW_422] = {2, 1},
                                     [DRAW_444] = {1, 1},
                                     [DRAW_440] = {1, 2},
                                     [DRAW_411] = {4, 1}};
    c->comp_info[0].h_samp_factor = factors[sampling][0];
    c->comp_info[0].v_samp_factor = factors[sampling][1];
}

static void write_segment(struct jpeg_compress_struct *c, int marker, const struct buf *bytes)
{
    if (!bytes->failed && bytes->len > 0 && bytes->len <= SEGMENT_MAX)
        jpeg_write_marker(c, marker, bytes->data, (unsigned)bytes->len);
}

static void write_dressing(struct jpeg_compress_struct *c, const struct draw_options *o,
                           struct span thumbnail)
{
    AUTO_BUF struct buf exif, profile, xmp, iptc, jumbf;
    buf_init(&exif, DRESS_MAX);
    buf_init(&profile, DRESS_MAX);
    buf_init(&xmp, DRESS_MAX);
    buf_init(&iptc, DRESS_MAX);
    buf_init(&jumbf, DRESS_MAX);
    if (o->orientation > 1 || o->flags & (DRAW_EXIF | DRAW_GPS | DRAW_THUMBNAIL))
        draw_dress_exif(o, thumbnail, &exif);
    draw_dress_profile(o->profile, &profile);
    if (o->flags & DRAW_CLUTTER) {
        draw_dress_xmp(&xmp);
        draw_dress_iptc(&iptc);
        draw_dress_jumbf(&jumbf);
        jpeg_write_marker(c, JPEG_COM, (const JOCTET *)"left at the back door", 21);
    }
    write_segment(c, JPEG_APP0 + 1, &exif);
    write_segment(c, JPEG_APP0 + 1, &xmp);
    write_segment(c, JPEG_APP0 + 2, &profile);
    write_segment(c, JPEG_APP0 + 11, &jumbf);
    write_segment(c, JPEG_APP0 + 13, &iptc);
}

static int write_rows(struct jpeg_compress_struct *c, const uint8_t *rgb, size_t width,
                      size_t height, int orientation)
{
    bool gray = c->in_color_space == JCS_GRAYSCALE;
    AUTO_FREE uint8_t *row = malloc((size_t)c->image_width * 3);
    if (!row)
        return -ENOMEM;
    while (c->next_scanline < c->image_height) {
        for (size_t x = 0; x < c->image_width; x++) {
            const uint8_t *p =
                rgb + 3 * upright_place(orientation, x, c->next_scanline, width, height);
            if (gray)
                row[x] = (uint8_t)((77 * p[0] + 150 * p[1] + 29 * p[2] + 128) >> 8);
            else
                memcpy(row + 3 * x, p, 3);
        }
        JSAMPROW rows[1] = {row};
        jpeg_write_scanlines(c, rows, 1);
    }
    return 0;
}

static int encode(const struct draw_options *o, const uint8_t *rgb, struct span thumbnail,
                  struct buf *jpeg)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char *data = NULL;
    unsigned long len = 0;
    size_t width = o->width;
    size_t height = o->height;
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &data, &len);
    c.image_width = (JDIMENSION)(o->orientation > 4 ? height : width);
    c.image_height = (JDIMENSION)(o->orientation > 4 ? width : height);
    c.input_components = o->flags & DRAW_GRAY ? 1 : 3;
    c.in_color_space = o->flags & DRAW_GRAY ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&c);
    if (o->flags & DRAW_RGB && !(o->flags & DRAW_GRAY))
        jpeg_set_colorspace(&c, JCS_RGB);
    jpeg_set_quality(&c, o->quality ? o->quality : QUALITY_USUAL, TRUE);
    set_sampling(&c, o->sampling);
    if (o->flags & DRAW_PROGRESSIVE)
        jpeg_simple_progression(&c);
    if (o->flags & DRAW_RESTARTS)
        c.restart_in_rows = 1;
    jpeg_start_compress(&c, TRUE);
    write_dressing(&c, o, thumbnail);
    int result = write_rows(&c, rgb, width, height, o->orientation);
    if (result == 0) {
        jpeg_finish_compress(&c);
        buf_add(jpeg, data, len);
    }
    jpeg_destroy_compress(&c);
    free(data);
    return result;
}

/* A small copy of the picture, as phones keep inside EXIF: the whole scene, for whoever finds it.
 */
static int make_thumbnail(const struct draw_options *o, const uint8_t *rgb, struct buf *jpeg)
{
    uint32_t longer = o->width > o->height ? o->width : o->height;
    uint32_t factor = (longer + THUMBNAIL_SIDE - 1) / THUMBNAIL_SIDE;
    struct draw_options small = {
        .width = o->width / factor, .height = o->height / factor, .quality = 70};
    small.width = small.width ? small.width : 1;
    small.height = small.height ? small.height : 1;
    AUTO_FREE uint8_t *pixels = malloc((size_t)small.width * small.height * 3);
    if (!pixels)
        return -ENOMEM;
    for (uint32_t y = 0; y < small.height; y++) {
        for (uint32_t x = 0; x < small.width; x++)
            memcpy(pixels + 3 * ((size_t)y * small.width + x),
                   rgb + 3 * ((size_t)y * factor * o->width + (size_t)x * factor), 3);
    }
    return encode(&small, pixels, (struct span){NULL, 0}, jpeg);
}

int draw_encode(const struct draw_options *options, const uint8_t *rgb, uint8_t **jpeg_out,
                size_t *len_out)
{
    enum { JPEG_MAX = 64 << 20, EXIF_THUMBNAIL_MAX = 50000 };
    struct draw_options o = *options;
    AUTO_BUF struct buf thumbnail, jpeg;
    buf_init(&thumbnail, EXIF_THUMBNAIL_MAX);
    buf_init(&jpeg, JPEG_MAX);
    o.width = o.width ? o.width : DRAW_WIDTH;
    o.height = o.height ? o.height : DRAW_HEIGHT;
    int result = 0;
    if (o.flags & DRAW_THUMBNAIL)
        result = make_thumbnail(&o, rgb, &thumbnail);
    if (result == 0)
        result = encode(&o, rgb, (struct span){thumbnail.data, thumbnail.len}, &jpeg);
    if (result != 0)
        return result;
    if (o.flags & DRAW_CLUTTER) /* a second picture behind the first, as phones keep a film there */
        buf_add(&jpeg, thumbnail.len ? thumbnail.data : (const uint8_t *)"MotionPhoto trailer",
                thumbnail.len ? thumbnail.len : 19);
    *jpeg_out = buf_take(&jpeg, len_out);
    return *jpeg_out ? 0 : -ENOMEM;
}
