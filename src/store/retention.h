/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of people, and its end: rows that are to be asked, what a delivery's date hangs on,
 * and the statements that blank. A blanked row stays as a fact: that something was delivered, when,
 * and how it went.
 */
#ifndef PORCHLIGHT_STORE_RETENTION_H
#define PORCHLIGHT_STORE_RETENTION_H

#include "domain/retention.h"
#include "store/store.h"

/* What is asked. */
#define RETENTION_KINDS(X)                                                                         \
    X(RETENTION_DELIVERY, "delivery")                                                              \
    X(RETENTION_LEFT, "left") /* a delivery whose recipient deleted their account */               \
    X(RETENTION_CASE, "case")                                                                      \
    X(RETENTION_ACCOUNT, "account")                                                                \
    X(RETENTION_DRIVER, "driver")                                                                  \
    X(RETENTION_DEVICE, "device")                                                                  \
    X(RETENTION_AGENT, "agent")
#define RETENTION_KIND_ENUM(symbol, text) symbol,
enum retention_kind { RETENTION_KINDS(RETENTION_KIND_ENUM) RETENTION_KIND_COUNT };
extern const struct words words_retention_kind;

struct store_due {
    int64_t due_at;
    enum retention_kind kind;
    char id[ID_ROOM]; /* of the delivery, case, account, driver, device or agent */
};
/* Has it asked at `due_at`; 0 also where it is already. */
int store_due_put(struct db_tx *tx, const struct store_due *due) MUST_CHECK;
int store_due_drop(struct db_tx *tx, const struct store_due *due) MUST_CHECK;
STORE_LIST(store_dues, struct store_due);
/* Those at or before `now`, the longest due first, at most `limit`. */
int store_due_list(struct db_tx *tx, int64_t now, int limit, struct arena *arena,
                   struct store_dues *out) MUST_CHECK;

/* What a delivery's date hangs on. */
struct store_personal {
    char id[ID_ROOM];
    bool blank; /* nothing of people is in it any more */
    struct retention_facts facts;
};
int store_personal_get(struct db_tx *tx, const char *delivery_id,
                       struct store_personal *out) MUST_CHECK;
STORE_LIST(store_personals, struct store_personal);
/* Deliveries in the order of their ids, from the one after `page->after` on, those made before
 * `before`. */
int store_personal_walk(struct db_tx *tx, int64_t before, const struct store_page *page,
                        struct arena *arena, struct store_personals *out) MUST_CHECK;

/* Takes recipient, buyer, address, instructions, parcels and window out of a delivery, with its
 * looks and what was kept of the door. STORE_NOT_FOUND: no such delivery. */
int store_personal_blank(struct db_tx *tx, const char *delivery_id) MUST_CHECK;
/* Takes the buyer alone out. */
int store_personal_blank_buyer(struct db_tx *tx, const char *delivery_id) MUST_CHECK;

/* When a case was opened and resolved (0: it was not); STORE_NOT_FOUND. */
int store_words_of_case(struct db_tx *tx, const char *case_id, int64_t *opened_out,
                        int64_t *resolved_out) MUST_CHECK;
/* Deletes what was written in a case, which is resolved by that where it was not. */
int store_words_blank(struct db_tx *tx, const char *case_id, int64_t now) MUST_CHECK;

/* When a driver, device or agent was shut out (0: it works again). STORE_NOT_FOUND. */
int store_staff_left(struct db_tx *tx, const struct store_due *who, int64_t *left_out) MUST_CHECK;
/* Takes name and address out. */
int store_staff_blank(struct db_tx *tx, const struct store_due *who) MUST_CHECK;

#endif
