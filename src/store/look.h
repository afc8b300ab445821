/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks: each row is written before the first byte of the photo leaves, is never changed or
 * deleted once that has committed, and is read by the recipient (R4).
 */
#ifndef PORCHLIGHT_STORE_LOOK_H
#define PORCHLIGHT_STORE_LOOK_H

#include "domain/words.h"
#include "store/agent.h"
#include "store/store.h"

struct store_look {
    char id[ID_ROOM];
    char photo_id[ID_ROOM];
    char delivery_id[ID_ROOM];
    char case_id[ID_ROOM]; /* "": an administrator broke the glass */
    char agent_id[ID_ROOM];
    uint8_t session_hash[STORE_HASH]; /* of the agent's session: a look is for that session only */
    enum look_reason reason;
    const char *text; /* the reason in the agent's words, or NULL */
    int64_t created_at, expires_at;
    enum look_kind kind;
    int agent_number;         /* what the recipient reads of who looked */
    int64_t case_number;      /* 0: no case */
    char shipper_id[ID_ROOM]; /* of the delivery, where there is no case; else "" */
    int64_t entry;            /* ledger_entry.seq; 0: none */
};
static inline bool store_look_breaks_glass(const struct store_look *look)
{
    return !look->case_id[0];
}
/* 0 or STORE_EXISTS. */
int store_look_insert(struct db_tx *tx, const struct store_look *look) MUST_CHECK;
int store_look_get(struct db_tx *tx, const char *id, struct arena *arena,
                   struct store_look *out) MUST_CHECK;
/* Whose look, on what, and when. */
struct store_look_ask {
    const uint8_t *session_hash; /* STORE_HASH bytes */
    const char *photo_id;
    int64_t now;
    enum look_kind kind;
};
/* The look of a kind on a photo by a session that has not run out, under a case, the one that lasts
 * the longest. */
int store_look_live(struct db_tx *tx, const struct store_look_ask *ask, struct arena *arena,
                    struct store_look *out) MUST_CHECK;
STORE_LIST(store_looks, struct store_look);
/* Notes which entry of the log tells of a look. */
int store_look_set_entry(struct db_tx *tx, const char *id, int64_t entry) MUST_CHECK;
/* Looks without a case, newest first: of the deliveries of an agent's shippers. */
struct store_look_glass {
    const char *agent_id;
    const struct store_agent_shippers *of; /* that agent's */
};
int store_look_glass(struct db_tx *tx, const struct store_look_glass *whose,
                     const struct store_page *page, struct arena *arena,
                     struct store_looks *out) MUST_CHECK;
/* All looks on a delivery's photos, newest first. */
int store_look_list(struct db_tx *tx, const char *delivery_id, const struct store_page *page,
                    struct arena *arena, struct store_looks *out) MUST_CHECK;

#endif
