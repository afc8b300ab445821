/* SPDX-License-Identifier: Apache-2.0
 *
 * Every answer goes through here, so that Tus-Resumable is never forgotten and a word has one
 * problem.
 */
#include "api/upload_reply.h"

#include <errno.h>

#include "api/api.h"
#include "intake/uploads.h"
#include "photo/facts.h"

void upload_reply_tus(struct call *call)
{
    http_set_header(call->req, "Tus-Resumable", TUS_VERSION);
}

void upload_reply_number(struct call *call, const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    http_set_header(call->req, name, text);
}

void upload_reply_expires(struct call *call, const struct store_upload *row)
{
    char date[TUS_DATE_ROOM];
    tus_format_date(row->expires_at, date);
    http_set_header(call->req, "Upload-Expires", date);
}

void upload_reply_problem(struct call *call, const struct http_problem *problem, const char *field,
                          const char *detail)
{
    upload_reply_tus(call);
    if (field && *field)
        http_problem_field(call->req, problem, field, detail ? "%s" : NULL, detail);
    else
        http_problem(call->req, problem, detail ? "%s" : NULL, detail);
}

/* Passing trouble: 423 on HEAD, 503 otherwise. */
void upload_reply_later(struct call *call, const struct http_problem *problem)
{
    unsigned seconds = (unsigned)call->api->settings->intake.retry_after_seconds;
    bool head = http_method(call->req) == HTTP_HEAD;
    upload_reply_tus(call);
    http_problem_later(call->req, head ? &http_locked : problem, seconds, NULL);
}

void upload_reply_fault(struct call *call, int fault)
{
    upload_reply_tus(call);
    if (http_method(call->req) == HTTP_HEAD)
        http_problem_later(call->req, &http_locked,
                           (unsigned)call->api->settings->intake.retry_after_seconds, NULL);
    else
        http_fault(call->req, fault);
}

/* What each header and key must be, to be said when it is not. */
static const char *form_of(const char *field)
{
    static const struct {
        const char *field, *form;
    } forms[] = {
        {"Upload-Length", "a number of bytes, at least 1 and not below Upload-Offset"},
        {"Upload-Offset", "a number of bytes"},
        {"Upload-Checksum", "sha1 or sha256, a space, and the digest in base64"},
        {"Upload-Metadata", "pairs of a key and its value in base64, parted by commas"},
        {"Upload-Metadata.delivery_id", "an id that begins with dlv_"},
        {"Upload-Metadata.captured_at", "a time as in RFC 3339, such as 2026-11-23T20:26:10Z"},
        {"Upload-Metadata.challenge", "the challenge of the stop"},
        {"Upload-Metadata.sha256", "64 hexadecimal digits"},
        {"Upload-Metadata.lat", "degrees from -90 to 90"},
        {"Upload-Metadata.lon", "degrees from -180 to 180"},
        {"Upload-Metadata.accuracy", "metres from 0 to 100000"},
        {"Upload-Metadata.anyway", "one line of text"},
    };
    for (size_t i = 0; field && i < ARRAY_LEN(forms); i++)
        if (strcmp(forms[i].field, field) == 0)
            return forms[i].form;
    return "well-formed";
}

static void reply_bad_header(struct call *call, int outcome, const char *field)
{
    char detail[FIELDS_DETAIL_ROOM];
    switch (outcome) {
    case TUS_REPEATED:
        snprintf(detail, sizeof detail, "A key must not come twice.");
        break;
    case TUS_TOO_LONG:
        snprintf(detail, sizeof detail, "This is too long, or holds too many keys.");
        break;
    case TUS_CONFLICT:
        snprintf(detail, sizeof detail,
                 "Either Upload-Length or Upload-Defer-Length is needed, and a length stays.");
        break;
    default:
        snprintf(detail, sizeof detail,
                 outcome == TUS_MISSING ? "This is needed: %s." : "This must be %s.",
                 form_of(field));
    }
    upload_reply_problem(call, &http_bad_request, field, detail);
}

/* What a tus parser refused; 0 when it did not. */
bool upload_reply_tus_refusal(struct call *call, int outcome, const char *field)
{
    switch (outcome) {
    case 0:
        return false;
    case TUS_OTHER_VERSION:
        http_set_header(call->req, "Tus-Version", TUS_VERSION);
        upload_reply_problem(call, &api_tus_version, NULL, NULL);
        return true;
    case TUS_OTHER_TYPE:
        upload_reply_problem(call, &http_unsupported_media_type, NULL,
                             "Content-Type must be " TUS_CONTENT_TYPE ".");
        return true;
    case TUS_TOO_LARGE:
        upload_reply_problem(call, &http_payload_too_large, field,
                             "The photo is larger than Tus-Max-Size.");
        return true;
    case TUS_MISMATCH:
        upload_reply_problem(call, &api_checksum_mismatch, NULL, NULL);
        return true;
    default:
        reply_bad_header(call, outcome, field);
        return true;
    }
}

