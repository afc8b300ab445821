/* SPDX-License-Identifier: Apache-2.0
 *
 * A text is drawn once, as a strip of dots (nothing, edge, letter), and the strip is laid over the
 * picture: a line of the strip rises by one pixel for every SLOPE pixels, the next line begins
 * somewhere else in it. So each pixel asks one dot of one strip.
 */
#include "photo/mark.h"

#include <errno.h>

#include "photo/jpeg_decode.h"
#include "photo/jpeg_encode.h"
#include "photo/jpeg_icc.h"
#include "photo/jpeg_scan.h"
#include "photo/mark_font.h"

enum {
    EDGE = 1,                       /* dots around a letter */
    ADVANCE = MARK_GLYPH_WIDTH + 1, /* from a letter to the next */
    STRIP_HEIGHT = MARK_GLYPH_HEIGHT + 2 * EDGE,
    GAP = 3 * ADVANCE, /* between a text and its repetition */
    PARTS = 4,
    SLOPE = 5,
    SIDE_OF_A_DOT = 320, /* pixels of the longer side for which a dot is one pixel more */
    LINES = 6,           /* of marks over the height of a picture, at least */
    QUALITY = 85,        /* where there are no tables of its own to keep, or no room for them */
    LETTER_WEIGHT = 132, /* of 256: how much of a pixel becomes the letter's, or its edge's */
    EDGE_WEIGHT = 110,
};

enum dot { DOT_NONE, DOT_EDGE, DOT_LETTER };

/* `dots` holds STRIP_HEIGHT rows of `width`. */
struct strip {
    uint8_t *dots; /* owned */
    uint32_t width;
};

/* How the strips lie. */
struct layout {
    struct strip strips[PARTS];
    unsigned count;
    uint32_t scale; /* pixels a dot */
    uint32_t pitch; /* pixels from a line to the next */
};

/* ---- strips ---- */

static bool has_ink(const uint8_t *text, size_t len, int x, int y)
{
    x -= EDGE;
    y -= EDGE;
    if (x < 0 || y < 0 || (size_t)x / ADVANCE >= len)
        return false;
    return mark_font_ink(text[x / ADVANCE], (unsigned)x % ADVANCE, (unsigned)y);
}

static enum dot dot_of(const uint8_t *text, size_t len, int x, int y)
{
    if (has_ink(text, len, x, y))
        return DOT_LETTER;
    for (int dy = -EDGE; dy <= EDGE; dy++)
        for (int dx = -EDGE; dx <= EDGE; dx++)
            if (has_ink(text, len, x + dx, y + dy))
                return DOT_EDGE;
    return DOT_NONE;
}

static int strip_new(const uint8_t *text, size_t len, struct strip *out)
{
    uint32_t width = (uint32_t)len * ADVANCE + GAP;
    out->dots = malloc((size_t)width * STRIP_HEIGHT);
    out->width = width;
    if (!out->dots)
        return -ENOMEM;
    for (int y = 0; y < STRIP_HEIGHT; y++)
        for (int x = 0; x < (int)width; x++)
            out->dots[(size_t)y * width + (size_t)x] = (uint8_t)dot_of(text, len, x, y);
    return 0;
}

/* One byte a character: of UTF-8 only the middle dot is known. */
static size_t bytes_of(const char *text, uint8_t out[MARK_TEXT_ROOM])
{
    size_t len = 0;
    for (; *text && len < MARK_TEXT_ROOM; text++)
        if ((uint8_t)*text != 0xc2)
            out[len++] = (uint8_t)*text;
    return len;
}

/* The end of the part that begins at `from`: the next " · ", or the end. */
static size_t part_end(const uint8_t *text, size_t len, size_t from)
{
    size_t at = from;
    while (at < len && text[at] != 0xb7)
        at++;
    return at < len && at > from ? at - 1 : at;
}

/* The whole text where it fits across the picture, else its parts. */
static int make_strips(const uint8_t *text, size_t len, uint32_t width, struct layout *layout)
{
    if (len * ADVANCE * layout->scale <= width) {
        layout->count = 1;
        return strip_new(text, len, &layout->strips[0]);
    }
    for (size_t at = 0; at < len && layout->count < PARTS;) {
        size_t end = part_end(text, len, at);
        int result = strip_new(text + at, end - at, &layout->strips[layout->count++]);
        if (result != 0)
            return result;
        at = end + 3;
    }
    return 0;
}

static void free_strips(struct layout *layout)
{
    for (unsigned i = 0; i < layout->count; i++)
        free(layout->strips[i].dots);
}

/* ---- laying them over ---- */

/* The first channel goes to the letter's colour or its edge's; in YCbCr the others lose theirs. */
static void blend(uint8_t *pixel, const struct jpeg_pixels *pixels, enum dot dot)
{
    unsigned weight = dot == DOT_LETTER ? LETTER_WEIGHT : EDGE_WEIGHT;
    unsigned ink = dot == DOT_LETTER ? 255 : 0;
    for (uint32_t c = 0; c < pixels->channels; c++) {
        unsigned to = c > 0 && pixels->space == JPEG_YCC ? 128 : ink;
        pixel[c] = (uint8_t)((pixel[c] * (256 - weight) + to * weight) / 256);
    }
}

