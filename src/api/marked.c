/* SPDX-License-Identifier: Apache-2.0
 *
 * The sealed photo is opened straight into the memory that the worker reads; what the worker gives
 * back is handed out from the memory that it was written to, once that is sealed.
 */
#include "api/marked.h"

#include <errno.h>

#include "api/api.h"
#include "api/call.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "photo/pool.h"
#include "store/look.h"

enum { RETRY_SECONDS = 2, ETAG_BYTES = 16, ETAG_ROOM = 2 * ETAG_BYTES + 3 };

/* A marked picture on its way out. */
struct showing {
    struct photo_outcome outcome;
    int64_t until;
};

static int64_t read_piece(void *state, uint64_t offset, uint8_t *out, size_t room)
{
    const struct showing *showing = state;
    if (clock_now() >= showing->until)
        return 0;
    size_t left = showing->outcome.posted.len - (size_t)offset, n = left < room ? left : room;
    memcpy(out, showing->outcome.posted.data + offset, n);
    return (int64_t)n;
}

static void end_showing(void *state)
{
    struct showing *showing = state;
    photo_outcome_free(&showing->outcome);
    free(showing);
}

/* Who looks, in the delivery's own time. */
static void write_text(const struct photos_sent *what, char out[PHOTO_MARK_TEXT + 1])
{
    const struct store_look *look = what->look;
    struct clock_local at;
    char of_case[32] = "break-glass";
    clock_to_local(look->created_at, what->time_zone, &at);
    if (!store_look_breaks_glass(look))
        snprintf(of_case, sizeof of_case, "case %lld", (long long)look->case_number);
    snprintf(out, PHOTO_MARK_TEXT + 1, "agent %d · %s · %04d-%02d-%02d %02d:%02d",
             look->agent_number, of_case, at.year, at.month, at.day, at.hour, at.minute);
}

/* 0, 1 when the photo is gone, or a fault. */
static int open_input(struct call *call, const struct photos_sent *what, enum sealed_kind kind,
                      struct photo_input *input)
{
    struct sealed_reader reader = {.held = NULL};
    char text[PHOTO_MARK_TEXT + 1];
    uint64_t length = 0;
    int result = photos_open(call, what->photo, &reader);
    if (result != 0)
        return result;
    write_text(what, text);
    result = sealed_length(&reader, kind, &length);
    if (result == 0)
        result = photo_mark_open(call->api->pool, text, (size_t)length, input);
    if (result == 0)
        result = sealed_read(&reader, kind, 0, input->data + PHOTO_MARK_TEXT, (size_t)length);
    sealed_close(&reader);
    return result == 0 ? 0
                       : log_fault("photo.mark", result < 0 ? result : -EBADMSG, "photo=%s",
                                   what->photo->id);
}

/* Is it the picture that was asked for? The worker read what was once a stranger's. */
static bool is_same_size(const struct photo *photo, const struct photo_facts *facts,
                         enum sealed_kind kind)
{
    return kind != SEALED_POSTED ||
           (facts->width == (uint32_t)photo->width && facts->height == (uint32_t)photo->height);
}

enum mark_result { MARK_GONE = 1, MARK_FAILED };

/* 0 and a picture in *outcome; MARK_GONE, the photo was erased meanwhile; MARK_FAILED, logged; or a
 * fault. */
static int mark(struct call *call, const struct photos_sent *what, enum sealed_kind kind,
                struct photo_outcome *outcome)
{
    struct photo_input input = {.fd = -1};
    int result = call->api->pool ? open_input(call, what, kind, &input) : -ENOSYS;
    if (result != 0) {
        photo_input_close(&input);
        return result;
    }
    result = photo_pool_mark(call->api->pool, &input, outcome);
    photo_input_close(&input);
    if (result == 0 && outcome->facts.verdict == PHOTO_OK &&
        is_same_size(what->photo, &outcome->facts, kind))
        return 0;
    log_event(LOG_ERROR, "photo.unmarked", "photo=%s result=%s verdict=%s", what->photo->id,
              photo_pool_result_name(result), photo_verdict_slug(outcome->facts.verdict));
    return result < 0 ? result : MARK_FAILED;
}

/* Named by its bytes. */
static void etag_of(struct span picture, char out[ETAG_ROOM])
{
    uint8_t hash[HASH_SHA256_LEN];
    char hex[2 * ETAG_BYTES + 1];
    hash_sha256(picture, hash);
    text_hex(hash, ETAG_BYTES, hex);
    snprintf(out, ETAG_ROOM, "\"%s\"", hex);
}

static void reply(struct call *call, const struct photos_sent *what, struct showing *showing)
{
    char etag[ETAG_ROOM];
    etag_of(showing->outcome.posted, etag);
    showing->until = what->until;
    http_note(call->req, "photo=%s look=%s", what->photo->id, what->look->id);
    struct http_pieces pieces = {
        .read = read_piece, .free = end_showing, .state = showing, .etag = etag};
    http_reply_pieces(call->req, 200, "image/jpeg", showing->outcome.posted.len, &pieces);
}

void marked_send(struct call *call, const struct photos_sent *what, enum sealed_kind kind)
{
    struct showing *showing = calloc(1, sizeof *showing);
    int result = showing ? mark(call, what, kind, &showing->outcome) : -ENOMEM;
    if (result == 0) {
        reply(call, what, showing);
        return;
    }
    if (showing)
        end_showing(showing);
    if (result == MARK_GONE)
        http_problem(call->req, &api_no_photo, NULL);
    else
        http_problem_later(call->req, &api_photo_unmarked, RETRY_SECONDS, NULL);
}
