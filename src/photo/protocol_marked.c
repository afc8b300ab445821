/* SPDX-License-Identifier: Apache-2.0
 *
 * The answer of a child that has marked a photo. Nobody decodes it again before it is sent, so it
 * is walked through here: the markers that our encoder writes, in their lengths, one frame of the
 * size that was claimed, one scan, and the end of the picture at the end of the bytes. No place is
 * left for anything else (R7).
 */
#include "photo/protocol.h"

/* Markers (ITU-T T.81, table B.1). */
enum {
    SOF0 = 0xc0, /* baseline, and with SOF1 extended: 16-bit tables */
    SOF1 = 0xc1,
    DHT = 0xc4,
    RST0 = 0xd0,
    RST7 = 0xd7,
    SOI = 0xd8,
    EOI = 0xd9,
    SOS = 0xda,
    DQT = 0xdb,
    DRI = 0xdd,
    APP0 = 0xe0,
    APP2 = 0xe2,
    APP14 = 0xee,
};

enum { JFIF_LEN = 16, ADOBE_LEN = 14, PROFILE_LEN_MAX = 1024, FRAME_LEN_MIN = 8 };

struct walk {
    const uint8_t *at, *end;
    uint32_t width, height; /* of the frame; 0: none yet */
};

static uint32_t number_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

/* May a segment of this kind and length (with its two bytes) stand there? */
static bool is_ours(const struct walk *walk, uint8_t marker, uint32_t len)
{
    switch (marker) {
    case SOF0:
    case SOF1:
        return walk->width == 0 && len > FRAME_LEN_MIN;
    case DHT:
    case DQT:
    case DRI:
        return true;
    case APP0:
        return len == JFIF_LEN;
    case APP14:
        return len == ADOBE_LEN;
    case APP2: /* Display P3 */
        return len <= PROFILE_LEN_MAX;
    default:
        return false;
    }
}

/* Over the segments to the scan's header; false for anything that we would not write. */
static bool walk_head(struct walk *walk)
{
    while (walk->end - walk->at >= 4 && walk->at[0] == 0xff) {
        uint8_t marker = walk->at[1];
        uint32_t len = number_at(walk->at + 2);
        if (len < 2 || len + 2 > (size_t)(walk->end - walk->at))
            return false;
        if (marker != SOS && !is_ours(walk, marker, len))
            return false;
        if (marker == SOF0 || marker == SOF1) {
            walk->height = number_at(walk->at + 5);
            walk->width = number_at(walk->at + 7);
        }
        walk->at += len + 2;
        if (marker == SOS)
            return true;
    }
    return false;
}

/* Entropy data: no marker but restarts, up to the picture's end, which is the last there is. */
static bool walk_scan(const struct walk *walk)
{
    const uint8_t *at = walk->at;
    while ((at = memchr(at, 0xff, (size_t)(walk->end - at))) != NULL) {
        if (walk->end - at < 2)
            return false;
        uint8_t marker = at[1];
        if (marker == EOI)
            return at + 2 == walk->end;
        if (marker != 0 && (marker < RST0 || marker > RST7))
            return false;
        at += 2;
    }
    return false;
}

static bool is_plain_jpeg(struct span picture, const struct photo_facts *facts)
{
    struct walk walk = {.at = picture.data + 2, .end = picture.data + picture.len};
    return picture.len > 4 && picture.data[0] == 0xff && picture.data[1] == SOI &&
           walk_head(&walk) && walk.width == facts->width && walk.height == facts->height &&
           walk_scan(&walk);
}

static bool within_limits(const struct photo_facts *facts, const struct protocol_claim *claim)
{
    uint32_t most = claim->limits->posted_side_max;
    return facts->width >= 1 && facts->width <= most && facts->height >= 1 &&
           facts->height <= most && facts->posted_len <= claim->job->posted_room;
}

bool protocol_marked_parse(const struct protocol_claim *claim, struct photo_facts *facts_out,
                           struct span *picture_out)
{
    struct photo_facts facts;
    *picture_out = (struct span){NULL, 0};
    if (!protocol_result_read(claim, PROTOCOL_MARKED, &facts) ||
        facts.verdict >= PHOTO_VERDICT_COUNT)
        return false;
    if (facts.verdict != PHOTO_OK) {
        *facts_out = (struct photo_facts){.verdict = facts.verdict};
        return true;
    }
    if (!within_limits(&facts, claim))
        return false;
    struct span picture = {claim->room.data + protocol_room_of(claim->job).posted_at,
                           facts.posted_len};
    if (!is_plain_jpeg(picture, &facts))
        return false;
    *facts_out = (struct photo_facts){
        .width = facts.width, .height = facts.height, .posted_len = facts.posted_len};
    *picture_out = picture;
    return true;
}
