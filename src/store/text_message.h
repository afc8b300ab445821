/* SPDX-License-Identifier: Apache-2.0
 *
 * Text messages: what they cost and how they went. A row is written in the transaction that decides
 * to send one, so that the caps are exact, and goes after some weeks. A number is known by a keyed
 * hash only; its calling code stands beside it.
 */
#ifndef PORCHLIGHT_STORE_TEXT_MESSAGE_H
#define PORCHLIGHT_STORE_TEXT_MESSAGE_H

#include "store/store.h"

struct store_text_message {
    char id[ID_ROOM];
    char delivery_id[ID_ROOM];
    uint8_t number_hash[STORE_HASH];
    int calling_code;
    int segments;       /* as we count them, until the gateway says */
    const char *status; /* the gateway's last word; "planned" before it has one */
    int error;          /* the gateway's number; 0: none */
    int64_t created_at, changed_at;
};

/* The id is the caller's: what the notice's payload names and the gateway's callback comes under.
 */
int store_text_insert(struct db_tx *tx, const struct store_text_message *text) MUST_CHECK;
int store_text_get(struct db_tx *tx, const char *id, struct arena *arena,
                   struct store_text_message *out) MUST_CHECK;

/* What the gateway says of a message now. Nothing changes where it has said its last word before,
 * or the row is gone. */
struct store_text_news {
    const char *status;
    bool final;          /* nothing is expected after it */
    int segments, error; /* 0: not said */
    int64_t now;
};
int store_text_tell(struct db_tx *tx, const char *id,
                    const struct store_text_news *news) MUST_CHECK;

/* The hash of a message's number. */
int store_text_number(struct db_tx *tx, const char *id, uint8_t out[STORE_HASH]) MUST_CHECK;

/* Messages since then, counted up to `limit`: to a number, and to a calling code. */
int store_text_count_to(struct db_tx *tx, const uint8_t number_hash[STORE_HASH], int64_t since,
                        int limit, int64_t *out) MUST_CHECK;
int store_text_count_in(struct db_tx *tx, int calling_code, int64_t since, int limit,
                        int64_t *out) MUST_CHECK;

/* Forgets those made before then; their number. */
int store_text_sweep(struct db_tx *tx, int64_t before, int limit, int *deleted_out) MUST_CHECK;

/* Numbers whose owner said STOP: nothing is sent to them any more. Told again is no trouble. */
int store_number_stop(struct db_tx *tx, const uint8_t number_hash[STORE_HASH],
                      int64_t now) MUST_CHECK;
/* The owner said START. 0 when it was not stopped, too. */
int store_number_resume(struct db_tx *tx, const uint8_t number_hash[STORE_HASH]) MUST_CHECK;
/* 0 when it is stopped, else STORE_NOT_FOUND. */
int store_number_stopped(struct db_tx *tx, const uint8_t number_hash[STORE_HASH]) MUST_CHECK;

#endif
