/* SPDX-License-Identifier: Apache-2.0
 *
 * Eight bytes of when it ends, 24 drawn at random, and 32 of a MAC over these and the scope.
 */
#include "api/challenge.h"

#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "store/passkey.h"

enum { END = 8, DRAWN = 24, MAC_AT = END + DRAWN };

static void mac_of(const struct challenge_scope *scope, const uint8_t head[MAC_AT],
                   uint8_t out[HASH_SHA256_LEN])
{
    uint8_t text[1 + MAC_AT + HASH_SHA256_LEN] = {(uint8_t)scope->ceremony};
    memcpy(text + 1, head, MAC_AT);
    hash_sha256(scope->bound, text + 1 + MAC_AT);
    hash_hmac((struct span){scope->secret, 32}, (struct span){text, sizeof text}, out);
}

static int64_t end_of(const uint8_t bytes[END])
{
    uint64_t end = 0;
    for (int i = 0; i < END; i++)
        end = end << 8 | bytes[i];
    return (int64_t)end;
}

void challenge_new(const struct challenge_scope *scope, int64_t expires_at,
                   char out[CHALLENGE_ROOM])
{
    uint8_t bytes[WEBAUTHN_CHALLENGE];
    for (int i = 0; i < END; i++)
        bytes[i] = (uint8_t)((uint64_t)expires_at >> (8 * (END - 1 - i)));
    crypto_random(bytes + END, DRAWN);
    mac_of(scope, bytes, bytes + MAC_AT);
    text_base64url(bytes, sizeof bytes, out);
}

bool challenge_holds(const struct challenge_scope *scope,
                     const struct webauthn_challenge *challenge, int64_t now)
{
    uint8_t mac[HASH_SHA256_LEN];
    if (challenge->len != WEBAUTHN_CHALLENGE)
        return false;
    mac_of(scope, challenge->bytes, mac);
    return text_same_secret(mac, challenge->bytes + MAC_AT, sizeof mac) &&
           end_of(challenge->bytes) > now;
}

int challenge_spend(struct db_tx *tx, const struct webauthn_challenge *challenge)
{
    uint8_t hash[HASH_SHA256_LEN];
    hash_sha256((struct span){challenge->bytes, challenge->len}, hash);
    return store_challenge_spend(tx, hash, end_of(challenge->bytes));
}
