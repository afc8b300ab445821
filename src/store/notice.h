/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices: who is still to be told of an event, through which channel. A row is written in the
 * event's own transaction and deleted in the one that writes down that it was sent; what was given
 * up stays, set aside with its reason, until it is retried or swept.
 *
 * All notices of one channel to one target stand in a *line*, which has a row of its own while
 * there are any: when to look at it next, and how often in a row its target did not answer. So a
 * dead target costs one row, however many notices wait for it. Within a line the notices of one
 * delivery are sent in the order of their events: the first is the head, the others stand behind
 * it and become heads when it is sent or set aside.
 *
 * A notice is taken under a lease of the start (store/job.h): its attempt is counted first, so that
 * a crash is remembered, and what an ended start held is released by the next.
 */
#ifndef PORCHLIGHT_STORE_NOTICE_H
#define PORCHLIGHT_STORE_NOTICE_H

#include "domain/words.h"
#include "store/store.h"

struct store_notice {
    char id[ID_ROOM];
    char event_id[ID_ROOM];    /* or "": the channel's own, such as a test */
    char delivery_id[ID_ROOM]; /* or "": of none */
    enum notice_channel channel;
    char target[ID_ROOM]; /* an id of the channel's own kind (endpoint, subscription, account), or
                             "" */
    const char *payload;  /* small text of the channel's own, or NULL */
    int attempts;         /* begun so far, the one under way included */
    int taken;            /* how often it was taken, ever */
    int64_t run_at;       /* not before */
    int64_t lease_owner;  /* the boot that holds it; 0 = nobody */
    int64_t set_aside_at;
    const char *last_error; /* a word, or NULL */
    int64_t created_at;
};

/* Queues a notice: channel, target, event_id, delivery_id, payload, run_at and created_at are
 * given, the id is made. It stands behind those of its delivery that are queued for the target. */
int store_notice_insert(struct db_tx *tx, struct store_notice *notice) MUST_CHECK;
int store_notice_get(struct db_tx *tx, const char *id, struct arena *arena,
                     struct store_notice *out) MUST_CHECK;

/* --- lines ------------------------------------------------------------------------------------ */

#define STORE_LINE_NEVER INT64_MAX

struct store_line {
    enum notice_channel channel;
    char target[ID_ROOM];
    int64_t next_at; /* when to look at it; STORE_LINE_NEVER: only when something comes or ends */
    int64_t closed_until; /* and not before, whatever comes; STORE_LINE_NEVER: until it is opened */
    int failures;         /* how often in a row its target did not answer */
    int held;             /* for store_line_set: how many of its notices are taken */
};
STORE_LIST(store_lines, struct store_line);
/* Lines of a channel to be looked at now, those that wait the longest first, at most `limit`. */
struct store_line_ask {
    enum notice_channel channel;
    int64_t now;
    int limit;
};
int store_line_due(struct db_tx *tx, const struct store_line_ask *ask, struct arena *arena,
                   struct store_lines *out) MUST_CHECK;
/* When the next line of a channel is to be looked at; STORE_NOT_FOUND when none is. */
int store_line_next(struct db_tx *tx, enum notice_channel channel, int64_t *out) MUST_CHECK;
/* Sets closed_until and failures as given, and next_at from the heads that are queued; a line
 * without notices, queued or held, is deleted. STORE_NOT_FOUND when there is none. */
int store_line_set(struct db_tx *tx, const struct store_line *line) MUST_CHECK;

/* --- taking and ending ------------------------------------------------------------------------ */

struct store_notice_take {
    enum notice_channel channel;
    const char *target;
    int64_t owner; /* boot */
    int64_t now;
};
/* Takes the head of a line that is due the longest and counts the attempt; STORE_NOT_FOUND when
 * none is due. */
int store_notice_take(struct db_tx *tx, const struct store_notice_take *take, struct arena *arena,
                      struct store_notice *out) MUST_CHECK;

/* The ends of a notice that was taken, which proves itself by its id, owner and `taken`:
 * STORE_NOT_FOUND when it was dropped meanwhile. None of them touches the line. */
int store_notice_finish(struct db_tx *tx, const struct store_notice *notice) MUST_CHECK;
int store_notice_back_off(struct db_tx *tx, const struct store_notice *notice, int64_t run_at,
                          const char *error) MUST_CHECK;
/* Could not be tried: the attempt is not counted. */
int store_notice_put_back(struct db_tx *tx, const struct store_notice *notice,
                          int64_t run_at) MUST_CHECK;
int store_notice_set_aside(struct db_tx *tx, const struct store_notice *notice, int64_t now,
                           const char *error) MUST_CHECK;

/* --- the administrator's words, the start's, the sweep's ---------------------------------------
 */

/* One that was set aside is queued anew with nothing counted. STORE_NOT_FOUND when it is not set
 * aside. */
int store_notice_retry(struct db_tx *tx, const char *id, int64_t now) MUST_CHECK;
/* Drops all notices to a target, whatever their state, and its line; at most `limit` at once: call
 * again while *dropped_out is `limit`. */
int store_notice_drop_target(struct db_tx *tx, const struct store_line *line, int limit,
                             int *dropped_out) MUST_CHECK;
/* At start: frees what other boots held and opens all lines. Reads all that are queued. */
int store_notice_release(struct db_tx *tx, int64_t boot, int64_t now,
                         int64_t *released_out) MUST_CHECK;

STORE_LIST(store_notices, struct store_notice);
/* Set aside ones, oldest first. */
int store_notice_list_set_aside(struct db_tx *tx, const struct store_page *page,
                                struct arena *arena, struct store_notices *out) MUST_CHECK;
/* Of a channel: queued or under way, and set aside; each counted up to 100000. */
struct store_notice_counts {
    int64_t queued, set_aside;
};
int store_notice_count(struct db_tx *tx, enum notice_channel channel,
                       struct store_notice_counts *out) MUST_CHECK;
/* Deletes those that were set aside before `before`, at most `limit`. */
int store_notice_sweep(struct db_tx *tx, int64_t before, int limit, int *deleted_out) MUST_CHECK;

#endif
