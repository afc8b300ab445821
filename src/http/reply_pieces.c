/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies whose body is made piece by piece, and the conditions that narrow them: entity tags and
 * ranges. A body of one piece is read at once and leaves in one system call with its headers; a
 * longer one is read as the client takes it. A request whose fence has been cut is read no further.
 */
#include <errno.h>

#include "base/log.h"
#include "http/exchange.h"

struct piece_reply {
    struct http_pieces pieces;
    const struct http_request *req; /* outlives every read, not the free */
    uint64_t base;                  /* where the range begins */
    bool open;                      /* its end is said by HTTP_PIECES_END */
};

static ssize_t read_piece(void *cls, uint64_t at, char *out, size_t room)
{
    struct piece_reply *reply = cls;
    if (atomic_load_explicit(&reply->req->fence.cut, memory_order_relaxed))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    int64_t n = reply->pieces.read(reply->pieces.state, reply->base + at, (uint8_t *)out, room);
    if (n >= 1 && (uint64_t)n <= room)
        return (ssize_t)n;
    if (reply->open && n == HTTP_PIECES_END)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (n != 0)
        log_fault("http.piece", n < 0 ? (int)n : -EIO, "request=%s", reply->req->id);
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static void free_pieces(const struct http_pieces *pieces)
{
    if (pieces->free)
        pieces->free(pieces->state);
}

static void free_piece_reply(void *cls)
{
    struct piece_reply *reply = cls;
    free_pieces(&reply->pieces);
    free(reply);
}

/* What is sent of the whole, and as what. */
struct part {
    int status;
    const char *type;
    uint64_t offset, length;
};

/* A small body is read at once: it then leaves in one system call with its headers. */
static void give_small(struct http_request *req, const struct part *part,
                       const struct http_pieces *pieces)
{
    uint64_t length = part->length;
    uint8_t *data = malloc(length ? length : 1);
    uint64_t have = 0;
    int fault = data ? 0 : -ENOMEM;
    while (!fault && have < length) {
        int64_t n = pieces->read(pieces->state, part->offset + have, data + have, length - have);
        if (n < 1 || (uint64_t)n > length - have)
            fault = n < 0 ? (int)n : -EIO;
        else
            have += (uint64_t)n;
    }
    free_pieces(pieces);
    if (!fault) {
        http_reply_owned(req, part->status, part->type, data, length);
        return;
    }
    free(data);
    http_fault(req, log_fault("http.piece", fault, "request=%s", req->id));
}

static void give_large(struct http_request *req, const struct part *part,
                       const struct http_pieces *pieces)
{
    struct piece_reply *reply = malloc(sizeof *reply);
    struct MHD_Response *response = NULL;
    if (reply) {
        *reply = (struct piece_reply){.pieces = *pieces,
                                      .req = req,
                                      .base = part->offset,
                                      .open = part->length == HTTP_OPEN_END};
        response =
            MHD_create_response_from_callback(reply->open ? MHD_SIZE_UNKNOWN : part->length,
                                              HTTP_PIECE, read_piece, reply, free_piece_reply);
    }
    if (!response) {
        free(reply);
        free_pieces(pieces);
    }
    uint64_t size = part->length == HTTP_OPEN_END ? 0 : part->length; /* for the log */
    http_reply_give(req, part->status, part->type, response, size);
}

/* What the client asks for of a body with an entity tag. */
static enum http_range asked_range(struct http_request *req, uint64_t total, const char *etag,
                                   uint64_t *offset, uint64_t *length)
{
    const char *range = http_header(req, "Range");
    const char *if_range = range ? http_header(req, "If-Range") : NULL;
    if (if_range && strcmp(if_range, etag) != 0)
        return HTTP_RANGE_WHOLE;
    return http_range_parse(range, total, offset, length);
}

/* Ranges and tags. True when it has replied; otherwise the part, which was the whole, is what to
 * send. */
static bool narrow(struct http_request *req, const char *etag, struct part *part)
{
    uint64_t total = part->length;
    if (http_not_modified(req, etag))
        return true;
    http_set_header(req, "Accept-Ranges", "bytes");
    char text[80];
    switch (asked_range(req, total, etag, &part->offset, &part->length)) {
    case HTTP_RANGE_PART:
        snprintf(text, sizeof text, "bytes %llu-%llu/%llu", (unsigned long long)part->offset,
                 (unsigned long long)(part->offset + part->length - 1), (unsigned long long)total);
        http_set_header(req, "Content-Range", text);
        part->status = 206;
        return false;
    case HTTP_RANGE_UNSATISFIABLE:
        snprintf(text, sizeof text, "bytes */%llu", (unsigned long long)total);
        http_set_header(req, "Content-Range", text);
        http_problem(req, &http_range_not_satisfiable, NULL);
        return true;
    case HTTP_RANGE_WHOLE:
        break;
    }
    return false;
}

void http_reply_pieces(struct http_request *req, int status, const char *type, uint64_t total,
                       const struct http_pieces *pieces)
{
    struct part part = {.status = status, .type = type, .length = total};
    if (!http_reply_may(req, status) ||
        (pieces->etag && status == 200 && narrow(req, pieces->etag, &part))) {
        free_pieces(pieces);
        return;
    }
    /* Of a body without a known end the library ends even the answer to a HEAD with a chunk. */
    bool headers_only = total == HTTP_OPEN_END && req->wire_head;
    if (headers_only || http_reply_is_bodiless(req, part.status)) {
        free_pieces(pieces);
        http_reply_empty(req, part.status);
    } else if (part.length <= HTTP_PIECE && !req->wire_head) {
        give_small(req, &part, pieces);
    } else {
        give_large(req, &part, pieces);
    }
}

bool http_not_modified(struct http_request *req, const char *etag)
{
    http_set_header(req, "ETag", etag);
    if (!http_etag_listed(http_header(req, "If-None-Match"), etag))
        return false;
    http_reply_empty(req, 304);
    return true;
}
