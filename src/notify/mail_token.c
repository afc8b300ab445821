/* SPDX-License-Identifier: Apache-2.0
 *
 * Half an HMAC (128 bits) is kept in each, as in a tracking link. What is signed begins with a word
 * of its own, so that neither kind can pass for the other.
 */
#include "notify/mail_token.h"

#include "base/text.h"
#include "crypto/hash.h"

enum { HALF = 16, ADDRESS = 32, STOP_LEN = 1 + ADDRESS + HALF, REFUSE_LEN = 16 + HALF };

static void stop_mac(const uint8_t secret[32], const uint8_t body[1 + ADDRESS], uint8_t out[32])
{
    uint8_t text[5 + 1 + ADDRESS] = "stop:";
    memcpy(text + 5, body, 1 + ADDRESS);
    hash_hmac((struct span){secret, 32}, (struct span){text, sizeof text}, out);
}

void mail_token_stop(const uint8_t secret[32], const uint8_t address_hash[32],
                     enum notice_class what, char out[MAIL_TOKEN_ROOM])
{
    uint8_t bytes[STOP_LEN], mac[32];
    bytes[0] = (uint8_t)what;
    memcpy(bytes + 1, address_hash, ADDRESS);
    stop_mac(secret, bytes, mac);
    memcpy(bytes + 1 + ADDRESS, mac, HALF);
    text_base64url(bytes, sizeof bytes, out);
}

bool mail_token_read_stop(const uint8_t secret[32], const char *token, uint8_t address_hash_out[32],
                          enum notice_class *what_out)
{
    uint8_t bytes[STOP_LEN], mac[32];
    size_t len;
    if (!text_unbase64url(token, strlen(token), bytes, sizeof bytes, &len) || len != sizeof bytes)
        return false;
    stop_mac(secret, bytes, mac);
    if (!text_same_secret(mac, bytes + 1 + ADDRESS, HALF) || bytes[0] >= NOTICE_CLASS_COUNT)
        return false;
    *what_out = (enum notice_class)bytes[0];
    memcpy(address_hash_out, bytes + 1, ADDRESS);
    return true;
}

/* What a delivery's recipient is reached by; NULL: by nothing. */
static const char *contact_of(const struct delivery *delivery)
{
    return delivery->recipient_email ? delivery->recipient_email : delivery->recipient_phone;
}

static void refuse_mac(const uint8_t secret[32], const struct delivery *delivery, uint8_t out[32])
{
    char text[ID_ROOM + 300];
    int len = snprintf(text, sizeof text, "refuse:%s:%d:%s", delivery->id, delivery->token_version,
                       contact_of(delivery));
    size_t used = len < 0 ? 0 : (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    hash_hmac((struct span){secret, 32}, (struct span){(const uint8_t *)text, used}, out);
}

void mail_token_refuse(const uint8_t secret[32], const struct delivery *delivery,
                       char out[MAIL_TOKEN_ROOM])
{
    uint8_t bytes[REFUSE_LEN] = {0}, mac[32];
    (void)id_to_bytes(delivery->id, bytes);
    refuse_mac(secret, delivery, mac);
    memcpy(bytes + 16, mac, HALF);
    text_base64url(bytes, sizeof bytes, out);
}

static bool read_refuse(const char *token, uint8_t bytes[REFUSE_LEN])
{
    size_t len;
    return text_unbase64url(token, strlen(token), bytes, REFUSE_LEN, &len) && len == REFUSE_LEN;
}

bool mail_token_names(const char *token, char delivery_id_out[ID_ROOM])
{
    uint8_t bytes[REFUSE_LEN];
    if (!read_refuse(token, bytes))
        return false;
    id_from_bytes(ID_DELIVERY, bytes, delivery_id_out);
    return true;
}

bool mail_token_fits(const uint8_t secret[32], const char *token, const struct delivery *delivery)
{
    uint8_t bytes[REFUSE_LEN], mac[32], id[16];
    if (!contact_of(delivery) || !read_refuse(token, bytes) || !id_to_bytes(delivery->id, id) ||
        memcmp(id, bytes, sizeof id) != 0)
        return false;
    refuse_mac(secret, delivery, mac);
    return text_same_secret(mac, bytes + 16, HALF);
}
