/* SPDX-License-Identifier: Apache-2.0
 *
 * What a channel is: a way to tell people, as four functions that the outbox calls. A channel never
 * opens a connection: it says whom to tell (in the event's transaction), what to send (at the
 * moment of sending) and what the answer means; notify/sender.h does the rest.
 *
 * `address` runs on the database's writer; the others on the sender's thread, `settle` on the
 * writer again. All must be quick and must not block.
 */
#ifndef PORCHLIGHT_CHANNEL_H
#define PORCHLIGHT_CHANNEL_H

#include "domain/delivery.h"
#include "store/event.h"
#include "store/notice.h"

/* --- whom to tell ----------------------------------------------------------------------------- */

/* An event that has just been written, and its delivery as it is after the change. */
struct tell_about {
    const struct store_event *event;
    const struct delivery *delivery;
};

struct notice_list; /* where `address` puts its targets */

/* One notice of the event to this target of the channel, not before `run_at` (0: now). `payload` is
 * small text of the channel's own, or NULL. 0 or a fault. */
struct notice_to {
    const char *target; /* an id, or "" */
    const char *payload;
    int64_t run_at;
};
int notice_add(struct notice_list *list, const struct notice_to *to) MUST_CHECK;

/* --- what to send ----------------------------------------------------------------------------- */

/* A notice under way. `event` is zeroed (id "") where the notice has none. */
struct notice {
    struct store_notice row;
    struct store_event event;
    struct arena *arena; /* its own, until its end is written down: what its request is built in */
};

enum { OUTGOING_HEADERS = 16 };

/* A request as a channel builds it, in the notice's arena. */
struct outgoing {
    const char *url;    /* http, https, smtp or smtps; NULL: no server is asked, see channel.hand */
    const char *method; /* NULL: POST */
    const char *headers[OUTGOING_HEADERS]; /* `header_count` of "Name: value", one line each */
    int header_count;
    struct span body;
    int64_t timeout_ms; /* 0: as the settings say */
    /* The address was given by a user: only public addresses are connected to. Redirects are never
     * followed, guarded or not. */
    bool guarded;
    const char *user, *password; /* of basic auth or SMTP AUTH; NULL: none */
    const char *mail_from, *mail_to;
    bool mail_plain; /* SMTP: no TLS is asked for */
};

enum notice_outcome {
    NOTICE_SENT = 0,
    NOTICE_LATER,       /* passing: again at retry_at, or as the channel's schedule says */
    NOTICE_REFUSED,     /* for good: set aside, with a reason */
    NOTICE_TARGET_GONE, /* for good, and the channel's `settle` drops the target: nothing is kept */
    NOTICE_STALE,       /* nothing to say any more: dropped */
    NOTICE_OUTCOME_COUNT
};

/* --- what the answer means ---------------------------------------------------------------------
 */

enum { INCOMING_BODY = 4096, INCOMING_HEADERS = 2048 };

struct incoming {
    bool answered;          /* a status came */
    int status;             /* of HTTP or SMTP, or 0 */
    const char *trouble;    /* what kept a whole answer from coming, one word: "refused", "timeout",
                               "name", "tls", "guarded", "reset", "too_long", "protocol"; else NULL */
    int64_t retry_after_ms; /* what Retry-After said, bounded by the settings; -1: nothing */
    int64_t took_ms;
    struct span body;    /* its first INCOMING_BODY bytes */
    const char *headers; /* the first INCOMING_HEADERS bytes, for incoming_header */
};
/* A header's value into `out` (cut to `room`); false when it did not come. */
bool incoming_header(const struct incoming *answer, const char *name, char *out, size_t room);

enum { VERDICT_REASON = 32 };

struct notice_verdict {
    enum notice_outcome outcome;
    int64_t retry_at;            /* of NOTICE_LATER: 0: as the schedule says */
    char reason[VERDICT_REASON]; /* a word, such as "status_500"; "" when sent */
};

/* What an answer over HTTP means to most: 2xx is sent, 410 a target that is gone, all else is for
 * later (429, 502, 503 and 504 obey Retry-After), with the reason filled in. */
void notice_judge_http(const struct incoming *answer, struct notice_verdict *out);

/* --- the channel -------------------------------------------------------------------------------
 */

struct channel {
    enum notice_channel is;
    /* In the event's transaction: adds a notice for each target that is to be told. */
    int (*address)(void *context, struct db_tx *tx, const struct tell_about *about,
                   struct notice_list *list);
    /* At the moment of sending, on a snapshot: builds the request, or says NOTICE_STALE,
     * NOTICE_REFUSED, NOTICE_TARGET_GONE or NOTICE_LATER with retry_at in *out_verdict. Every
     * question that `address` asked is asked again here: withheld, erased, preferences, quiet
     * hours. 0 (then the verdict's outcome NOTICE_SENT means: send), or a fault, which is for
     * later. */
    int (*prepare)(void *context, struct db_tx *tx, const struct notice *notice,
                   struct outgoing *out, struct notice_verdict *verdict_out);
    /* Instead of a server, where prepare gave no URL; NULL: there is always one. Fills `answer` as
     * a server would have. */
    void (*hand)(void *context, const struct notice *notice, const struct outgoing *out,
                 struct incoming *answer);
    /* What the answer means; NULL: notice_judge_http. */
    void (*judge)(void *context, const struct notice *notice, const struct incoming *answer,
                  struct notice_verdict *out);
    /* In the transaction that writes the outcome down, after the notice's own row was settled: a
     * log of attempts, dropping a target. `answer` is NULL where nothing was sent. 0 or a fault,
     * which undoes the transaction; it is then called again, and after a fault of its own the row
     * alone is written. May be NULL. */
    int (*settle)(void *context, struct db_tx *tx, const struct notice *notice,
                  const struct incoming *answer, const struct notice_verdict *verdict);
    /* The pauses after the first, second … attempt that failed, in milliseconds; after the last of
     * them the notice is set aside. NULL: the settings' backoff and attempts. */
    const int64_t *schedule;
    int schedule_count;
    void *context;
};

#endif
