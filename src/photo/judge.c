/* SPDX-License-Identifier: Apache-2.0
 *
 * The way of one photo:
 *
 *     scan, profile -+- rebuild, decode small ---+
 *                    +- transcode, with pixels --+- shrink, upright, measure, preview
 *                    +- decode, turn, encode ----+
 *
 * The least change wins: a good photo that stands upright is rebuilt around its own entropy data;
 * one that lies on its side, or that was coded in many scans, keeps its coefficients; only a photo
 * that is too long, in foreign colours, or that would lose an edge in turning is encoded again.
 * Each way decodes the entropy data once, and that pass is the proof that it is whole. The rebuilt
 * photo is decoded from the very bytes that are posted.
 *
 * One decode more happens only to a picture with padding behind its last MCU: it is cut off and
 * looked at again.
 */
#include "photo/judge.h"

#include <errno.h>
#include <malloc.h>

#include "photo/fingerprint.h"
#include "photo/jpeg_decode.h"
#include "photo/jpeg_encode.h"
#include "photo/jpeg_icc.h"
#include "photo/jpeg_measure.h"
#include "photo/jpeg_rebuild.h"
#include "photo/jpeg_scan.h"
#include "photo/jpeg_transcode.h"

enum {
    SCALED_QUALITY = 85,
    CONVERTED_QUALITY = 92, /* where there are no tables of its own to keep */
    END_MARKER = 2,
    ROOM_FOR_ROWS = 1 << 20,
};

struct judging {
    struct span jpeg;
    const struct judge_limits *limits;
    const struct judge_room *room;
    struct photo_facts *facts;
    struct jpeg_scan scan;
    struct jpeg_profile profile;
    struct jpeg_pixels pixels; /* at first as stored, in the end the upright preview's */
    bool upright;              /* pixels have been turned */
};

