/* SPDX-License-Identifier: Apache-2.0
 *
 * A profile comes in up to 16 pieces; it is read through a view that joins them, byte by byte,
 * without a copy. All numbers in it are a stranger's: offsets are checked, curves are clamped, and
 * a value that is no number ends the reading.
 */
#include "photo/jpeg_icc.h"

#include <math.h>

#define TAG(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))

enum { HEADER = 128, TAGS_MAX = 100, LEVELS = 4096 };

/* Joined pieces. Reading beyond the end gives 0 and sets `short_of`. */
struct view {
    const struct jpeg_scan *scan;
    bool short_of;
};

struct xyz {
    double v[3];
};

/* Red, green and blue of the two profiles we know, adapted to D50 as profiles store them. */
static const struct xyz srgb_primaries[3] = {
    {{0.4361, 0.2225, 0.0139}}, {{0.3851, 0.7169, 0.0971}}, {{0.1431, 0.0606, 0.7141}}};
static const struct xyz p3_primaries[3] = {
    {{0.5151, 0.2412, -0.0011}}, {{0.2920, 0.6922, 0.0419}}, {{0.1571, 0.0666, 0.7841}}};

static const double xyz_to_srgb[3][3] = {{3.1338561, -1.6168667, -0.4906146},
                                         {-0.9787684, 1.9161415, 0.0334540},
                                         {0.0719453, -0.2289914, 1.4052427}};

static uint32_t read_8(struct view *view, size_t at)
{
    for (unsigned i = 0; i < view->scan->profile_chunks; i++) {
        const struct span *piece = &view->scan->profile[i];
        if (at < piece->len)
            return piece->data[at];
        at -= piece->len;
    }
    view->short_of = true;
    return 0;
}

static uint32_t read_16(struct view *view, size_t at)
{
    return read_8(view, at) << 8 | read_8(view, at + 1);
}

static uint32_t read_32(struct view *view, size_t at)
{
    return read_16(view, at) << 16 | read_16(view, at + 2);
}

/* A signed number with 16 binary places. */
static double read_fixed(struct view *view, size_t at)
{
    return (double)(int32_t)read_32(view, at) / 65536.0;
}

/* Where a tag's data begin; 0 when it is not there. */
static size_t find_tag(struct view *view, uint32_t tag)
{
    uint32_t count = read_32(view, HEADER);
    for (uint32_t i = 0; i < count && i < TAGS_MAX && !view->short_of; i++) {
        size_t entry = HEADER + 4 + (size_t)i * 12;
        if (read_32(view, entry) == tag)
            return read_32(view, entry + 4);
    }
    return 0;
}

static bool read_xyz(struct view *view, uint32_t tag, struct xyz *out)
{
    size_t at = find_tag(view, tag);
    if (at == 0 || read_32(view, at) != TAG('X', 'Y', 'Z', ' '))
        return false;
    for (unsigned i = 0; i < 3; i++)
        out->v[i] = read_fixed(view, at + 8 + 4 * (size_t)i);
    return !view->short_of;
}

static double clamp(double x)
{
    return x > 0 ? (x < 1 ? x : 1) : 0; /* what is not a number becomes 0 */
}

static double srgb_to_linear(double x)
{
    return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
}

/* `curv`: a gamma, or a table to interpolate in. */
static double curve_value(struct view *view, size_t at, double x)
{
    uint32_t count = read_32(view, at + 8);
    if (count == 0)
        return x;
    if (count == 1)
        return pow(x, read_16(view, at + 12) / 256.0);
    double place = x * (count - 1);
    uint32_t low = (uint32_t)place;
    uint32_t high = low + 1 < count ? low + 1 : low;
    double low_value = read_16(view, at + 12 + 2 * (size_t)low);
    double high_value = read_16(view, at + 12 + 2 * (size_t)high);
    return (low_value + (high_value - low_value) * (place - low)) / 65535.0;
}

/* `para`: one of five formulas with the parameters g a b c d e f. */
static double formula_value(struct view *view, size_t at, double x)
{
    static const unsigned counts[5] = {1, 3, 4, 5, 7};
    uint32_t kind = read_16(view, at + 8);
    double p[7] = {0};
    if (kind > 4)
        return -1;
    for (unsigned i = 0; i < counts[kind]; i++)
        p[i] = read_fixed(view, at + 12 + 4 * (size_t)i);
    double g = p[0], a = kind == 0 ? 1 : p[1], b = p[2], c = p[3], d = p[4], e = 0, f = 0;
    if (kind == 1 || kind == 2) { /* above -b/a the power, below it a constant */
        e = f = kind == 2 ? c : 0;
        d = a != 0 ? -b / a : 0;
        c = 0;
    } else if (kind == 4) {
        e = p[5];
        f = p[6];
    }
    return x >= d ? pow(a * x + b, g) + e : c * x + f;
}

