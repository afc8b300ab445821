/* SPDX-License-Identifier: Apache-2.0
 *
 * A photo to be marked: the text goes in before it, in memory that is sealed with it; what comes
 * out is a stranger's, and is looked at marker by marker before anyone gets it.
 */
#include <errno.h>

#include "photo/mark.h"
#include "photo/pool_inside.h"

_Static_assert((int)PHOTO_MARK_TEXT == (int)PROTOCOL_MARK_HEAD, "one head");
_Static_assert((int)MARK_TEXT_ROOM == (int)PROTOCOL_MARK_HEAD, "one text");

int photo_mark_open(struct photo_pool *pool, const char *text, size_t size, struct photo_input *out)
{
    size_t len = strlen(text);
    *out = (struct photo_input){.fd = -1};
    if (len == 0 || len > PHOTO_MARK_TEXT || size == 0)
        return -EINVAL;
    int result = photo_input_open(pool, PHOTO_MARK_TEXT + size, out);
    if (result == 0)
        memcpy(out->data, text, len); /* new memory is zero */
    return result;
}

static int read_marked(const struct photo_pool *pool, const struct protocol_job *job, int room,
                       struct photo_outcome *outcome)
{
    size_t size = protocol_room_of(job).size;
    void *at = pool_room_read(room, size);
    if (!at)
        return -EIO;
    outcome->room = at;
    outcome->room_size = size;
    struct protocol_claim claim = {{at, size}, job, &pool->config.limits};
    return protocol_marked_parse(&claim, &outcome->facts, &outcome->posted) ? 0 : POOL_GARBLED;
}

int photo_pool_mark(struct photo_pool *pool, struct photo_input *input,
                    struct photo_outcome *outcome)
{
    memset(outcome, 0, sizeof *outcome);
    int result = pool_input_seal(input);
    if (result < 0)
        return result;
    struct protocol_record record = pool_job_record(pool, PROTOCOL_MARK, input->size);
    record.job.posted_room = (uint32_t)MARK_ROOM(input->size);
    record.job.preview_room = 1; /* there is none */
    AUTO_CLOSE int room = -1;
    result = pool_room_open(protocol_room_of(&record.job).size, &room);
    if (result < 0)
        return result;
    const int fds[PROTOCOL_FDS_MAX] = {input->fd, room};
    return pool_run(pool, &record, fds, read_marked, outcome);
}
