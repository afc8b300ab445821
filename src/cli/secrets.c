/* SPDX-License-Identifier: Apache-2.0
 *
 * Server and `admin` must agree on these, so they stand in one place.
 */
#include "cli/secrets.h"

#include "crypto/crypto.h"
#include "db/db.h"

void secrets_fill(struct keys *keys, struct api *api)
{
    keys_secret(keys, "tracking tokens", api->tracking_secret);
    keys_secret(keys, "capture challenges", api->challenge_secret);
    keys_secret(keys, "one-time codes", api->code_secret);
    keys_secret(keys, "second factors", api->totp_secret);
    keys_secret(keys, "stored answers", api->answer_secret);
    keys_secret(keys, "webhooks", api->webhook_secret);
    keys_secret(keys, "links in mail", api->mail_secret);
    keys_secret(keys, "sign-ins at a provider", api->provider_secret);
    keys_secret(keys, "passkey challenges", api->passkey_secret);
    keys_secret(keys, "phone numbers", api->number_secret);
    keys_secret(keys, "PINs", api->pin_secret);
    keys_secret(keys, "complaints", api->complaint_secret);
}

void secrets_lend(struct keys *keys, struct db *db)
{
    uint8_t secret[DB_SECRET];
    keys_secret(keys, "addresses refused", secret);
    db_set_secret(db, secret);
    crypto_wipe(secret, sizeof secret);
}