static bool read_curve(struct view *view, uint32_t tag, float *out)
{
    size_t at = find_tag(view, tag);
    uint32_t type = at != 0 ? read_32(view, at) : 0;
    if (type != TAG('c', 'u', 'r', 'v') && type != TAG('p', 'a', 'r', 'a'))
        return false;
    for (unsigned i = 0; i < 256; i++) {
        double value = type == TAG('c', 'u', 'r', 'v') ? curve_value(view, at, i / 255.0)
                                                       : formula_value(view, at, i / 255.0);
        if (view->short_of || !(value >= -0.01 && value <= 1.5))
            return false;
        out[i] = (float)clamp(value);
    }
    return true;
}

static bool same_primaries(const struct xyz *a, const struct xyz *b)
{
    for (unsigned i = 0; i < 9; i++) {
        if (fabs(a[i / 3].v[i % 3] - b[i / 3].v[i % 3]) > 0.004)
            return false;
    }
    return true;
}

/* Close enough to sRGB's curve that no eye tells the difference; gamma 2.2 is, gamma 1.8 is not. */
static bool same_curves(const struct jpeg_profile *profile)
{
    for (unsigned i = 0; i < 3 * 256; i++) {
        if (fabs(profile->curve[i / 256][i % 256] - srgb_to_linear(i % 256 / 255.0)) > 0.012)
            return false;
    }
    return true;
}

void jpeg_icc_read(const struct jpeg_scan *scan, struct jpeg_profile *profile_out)
{
    static const uint32_t xyz_tags[3] = {TAG('r', 'X', 'Y', 'Z'), TAG('g', 'X', 'Y', 'Z'),
                                         TAG('b', 'X', 'Y', 'Z')};
    static const uint32_t curve_tags[3] = {TAG('r', 'T', 'R', 'C'), TAG('g', 'T', 'R', 'C'),
                                           TAG('b', 'T', 'R', 'C')};
    struct view view = {.scan = scan};
    struct xyz primaries[3];
    profile_out->kind = JPEG_PROFILE_SRGB;
    if (scan->profile_chunks == 0 || scan->components != 3)
        return;
    if (read_32(&view, 16) != TAG('R', 'G', 'B', ' ') ||
        read_32(&view, 20) != TAG('X', 'Y', 'Z', ' '))
        return;
    for (unsigned i = 0; i < 3; i++) {
        if (!read_xyz(&view, xyz_tags[i], &primaries[i]) ||
            !read_curve(&view, curve_tags[i], profile_out->curve[i]))
            return;
    }
    bool usual_curves = same_curves(profile_out);
    if (usual_curves && same_primaries(primaries, srgb_primaries))
        return;
    profile_out->kind = JPEG_PROFILE_OTHER;
    if (usual_curves && same_primaries(primaries, p3_primaries))
        profile_out->kind = JPEG_PROFILE_P3;
    for (unsigned row = 0; row < 3; row++) {
        for (unsigned k = 0; k < 3; k++) {
            double sum = 0;
            for (unsigned i = 0; i < 3; i++)
                sum += xyz_to_srgb[row][i] * primaries[k].v[i];
            profile_out->to_srgb[row][k] = (float)sum;
        }
    }
}

void jpeg_icc_convert(const struct jpeg_profile *profile, struct jpeg_pixels *pixels)
{
    uint8_t to_byte[LEVELS];
    for (unsigned i = 0; i < LEVELS; i++) {
        double x = i / (LEVELS - 1.0);
        double encoded = x <= 0.0031308 ? 12.92 * x : 1.055 * pow(x, 1 / 2.4) - 0.055;
        to_byte[i] = (uint8_t)(encoded * 255 + 0.5);
    }
    uint8_t *p = pixels->data;
    size_t count = (size_t)pixels->width * pixels->height;
    for (size_t i = 0; i < count; i++, p += 3) {
        float r = profile->curve[0][p[0]];
        float g = profile->curve[1][p[1]];
        float b = profile->curve[2][p[2]];
        for (unsigned k = 0; k < 3; k++) {
            const float *m = profile->to_srgb[k];
            float light = m[0] * r + m[1] * g + m[2] * b;
            light = light > 0 ? (light < 1 ? light : 1) : 0;
            p[k] = to_byte[(unsigned)(light * (LEVELS - 1) + 0.5f)];
        }
    }
}