/* What the intake refused, in the words of HTTP. */
void upload_reply_intake(struct call *call, int outcome)
{
    switch (outcome) {
    case UPLOADS_BUSY:
    case UPLOADS_FENCED:
        upload_reply_later(call, &api_upload_busy);
        return;
    case UPLOADS_TOO_MANY:
        upload_reply_later(call, &api_uploads_busy);
        return;
    case UPLOADS_WRONG_OFFSET:
        upload_reply_problem(call, &api_offset_mismatch, NULL, NULL);
        return;
    case UPLOADS_BEYOND:
        upload_reply_problem(call, &http_payload_too_large, NULL,
                             "More bytes came than the upload's length.");
        return;
    case UPLOADS_MISMATCH:
        upload_reply_problem(call, &api_checksum_mismatch, NULL,
                             "Upload-Checksum does not match; nothing of this body was kept.");
        return;
    case UPLOADS_FULL:
        if (http_method(call->req) == HTTP_HEAD)
            upload_reply_later(call, &http_locked);
        else
            upload_reply_problem(call, &http_insufficient_storage, NULL, NULL);
        return;
    case UPLOADS_ABSENT:
    case UPLOADS_DAMAGED:
        upload_reply_problem(call, &api_upload_gone, NULL, NULL);
        return;
    default:
        upload_reply_fault(call, outcome);
    }
}

/* A success for bytes: 201 for a POST, 204 otherwise. */
void upload_reply_progress(struct call *call, bool with_offset)
{
    const struct upload_call *upload = accept_call(call);
    char location[64];
    bool post = http_method(call->req) == HTTP_POST;
    upload_reply_tus(call);
    if (with_offset)
        upload_reply_number(call, "Upload-Offset", upload->offset);
    if (upload->row.state == UPLOAD_OPEN)
        upload_reply_expires(call, &upload->row);
    if (post) {
        snprintf(location, sizeof location, UPLOADS_PATH "%s", upload->row.id);
        http_set_header(call->req, "Location", location);
    }
    http_reply_empty(call->req, post ? 201 : 204);
}

void upload_reply_rejected(struct call *call, const char *reason)
{
    upload_reply_tus(call);
    const char *sentence = "The picture is blurred.";
    if (strcmp(reason, "dark") == 0)
        sentence = "The picture is too dark.";
    for (uint32_t verdict = 0; verdict < PHOTO_VERDICT_COUNT; verdict++)
        if (strcmp(reason, photo_verdict_slug(verdict)) == 0)
            sentence = photo_verdict_sentence(verdict);
    json_t *body = json_pack("{s:s, s:s, s:i, s:s, s:s, s:s}", "type", api_photo_rejected.type,
                             "title", api_photo_rejected.title, "status", api_photo_rejected.status,
                             "detail", sentence, "reason", reason, "instance", http_id(call->req));
    AUTO_FREE char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    if (text)
        http_reply_bytes(call->req, api_photo_rejected.status, "application/problem+json",
                         (struct span){(const uint8_t *)text, strlen(text)});
    else
        http_fault(call->req, -ENOMEM);
}

/* A refusal in words that the phone may act on: signed where `word` is given. */
void upload_reply_refused(struct call *call, const struct http_problem *problem, const char *word)
{
    if (word)
        accept_sign(call, RECEIPT_REFUSED, word);
    http_note(call->req, "delivery=%s refused=%s", accept_call(call)->row.delivery_id,
              word ? word : "-");
    upload_reply_problem(call, problem, NULL, NULL);
}

const struct http_problem *upload_reply_problem_of(const char *word)
{
    if (strcmp(word, "declined") == 0)
        return &api_photo_declined;
    if (strcmp(word, "cancelled") == 0)
        return &api_delivery_ended;
    if (strcmp(word, "spent") == 0)
        return &api_challenge_spent;
    return &api_photo_unwanted;
}

/* Answers a POST or PATCH of an upload that is not open any more, by how it stands. */
void upload_reply_standing(struct call *call, enum standing standing, const char *reason)
{
    struct upload_call *upload = accept_call(call);
    bool post = http_method(call->req) == HTTP_POST;
    upload->offset = upload->row.length < 0 ? 0 : (uint64_t)upload->row.length;
    switch (standing) {
    case STANDING_JUDGING:
        upload_reply_later(call, &api_upload_busy);
        return;
    case STANDING_PENDING:
    case STANDING_STORED:
        accept_sign(call, standing == STANDING_STORED ? RECEIPT_STORED : RECEIPT_PENDING, NULL);
        if (post) {
            upload_reply_progress(call, true);
            return;
        }
        upload_reply_number(call, "Upload-Offset", upload->offset);
        upload_reply_problem(call, &api_offset_mismatch, NULL, "The upload is finished.");
        return;
    case STANDING_REJECTED:
        if (post)
            upload_reply_rejected(call, reason);
        else
            upload_reply_problem(call, &api_upload_gone, NULL, NULL);
        return;
    case STANDING_REFUSED:
        upload_reply_refused(call, post ? upload_reply_problem_of(reason) : &api_upload_gone,
                             reason);
        return;
    default:
        upload_reply_problem(call, &api_upload_gone, NULL, NULL);
    }
}

/* HEAD's answer where the upload stands well; its own headers but the receipt. */
void upload_reply_head(struct call *call)
{
    const struct upload_call *upload = accept_call(call);
    upload_reply_tus(call);
    upload_reply_number(call, "Upload-Offset", upload->offset);
    if (upload->row.length >= 0)
        upload_reply_number(call, "Upload-Length", (uint64_t)upload->row.length);
    else
        http_set_header(call->req, "Upload-Defer-Length", "1");
    if (upload->row.metadata)
        http_set_header(call->req, "Upload-Metadata", upload->row.metadata);
    http_set_header(call->req, "Cache-Control", "no-store");
    http_reply_empty(call->req, 200);
}
