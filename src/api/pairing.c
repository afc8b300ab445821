/* SPDX-License-Identifier: Apache-2.0
 *
 * Ten digits are 33 bits: enough against guessing with the rate limit of /v1/driver/pair and half
 * an hour of life.
 */
#include "api/pairing.h"

#include <errno.h>

#include "base/log.h"
#include "crypto/hash.h"
#include "crypto/token.h"
#include "store/driver.h"

void pairing_hash(const uint8_t secret[32], const char *code, uint8_t out[32])
{
    char text[64];
    int len = snprintf(text, sizeof text, "pairing:%s", code);
    hash_hmac((struct span){secret, 32}, (struct span){(const uint8_t *)text, (size_t)len}, out);
}

int pairing_begin(struct db_tx *tx, const uint8_t secret[32], const char *driver_id,
                  int64_t expires_at, char code_out[PAIRING_CODE_ROOM])
{
    uint8_t hash[32];
    token_digits(PAIRING_DIGITS, code_out);
    pairing_hash(secret, code_out, hash);
    int result = store_pairing_put(tx, hash, driver_id, expires_at);
    return result > 0 ? log_fault("pairing.begin", -EAGAIN, "driver=%s", driver_id) : result;
}
