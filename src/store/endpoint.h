/* SPDX-License-Identifier: Apache-2.0
 *
 * Endpoints: where shippers' systems are told of events by webhooks; and attempts, the log of what
 * was tried there and how it ended, which goes after some days. No key and no secret is stored: a
 * row has the version that they are derived by.
 */
#ifndef PORCHLIGHT_STORE_ENDPOINT_H
#define PORCHLIGHT_STORE_ENDPOINT_H

#include "domain/words.h"
#include "store/store.h"

struct store_endpoint {
    char id[ID_ROOM];
    char shipper_id[ID_ROOM];
    const char *url;
    uint32_t kinds;         /* what it is told of: bits of enum event_kind; 0 = all */
    int key_version;        /* from 1 */
    int64_t old_keys_until; /* until then the version before signs too; 0 = there is none */
    int64_t created_at;
    int64_t stopped_at; /* 0 = it is told */
    enum endpoint_stop stop;
    int64_t failing_since; /* the first failure after the last success; 0 = none */
    int64_t succeeded_at;  /* the last success, to the minute; 0 = none yet */
};

/* True when the endpoint wants this kind. */
static inline bool store_endpoint_wants(const struct store_endpoint *endpoint, enum event_kind kind)
{
    return endpoint->kinds == 0 || endpoint->kinds & UINT32_C(1) << kind;
}

/* 0 or STORE_EXISTS. */
int store_endpoint_insert(struct db_tx *tx, const struct store_endpoint *endpoint) MUST_CHECK;
int store_endpoint_get(struct db_tx *tx, const char *id, struct arena *arena,
                       struct store_endpoint *out) MUST_CHECK;
/* Everything but id, shipper and created_at. STORE_NOT_FOUND when it is gone. */
int store_endpoint_update(struct db_tx *tx, const struct store_endpoint *endpoint) MUST_CHECK;
int store_endpoint_delete(struct db_tx *tx, const char *id) MUST_CHECK;

STORE_LIST(store_endpoints, struct store_endpoint);
/* A shipper's endpoints, oldest first. */
int store_endpoint_list(struct db_tx *tx, const char *shipper_id, const struct store_page *page,
                        struct arena *arena, struct store_endpoints *out) MUST_CHECK;

/* Ids of a shipper's endpoints that are told of this kind, oldest first; their number comes out. */
struct store_targets {
    char id[STORE_PAGE_LIMIT][ID_ROOM];
    int count;
};
int store_endpoint_targets(struct db_tx *tx, const char *shipper_id, enum event_kind kind,
                           struct store_targets *out) MUST_CHECK;

/* One that is told is stopped; STORE_NOT_FOUND when it is gone or was stopped already. */
int store_endpoint_stop(struct db_tx *tx, const char *id, enum endpoint_stop why,
                        int64_t now) MUST_CHECK;
/* Notes how an attempt ended. A success within a minute of the last one, with nothing failed
 * between, writes nothing. */
int store_endpoint_succeeded(struct db_tx *tx, const char *id, int64_t now) MUST_CHECK;
int store_endpoint_failed(struct db_tx *tx, const char *id, int64_t now) MUST_CHECK;

struct store_webhook_attempt {
    char id[ID_ROOM];
    char endpoint_id[ID_ROOM];
    char event_id[ID_ROOM];
    const char *type; /* of the event, or a webhook's own */
    int number;       /* which one of this event, from 1 */
    int64_t at;
    int status;          /* of HTTP; 0 = no answer */
    int64_t took_ms;     /* -1 = nothing was sent */
    const char *outcome; /* a word: sent, later, given_up, gone, not_sent */
    const char *reason;  /* a word, or NULL */
    int64_t next_at;     /* of the next one; 0 = none is planned, or not yet known */
};
/* 0 or STORE_EXISTS. */
int store_webhook_attempt_insert(struct db_tx *tx,
                                 const struct store_webhook_attempt *attempt) MUST_CHECK;
STORE_LIST(store_webhook_attempts, struct store_webhook_attempt);
/* To an endpoint, newest first. */
int store_webhook_attempt_list(struct db_tx *tx, const char *endpoint_id,
                               const struct store_page *page, struct arena *arena,
                               struct store_webhook_attempts *out) MUST_CHECK;
/* Deletes those of before `before`, at most `limit`. */
int store_webhook_attempt_sweep(struct db_tx *tx, int64_t before, int limit,
                                int *deleted_out) MUST_CHECK;

#endif
