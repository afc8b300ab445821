/* SPDX-License-Identifier: Apache-2.0
 *
 * Open event streams (text/event-stream): pages that are told when something changed.
 *
 * A stream leaves the HTTP library. Its head is written, its socket changes hands, and what the
 * library kept for the connection (its pool of memory above all) is freed; what stays is a
 * descriptor and a few hundred bytes here, so that ten thousand open pages cost a few megabytes.
 * One thread has all streams. It wakes when there is something to tell, asks the application what
 * each stream is to be told, and hands it to the socket.
 *
 * Nobody is waited for. What a socket does not take at once is not kept but remembered as missed:
 * when it takes bytes again, the stream is told once that something changed. One that stays behind
 * for `slow_ms`, or whose peer has not acknowledged a byte for so long, is dropped. A dropped page
 * comes back with Last-Event-ID and misses nothing.
 */
#ifndef PORCHLIGHT_HTTP_STREAM_H
#define PORCHLIGHT_HTTP_STREAM_H

#include "base/base.h"

struct http_request;
struct http_streams;

/* What a stream is about: the application's words, which this folder only compares. */
struct http_stream_about {
    uint8_t key[16];     /* what it is told of */
    uint8_t session[32]; /* it ends with this; all zero: with nothing */
    uint8_t owner[16];   /* whose streams are counted together */
    int64_t seen;        /* the number of the last event that it knows; -1: of none */
    uint32_t kind, detail;
};

/* Why the application is asked what to say. */
enum http_stream_cause {
    HTTP_STREAM_OPENED, /* it is new: has something changed since `seen`? */
    HTTP_STREAM_EVENT,  /* this happened under its key */
    HTTP_STREAM_MISSED, /* events were lost on it: something changed */
    HTTP_STREAM_BEAT,   /* now and then: may it go on? A text is not asked for */
};
struct http_stream_event {
    enum http_stream_cause cause;
    uint8_t key[16];
    int64_t number;
    uint32_t word;    /* the application's */
    const void *data; /* the application's, for the call */
};

enum { HTTP_STREAM_TEXT = 256 };
enum http_stream_answer { HTTP_STREAM_SAY, HTTP_STREAM_SKIP, HTTP_STREAM_END };

/* All called on the streams' thread, which may read a database but not wait for long. */
struct http_streams_config {
    unsigned limit, owner_limit, address_limit; /* streams at once: in all, of one owner, of one
                                                   client's address; 0 for the last two: no limit */
    unsigned beat_ms;                           /* a comment line so often */
    unsigned slow_ms;                           /* how long a reader may stay behind */
    unsigned poll_ms;                           /* `pull` is called so often without being woken */
    unsigned retry_ms;                          /* when a browser should come back */
    size_t buffer;                              /* bytes the kernel may hold for one reader */
    /* May the stream go on, and what is it told? `text_out` is a whole event of the stream's form,
     * ending with an empty line. It may set about->seen. */
    enum http_stream_answer (*say)(void *context, struct http_stream_about *about,
                                   const struct http_stream_event *event,
                                   char text_out[HTTP_STREAM_TEXT]);
    /* Calls http_streams_tell for all that happened since it was last called. */
    void (*pull)(void *context, struct http_streams *streams);
    void *context;
};

int http_streams_new(const struct http_streams_config *config,
                     struct http_streams **out) MUST_CHECK;
/* Ends all, and opens no more; waking it is harmless from now on. So is NULL. */
void http_streams_stop(struct http_streams *streams);
/* Stops, and frees. No server may be running that has a route to it. NULL is harmless. */
void http_streams_free(struct http_streams **streams);

/* Answers with an open stream, in place of any other reply, within a handler; or with 503 when
 * there are too many. */
void http_reply_stream(struct http_request *req, struct http_streams *streams,
                       const struct http_stream_about *about);

/* From any thread: there is something to pull. Never blocks. NULL is harmless. */
void http_streams_wake(struct http_streams *streams);
/* From any thread: this session is no more, nor are its streams. NULL is harmless. */
void http_streams_end(struct http_streams *streams, const uint8_t session[32]);
/* Within `pull` only: tells the streams of event->key. */
void http_streams_tell(struct http_streams *streams, const struct http_stream_event *event);

struct http_streams_figures {
    uint64_t open, opened, refused, told, missed, dropped; /* dropped: for being slow */
};
void http_streams_figures(struct http_streams *streams, struct http_streams_figures *out);

#endif
