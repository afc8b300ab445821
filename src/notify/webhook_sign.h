/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys and signatures of webhooks, as Standard Webhooks 1.0.0 has them: `v1` is HMAC-SHA-256
 * under a secret that both sides know, `v1a` is Ed25519 under a key that only we know. Both are
 * over "id.timestamp.body".
 *
 * No key is stored. They are derived from a secret of the installation, which lies in the key
 * folder, by the endpoint's id and the version of its keys: a stolen database signs nothing, and a
 * new version is new keys. Pure.
 */
#ifndef PORCHLIGHT_WEBHOOK_SIGN_H
#define PORCHLIGHT_WEBHOOK_SIGN_H

#include "base/arena.h"
#include "base/base.h"
#include "base/text.h"
#include "crypto/sign.h"

enum {
    WEBHOOK_KEY = 32,
    WEBHOOK_SECRET_ROOM = 6 + BASE64_ROOM(WEBHOOK_KEY), /* whsec_… */
    WEBHOOK_PUBLIC_ROOM = 5 + BASE64_ROOM(SIGN_PUBLIC), /* whpk_… */
};

/* The keys of one version: wipe them after use. */
struct webhook_keys {
    uint8_t secret[WEBHOOK_KEY];
    struct sign_key pair;
};
void webhook_keys_derive(const uint8_t installation[32], const char *endpoint_id, int version,
                         struct webhook_keys *out);
void webhook_secret_text(const struct webhook_keys *keys, char out[WEBHOOK_SECRET_ROOM]);
void webhook_public_text(const struct webhook_keys *keys, char out[WEBHOOK_PUBLIC_ROOM]);

struct webhook_message {
    const char *id;    /* webhook-id: the same over all attempts; no full stop in it */
    int64_t timestamp; /* webhook-timestamp: seconds, of this attempt */
    const char *body;  /* exactly what is sent */
};

/* "v1,…" under a secret of any length, for one whose keys are not ours; NULL when memory is short.
 */
const char *webhook_sign_v1(struct span secret, const struct webhook_message *message,
                            struct arena *arena);
/* The value of webhook-signature: v1 and v1a by each of the keys, newest first. NULL when memory is
 * short. */
const char *webhook_signatures(const struct webhook_keys *keys, int count,
                               const struct webhook_message *message, struct arena *arena);

#endif
