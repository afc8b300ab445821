/* SPDX-License-Identifier: Apache-2.0
 *
 * Drivers, the one-time codes that pair their phones, and the paired devices. Codes are stored as
 * keyed hashes, device tokens as SHA-256.
 */
#ifndef PORCHLIGHT_STORE_DRIVER_H
#define PORCHLIGHT_STORE_DRIVER_H

#include "store/store.h"

struct store_driver {
    char id[ID_ROOM];
    char shipper_id[ID_ROOM];
    const char *name;
    int64_t created_at, disabled_at;
};
/* 0 or STORE_EXISTS. */
int store_driver_insert(struct db_tx *tx, const struct store_driver *driver) MUST_CHECK;
int store_driver_get(struct db_tx *tx, const char *id, struct arena *arena,
                     struct store_driver *out) MUST_CHECK;
/* 0 lets the driver work again. */
int store_driver_disable(struct db_tx *tx, const char *id, int64_t disabled_at) MUST_CHECK;
STORE_LIST(store_drivers, struct store_driver);
/* A shipper's drivers, newest first. */
int store_driver_list(struct db_tx *tx, const char *shipper_id, const struct store_page *page,
                      struct arena *arena, struct store_drivers *out) MUST_CHECK;

/* A pairing code; a driver has one at most, and a new one replaces it. 0 or STORE_EXISTS (another
 * driver's code has this hash). */
int store_pairing_put(struct db_tx *tx, const uint8_t code_hash[STORE_HASH], const char *driver_id,
                      int64_t expires_at) MUST_CHECK;
/* Spends a code: gone, whatever follows in this transaction commits with it. STORE_NOT_FOUND when
 * it is unknown, spent or past its time. */
int store_pairing_take(struct db_tx *tx, const uint8_t code_hash[STORE_HASH], int64_t now,
                       char driver_id_out[ID_ROOM]) MUST_CHECK;
/* Deletes at most `limit` codes past their time; their number comes out. */
int store_pairing_sweep(struct db_tx *tx, int64_t now, int limit, int *deleted_out) MUST_CHECK;

struct store_device {
    char id[ID_ROOM];
    char driver_id[ID_ROOM];
    uint8_t token_hash[STORE_HASH];
    const char *name; /* what the phone calls itself, or NULL */
    int64_t created_at, revoked_at;
};
/* 0 or STORE_EXISTS. */
int store_device_insert(struct db_tx *tx, const struct store_device *device) MUST_CHECK;
/* The device that holds a token together with its driver, in one query. A revoked device and a
 * disabled driver are found too: the caller looks at revoked_at and disabled_at, since uploads get
 * a signed refusal where everything else gets 401. */
int store_device_by_token(struct db_tx *tx, const uint8_t token_hash[STORE_HASH],
                          struct arena *arena, struct store_device *device_out,
                          struct store_driver *driver_out) MUST_CHECK;
int store_device_get(struct db_tx *tx, const char *id, struct arena *arena,
                     struct store_device *out) MUST_CHECK;
/* STORE_NOT_FOUND when it is unknown or revoked already. */
int store_device_revoke(struct db_tx *tx, const char *id, int64_t now) MUST_CHECK;
STORE_LIST(store_devices, struct store_device);
/* A driver's devices (at most STORE_PAGE_LIMIT), newest first, the revoked ones too. */
int store_device_list(struct db_tx *tx, const char *driver_id, struct arena *arena,
                      struct store_devices *out) MUST_CHECK;

#endif
