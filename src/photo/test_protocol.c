/* SPDX-License-Identifier: Apache-2.0
 *
 * Records and results: what is taken, and the many things that are not.
 */
#include <fcntl.h>
#include <sys/socket.h>

#include "base/tap.h"
#include "photo/protocol.h"

static const struct judge_limits limits = JUDGE_LIMITS_DEFAULT;

static struct protocol_record good(enum protocol_type type)
{
    struct protocol_record record = protocol_record_new(type, 7);
    switch (type) {
    case PROTOCOL_SETUP:
        record.number = 0;
        record.setup = (struct protocol_setup){.uid = 1, .gid = 1, .slots = 2, .nice = 5};
        break;
    case PROTOCOL_LIMITS:
        record.number = 0;
        protocol_limits_put(&record, &limits);
        break;
    case PROTOCOL_JUDGE:
    case PROTOCOL_PROBE:
    case PROTOCOL_MARK:
        record.job = (struct protocol_job){.input_size = 100,
                                           .memory = 1 << 20,
                                           .posted_room = 5000,
                                           .preview_room = 300,
                                           .cpu_seconds = 5};
        break;
    case PROTOCOL_READY:
        record.number = 0;
        record.ready = (struct protocol_ready){.layers = 3, .landlock_abi = 2};
        break;
    case PROTOCOL_DONE:
        record.done = (struct protocol_done){.cpu_us = 8000, .wait_status = 9};
        break;
    default:
        break;
    }
    return record;
}

static const struct {
    enum protocol_side side;
    unsigned fds;
} rules[] = {
#define PROTOCOL_FROM(side)        PROTOCOL_FROM_##side
#define X(name, side, fds, member) [PROTOCOL_##name] = {PROTOCOL_FROM(side), fds},
    PROTOCOL_TYPES(X)
#undef X
};

static bool taken(const struct protocol_record *record)
{
    struct protocol_record out;
    struct span bytes = {(const uint8_t *)record, sizeof *record};
    return protocol_record_parse(bytes, rules[record->type].fds, rules[record->type].side, &out);
}

TEST(every_type_is_taken_from_its_side_only)
{
    for (int type = PROTOCOL_SETUP; type < PROTOCOL_TYPE_END; type++) {
        struct protocol_record record = good((enum protocol_type)type), out;
        struct span bytes = {(const uint8_t *)&record, sizeof record};
        enum protocol_side side = rules[type].side;
        CHECK(protocol_record_parse(bytes, rules[type].fds, side, &out));
        CHECK(record.type == out.type && record.number == out.number);
        CHECK(memcmp(record.bytes, out.bytes, sizeof out.bytes) == 0);
        CHECK(!protocol_record_parse(
            bytes, rules[type].fds,
            side == PROTOCOL_FROM_SERVER ? PROTOCOL_FROM_ZYGOTE : PROTOCOL_FROM_SERVER, &out));
        CHECK(!protocol_record_parse(bytes, rules[type].fds + 1, side, &out));
        bytes.len--;
        CHECK(!protocol_record_parse(bytes, rules[type].fds, side, &out));
    }
}

TEST(left_over_bytes_are_refused)
{
    for (int type = PROTOCOL_SETUP; type < PROTOCOL_TYPE_END; type++) {
        struct protocol_record record = good((enum protocol_type)type);
        record.bytes[sizeof record.bytes - 1] = 1;
        CHECK(!taken(&record));
    }
}

#define REFUSED(type, change)                                                                      \
    do {                                                                                           \
        struct protocol_record record = good(type);                                                \
        record.change;                                                                             \
        CHECK(!taken(&record));                                                                    \
    } while (0)

