/* SPDX-License-Identifier: Apache-2.0
 *
 * What the server and the photo worker say to each other. Between the server and the zygote:
 * records of exactly 64 bytes over a SOCK_SEQPACKET socket, each with a fixed number of
 * descriptors. From the child that read the photo: one result record at the start of the room it
 * was given, and the two pictures behind it.
 *
 * Both ends are the same build on the same machine, so records are plain structs in native order;
 * the version is there to refuse a worker left over from another build. A record is checked whole
 * before a field of it is used: size, magic, version, a type that this side may send, its
 * descriptors, every value's range, and zeros in all that the type does not use. Nothing is
 * repaired.
 *
 *   server -> zygote   SETUP, LIMITS once, in this order; then JUDGE, MARK, PROBE (2 descriptors:
 * input, room), KILL zygote -> server   READY once; then STARTED (a probe's; 1 descriptor: the
 * child's pidfd), DONE
 *
 * The input of a MARK is the text to be written, PROTOCOL_MARK_HEAD bytes filled up with zeros, and
 * behind it the photo.
 */
#ifndef PORCHLIGHT_PHOTO_PROTOCOL_H
#define PORCHLIGHT_PHOTO_PROTOCOL_H

#include "base/base.h"
#include "photo/facts.h"
#include "photo/judge.h"

enum {
    PROTOCOL_VERSION = 1,
    PROTOCOL_SOCKET = 3, /* the descriptor on which the worker finds the server */
    PROTOCOL_RECORD_SIZE = 64,
    PROTOCOL_FDS_MAX = 2,
    PROTOCOL_SLOTS_MAX = 80,
    PROTOCOL_MARK_HEAD = 64, /* bytes of text before a photo that is to be marked */
};

/* Every type: who sends it, how many descriptors go with it, which member of the union it fills. */
#define PROTOCOL_TYPES(X)                                                                          \
    X(SETUP, SERVER, 0, setup)                                                                     \
    X(LIMITS, SERVER, 0, limits)                                                                   \
    X(JUDGE, SERVER, 2, job)                                                                       \
    X(PROBE, SERVER, 2, job)                                                                       \
    X(KILL, SERVER, 0, nothing)                                                                    \
    X(READY, ZYGOTE, 0, ready)                                                                     \
    X(STARTED, ZYGOTE, 1, nothing)                                                                 \
    X(DONE, ZYGOTE, 0, done)                                                                       \
    X(MARK, SERVER, 2, job)

enum protocol_side { PROTOCOL_FROM_SERVER, PROTOCOL_FROM_ZYGOTE };

enum protocol_type {
    PROTOCOL_NO_TYPE,
#define X(name, side, fds, member) PROTOCOL_##name,
    PROTOCOL_TYPES(X)
#undef X
        PROTOCOL_TYPE_END
};

enum protocol_setup_flags { PROTOCOL_ALLOW_WEAKER = 1, PROTOCOL_SETUP_FLAGS_ALL = 1 };

struct protocol_setup {
    uint32_t uid, gid; /* who to be when started by root */
    uint32_t slots;    /* children at once, 1 to PROTOCOL_SLOTS_MAX */
    uint32_t nice;     /* of the children, 0 to 19 */
    uint32_t flags;    /* enum protocol_setup_flags */
};

struct protocol_limits {
    uint64_t memory_max;
    uint32_t pixels_max, side_max, side_min, scans_max, posted_side_max, preview_side_max,
        preview_bytes_max;
    uint32_t zero;
};

struct protocol_job {
    uint64_t input_size;   /* the photo's and the descriptor's, in bytes */
    uint64_t memory;       /* beside input and room */
    uint32_t posted_room;  /* for the posted photo */
    uint32_t preview_room; /* for the preview */
    uint32_t cpu_seconds;
    uint32_t zero;
};

struct protocol_ready {
    uint32_t layers; /* of the sandbox */
    uint32_t landlock_abi;
};

struct protocol_done {
    uint64_t cpu_us;
    uint32_t peak_rss_kb;
    uint32_t wait_status; /* as from waitpid */
};