static uint8_t *put_32(uint8_t *p, uint32_t number)
{
    p[0] = (uint8_t)(number >> 24);
    p[1] = (uint8_t)(number >> 16);
    p[2] = (uint8_t)(number >> 8);
    p[3] = (uint8_t)number;
    return p + 4;
}

static uint8_t *put_fixed(uint8_t *p, const double *numbers, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        p = put_32(p, (uint32_t)(int32_t)lround(numbers[i] * 65536));
    return p;
}

/* A text in one language. */
static uint8_t *put_text(uint8_t *p, const char *text)
{
    size_t len = strlen(text);
    p = put_32(p, TAG('m', 'l', 'u', 'c'));
    p = put_32(p, 0);
    p = put_32(p, 1);
    p = put_32(p, 12);
    p = put_32(p, TAG('e', 'n', 'U', 'S'));
    p = put_32(p, (uint32_t)len * 2);
    p = put_32(p, 28);
    for (size_t i = 0; i < len; i++) {
        *p++ = 0;
        *p++ = (uint8_t)text[i];
    }
    return p;
}

void jpeg_icc_p3_segment(uint8_t out[JPEG_ICC_SEGMENT_LEN])
{
    static const struct {
        uint32_t tag, at, len;
    } tags[10] = {
        {TAG('d', 'e', 's', 'c'), 252, 48}, {TAG('c', 'p', 'r', 't'), 300, 36},
        {TAG('w', 't', 'p', 't'), 336, 20}, {TAG('r', 'X', 'Y', 'Z'), 356, 20},
        {TAG('g', 'X', 'Y', 'Z'), 376, 20}, {TAG('b', 'X', 'Y', 'Z'), 396, 20},
        {TAG('c', 'h', 'a', 'd'), 416, 44}, {TAG('r', 'T', 'R', 'C'), 460, 32},
        {TAG('g', 'T', 'R', 'C'), 460, 32}, {TAG('b', 'T', 'R', 'C'), 460, 32},
    };
    static const double d50[3] = {0.9642, 1, 0.8249};
    static const double primaries[3][3] = {
        {0.51512, 0.24120, -0.00105}, {0.29198, 0.69225, 0.04189}, {0.15710, 0.06657, 0.78407}};
    static const double adaptation[9] = {1.04788,  0.02292,  -0.05022, 0.02959, 0.99048,
                                         -0.01707, -0.00925, 0.01508,  0.75168};
    static const double curve[5] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};

    memset(out, 0, JPEG_ICC_SEGMENT_LEN);
    memcpy(out, "ICC_PROFILE\0\1\1", 14);
    uint8_t *head = out + 14;
    put_32(head, JPEG_ICC_P3_LEN);
    put_32(head + 8, 0x04000000);
    put_32(head + 12, TAG('m', 'n', 't', 'r'));
    put_32(head + 16, TAG('R', 'G', 'B', ' '));
    put_32(head + 20, TAG('X', 'Y', 'Z', ' '));
    put_32(put_32(put_32(head + 24, 2017u << 16 | 1), 1u << 16), 0); /* a fixed date: nobody's */
    put_32(head + 36, TAG('a', 'c', 's', 'p'));
    put_fixed(head + 68, d50, 3);

    uint8_t *p = put_32(head + HEADER, ARRAY_LEN(tags));
    for (unsigned i = 0; i < ARRAY_LEN(tags); i++)
        p = put_32(put_32(put_32(p, tags[i].tag), tags[i].at), tags[i].len);
    put_text(p, "Display P3");
    put_text(head + 300, "none");
    p = head + 336;
    for (unsigned i = 0; i < 4; i++) {
        p = put_32(put_32(p, TAG('X', 'Y', 'Z', ' ')), 0);
        p = put_fixed(p, i == 0 ? d50 : primaries[i - 1], 3);
    }
    p = put_32(put_32(p, TAG('s', 'f', '3', '2')), 0);
    p = put_fixed(p, adaptation, 9);
    p = put_32(put_32(put_32(p, TAG('p', 'a', 'r', 'a')), 0), 3u << 16);
    put_fixed(p, curve, 5);
}
