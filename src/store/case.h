/* SPDX-License-Identifier: Apache-2.0
 *
 * Cases and the messages in them. A case has, besides its id, a small number that people can say on
 * the telephone.
 */
#ifndef PORCHLIGHT_STORE_CASE_H
#define PORCHLIGHT_STORE_CASE_H

#include "domain/words.h"
#include "store/agent.h"
#include "store/store.h"

/* Who spoke. */
#define CASE_SIDES(X)                                                                              \
    X(SIDE_RECIPIENT, "recipient")                                                                 \
    X(SIDE_AGENT, "agent")
#define CASE_SIDE_ENUM(symbol, text) symbol,
enum case_side { CASE_SIDES(CASE_SIDE_ENUM) CASE_SIDE_COUNT };
extern const struct words words_case_side;

struct store_case {
    char id[ID_ROOM];
    int64_t number;
    char delivery_id[ID_ROOM];
    char shipper_id[ID_ROOM];
    enum case_kind kind;
    enum case_state state;
    enum case_side opened_by;
    char agent_id[ID_ROOM]; /* who opened it, when an agent did */
    const char *reason;     /* as the opener wrote it, or NULL */
    int64_t opened_at, resolved_at;
    const char *resolution; /* or NULL */
};
/* Gives the case its number. 0 or STORE_EXISTS (the id). */
int store_case_insert(struct db_tx *tx, const struct store_case *row,
                      int64_t *number_out) MUST_CHECK;
int store_case_get(struct db_tx *tx, const char *id, struct arena *arena,
                   struct store_case *out) MUST_CHECK;
/* An open case on a delivery, the newest. */
int store_case_open_on(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                       struct store_case *out) MUST_CHECK;
/* STORE_NOT_FOUND when it is unknown or resolved already. */
int store_case_resolve(struct db_tx *tx, const char *id, const char *resolution,
                       int64_t now) MUST_CHECK;

STORE_LIST(store_cases, struct store_case);
struct store_case_filter {
    const struct store_agent_shippers *of; /* the shippers' */
    enum case_state state;
};
/* Newest first. */
int store_case_list(struct db_tx *tx, const struct store_case_filter *filter,
                    const struct store_page *page, struct arena *arena,
                    struct store_cases *out) MUST_CHECK;
/* The cases on a delivery, newest first, at most STORE_PAGE_LIMIT. */
int store_case_on_delivery(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                           struct store_cases *out) MUST_CHECK;

struct store_message {
    char id[ID_ROOM];
    char case_id[ID_ROOM];
    enum case_side side;
    char agent_id[ID_ROOM]; /* when an agent wrote */
    const char *text;
    int64_t at;
};
/* 0 or STORE_EXISTS. */
int store_message_insert(struct db_tx *tx, const struct store_message *message) MUST_CHECK;
STORE_LIST(store_messages, struct store_message);
/* Oldest first. */
int store_message_list(struct db_tx *tx, const char *case_id, const struct store_page *page,
                       struct arena *arena, struct store_messages *out) MUST_CHECK;

#endif
