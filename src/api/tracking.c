/* SPDX-License-Identifier: Apache-2.0
 *
 * Half an HMAC (128 bits) is kept in the token: nobody guesses it, and the link stays short.
 */
#include "api/tracking.h"

#include "api/api.h"
#include "api/call.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "store/delivery.h"

enum { HALF = 16 };

static void mac_of(const struct api *api, const char *delivery_id, int version, uint8_t out[32])
{
    char text[ID_ROOM + 16];
    int len = snprintf(text, sizeof text, "%s:%d", delivery_id, version);
    hash_hmac((struct span){api->tracking_secret, 32},
              (struct span){(const uint8_t *)text, (size_t)len}, out);
}

void tracking_token(const struct api *api, const char *delivery_id, int version,
                    char out[TRACKING_TOKEN_ROOM])
{
    uint8_t bytes[2 * HALF] = {0}, mac[32];
    (void)id_to_bytes(delivery_id, bytes);
    mac_of(api, delivery_id, version, mac);
    memcpy(bytes + HALF, mac, HALF);
    text_base64url(bytes, sizeof bytes, out);
}

bool tracking_names(const char *token, char delivery_id_out[ID_ROOM])
{
    uint8_t bytes[2 * HALF];
    size_t len;
    if (!text_unbase64url(token, strnlen(token, TRACKING_TOKEN_ROOM), bytes, sizeof bytes, &len) ||
        len != sizeof bytes)
        return false;
    id_from_bytes(ID_DELIVERY, bytes, delivery_id_out);
    return true;
}

bool tracking_is_valid(const struct api *api, const char *token, const char *delivery_id,
                       int version)
{
    char right[TRACKING_TOKEN_ROOM];
    tracking_token(api, delivery_id, version, right);
    return strnlen(token, sizeof right) == sizeof right - 1 &&
           text_same_secret(token, right, sizeof right - 1);
}

int tracking_find(struct call *call, struct db_tx *tx, const char *token, struct delivery *out)
{
    char id[ID_ROOM];
    if (!tracking_names(token, id))
        return STORE_NOT_FOUND;
    int result = store_delivery_get(tx, id, call->arena, out);
    if (result == 0 && !tracking_is_valid(call->api, token, id, out->token_version))
        result = STORE_NOT_FOUND;
    return result;
}

void tracking_challenge(const struct api *api, const char *delivery_id, const char *device_id,
                        int attempt, uint8_t out[32])
{
    char text[2 * ID_ROOM + 16];
    int len = snprintf(text, sizeof text, "%s:%s:%d", delivery_id, device_id, attempt);
    hash_hmac((struct span){api->challenge_secret, 32},
              (struct span){(const uint8_t *)text, (size_t)len}, out);
}