static uint32_t longer(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t shorter(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The most eighths at which the longer side stays within `side_max`; 1 when even an eighth is too
 * long. */
static uint32_t eighths_within(const struct judging *j, uint32_t side_max)
{
    uint32_t side = longer(j->scan.width, j->scan.height);
    uint32_t eighths = 8;
    while (eighths > 1 && jpeg_scan_scaled(side, eighths) > side_max)
        eighths--;
    return eighths;
}

/* The factor by which a side must shrink to stay within `side_max`. */
static uint32_t factor_within(const struct jpeg_pixels *pixels, uint32_t side_max)
{
    return (longer(pixels->width, pixels->height) + side_max - 1) / side_max;
}

static struct jpeg_room posted_room(const struct judging *j)
{
    return (struct jpeg_room){j->room->posted, j->room->posted_room};
}

/* What to decode to where the colours are not converted. */
static struct jpeg_decode_want want_pixels(const struct judging *j, uint32_t eighths)
{
    enum jpeg_space colours = j->scan.rgb ? JPEG_RGB : JPEG_YCC;
    return (struct jpeg_decode_want){.eighths = eighths,
                                     .space = j->scan.components == 1 ? JPEG_GRAY : colours,
                                     .rgb = j->scan.rgb,
                                     .memory_max = j->limits->memory_max};
}

static bool is_wide(const struct judging *j)
{
    return j->profile.kind == JPEG_PROFILE_P3;
}

/* Zeros behind the last MCU are a camera's habit. Anything else there means that the decoder lost
 * its way: a flipped bit makes the data a few bytes too long or too short and little more. */
static bool is_padding(struct span entropy, size_t leftover)
{
    if (leftover == 0 || leftover >= entropy.len)
        return leftover == 0;
    const uint8_t *tail = entropy.data + entropy.len - leftover;
    return tail[0] == 0 && memcmp(tail, tail + 1, leftover - 1) == 0;
}

/* Rebuilds without the last `cut` bytes, and decodes what is to be posted. */
static int rebuild_once(struct judging *j, size_t cut, size_t *leftover_out)
{
    size_t len = 0;
    int result = jpeg_rebuild(&j->scan, cut, is_wide(j), posted_room(j), &len);
    if (result != 0)
        return result;
    struct jpeg_decode_want want = want_pixels(j, eighths_within(j, j->limits->preview_side_max));
    j->facts->posted_len = (uint32_t)len;
    return jpeg_decode((struct span){j->room->posted, len - END_MARKER}, &want, &j->pixels,
                       leftover_out);
}

static int rebuild(struct judging *j)
{
    size_t leftover = 0;
    int result = rebuild_once(j, 0, &leftover);
    if (result != 0 || leftover == 0)
        return result;
    if (!is_padding(j->scan.entropy, leftover))
        return PHOTO_DAMAGED;
    jpeg_pixels_free(&j->pixels);
    j->facts->notes |= PHOTO_MENDED;
    result = rebuild_once(j, leftover, &leftover);
    return result == 0 && leftover != 0 ? PHOTO_DAMAGED : result;
}

/* Transcodes the file up to the end of its entropy data, less `cut` bytes. */
static int transcode_once(struct judging *j, size_t cut)
{
    struct span jpeg = {j->jpeg.data, j->scan.end - cut};
    struct jpeg_decode_want want = want_pixels(j, eighths_within(j, j->limits->preview_side_max));
    struct jpeg_transcoded out = {.room = posted_room(j), .wide_gamut = is_wide(j)};
    int result = jpeg_transcode(jpeg, &j->scan, &want, &out);
    if (result != 0)
        return result;
    j->pixels = out.pixels;
    j->facts->posted_len = (uint32_t)out.len;
    return 0;
}

static int transcode(struct judging *j)
{
    int result = transcode_once(j, 0);
    if (result != PHOTO_DAMAGED || j->scan.scans != 1)
        return result;
    /* Is it but padding? */
    struct jpeg_decode_want want = want_pixels(j, 1);
    size_t leftover = 0;
    AUTO_PIXELS struct jpeg_pixels ignored = {0};
    result = jpeg_decode((struct span){j->jpeg.data, j->scan.end}, &want, &ignored, &leftover);
    if (result != 0)
        return result;
    if (leftover == 0 || !is_padding(j->scan.entropy, leftover))
        return PHOTO_DAMAGED;
    j->facts->notes |= PHOTO_MENDED;
    return transcode_once(j, leftover);
}

/* The pixels of the posted photo: scaled, in colours that we know, upright. */
static int make_pixels(struct judging *j, uint32_t eighths)
{
    struct jpeg_decode_want want = want_pixels(j, eighths);
    bool convert = j->profile.kind == JPEG_PROFILE_OTHER;
    size_t leftover = 0;
    if (convert)
        want.space = JPEG_RGB;
    int result =
        jpeg_decode((struct span){j->jpeg.data, j->scan.end}, &want, &j->pixels, &leftover);
    if (result != 0)
        return result;
    if (!is_padding(j->scan.entropy, leftover))
        return PHOTO_DAMAGED;
    if (leftover > 0)
        j->facts->notes |= PHOTO_MENDED;
    result = jpeg_pixels_shrink(&j->pixels, factor_within(&j->pixels, j->limits->posted_side_max));
    if (result != 0)
        return result;
    if (shorter(j->pixels.width, j->pixels.height) < j->limits->side_min)
        return PHOTO_TOO_SMALL; /* a strip so long that scaling leaves a line of it */
    if (convert) {
        jpeg_icc_convert(&j->profile, &j->pixels);
        j->facts->notes |= PHOTO_CONVERTED;
    }
    j->upright = true;
    return jpeg_pixels_upright(&j->pixels, j->scan.orientation);
}

static int reencode(struct judging *j)
{
    uint32_t eighths = eighths_within(j, j->limits->posted_side_max);
    int result = make_pixels(j, eighths);
    if (result != 0)
        return result;
    bool scaled = eighths < 8;
    struct jpeg_encode_want want = {
        .quality = scaled ? SCALED_QUALITY : CONVERTED_QUALITY,
        .like = scaled || j->scan.rgb ? NULL : &j->scan,
        .swapped = jpeg_pixels_turn(j->scan.orientation).swap,
        .wide_gamut = is_wide(j),
    };
    size_t len = 0;
    if (scaled)
        j->facts->notes |= PHOTO_SCALED;
    result = jpeg_encode(&j->pixels, &want, posted_room(j), &len);
    j->facts->posted_len = (uint32_t)len;
    return result;
}

static enum photo_path choose_path(const struct judging *j)
{
    if (longer(j->scan.width, j->scan.height) > j->limits->posted_side_max ||
        j->profile.kind == JPEG_PROFILE_OTHER || jpeg_transcode_trims(&j->scan))
        return PHOTO_REENCODED;
    return j->scan.orientation == 1 && j->scan.simple ? PHOTO_REBUILT : PHOTO_TRANSCODED;
}

static int make_posted(struct judging *j)
{
    static int (*const makers[PHOTO_PATH_COUNT])(struct judging *) = {
        [PHOTO_REBUILT] = rebuild, [PHOTO_TRANSCODED] = transcode, [PHOTO_REENCODED] = reencode};
    enum photo_path path = choose_path(j);
    j->facts->path = path;
    int result = makers[path](j);
    if (result == PHOTO_DAMAGED && j->scan.no_end)
        return PHOTO_TRUNCATED;
    if (j->scan.no_end)
        j->facts->notes |= PHOTO_MENDED;
    return result;
}

static int measure(struct judging *j)
{
    struct jpeg_measure measured;
    AUTO_FREE uint8_t *luma = jpeg_pixels_luma(&j->pixels);
    if (!luma)
        return -ENOMEM;
    jpeg_measure_read(luma, j->pixels.width, j->pixels.height, &measured);
    j->facts->darkness = measured.darkness;
    j->facts->sharpness = measured.sharpness;
    j->facts->fingerprint = fingerprint_of(luma, j->pixels.width, j->pixels.height);
    return 0;
}

/* Encodes the preview, coarser until it is small enough. */
static int make_preview(struct judging *j)
{
    static const int qualities[] = {74, 60, 45, 30, 15, 5};
    size_t room = j->room->preview_room;
    if (room > j->limits->preview_bytes_max)
        room = j->limits->preview_bytes_max;
    int result = PHOTO_TOO_LARGE;
    for (unsigned i = 0; i < ARRAY_LEN(qualities) && result == PHOTO_TOO_LARGE; i++) {
        struct jpeg_encode_want want = {.quality = qualities[i], .wide_gamut = is_wide(j)};
        size_t len = 0;
        result = jpeg_encode(&j->pixels, &want, (struct jpeg_room){j->room->preview, room}, &len);
        j->facts->preview_len = (uint32_t)len;
    }
    j->facts->preview_width = j->pixels.width;
    j->facts->preview_height = j->pixels.height;
    return result;
}

/* From the pixels that the posted photo was made of, or that proved it, to the preview and all that
 * is measured. */
static int look_at(struct judging *j)
{
    uint32_t factor = factor_within(&j->pixels, j->limits->preview_side_max);
    int result = jpeg_pixels_shrink(&j->pixels, factor);
    if (result == 0 && !j->upright)
        result = jpeg_pixels_upright(&j->pixels, j->scan.orientation);
    if (result == 0)
        result = measure(j);
    return result == 0 ? make_preview(j) : result;
}

/* The posted photo's size: that of the pixels when it was made of them, else the stored one,
 * turned. */
static void note_size(struct judging *j)
{
    bool swap = jpeg_pixels_turn(j->scan.orientation).swap;
    j->facts->width = swap ? j->scan.height : j->scan.width;
    j->facts->height = swap ? j->scan.width : j->scan.height;
    if (j->facts->path == PHOTO_REENCODED) {
        j->facts->width = j->pixels.width;
        j->facts->height = j->pixels.height;
    }
    j->facts->orientation = j->scan.orientation;
}

/* True when the coefficients of a file that must be held whole, and the pixels, would not fit. */
static bool exceeds_memory(const struct judging *j)
{
    uint32_t eighths = eighths_within(j, j->limits->posted_side_max);
    uint64_t pixels = (uint64_t)jpeg_scan_scaled(j->scan.width, eighths) *
                      jpeg_scan_scaled(j->scan.height, eighths) * j->scan.components;
    uint64_t need = ROOM_FOR_ROWS;
    if (choose_path(j) == PHOTO_REENCODED)
        need += pixels * (j->scan.orientation == 1 ? 1 : 2);
    if (j->scan.simple && choose_path(j) != PHOTO_TRANSCODED)
        return need > j->limits->memory_max;

    uint32_t h = 1;
    uint32_t v = 1;
    uint64_t blocks = 0;
    for (unsigned i = 0; i < j->scan.components; i++) {
        const struct jpeg_component *c = &j->scan.component[i];
        h = longer(h, c->h);
        v = longer(v, c->v);
        blocks += (uint64_t)c->h * c->v;
    }
    uint64_t mcus = (uint64_t)(j->scan.width / (8 * h) + 1) * (j->scan.height / (8 * v) + 1);
    need += mcus * blocks * 128 * (choose_path(j) == PHOTO_TRANSCODED ? 2 : 1);
    return need > j->limits->memory_max;
}

static int judge(struct judging *j)
{
    int result = jpeg_scan_read(j->jpeg, j->limits, &j->scan);
    j->facts->source_width = j->scan.width;
    j->facts->source_height = j->scan.height;
    j->facts->notes = j->scan.notes;
    if (result != 0)
        return result;
    jpeg_icc_read(&j->scan, &j->profile);
    if (exceeds_memory(j))
        return PHOTO_TOO_LARGE;
    result = make_posted(j);
    if (result != 0)
        return result;
    note_size(j);
    if (is_wide(j))
        j->facts->notes |= PHOTO_WIDE_GAMUT;
    return look_at(j);
}

int judge_photo(struct span jpeg, const struct judge_limits *limits, const struct judge_room *room,
                struct photo_facts *facts_out)
{
    struct judging j = {.jpeg = jpeg, .limits = limits, .room = room, .facts = facts_out};
    *facts_out = (struct photo_facts){0};
    int result = judge(&j);
    jpeg_pixels_free(&j.pixels);
    if (result == 0)
        return 0;
    struct photo_facts refused = {0};
    if (result > 0) {
        refused.verdict = (uint32_t)result;
        refused.source_width = facts_out->source_width;
        refused.source_height = facts_out->source_height;
        refused.notes = facts_out->notes;
    }
    *facts_out = refused;
    return result;
}

void judge_warm(void)
{
    enum { SIDE = 64, ROOM = 16 << 10, THRESHOLD = 64 << 20 };
    static const struct judge_limits limits = JUDGE_LIMITS_DEFAULT;
    mallopt(M_MMAP_THRESHOLD, THRESHOLD);
    mallopt(M_TRIM_THRESHOLD, 2 * THRESHOLD);
    mallopt(M_TOP_PAD, 1 << 20);

    AUTO_PIXELS struct jpeg_pixels gray = {0};
    AUTO_FREE uint8_t *bytes = malloc((size_t)3 * ROOM);
    if (!bytes || jpeg_pixels_new(SIDE, SIDE, JPEG_YCC, &gray) != 0)
        return;
    memset(gray.data, 128, (size_t)SIDE * SIDE * 3);
    size_t len = 0;
    struct jpeg_encode_want want = {.quality = 80};
    struct judge_room room = {bytes + ROOM, ROOM, bytes + 2 * (size_t)ROOM, ROOM};
    struct photo_facts facts;
    if (jpeg_encode(&gray, &want, (struct jpeg_room){bytes, ROOM}, &len) == 0 &&
        judge_photo((struct span){bytes, len}, &limits, &room, &facts) != 0)
        return; /* nothing depends on it */
}
