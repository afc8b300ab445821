/* SPDX-License-Identifier: Apache-2.0
 *
 * The answer of a child that has read a stranger's photo. The child may have been taken over by
 * that photo, so that all it says is a claim: the record is copied once out of the memory it came
 * in, and only the copy is checked and used.
 */
#include "photo/protocol.h"

#define RESULT_MAGIC UINT32_C(0x504c5241)

enum { PAGE = 4096 };

struct protocol_room protocol_room_of(const struct protocol_job *job)
{
    size_t posted_at = (size_t)PROTOCOL_ROOM_HEAD + job->preview_room;
    size_t end = posted_at + job->posted_room;
    return (struct protocol_room){
        .size = (end + PAGE - 1) / PAGE * PAGE,
        .preview_at = PROTOCOL_ROOM_HEAD,
        .posted_at = posted_at,
    };
}

void protocol_result_write(void *room, enum protocol_result_state state,
                           const struct photo_facts *facts)
{
    struct protocol_result result = {
        .magic = RESULT_MAGIC, .version = PROTOCOL_VERSION, .state = (uint16_t)state};
    if (facts)
        result.facts = *facts;
    memcpy(room, &result, sizeof result);
}

/* Starts with SOI and ends with EOI; what lies between was written by the judge, or by whatever
 * took it over. */
static bool is_framed_jpeg(struct span picture)
{
    const uint8_t *p = picture.data;
    return picture.len >= 4 && p[0] == 0xff && p[1] == 0xd8 && p[picture.len - 2] == 0xff &&
           p[picture.len - 1] == 0xd9;
}

static uint32_t longer(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static bool within_limits(const struct photo_facts *facts, const struct protocol_claim *claim)
{
    const struct judge_limits *limits = claim->limits;
    return facts->posted_len <= claim->job->posted_room &&
           facts->preview_len <= claim->job->preview_room &&
           facts->preview_len <= limits->preview_bytes_max &&
           longer(facts->width, facts->height) <= limits->posted_side_max &&
           longer(facts->preview_width, facts->preview_height) <= limits->preview_side_max &&
           longer(facts->source_width, facts->source_height) <= limits->side_max &&
           (uint64_t)facts->source_width * facts->source_height <= limits->pixels_max;
}

bool protocol_result_read(const struct protocol_claim *claim, enum protocol_result_state state,
                          struct photo_facts *facts_out)
{
    struct protocol_result result;
    if (claim->room.len != protocol_room_of(claim->job).size)
        return false;
    memcpy(&result, claim->room.data, sizeof result);
    if (result.magic != RESULT_MAGIC || result.version != PROTOCOL_VERSION || result.state != state)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(result.facts.reserved); i++)
        if (result.facts.reserved[i] != 0)
            return false;
    *facts_out = result.facts;
    return true;
}

bool protocol_result_parse(const struct protocol_claim *claim, struct photo_facts *facts_out,
                           struct protocol_pictures *pictures_out)
{
    struct protocol_room room = protocol_room_of(claim->job);
    struct photo_facts facts;
    if (!protocol_result_read(claim, PROTOCOL_JUDGED, &facts) || !photo_facts_plausible(&facts))
        return false;
    *pictures_out = (struct protocol_pictures){{NULL, 0}, {NULL, 0}};
    if (facts.verdict != PHOTO_OK) {
        *facts_out = (struct photo_facts){.verdict = facts.verdict,
                                          .source_width = facts.source_width,
                                          .source_height = facts.source_height,
                                          .notes = facts.notes};
        return true;
    }
    if (!within_limits(&facts, claim))
        return false;
    struct protocol_pictures pictures = {
        .posted = {claim->room.data + room.posted_at, facts.posted_len},
        .preview = {claim->room.data + room.preview_at, facts.preview_len},
    };
    if (!is_framed_jpeg(pictures.posted) || !is_framed_jpeg(pictures.preview))
        return false;
    *facts_out = facts;
    *pictures_out = pictures;
    return true;
}