/* Where there are parts, every other line has the first of them: who looks. */
static const struct strip *strip_of(const struct layout *layout, uint32_t line)
{
    if (layout->count == 1 || line % 2 == 0)
        return &layout->strips[0];
    return &layout->strips[1 + line / 2 % (layout->count - 1)];
}

/* Of a whole text each line begins at another place, so that none stands under its like. */
static uint32_t shift_of(const struct layout *layout, uint32_t line)
{
    return layout->count == 1 ? line * (layout->strips[0].width * 3 / 8) : 0;
}

static void draw_row(struct jpeg_pixels *pixels, const struct layout *layout, uint32_t y)
{
    uint8_t *pixel = pixels->data + (size_t)y * pixels->width * pixels->channels;
    for (uint32_t x = 0; x < pixels->width; x++, pixel += pixels->channels) {
        uint32_t along = y + x / SLOPE, line = along / layout->pitch;
        uint32_t row = along % layout->pitch / layout->scale;
        if (row >= STRIP_HEIGHT)
            continue;
        const struct strip *strip = strip_of(layout, line);
        uint32_t column = (x / layout->scale + shift_of(layout, line)) % strip->width;
        uint8_t dot = strip->dots[(size_t)row * strip->width + column];
        if (dot != DOT_NONE)
            blend(pixel, pixels, (enum dot)dot);
    }
}

int mark_draw(struct jpeg_pixels *pixels, const char *text)
{
    uint8_t bytes[MARK_TEXT_ROOM];
    size_t len = bytes_of(text, bytes);
    uint32_t longer = pixels->width > pixels->height ? pixels->width : pixels->height;
    struct layout layout = {.scale = (longer + SIDE_OF_A_DOT / 2) / SIDE_OF_A_DOT};
    if (layout.scale == 0)
        layout.scale = 1;
    uint32_t close = (STRIP_HEIGHT + 3) * layout.scale, wide = 5 * STRIP_HEIGHT * layout.scale;
    layout.pitch = pixels->height / LINES;
    layout.pitch = layout.pitch < close ? close : layout.pitch > wide ? wide : layout.pitch;
    int result = len == 0 ? -EINVAL : make_strips(bytes, len, pixels->width, &layout);
    for (uint32_t y = 0; result == 0 && y < pixels->height; y++)
        draw_row(pixels, &layout, y);
    free_strips(&layout);
    return result;
}

/* ---- from JPEG to JPEG ---- */

static int decode(struct span jpeg, const struct judge_limits *limits, struct jpeg_scan *scan,
                  struct jpeg_pixels *pixels)
{
    size_t leftover = 0;
    struct judge_limits ours = *limits;
    ours.side_min = 1; /* the preview of a strip is narrower than what is taken in */
    int result = jpeg_scan_read(jpeg, &ours, scan);
    if (result != 0)
        return result;
    enum jpeg_space colours = scan->rgb ? JPEG_RGB : JPEG_YCC;
    struct jpeg_decode_want want = {.eighths = 8,
                                    .space = scan->components == 1 ? JPEG_GRAY : colours,
                                    .rgb = scan->rgb,
                                    .memory_max = limits->memory_max};
    return jpeg_decode((struct span){jpeg.data, scan->end}, &want, pixels, &leftover);
}

/* With the photo's own tables, so that nothing but the mark is changed; coarser where that does not
 * fit. */
static int encode(const struct jpeg_pixels *pixels, const struct jpeg_scan *scan,
                  struct jpeg_room room, size_t *len_out)
{
    struct jpeg_profile profile;
    jpeg_icc_read(scan, &profile);
    struct jpeg_encode_want want = {.quality = QUALITY,
                                    .like = scan->rgb ? NULL : scan,
                                    .wide_gamut = profile.kind == JPEG_PROFILE_P3};
    int result = jpeg_encode(pixels, &want, room, len_out);
    if (result != PHOTO_TOO_LARGE || !want.like)
        return result;
    want.like = NULL;
    return jpeg_encode(pixels, &want, room, len_out);
}

int mark_photo(struct span jpeg, const char *text, const struct judge_limits *limits,
               struct mark_room room, struct photo_facts *facts_out)
{
    struct jpeg_scan scan = {0};
    AUTO_PIXELS struct jpeg_pixels pixels = {0};
    size_t len = 0;
    *facts_out = (struct photo_facts){0};
    int result = decode(jpeg, limits, &scan, &pixels);
    if (result == 0)
        result = mark_draw(&pixels, text);
    if (result == 0)
        result = encode(&pixels, &scan, (struct jpeg_room){room.data, room.len}, &len);
    if (result < 0)
        return result;
    facts_out->verdict = (uint32_t)result;
    if (result > 0)
        return result;
    facts_out->width = pixels.width;
    facts_out->height = pixels.height;
    facts_out->posted_len = (uint32_t)len;
    return 0;
}
