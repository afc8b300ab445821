/* SPDX-License-Identifier: Apache-2.0
 *
 * One photo, one process. Up to the lock-down it handles only what the server and the zygote said;
 * after it, a stranger's bytes, with nothing left in reach but its input (read-only), its room and
 * memory. It cannot even report an error: it ends, and the zygote tells how.
 */
#include "photo/worker.h"

#include "photo/mark.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/* The room's pages stand in the address space besides the worker's memory; this much more is for
 * the stack and such. */
enum { SLACK = 4 << 20 };

static uint8_t *map(int fd, size_t size, int protection, int flags)
{
    void *at = mmap(NULL, size, protection, flags, fd, 0);
    if (at == MAP_FAILED)
        _exit(PROTOCOL_EXIT_LOCK_DOWN);
    return at;
}

static void lock_down(const struct worker_task *task)
{
    struct protocol_room room = protocol_room_of(task->job);
    struct sandbox_limits limits = {
        .address_space =
            task->address_space + task->job->input_size + room.size + task->job->memory + SLACK,
        .cpu_seconds = task->job->cpu_seconds,
    };
    (void)!nice((int)task->nice); /* on top of ours; it cannot fail, only stop at 19 */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        _exit(PROTOCOL_EXIT_LOCK_DOWN);
    if (sandbox_lock_down(task->filter, &limits) < 0)
        _exit(PROTOCOL_EXIT_LOCK_DOWN);
}

/* Without a system call: a locked-down process has none to wait with. The processor limit ends it
 * at the latest. */
static void wait_to_be_looked_at(void)
{
    for (volatile unsigned turns = 0;; turns++)
        ;
}

/* The text stands before the photo; the server wrote it. */
static int mark(const struct worker_task *task, struct span input, struct mark_room room,
                struct photo_facts *facts)
{
    char text[PROTOCOL_MARK_HEAD + 1];
    memcpy(text, input.data, PROTOCOL_MARK_HEAD);
    text[PROTOCOL_MARK_HEAD] = '\0';
    struct span jpeg = {input.data + PROTOCOL_MARK_HEAD, input.len - PROTOCOL_MARK_HEAD};
    return mark_photo(jpeg, text, task->limits, room, facts);
}

void worker_run(const struct worker_task *task)
{
    struct protocol_room parts = protocol_room_of(task->job);
    /* All of the input will be read: mapping it in one go spares a fault every 64 KB. */
    struct span jpeg = {
        map(task->input, task->job->input_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE),
        task->job->input_size};
    uint8_t *room = map(task->room, parts.size, PROT_READ | PROT_WRITE, MAP_SHARED);
    lock_down(task);
    if (task->type == PROTOCOL_PROBE) {
        protocol_result_write(room, PROTOCOL_LOCKED_DOWN, NULL);
        wait_to_be_looked_at();
    }
    struct judge_room pictures = {
        .posted = room + parts.posted_at,
        .posted_room = task->job->posted_room,
        .preview = room + parts.preview_at,
        .preview_room = task->job->preview_room,
    };
    struct photo_facts facts;
    bool marks = task->type == PROTOCOL_MARK;
    struct mark_room marked = {pictures.posted, pictures.posted_room};
    int result = marks ? mark(task, jpeg, marked, &facts)
                       : judge_photo(jpeg, task->limits, &pictures, &facts);
    if (result < 0)
        _exit(PROTOCOL_EXIT_NO_MEMORY);
    protocol_result_write(room, marks ? PROTOCOL_MARKED : PROTOCOL_JUDGED, &facts);
    _exit(0);
}