TEST(wrong_values_are_refused)
{
    REFUSED(PROTOCOL_KILL, magic++);
    REFUSED(PROTOCOL_KILL, version++);
    REFUSED(PROTOCOL_KILL, number = 0);
    REFUSED(PROTOCOL_SETUP, number = 1);
    REFUSED(PROTOCOL_SETUP, setup.uid = 0);
    REFUSED(PROTOCOL_SETUP, setup.gid = UINT32_MAX);
    REFUSED(PROTOCOL_SETUP, setup.slots = 0);
    REFUSED(PROTOCOL_SETUP, setup.slots = PROTOCOL_SLOTS_MAX + 1);
    REFUSED(PROTOCOL_SETUP, setup.nice = 20);
    REFUSED(PROTOCOL_SETUP, setup.flags = 2);
    REFUSED(PROTOCOL_LIMITS, limits.memory_max = 0);
    REFUSED(PROTOCOL_LIMITS, limits.preview_bytes_max = PROTOCOL_ROOM_MAX);
    REFUSED(PROTOCOL_LIMITS, limits.zero = 1);
    REFUSED(PROTOCOL_JUDGE, job.input_size = 0);
    REFUSED(PROTOCOL_JUDGE, job.input_size = UINT64_MAX);
    REFUSED(PROTOCOL_JUDGE, job.posted_room = UINT32_MAX);
    REFUSED(PROTOCOL_JUDGE, job.preview_room = 0);
    REFUSED(PROTOCOL_JUDGE, job.memory = 0);
    REFUSED(PROTOCOL_JUDGE, job.cpu_seconds = 0);
    REFUSED(PROTOCOL_PROBE, job.zero = 1);
    REFUSED(PROTOCOL_MARK, job.input_size = PROTOCOL_MARK_HEAD);
    REFUSED(PROTOCOL_READY, ready.layers = UINT32_MAX);
    REFUSED(PROTOCOL_DONE, done.wait_status = 0x10000);
}

TEST(limits_come_out_as_they_went_in)
{
    struct protocol_record record = good(PROTOCOL_LIMITS);
    struct judge_limits out;
    memset(&out, 0, sizeof out);
    protocol_limits_get(&record, &out);
    CHECK(out.pixels_max == limits.pixels_max && out.side_max == limits.side_max &&
          out.side_min == limits.side_min && out.scans_max == limits.scans_max &&
          out.posted_side_max == limits.posted_side_max &&
          out.preview_side_max == limits.preview_side_max &&
          out.preview_bytes_max == limits.preview_bytes_max && out.memory_max == limits.memory_max);
}

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < 64; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

TEST(messages_carry_exactly_their_descriptors)
{
    int ends[2], fds[PROTOCOL_FDS_MAX];
    CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    struct protocol_record judge = good(PROTOCOL_JUDGE), out;
    const int two[] = {0, 1}, three[] = {0, 1, 2};
    CHECK_INT(protocol_send(ends[0], &judge, two, 2), 0);
    CHECK_INT(protocol_receive(ends[1], PROTOCOL_FROM_SERVER, &out, fds), 0);
    CHECK(fds[0] >= 0 && fds[1] >= 0 && out.number == 7);
    close(fds[0]);
    close(fds[1]);
    unsigned before = open_descriptors();
    CHECK_INT(protocol_send(ends[0], &judge, three, 3), 0);
    CHECK_INT(protocol_receive(ends[1], PROTOCOL_FROM_SERVER, &out, fds), PROTOCOL_BAD);
    CHECK_INT(protocol_send(ends[0], &judge, two, 1), 0);
    CHECK_INT(protocol_receive(ends[1], PROTOCOL_FROM_SERVER, &out, fds), PROTOCOL_BAD);
    CHECK_INT(send(ends[0],
                   "much too long for a record, and no record at all, however it is "
                   "looked at",
                   74, 0),
              74);
    CHECK_INT(protocol_receive(ends[1], PROTOCOL_FROM_SERVER, &out, fds), PROTOCOL_BAD);
    CHECK_INT(open_descriptors(), before);
    close(ends[0]);
    CHECK_INT(protocol_receive(ends[1], PROTOCOL_FROM_SERVER, &out, fds), PROTOCOL_CLOSED);
    close(ends[1]);
}