struct protocol_record {
    uint32_t magic;
    uint16_t version;
    uint16_t type;   /* enum protocol_type */
    uint64_t number; /* of the job; 0 in SETUP, LIMITS and READY, never 0 elsewhere */
    union {
        struct protocol_setup setup;
        struct protocol_limits limits;
        struct protocol_job job;
        struct protocol_ready ready;
        struct protocol_done done;
        uint8_t nothing[1]; /* one zero */
        uint8_t bytes[48];
    };
};
_Static_assert(sizeof(struct protocol_record) == PROTOCOL_RECORD_SIZE, "one record, 64 bytes");

/* A record of this type with everything else zero. */
struct protocol_record protocol_record_new(enum protocol_type type, uint64_t number);

/* Checks `len` bytes that came from `side` with `fds` descriptors, and copies them to *out. */
bool protocol_record_parse(struct span bytes, unsigned fds, enum protocol_side side,
                           struct protocol_record *out) MUST_CHECK;

/* Limits to and from their record. protocol_record_parse has checked what protocol_limits_get
 * gives. */
void protocol_limits_put(struct protocol_record *record, const struct judge_limits *limits);
void protocol_limits_get(const struct protocol_record *record, struct judge_limits *limits_out);

/* One record and `fd_count` descriptors, in one message. Send: 0 or a negated errno (-EAGAIN: the
 * other end does not read; never blocks). Receive: blocks; 0; PROTOCOL_CLOSED when the other end is
 * gone; PROTOCOL_BAD for anything that is no record of that side (its descriptors are closed); or a
 * negated errno. `fds_out` has PROTOCOL_FDS_MAX places, unused ones become -1. Neither logs. */
enum protocol_outcome { PROTOCOL_CLOSED = 1, PROTOCOL_BAD };
int protocol_send(int socket, const struct protocol_record *record, const int *fds,
                  unsigned fd_count) MUST_CHECK;
int protocol_receive(int socket, enum protocol_side from, struct protocol_record *out,
                     int *fds_out) MUST_CHECK;

/* The room: the result, then the preview, then the posted photo. */
enum { PROTOCOL_ROOM_HEAD = 4096, PROTOCOL_ROOM_MAX = 1 << 30 };
struct protocol_room {
    size_t size; /* of the whole, in whole pages */
    size_t preview_at;
    size_t posted_at;
};
struct protocol_room protocol_room_of(const struct protocol_job *job);

/* What the child leaves at the start of its room. A probe's child sets `state` when it is locked
 * down. */
enum protocol_result_state {
    PROTOCOL_UNWRITTEN,
    PROTOCOL_JUDGED,
    PROTOCOL_LOCKED_DOWN,
    PROTOCOL_MARKED, /* of the facts only verdict, width, height and posted_len are filled */
};
struct protocol_result {
    uint32_t magic;
    uint16_t version;
    uint16_t state; /* enum protocol_result_state */
    struct photo_facts facts;
};

/* How a child ends: 0 when it has left a result. */
enum protocol_exit {
    PROTOCOL_EXIT_LOCK_DOWN = 40, /* could not fork, map or lock down: the photo was not touched */
    PROTOCOL_EXIT_NO_MEMORY,      /* the judge ran out of memory below its limit */
};

/* Writes the result of a judged photo to the room's start. */
void protocol_result_write(void *room, enum protocol_result_state state,
                           const struct photo_facts *facts);

/* Checks a dead child's whole room: the record (copied once), its facts against the limits, and the
 * pictures' sizes and first and last markers. On true *facts_out is clean (what a refused photo may
 * not carry is zero) and the spans point into the room. */
struct protocol_claim {
    struct span room; /* exactly protocol_room_of(job).size bytes */
    const struct protocol_job *job;
    const struct judge_limits *limits;
};
struct protocol_pictures {
    struct span posted, preview;
};
bool protocol_result_parse(const struct protocol_claim *claim, struct photo_facts *facts_out,
                           struct protocol_pictures *pictures_out) MUST_CHECK;

/* The same for the room of a child that marked a photo (protocol_marked.c). The picture must be a
 * baseline JPEG of one scan, marker by marker, with nothing in it that we would not have written,
 * and no larger than the limits of a posted photo. */
bool protocol_marked_parse(const struct protocol_claim *claim, struct photo_facts *facts_out,
                           struct span *picture_out) MUST_CHECK;

/* What both parsers begin with: the record, copied out once and in this state. */
bool protocol_result_read(const struct protocol_claim *claim, enum protocol_result_state state,
                          struct photo_facts *facts_out) MUST_CHECK;

#endif
