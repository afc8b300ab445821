/* SPDX-License-Identifier: Apache-2.0
 *
 * Both keys of a version come out of one extraction, each under a label of its own: the one that is
 * told to the shipper says nothing of the other.
 */
#include "notify/webhook_sign.h"

#include "crypto/crypto.h"
#include "crypto/hash.h"

enum { LABEL_ROOM = 48 };

static void expand(const uint8_t extracted[HASH_SHA256_LEN], const char *scheme, int version,
                   uint8_t out[32])
{
    char label[LABEL_ROOM];
    snprintf(label, sizeof label, "porchlight webhook %s %d", scheme, version);
    hash_hkdf_expand(extracted, HASH_TEXT(label), out, 32);
}

void webhook_keys_derive(const uint8_t installation[32], const char *endpoint_id, int version,
                         struct webhook_keys *out)
{
    uint8_t extracted[HASH_SHA256_LEN], seed[SIGN_SEED];
    hash_hkdf_extract((struct span){installation, 32}, HASH_TEXT(endpoint_id), extracted);
    expand(extracted, "v1", version, out->secret);
    expand(extracted, "v1a", version, seed);
    sign_from_seed(seed, &out->pair);
    crypto_wipe(seed, sizeof seed);
    crypto_wipe(extracted, sizeof extracted);
}

void webhook_secret_text(const struct webhook_keys *keys, char out[WEBHOOK_SECRET_ROOM])
{
    memcpy(out, "whsec_", 6);
    text_base64(keys->secret, sizeof keys->secret, out + 6);
}

void webhook_public_text(const struct webhook_keys *keys, char out[WEBHOOK_PUBLIC_ROOM])
{
    memcpy(out, "whpk_", 5);
    text_base64(keys->pair.public, SIGN_PUBLIC, out + 5);
}

static char *content_of(const struct webhook_message *message, struct arena *arena)
{
    return arena_printf(arena, "%s.%lld.%s", message->id, (long long)message->timestamp,
                        message->body);
}

static const char *write_v1(struct span secret, const char *content, struct arena *arena)
{
    uint8_t mac[HASH_SHA256_LEN];
    char text[BASE64_ROOM(HASH_SHA256_LEN)];
    hash_hmac(secret, HASH_TEXT(content), mac);
    text_base64(mac, sizeof mac, text);
    return arena_printf(arena, "v1,%s", text);
}

const char *webhook_sign_v1(struct span secret, const struct webhook_message *message,
                            struct arena *arena)
{
    const char *content = content_of(message, arena);
    return content ? write_v1(secret, content, arena) : NULL;
}

const char *webhook_signatures(const struct webhook_keys *keys, int count,
                               const struct webhook_message *message, struct arena *arena)
{
    const char *content = content_of(message, arena), *all = content ? "" : NULL;
    for (int i = 0; all && i < count; i++) {
        uint8_t signature[SIGN_LEN];
        char text[BASE64_ROOM(SIGN_LEN)];
        const char *v1 =
            write_v1((struct span){keys[i].secret, sizeof keys[i].secret}, content, arena);
        if (!v1)
            return NULL;
        sign_make(&keys[i].pair, HASH_TEXT(content), signature);
        text_base64(signature, sizeof signature, text);
        all = arena_printf(arena, "%s%s%s v1a,%s", all, *all ? " " : "", v1, text);
    }
    return all;
}
