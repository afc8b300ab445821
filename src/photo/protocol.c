/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks what came over the socket or out of a worker's room. The tables below say what each type
 * may hold; the rest of a record is zero, so that a newer sender cannot smuggle in a meaning that
 * this side does not know.
 */
#include "photo/protocol.h"

#include <errno.h>
#include <sys/socket.h>

#include "sandbox/sandbox.h"

#define RECORD_MAGIC UINT32_C(0x504c5052) /* PLPR */

static const struct {
    enum protocol_side side;
    unsigned fds;
    size_t used; /* bytes of the union */
} types[PROTOCOL_TYPE_END] = {
#define PROTOCOL_FROM(side) PROTOCOL_FROM_##side
#define X(name, side, fds, member)                                                                 \
    [PROTOCOL_##name] = {PROTOCOL_FROM(side), fds, sizeof(((struct protocol_record *)0)->member)},
    PROTOCOL_TYPES(X)
#undef X
};

struct protocol_record protocol_record_new(enum protocol_type type, uint64_t number)
{
    struct protocol_record record;
    memset(&record, 0, sizeof record);
    record.magic = RECORD_MAGIC;
    record.version = PROTOCOL_VERSION;
    record.type = (uint16_t)type;
    record.number = number;
    return record;
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static bool setup_holds(const struct protocol_setup *setup)
{
    return setup->uid != 0 && setup->gid != 0 && setup->uid != UINT32_MAX &&
           setup->gid != UINT32_MAX && setup->slots >= 1 && setup->slots <= PROTOCOL_SLOTS_MAX &&
           setup->nice <= 19 && setup->flags <= PROTOCOL_SETUP_FLAGS_ALL;
}

static bool limits_hold(const struct protocol_limits *limits)
{
    return limits->memory_max >= 1 && limits->memory_max <= UINT64_C(1) << 40 &&
           limits->pixels_max >= 1 && limits->side_max >= 1 &&
           limits->side_min <= limits->side_max && limits->scans_max >= 1 &&
           limits->posted_side_max >= 1 && limits->preview_side_max >= 1 &&
           limits->preview_bytes_max >= 1 && limits->preview_bytes_max < PROTOCOL_ROOM_MAX &&
           limits->zero == 0;
}

static bool job_holds(const struct protocol_job *job)
{
    return job->input_size >= 1 && job->input_size <= PROTOCOL_ROOM_MAX && job->memory >= 1 &&
           job->memory <= UINT64_C(1) << 40 && job->posted_room >= 1 && job->preview_room >= 1 &&
           (uint64_t)job->posted_room + job->preview_room <= PROTOCOL_ROOM_MAX &&
           job->cpu_seconds >= 1 && job->cpu_seconds <= 3600 && job->zero == 0;
}

static bool payload_holds(const struct protocol_record *record)
{
    bool numbered = record->number != 0;
    switch ((enum protocol_type)record->type) {
    case PROTOCOL_SETUP:
        return !numbered && setup_holds(&record->setup);
    case PROTOCOL_LIMITS:
        return !numbered && limits_hold(&record->limits);
    case PROTOCOL_JUDGE:
    case PROTOCOL_PROBE:
        return numbered && job_holds(&record->job);
    case PROTOCOL_MARK:
        return numbered && job_holds(&record->job) && record->job.input_size > PROTOCOL_MARK_HEAD;
    case PROTOCOL_KILL:
    case PROTOCOL_STARTED:
        return numbered && record->nothing[0] == 0;
    case PROTOCOL_READY:
        return !numbered && (record->ready.layers & ~(uint32_t)SANDBOX_ALL) == 0;
    case PROTOCOL_DONE:
        return numbered && record->done.wait_status <= 0xffff;
    case PROTOCOL_NO_TYPE:
    case PROTOCOL_TYPE_END:
        break;
    }
    return false;
}

bool protocol_record_parse(struct span bytes, unsigned fds, enum protocol_side side,
                           struct protocol_record *out)
{
    struct protocol_record record;
    if (bytes.len != sizeof record)
        return false;
    memcpy(&record, bytes.data, sizeof record);
    if (record.magic != RECORD_MAGIC || record.version != PROTOCOL_VERSION ||
        record.type == PROTOCOL_NO_TYPE || record.type >= PROTOCOL_TYPE_END ||
        types[record.type].side != side || types[record.type].fds != fds)
        return false;
    size_t used = types[record.type].used;
    if (!all_zero(record.bytes + used, sizeof record.bytes - used) || !payload_holds(&record))
        return false;
    *out = record;
    return true;
}

void protocol_limits_put(struct protocol_record *record, const struct judge_limits *limits)
{
    record->limits = (struct protocol_limits){
        .memory_max = limits->memory_max,
        .pixels_max = limits->pixels_max,
        .side_max = limits->side_max,
        .side_min = limits->side_min,
        .scans_max = limits->scans_max,
        .posted_side_max = limits->posted_side_max,
        .preview_side_max = limits->preview_side_max,
        .preview_bytes_max = limits->preview_bytes_max,
    };
}

void protocol_limits_get(const struct protocol_record *record, struct judge_limits *limits_out)
{
    const struct protocol_limits *limits = &record->limits;
    *limits_out = (struct judge_limits){
        .memory_max = (size_t)limits->memory_max,
        .pixels_max = limits->pixels_max,
        .side_max = limits->side_max,
        .side_min = limits->side_min,
        .scans_max = limits->scans_max,
        .posted_side_max = limits->posted_side_max,
        .preview_side_max = limits->preview_side_max,
        .preview_bytes_max = limits->preview_bytes_max,
    };
}

/* Room for one more descriptor than any record has, so that too many are seen. */
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * (PROTOCOL_FDS_MAX + 1))];
};

int protocol_send(int socket, const struct protocol_record *record, const int *fds,
                  unsigned fd_count)
{
    struct protocol_record copy = *record;
    struct iovec piece = {.iov_base = &copy, .iov_len = sizeof copy};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    union control control;
    memset(&control, 0, sizeof control);
    if (fd_count > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * fd_count);
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return -errno;
    return sent == (ssize_t)sizeof copy ? 0 : -EIO;
}

/* Collects the descriptors of a message; those beyond PROTOCOL_FDS_MAX are closed, but counted. */
static unsigned take_descriptors(struct msghdr *message, int *fds_out)
{
    unsigned count = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
         header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        size_t here = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < here; i++, count++) {
            int fd;
            memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
            if (count < PROTOCOL_FDS_MAX)
                fds_out[count] = fd;
            else
                close(fd);
        }
    }
    return count;
}

int protocol_receive(int socket, enum protocol_side from, struct protocol_record *out, int *fds_out)
{
    for (int i = 0; i < PROTOCOL_FDS_MAX; i++)
        fds_out[i] = -1;
    uint8_t bytes[PROTOCOL_RECORD_SIZE];
    union control control;
    struct iovec piece = {.iov_base = bytes, .iov_len = sizeof bytes};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t got;
    do
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == ECONNRESET ? PROTOCOL_CLOSED : -errno;
    if (got == 0)
        return PROTOCOL_CLOSED;
    unsigned fds = take_descriptors(&message, fds_out);
    struct span record = {bytes, (size_t)got};
    if (!(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
        protocol_record_parse(record, fds, from, out))
        return 0;
    for (int i = 0; i < PROTOCOL_FDS_MAX; i++)
        if (fds_out[i] >= 0) {
            close(fds_out[i]);
            fds_out[i] = -1;
        }
    return PROTOCOL_BAD;
}
