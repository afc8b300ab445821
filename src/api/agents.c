/* SPDX-License-Identifier: Apache-2.0
 *
 * The key is an HMAC of the agent's id and seals one message ever, so its nonce is zero.
 */
#include "api/agents.h"

#include <errno.h>

#include "base/id.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"

static const uint8_t only_nonce[AEAD_NONCE];

/* False when the id is none. */
static bool key_of(const uint8_t secret[32], const char *agent_id, uint8_t id[16],
                   uint8_t key[AEAD_KEY])
{
    if (!id_to_bytes(agent_id, id))
        return false;
    hash_hmac((struct span){secret, 32}, (struct span){id, 16}, key);
    return true;
}

int agents_seal(const uint8_t secret[32], const char *agent_id, const uint8_t totp[TOTP_SECRET],
                uint8_t sealed_out[AGENTS_SEALED])
{
    uint8_t key[AEAD_KEY], id[16];
    if (!key_of(secret, agent_id, id, key))
        return log_fault("agent.seal", -EINVAL, "what=id");
    int result = aead_seal(key, only_nonce, (struct span){id, sizeof id},
                           (struct span){totp, TOTP_SECRET}, sealed_out);
    crypto_wipe(key, sizeof key);
    return result;
}

int agents_open(const uint8_t secret[32], const char *agent_id, struct span sealed,
                uint8_t totp_out[TOTP_SECRET])
{
    uint8_t key[AEAD_KEY], id[16];
    if (sealed.len != AGENTS_SEALED || !key_of(secret, agent_id, id, key))
        return log_fault("agent.open", -EBADMSG, "agent=%s", agent_id);
    int result = aead_open(key, only_nonce, (struct span){id, sizeof id}, sealed, totp_out);
    crypto_wipe(key, sizeof key);
    return result == AEAD_FORGED ? log_fault("agent.open", -EBADMSG, "agent=%s", agent_id) : result;
}
