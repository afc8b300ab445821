/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the streams: shared by stream.c (the thread), stream_room.c (places and the table),
 * stream_send.c (what goes to the sockets) and stream_reply.c (how one is opened).
 */
#ifndef PORCHLIGHT_HTTP_STREAM_HUB_H
#define PORCHLIGHT_HTTP_STREAM_HUB_H

#include <pthread.h>
#include <stdatomic.h>

#include "http/hash.h"
#include "http/stream.h"
#include "http/tally.h"

enum { HTTP_STREAMS_ENDED = 64 };

struct http_stream {
    struct http_stream *next, **link;            /* in its bucket; `next` in the inbox too */
    struct http_stream *earlier, *later;         /* by next beat */
    int64_t beat_at, behind_since, unread_since; /* steady ms; 0: it is not */
    char *rest;                                  /* of an event that was sent in part */
    uint16_t rest_len;
    bool missed; /* events were lost since */
    bool broken; /* to be dropped by whoever has it in hand */
    int fd;
    uint8_t address[16];
    struct http_stream_about about;
};

/* Invariants, whenever the lock is free: `count` streams are reserved, in the inbox or in the
 * table, and each is in both tallies. The table and the list are the thread's alone. */
struct http_streams {
    struct http_streams_config config;
    pthread_mutex_t lock;
    struct http_stream *inbox, **inbox_end;
    uint8_t ended[HTTP_STREAMS_ENDED][32];
    unsigned ended_count; /* above HTTP_STREAMS_ENDED: more than there is room for */
    bool woken, stopping;
    uint64_t count;
    struct http_tally *owners, *addresses;

    int epoll_fd, wake_fd, spare_fd;
    pthread_t thread;
    bool started;
    struct http_hash_key hash_key;
    size_t mask;
    struct http_stream **table;
    struct http_stream *first, *last;
    int64_t now, pull_at;
    unsigned behind; /* streams with behind_since */
    _Atomic uint64_t opened, refused, told, missed, dropped;
};

/* ---- any thread ---- */

/* A place for one more stream, counted at once; NULL when there are too many or no memory. */
struct http_stream *http_stream_reserve(struct http_streams *streams,
                                        const struct http_stream_about *about,
                                        const uint8_t address[16]);
/* Gives the place back, or fills it: the descriptor, on which the head has been sent, is the
 * stream's from now on. */
void http_stream_cancel(struct http_streams *streams, struct http_stream *stream);
void http_stream_begin(struct http_streams *streams, struct http_stream *stream, int fd);
/* Rings the thread's bell. */
void http_streams_ring(struct http_streams *streams);

/* ---- the streams' thread ---- */

/* The place in the table for a key. */
struct http_stream **http_stream_bucket(struct http_streams *streams, const uint8_t key[16]);
/* Into the table and the list; false: it could not be watched, and is gone. */
bool http_stream_enter(struct http_streams *streams, struct http_stream *stream);
/* To the end of the list, for its next beat. */
void http_stream_put_last(struct http_streams *streams, struct http_stream *stream);
void http_stream_drop(struct http_streams *streams, struct http_stream *stream);

/* Hands a text over, or remembers that it was missed; may set `broken`. */
void http_stream_give(struct http_streams *streams, struct http_stream *stream, const char *text);
/* Asks the application, and says what there is to say. False: the stream is gone. */
bool http_stream_ask(struct http_streams *streams, struct http_stream *stream,
                     const struct http_stream_event *event);
/* The socket takes bytes again. */
void http_stream_catch_up(struct http_streams *streams, struct http_stream *stream);

#endif
