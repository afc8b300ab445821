/* SPDX-License-Identifier: Apache-2.0
 *
 * EXIF is a TIFF file: directories of twelve-byte entries whose longer values lie elsewhere. It is
 * written front to back with the values collected in a second buffer, in little or big byte order
 * as the seed is even or odd.
 */
#include "picture/draw_dress.h"

#include <math.h>

enum { ASCII = 2, SHORT = 3, LONG = 4, RATIONAL = 5, UNDEFINED = 7, DRESS_MAX = 60000 };

struct tiff {
    struct buf *out; /* all written so far; offsets count from `base` */
    size_t base;
    bool little;
};

/* One entry: short values are in `number`, others in `bytes`. */
struct entry {
    uint16_t tag, type;
    uint32_t count, number;
    struct span bytes;
};

static void put_number(struct tiff *tiff, uint32_t number, int len)
{
    for (int i = 0; i < len; i++)
        buf_byte(tiff->out, (uint8_t)(number >> 8 * (tiff->little ? i : len - 1 - i)));
}

static struct entry text_entry(uint16_t tag, const char *text)
{
    uint32_t len = (uint32_t)strlen(text) + 1;
    return (struct entry){tag, ASCII, len, 0, {(const uint8_t *)text, len}};
}

static struct entry number_entry(uint16_t tag, uint16_t type, uint32_t number)
{
    return (struct entry){tag, type, 1, number, {NULL, 0}};
}

/* A directory, its long values behind it; the offset of the next one is left 0 and its place
 * returned. */
static size_t put_directory(struct tiff *tiff, const struct entry *entries, uint32_t count)
{
    size_t values = tiff->out->len - tiff->base + 2 + 12 * (size_t)count + 4;
    put_number(tiff, count, 2);
    for (uint32_t i = 0; i < count; i++) {
        const struct entry *e = &entries[i];
        put_number(tiff, e->tag, 2);
        put_number(tiff, e->type, 2);
        put_number(tiff, e->count, 4);
        if (e->bytes.len > 4) {
            put_number(tiff, (uint32_t)values, 4);
            values += e->bytes.len + (e->bytes.len & 1);
        } else if (e->bytes.len > 0) {
            buf_add(tiff->out, e->bytes.data, e->bytes.len);
            buf_add(tiff->out, "\0\0\0\0", 4 - e->bytes.len);
        } else {
            put_number(tiff, e->number, e->type == SHORT ? 2 : 4);
            if (e->type == SHORT)
                put_number(tiff, 0, 2);
        }
    }
    size_t next = tiff->out->len;
    put_number(tiff, 0, 4);
    for (uint32_t i = 0; i < count; i++) {
        if (entries[i].bytes.len > 4) {
            buf_add(tiff->out, entries[i].bytes.data, entries[i].bytes.len);
            if (entries[i].bytes.len & 1)
                buf_byte(tiff->out, 0);
        }
    }
    return next;
}

/* Writes the present end as an offset where one was left out. */
static void point_here(struct tiff *tiff, size_t place)
{
    uint32_t offset = (uint32_t)(tiff->out->len - tiff->base);
    for (int i = 0; i < 4 && !tiff->out->failed; i++)
        tiff->out->data[place + (size_t)i] = (uint8_t)(offset >> 8 * (tiff->little ? i : 3 - i));
}

/* Degrees, minutes and hundredths of seconds as three fractions. */
static void put_place(const struct tiff *like, double degrees, struct buf *out)
{
    struct tiff tiff = {.out = out, .little = like->little};
    double minutes = (degrees - floor(degrees)) * 60;
    double seconds = (minutes - floor(minutes)) * 60;
    put_number(&tiff, (uint32_t)degrees, 4);
    put_number(&tiff, 1, 4);
    put_number(&tiff, (uint32_t)minutes, 4);
    put_number(&tiff, 1, 4);
    put_number(&tiff, (uint32_t)(seconds * 100), 4);
    put_number(&tiff, 100, 4);
}

static void put_gps(struct tiff *tiff)
{
    const double north = 53.8553, east = 8.0817; /* the lighthouse Roter Sand */
    AUTO_BUF struct buf latitude, longitude;
    buf_init(&latitude, 64);
    buf_init(&longitude, 64);
    put_place(tiff, north, &latitude);
    put_place(tiff, east, &longitude);
    const struct entry entries[] = {
        text_entry(1, "N"),
        {2, RATIONAL, 3, 0, {latitude.data, latitude.len}},
        text_entry(3, "E"),
        {4, RATIONAL, 3, 0, {longitude.data, longitude.len}},
    };
    put_directory(tiff, entries, ARRAY_LEN(entries));
}

static void put_camera(struct tiff *tiff, bool note)
{
    static const uint8_t maker[] = "PorchCam private: owner J. Doe, serial 0042";
    const struct entry entries[] = {
        text_entry(0x9003, "2026:03:14 15:09:26"),
        {0x927C, UNDEFINED, sizeof maker, 0, {maker, sizeof maker}},
    };
    put_directory(tiff, entries, note ? 2 : 1);
}

