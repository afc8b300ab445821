/* SPDX-License-Identifier: Apache-2.0
 *
 * One-time pairing codes for drivers' phones: ten digits, given to people as they are, stored as a
 * keyed hash. The shipper's interface and `porchlight admin` both make them.
 */
#ifndef PORCHLIGHT_PAIRING_H
#define PORCHLIGHT_PAIRING_H

#include "db/db.h"

enum { PAIRING_DIGITS = 10, PAIRING_CODE_ROOM = PAIRING_DIGITS + 1 };

/* A new code for a driver, in place of an older one. 0 or a fault. */
int pairing_begin(struct db_tx *tx, const uint8_t secret[32], const char *driver_id,
                  int64_t expires_at, char code_out[PAIRING_CODE_ROOM]) MUST_CHECK;

/* The hash under which a code is stored. */
void pairing_hash(const uint8_t secret[32], const char *code, uint8_t out[32]);

#endif
