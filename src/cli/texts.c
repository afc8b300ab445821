/* SPDX-License-Identifier: Apache-2.0
 *
 * A text links to the delivery's status page, under its present token, or to the page that refuses
 * its photo.
 */
#include "cli/texts.h"

#include "api/tracking.h"
#include "cli/cli.h"
#include "notify/mail_token.h"
#include "notify/relay.h"
#include "notify/sms.h"

static void link_to(void *context, const struct delivery *delivery, char out[TEXTS_LINK_ROOM])
{
    const struct api *api = context;
    char token[TRACKING_TOKEN_ROOM];
    tracking_token(api, delivery->id, delivery->token_version, token);
    snprintf(out, TEXTS_LINK_ROOM, "%s/t/%s", api->settings->server.public_url, token);
}

static void refusal_of(void *context, const struct delivery *delivery, char out[TEXTS_LINK_ROOM])
{
    const struct api *api = context;
    char token[MAIL_TOKEN_ROOM];
    mail_token_refuse(api->mail_secret, delivery, token);
    snprintf(out, TEXTS_LINK_ROOM, "%s/r/%s", api->settings->server.public_url, token);
}

int texts_open(const struct settings *settings, const struct api *api, struct sms **sms_out,
               struct relay **relay_out)
{
    struct texts texts = {.settings = settings,
                          .link = link_to,
                          .refusal = refusal_of,
                          .link_context = (void *)(uintptr_t)api};
    *relay_out = NULL;
    int result = sms_new(settings, &texts, api->number_secret, sms_out);
    if (result != 0)
        return cli_fail("cannot send text messages as [sms] says: %s", cli_fault_text(result));
    result = relay_new(settings, &texts, relay_out);
    if (result == 0)
        return 0;
    texts_close(sms_out, relay_out);
    return cli_fail("cannot send messages as [relay] says: %s", cli_fault_text(result));
}

void texts_close(struct sms **sms, struct relay **relay)
{
    sms_free(sms);
    relay_free(relay);
}
