/* SPDX-License-Identifier: Apache-2.0
 *
 * Refusals of photos that hold for an address or a contact: a recipient's for their deliveries to
 * an address, a shipper's for a recipient who told it so, and a shipper's own for an address. The
 * words for an account and for one delivery stand in those rows.
 *
 * A delivery is held against `match`, a hash keyed by the database's secret over kind, owner or
 * contact, and the address as address_key makes it; no address is searched in the clear. The lines
 * and contacts that stand in a row are what its owner reads in a list.
 */
#ifndef PORCHLIGHT_STORE_REFUSAL_H
#define PORCHLIGHT_STORE_REFUSAL_H

#include "domain/delivery.h"
#include "domain/policy.h"
#include "store/store.h"

struct store_refusal {
    char id[ID_ROOM];
    enum refusal_kind kind;
    char owner[ID_ROOM];    /* the account, for REFUSAL_AT_ADDRESS; else the shipper */
    const char *email;      /* lower case: the recipient's, NULL where none is meant */
    const char *phone;      /* E.164, or NULL */
    struct address address; /* no lines where none is meant */
    const char *reason;     /* the shipper's own note, or NULL */
    int64_t created_at;
};

/* An address in which there is nothing to compare, such as one of punctuation. */
enum { STORE_REFUSAL_EMPTY = 10 };

/* 0, STORE_EXISTS with the id of the one that says the same, or STORE_REFUSAL_EMPTY. */
int store_refusal_insert(struct db_tx *tx, struct store_refusal *refusal) MUST_CHECK;
int store_refusal_get(struct db_tx *tx, const char *id, struct arena *arena,
                      struct store_refusal *out) MUST_CHECK;
int store_refusal_delete(struct db_tx *tx, const char *id) MUST_CHECK;

STORE_LIST(store_refusals, struct store_refusal);
/* Whose: an account's own, or a shipper's. Oldest first. */
int store_refusal_list(struct db_tx *tx, const char *owner, const struct store_page *page,
                       struct arena *arena, struct store_refusals *out) MUST_CHECK;
/* What shippers were told by whoever has this e-mail address. Oldest first. */
int store_refusal_told(struct db_tx *tx, const char *email, const struct store_page *page,
                       struct arena *arena, struct store_refusals *out) MUST_CHECK;
/* How many an owner has, up to `limit`. */
int store_refusal_count(struct db_tx *tx, const char *owner, int limit, int *out) MUST_CHECK;

/* Fills address_consent, shipper_refused and shipper_refused_address. 0 or a fault. */
int store_refusal_facts(struct db_tx *tx, const struct delivery *delivery,
                        struct policy_facts *out) MUST_CHECK;

/* Does the refusal say anything of this delivery? 1, 0, or a fault. */
int store_refusal_holds(struct db_tx *tx, const struct store_refusal *refusal,
                        const struct delivery *delivery) MUST_CHECK;

/* Wrong PINs given for a delivery at a version of its token: another version begins anew. */
int store_pin_wrong(struct db_tx *tx, const char *delivery_id, int version, int *out) MUST_CHECK;
int store_pin_spend(struct db_tx *tx, const char *delivery_id, int version) MUST_CHECK;

#endif
