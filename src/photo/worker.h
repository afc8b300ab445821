/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of one photo's own process, from fork to exit.
 */
#ifndef PORCHLIGHT_PHOTO_WORKER_H
#define PORCHLIGHT_PHOTO_WORKER_H

#include "photo/protocol.h"
#include "sandbox/sandbox.h"

struct worker_task {
    enum protocol_type type; /* PROTOCOL_JUDGE, PROTOCOL_MARK or PROTOCOL_PROBE */
    const struct protocol_job *job;
    const struct judge_limits *limits;
    const struct sandbox_filter
        *filter; /* NULL where seccomp cannot be had, and the server accepted that */
    unsigned nice;
    uint64_t address_space; /* of the zygote, in bytes */
    int input, room;        /* descriptors */
};

/* Called in the child just forked: maps input and room, locks itself down, judges or marks (or, for
 * a probe, waits to be looked at and killed), leaves the result in the room and ends. */
void worker_run(const struct worker_task *task) __attribute__((noreturn));

#endif
