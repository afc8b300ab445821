/* SPDX-License-Identifier: Apache-2.0
 *
 * The sender's parts. Inside this folder only. Everything belongs to the sender's thread, but for
 * the counters and the two flags.
 *
 * A *transfer* is a notice that is taken. It waits in its line's hold until the line may have one
 * more under way, is built and sent, ends with an answer, and is freed once its outcome has
 * committed. There is a fixed number of transfers, so memory is bounded.
 */
#ifndef PORCHLIGHT_SENDER_INSIDE_H
#define PORCHLIGHT_SENDER_INSIDE_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "notify/sender.h"

enum {
    SENDER_ARENA = 256 << 10, /* most memory of one request with its notice */
    SENDER_HOLD = 64,       /* most notices of one line that are held, sent ones and waiting ones */
    SENDER_BODY = 64 << 10, /* of a longer answer nothing more is read */
};

/* Why a transfer that was not sent goes back. */
enum transfer_end {
    TRANSFER_JUDGED, /* the verdict says it */
    TRANSFER_BACK,   /* not tried: as if it had not been taken, not before `back_at` */
};

struct line; /* a target's line while any of its notices are held */

struct transfer {
    struct transfer *next; /* of whichever list it is in */
    struct sender *sender;
    struct line *line;
    const struct channel *channel;
    struct arena *arena; /* of the notice's texts and the request */
    struct notice notice;
    struct outgoing out;
    bool under_way;
    bool asked; /* a server, or the channel itself, was asked: `answer` says something */
    struct incoming answer;
    struct notice_verdict verdict;
    enum transfer_end end;
    int64_t back_at;

    CURL *curl;
    struct curl_slist *headers, *recipients;
    struct span unsent;                 /* of a message */
    int64_t begun_at;                   /* steady clock */
    bool guard_refused, enough, spoken; /* spoken: with a server, whatever it said */
    bool unsettled; /* its channel could not write its part: only the row is written */
    size_t body_len, headers_len;
    char *body_text, *headers_text; /* INCOMING_BODY and INCOMING_HEADERS bytes, in the arena */
};

struct transfers {
    struct transfer *first, **last;
    unsigned count;
};

struct line {
    struct line *next;
    enum notice_channel channel;
    char target[ID_ROOM];
    struct transfers waiting;
    unsigned held;      /* all of its transfers, in whatever state */
    unsigned under_way; /* those that are being sent */
    unsigned chosen;    /* these, and those that are about to be */
    unsigned hold;      /* how many it may hold: grows while its target is quick */
    unsigned sent;      /* since the last turn */
    unsigned ending;    /* of those held, that end with the turn under way */
    int failures;       /* in a row */
    int64_t closed_until;
    int64_t asked_until; /* what Retry-After said: no other answer shortens it */
    bool touched;        /* its row is to be set */
};

struct counters {
    _Atomic int64_t sent, failed, set_aside, dropped, under_way;
};

struct sender {
    struct sender_config config;
    CURLM *multi;
    pthread_t thread;
    _Atomic bool woken, closing;
    struct counters counters[NOTICE_CHANNEL_COUNT];

    struct transfer *all; /* `count` of them */
    unsigned count;
    struct transfers idle, done;
    unsigned under_way;
    unsigned held_of[NOTICE_CHANNEL_COUNT]; /* of each channel's notices, so many are held ... */
    unsigned under_way_of[NOTICE_CHANNEL_COUNT]; /* ... and so many of those are being sent */
    struct line *lines;
    struct arena *arena; /* of one look */
    int64_t next_look;   /* steady clock */
    bool careful;        /* the last writing failed: one outcome at a time */
    bool stopping;
};

/* --- sender.c --------------------------------------------------------------------------------- */

/* What one channel may have of the whole: three quarters, so that a gateway that is dead for all of
 * a channel's targets leaves room for the others. */
unsigned sender_share(unsigned whole);

void transfers_add(struct transfers *list, struct transfer *transfer);
struct transfer *transfers_take(struct transfers *list);

/* Puts a transfer whose end is known among the done. */
void sender_done(struct sender *sender, struct transfer *transfer);
/* The same of one that was under way. */
void sender_ended(struct sender *sender, struct transfer *transfer);

/* --- sender_web.c: over the network ------------------------------------------------------------
 */

/* Sends what transfer->out says. 0, or a fault: then nothing was begun. */
int web_begin(struct transfer *transfer) MUST_CHECK;
/* Moves bytes, and hands every transfer that has ended to sender_ended with its verdict. */
void web_move(struct sender *sender);
/* Breaks a transfer off, or drops what one that has ended still has. */
void web_end(struct transfer *transfer);
/* Fills in what a transfer's channel makes of its answer. */
void web_judge(struct transfer *transfer);

/* --- sender_rows.c: in the database ------------------------------------------------------------
 */

/* Writes down what is done, and takes what is due and has room, in one commit: 0, or a fault after
 * which nothing has changed. The transfers taken wait in their lines. */
int rows_turn(struct sender *sender) MUST_CHECK;
/* Whether a line is due now, and else when the next one is (wall clock; INT64_MAX: none). */
int rows_look(struct sender *sender, bool *due_out, int64_t *next_out) MUST_CHECK;
/* Has the channels build the requests of `list`, on one snapshot. Those that have nothing to send
 * are handed to sender_done; the others stay in `list`. */
void rows_prepare(struct sender *sender, struct transfers *list);

#endif