TEST(a_refused_photo_carries_nothing_else)
{
    struct protocol_job job = good(PROTOCOL_JUDGE).job;
    size_t size = protocol_room_of(&job).size;
    AUTO_FREE uint8_t *room = calloc(1, size);
    struct photo_facts facts = {.verdict = PHOTO_CMYK, .source_width = 5, .sharpness = 9}, out;
    struct protocol_pictures pictures;
    struct protocol_claim claim = {{room, size}, &job, &limits};
    CHECK(!protocol_result_parse(&claim, &out, &pictures));
    protocol_result_write(room, PROTOCOL_LOCKED_DOWN, &facts);
    CHECK(!protocol_result_parse(&claim, &out, &pictures));
    protocol_result_write(room, PROTOCOL_JUDGED, &facts);
    CHECK(protocol_result_parse(&claim, &out, &pictures));
    CHECK_INT(out.verdict, PHOTO_CMYK);
    CHECK_INT(out.source_width, 5);
    CHECK_INT(out.sharpness, 0);
    CHECK_INT(pictures.posted.len, 0);
    claim.room.len--;
    CHECK(!protocol_result_parse(&claim, &out, &pictures));
}

/* A frame of 16 by 8 in gray, a scan of one byte. */
static const uint8_t smallest[] = {0xff, 0xd8, 0xff, 0xc0, 0, 11,   8,    0, 8,    0,
                                   16,   1,    1,    0x11, 0, 0xff, 0xda, 0, 8,    1,
                                   1,    0,    0,    63,   0, 0xff, 0,    1, 0xff, 0xd9};

static bool marked_is_taken(const uint8_t *picture, size_t len, const struct photo_facts *facts)
{
    struct protocol_job job = good(PROTOCOL_MARK).job;
    struct protocol_room parts = protocol_room_of(&job);
    AUTO_FREE uint8_t *room = calloc(1, parts.size);
    struct protocol_claim claim = {{room, parts.size}, &job, &limits};
    struct photo_facts out;
    struct span found;
    memcpy(room + parts.posted_at, picture, len);
    protocol_result_write(room, PROTOCOL_MARKED, facts);
    return protocol_marked_parse(&claim, &out, &found) && found.len == len;
}

TEST(a_marked_photo_is_a_jpeg_of_ours_to_its_last_byte)
{
    struct photo_facts facts = {.width = 16, .height = 8, .posted_len = sizeof smallest};
    uint8_t picture[sizeof smallest + 40];
    CHECK(marked_is_taken(smallest, sizeof smallest, &facts));
    /* A segment of each kind before the frame: JFIF and tables yes, EXIF and comments no. */
    static const struct {
        uint8_t marker, len;
        bool taken;
    } segments[] = {{0xe0, 16, true}, {0xe0, 20, false}, {0xe1, 16, false}, {0xfe, 4, false},
                    {0xdb, 10, true}, {0xc4, 5, true},   {0xee, 14, true},  {0xc2, 11, false},
                    {0xd9, 4, false}, {0xe2, 30, true},  {0xed, 8, false}};
    for (size_t i = 0; i < ARRAY_LEN(segments); i++) {
        size_t extra = segments[i].len + 2u;
        memset(picture, 0, sizeof picture);
        memcpy(picture, smallest, 2);
        picture[2] = 0xff;
        picture[3] = segments[i].marker;
        picture[5] = segments[i].len;
        memcpy(picture + 2 + extra, smallest + 2, sizeof smallest - 2);
        facts.posted_len = (uint32_t)(sizeof smallest + extra);
        CHECK(marked_is_taken(picture, facts.posted_len, &facts) == segments[i].taken);
    }
    memcpy(picture, smallest, sizeof smallest);
    picture[sizeof smallest] = 'x'; /* something behind the end */
    facts.posted_len = sizeof smallest + 1;
    CHECK(!marked_is_taken(picture, facts.posted_len, &facts));
    facts.posted_len = sizeof smallest;
    facts.width = 17;
    CHECK(!marked_is_taken(smallest, sizeof smallest, &facts));
}

TAP_MAIN(TAP(a_marked_photo_is_a_jpeg_of_ours_to_its_last_byte),
         TAP(every_type_is_taken_from_its_side_only), TAP(left_over_bytes_are_refused),
         TAP(wrong_values_are_refused), TAP(limits_come_out_as_they_went_in),
         TAP(messages_carry_exactly_their_descriptors), TAP(a_refused_photo_carries_nothing_else))
