/* SPDX-License-Identifier: Apache-2.0
 *
 * Shippers, their settings and their API keys. Of a key only its SHA-256 is stored; a shipper may
 * have several, so that one can be replaced without a pause.
 */
#ifndef PORCHLIGHT_STORE_SHIPPER_H
#define PORCHLIGHT_STORE_SHIPPER_H

#include "domain/delivery.h"
#include "store/store.h"

/* 0 or STORE_EXISTS. */
int store_shipper_insert(struct db_tx *tx, const struct shipper *shipper) MUST_CHECK;
int store_shipper_get(struct db_tx *tx, const char *id, struct arena *arena,
                      struct shipper *out) MUST_CHECK;
/* Name and settings, by id. */
int store_shipper_update(struct db_tx *tx, const struct shipper *shipper) MUST_CHECK;

STORE_LIST(store_shippers, struct shipper);
/* Oldest first. */
int store_shipper_list(struct db_tx *tx, const struct store_page *page, struct arena *arena,
                       struct store_shippers *out) MUST_CHECK;

struct store_api_key {
    uint8_t token_hash[STORE_HASH];
    char shipper_id[ID_ROOM];
    const char *label; /* a short name to tell keys apart, or NULL */
    int64_t created_at, revoked_at;
};
/* 0 or STORE_EXISTS. */
int store_api_key_insert(struct db_tx *tx, const struct store_api_key *key) MUST_CHECK;
/* The shipper behind a key that is not revoked. */
int store_api_key_shipper(struct db_tx *tx, const uint8_t token_hash[STORE_HASH],
                          struct arena *arena, struct shipper *out) MUST_CHECK;
/* STORE_NOT_FOUND when it is unknown or revoked already. */
int store_api_key_revoke(struct db_tx *tx, const uint8_t token_hash[STORE_HASH],
                         int64_t now) MUST_CHECK;
STORE_LIST(store_api_keys, struct store_api_key);
/* All of a shipper's keys (at most STORE_PAGE_LIMIT), oldest first, the revoked ones too. */
int store_api_key_list(struct db_tx *tx, const char *shipper_id, struct arena *arena,
                       struct store_api_keys *out) MUST_CHECK;

#endif
