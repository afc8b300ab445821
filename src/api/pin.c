/* SPDX-License-Identifier: Apache-2.0
 *
 * Six digits: with a few tries a delivery nobody guesses one, and it can be said at a door.
 */
#include "api/pin.h"

#include "api/api.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "domain/states.h"
#include "notify/tell.h"

static const char *contact_of(const struct delivery *delivery)
{
    return delivery->recipient_email ? delivery->recipient_email : delivery->recipient_phone;
}

void pin_of(const struct api *api, const struct delivery *delivery, char out[PIN_ROOM])
{
    uint8_t mac[32];
    uint64_t number = 0;
    char text[ID_ROOM + 300];
    const char *contact = contact_of(delivery);
    int len = snprintf(text, sizeof text, "%s:%d:%s", delivery->id, delivery->token_version,
                       contact ? contact : "");
    size_t used = len < 0 ? 0 : (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    hash_hmac((struct span){api->pin_secret, sizeof api->pin_secret},
              (struct span){(const uint8_t *)text, used}, mac);
    for (int i = 0; i < 8; i++)
        number = number << 8 | mac[i];
    snprintf(out, PIN_ROOM, "%06u", (unsigned)(number % 1000000));
    crypto_wipe(mac, sizeof mac);
}

bool pin_fits(const struct api *api, const struct delivery *delivery, const char *typed)
{
    char right[PIN_ROOM], given[PIN_ROOM] = {0};
    int digits = 0;
    for (; *typed; typed++) {
        if (*typed == ' ' || *typed == '-')
            continue;
        if (*typed < '0' || *typed > '9' || digits == PIN_DIGITS)
            return false;
        given[digits++] = *typed;
    }
    pin_of(api, delivery, right);
    bool fits = digits == PIN_DIGITS && text_same_secret(right, given, PIN_DIGITS);
    crypto_wipe(right, sizeof right);
    return fits;
}

bool pin_is_by_phone(const struct delivery *delivery)
{
    return !delivery->recipient_email && delivery->recipient_phone;
}

static bool sends_texts(const struct api *api)
{
    for (size_t i = 0; api->tell && i < api->tell->channel_count; i++)
        if (api->tell->channels[i].is == CHANNEL_SMS || api->tell->channels[i].is == CHANNEL_RELAY)
            return true;
    return false;
}

bool pin_is_known(const struct api *api, const struct delivery *delivery)
{
    if (states_is_final(delivery->state))
        return false;
    bool declined = delivery->photo_state == PHOTO_DECLINED || delivery->photo_state == PHOTO_NONE;
    return !pin_is_by_phone(delivery) || (declined && sends_texts(api));
}
