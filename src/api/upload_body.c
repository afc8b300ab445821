/* SPDX-License-Identifier: Apache-2.0
 *
 * A photo that is refused here costs nothing: the phone keeps its copy and comes back.
 */
#include "api/upload_body.h"

#include <errno.h>

#include "api/api.h"
#include "api/upload_reply.h"
#include "intake/uploads.h"
#include "jobs/conveyor.h"
#include "jobs/judge.h"

bool upload_body_is_busy(const struct call *call)
{
    return conveyor_waiting(call->api->conveyor, JUDGE_KIND) >=
           call->api->settings->intake.waiting_photos;
}

/* Too many wait for their verdict, or the disk is nearly full. */
bool upload_body_has_room(struct call *call)
{
    uint64_t space;
    if (upload_body_is_busy(call)) {
        upload_reply_later(call, &api_uploads_busy);
        return false;
    }
    if (uploads_free_space(call->api->uploads, &space) == 0 &&
        space < (uint64_t)call->api->settings->intake.free_space) {
        upload_reply_problem(call, &http_insufficient_storage, NULL, NULL);
        return false;
    }
    return true;
}

int upload_body_begin(struct call *call, uint64_t offset, const struct tus_checksum *checksum)
{
    struct upload_call *upload = accept_call(call);
    uint64_t most = upload->row.length < 0 ? (uint64_t)call->api->settings->photo.max_bytes
                                           : (uint64_t)upload->row.length;
    struct upload_start start = {.offset = offset,
                                 .room = offset < most ? most - offset : 0,
                                 .checksum = checksum,
                                 .stands_out = &upload->offset};
    struct upload_place place = {upload->row.id, (uint32_t)upload->row.slot};
    int result = uploads_begin(call->api->uploads, &place, &start, &upload->body);
    if (result == UPLOADS_WRONG_OFFSET) /* the refusal says where to go on */
        upload_reply_number(call, "Upload-Offset", upload->offset);
    return result;
}

void upload_body_drop(struct call *call, int result)
{
    struct upload_call *upload = accept_call(call);
    if (upload->row.slot >= 0 && result != -EIO)
        (void)!uploads_destroy(call->api->uploads,
                               &(struct upload_place){upload->row.id, (uint32_t)upload->row.slot});
}

int upload_body_write(struct http_request *req, struct span data)
{
    struct call *call = call_of(req);
    struct upload_call *upload = accept_call(call);
    if (!upload->body)
        return 0;
    int result = uploads_add(upload->body, data);
    if (result != 0)
        upload_reply_intake(call, result);
    return result;
}
