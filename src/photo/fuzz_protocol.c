/* SPDX-License-Identifier: Apache-2.0
 *
 * Feeds bytes to both ends' parsers. The first byte chooses: a record from the server, from the
 * zygote, or the room of a worker that judged or marked. What is taken must be within the bounds
 * that its users rely on.
 */
#include "photo/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void fuzz_record(struct span bytes, unsigned fds, enum protocol_side side)
{
    struct protocol_record record;
    if (!protocol_record_parse(bytes, fds, side, &record))
        return;
    require(bytes.len == PROTOCOL_RECORD_SIZE && fds <= PROTOCOL_FDS_MAX);
    if (record.type == PROTOCOL_SETUP)
        require(record.setup.slots >= 1 && record.setup.slots <= PROTOCOL_SLOTS_MAX &&
                record.setup.uid != 0);
    if (record.type == PROTOCOL_JUDGE || record.type == PROTOCOL_PROBE ||
        record.type == PROTOCOL_MARK) {
        struct protocol_room room = protocol_room_of(&record.job);
        require(room.posted_at + record.job.posted_room <= room.size &&
                room.preview_at + record.job.preview_room <= room.posted_at);
    }
}

static void fuzz_room(struct span bytes)
{
    static const struct judge_limits limits = JUDGE_LIMITS_DEFAULT;
    const struct protocol_job job = {.input_size = 1, .posted_room = 3000, .preview_room = 1000};
    struct protocol_room parts = protocol_room_of(&job);
    AUTO_FREE uint8_t *room = calloc(1, parts.size);
    if (!room)
        return;
    /* The seed holds the record, then what stands at the start of the two pictures. */
    size_t head =
        bytes.len < sizeof(struct protocol_result) ? bytes.len : sizeof(struct protocol_result);
    memcpy(room, bytes.data, head);
    size_t rest = bytes.len - head < 3000 ? bytes.len - head : 3000;
    memcpy(room + parts.posted_at, bytes.data + head, rest);
    memcpy(room + parts.preview_at, bytes.data + head, rest < 1000 ? rest : 1000);
    struct protocol_claim claim = {{room, parts.size}, &job, &limits};
    struct photo_facts facts;
    struct protocol_pictures pictures;
    if (!protocol_result_parse(&claim, &facts, &pictures))
        return;
    require(facts.verdict < PHOTO_VERDICT_COUNT && pictures.posted.len <= job.posted_room &&
            pictures.preview.len <= job.preview_room);
    if (facts.verdict == PHOTO_OK)
        require(pictures.posted.data + pictures.posted.len <= room + parts.size &&
                pictures.posted.data[0] == 0xff);
    else
        require(pictures.posted.len == 0 && facts.width == 0);
}

static void fuzz_marked(struct span bytes)
{
    static const struct judge_limits limits = JUDGE_LIMITS_DEFAULT;
    const struct protocol_job job = {.input_size = 65, .posted_room = 3000, .preview_room = 1};
    struct protocol_room parts = protocol_room_of(&job);
    AUTO_FREE uint8_t *room = calloc(1, parts.size);
    if (!room)
        return;
    size_t head =
        bytes.len < sizeof(struct protocol_result) ? bytes.len : sizeof(struct protocol_result);
    memcpy(room, bytes.data, head);
    size_t rest = bytes.len - head < 3000 ? bytes.len - head : 3000;
    memcpy(room + parts.posted_at, bytes.data + head, rest);
    struct protocol_claim claim = {{room, parts.size}, &job, &limits};
    struct photo_facts facts;
    struct span picture;
    if (!protocol_marked_parse(&claim, &facts, &picture))
        return;
    require(facts.verdict < PHOTO_VERDICT_COUNT && picture.len <= job.posted_room);
    if (facts.verdict == PHOTO_OK)
        require(picture.data[0] == 0xff && picture.data[picture.len - 1] == 0xd9 &&
                facts.width >= 1 && facts.width <= limits.posted_side_max);
    else
        require(picture.len == 0 && facts.width == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct span rest = {data + 1, size - 1};
    if (data[0] % 8 < 3)
        fuzz_record(rest, data[0] % 8, PROTOCOL_FROM_SERVER);
    else if (data[0] % 8 < 6)
        fuzz_record(rest, data[0] % 8 - 3u, PROTOCOL_FROM_ZYGOTE);
    else if (data[0] % 8 == 6)
        fuzz_room(rest);
    else
        fuzz_marked(rest);
    return 0;
}