void draw_dress_exif(const struct draw_options *options, struct span thumbnail, struct buf *out)
{
    struct tiff tiff = {.out = out, .little = options->seed % 2 == 0};
    bool gps = options->flags & DRAW_GPS;
    buf_add(out, "Exif\0", 6);
    tiff.base = out->len;
    buf_add(out, tiff.little ? "II*\0" : "MM\0*", 4);
    put_number(&tiff, 8, 4);
    const struct entry entries[] = {
        text_entry(0x010F, "Porchlight"),
        text_entry(0x0110, "Drawn doorstep"),
        number_entry(0x0112, SHORT, (uint32_t)(options->orientation ? options->orientation : 1)),
        text_entry(0x0132, "2026:03:14 15:09:26"),
        number_entry(0x8769, LONG, 0),
        number_entry(0x8825, LONG, 0),
    };
    size_t first = out->len;
    size_t next = put_directory(&tiff, entries, gps ? 6 : 5);
    point_here(&tiff, first + 2 + 12 * 4 + 8);
    put_camera(&tiff, options->flags & DRAW_CLUTTER);
    if (gps) {
        point_here(&tiff, first + 2 + 12 * 5 + 8);
        put_gps(&tiff);
    }
    if (thumbnail.len > 0) {
        point_here(&tiff, next);
        uint32_t at = (uint32_t)(out->len - tiff.base) + 2 + 12 * 3 + 4;
        const struct entry small[] = {
            number_entry(0x0103, SHORT, 6),
            number_entry(0x0201, LONG, at),
            number_entry(0x0202, LONG, (uint32_t)thumbnail.len),
        };
        put_directory(&tiff, small, ARRAY_LEN(small));
        buf_add(out, thumbnail.data, thumbnail.len);
    }
}

static void put_fixed(struct tiff *tiff, double number)
{
    put_number(tiff, (uint32_t)(int32_t)lround(number * 65536), 4);
}

/* A matrix profile: a description, three primaries and one curve for all. */
void draw_dress_profile(enum draw_profile profile, struct buf *out)
{
    static const double primaries[][9] = {
        [DRAW_PROFILE_SRGB] = {0.43607, 0.22249, 0.01392, 0.38515, 0.71687, 0.09708, 0.14307,
                               0.06061, 0.71410},
        [DRAW_PROFILE_P3] = {0.51512, 0.24120, -0.00105, 0.29198, 0.69225, 0.04189, 0.15710,
                             0.06657, 0.78407},
        [DRAW_PROFILE_ADOBE] = {0.60974, 0.31111, 0.01947, 0.20528, 0.62567, 0.06087, 0.14919,
                                0.06322, 0.74457},
    };
    static const char *const tags[] = {"rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"};
    static const double srgb[] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
    enum { HEADER = 128, DATA = HEADER + 4 + 6 * 12, XYZ_LEN = 20, CURVE_LEN = 32 };
    struct tiff tiff = {.out = out};
    if (profile == DRAW_PROFILE_NONE)
        return;
    buf_add(out, "ICC_PROFILE\0\1\1", 14);
    put_number(&tiff, DATA + 3 * XYZ_LEN + CURVE_LEN, 4);
    buf_add(out, "none\2\0\0\0mntrRGB XYZ ", 20);
    buf_add(out, "\7\352\0\3\0\16\0\17\0\11\0\32acsp", 16);
    for (int i = 0; i < HEADER - 40; i++)
        buf_byte(out, 0);
    put_number(&tiff, ARRAY_LEN(tags), 4);
    for (uint32_t i = 0; i < ARRAY_LEN(tags); i++) {
        buf_text(out, tags[i]);
        put_number(&tiff, DATA + XYZ_LEN * (i < 3 ? i : 3), 4);
        put_number(&tiff, i < 3 ? XYZ_LEN : CURVE_LEN, 4);
    }
    for (uint32_t i = 0; i < 3; i++) {
        buf_add(out, "XYZ \0\0\0", 8);
        for (uint32_t k = 0; k < 3; k++)
            put_fixed(&tiff, primaries[profile][3 * i + k]);
    }
    buf_add(out, "para\0\0\0", 8);
    put_number(&tiff, (profile == DRAW_PROFILE_ADOBE ? 0u : 3u) << 16, 4);
    for (uint32_t i = 0; i < ARRAY_LEN(srgb); i++)
        put_fixed(&tiff, profile == DRAW_PROFILE_ADOBE ? 2.19921875 : srgb[i]);
}

void draw_dress_xmp(struct buf *out)
{
    buf_add(out, "http://ns.adobe.com/xap/1.0/", 29);
    buf_text(out, "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
                  "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description "
                  "xmlns:dc='http://purl.org/dc/elements/1.1/' dc:creator='J. Doe' "
                  "dc:coverage='12 Harbour Lane'/></rdf:RDF></x:xmpmeta>");
}

void draw_dress_iptc(struct buf *out)
{
    static const char byline[] = "J. Doe";
    buf_add(out, "Photoshop 3.0\0008BIM\4\4\0\0\0\0\0\13\34\2\120\0\6", 14 + 4 + 2 + 2 + 4 + 5);
    buf_text(out, byline);
    buf_byte(out, 0);
}

void draw_dress_jumbf(struct buf *out)
{
    buf_add(out,
            "JP\0\1\0\0\0\1\0\0\0\54jumb\0\0\0\44jumdc2pa\0\21\0\20\200\0\0\252\0\70\233\161\3c2pa",
            8 + 8 + 8 + 16 + 1 + 4);
    buf_add(out, "\0\0\0\0\0", 5);
}
