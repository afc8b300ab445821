/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy is a process that answers. Ready is one that may acknowledge: the database takes writes,
 * the intake's disk has room, and the queue of photos is not full.
 */
#include "api/public.h"

#include "api/api.h"
#include "api/call.h"
#include "base/text.h"
#include "intake/uploads.h"
#include "jobs/conveyor.h"
#include "jobs/judge.h"
#include "keys/keys.h"
#include "ledger/erasure.h"
#include "ledger/ledger.h"
#include "ledger/name.h"

void public_health(struct http_request *req)
{
    http_reply_json(req, 200, json_pack("{s:s}", "status", "ok"));
}

void public_ready(struct http_request *req)
{
    const struct api *api = call_of(req)->api;
    uint64_t space = 0;
    const char *missing = NULL;
    if (!db_is_sound(api->db))
        missing = "The database takes no writes.";
    else if (uploads_free_space(api->uploads, &space) != 0 ||
             space < (uint64_t)api->settings->intake.free_space)
        missing = "The disk is nearly full.";
    else if (conveyor_waiting(api->conveyor, JUDGE_KIND) >= api->settings->intake.waiting_photos)
        missing = "Too many photos are waiting.";
    if (missing)
        http_problem_later(req, &http_unavailable,
                           (unsigned)api->settings->intake.retry_after_seconds, "%s", missing);
    else
        http_reply_json(req, 200, json_pack("{s:s}", "status", "ok"));
}

void public_key(struct http_request *req)
{
    uint8_t key[KEYS_PUBLIC];
    struct note_key log, erasures;
    char text[BASE64_ROOM(KEYS_PUBLIC)], log_text[NOTE_KEY_ROOM], erasure_text[NOTE_KEY_ROOM] = "";
    char name[LEDGER_NAME_ROOM];
    bool has_log = ledger_key(call_of(req)->api->ledger, &log);
    if (has_log)
        note_key_format(&log, log_text);
    ledger_name(call_of(req)->api->settings, name);
    if (erasure_key(call_of(req)->api->keys, name, &erasures))
        note_key_format(&erasures, erasure_text);
    keys_public(call_of(req)->api->keys, key);
    text_base64url(key, sizeof key, text);
    http_reply_json(req, 200,
                    json_pack("{s:s, s:s, s:s?, s:s?}", "algorithm", "Ed25519", "public_key", text,
                              "log_key", has_log ? log_text : NULL, "erasure_key",
                              *erasure_text ? erasure_text : NULL));
}

void public_openapi(struct http_request *req)
{
    http_reply_bytes(req, 200, "application/json",
                     (struct span){public_openapi_json, (size_t)public_openapi_json_len});
}
