/* SPDX-License-Identifier: Apache-2.0
 *
 * The services that go on behind the answers: the photo workers, what tells people (mail, push, the
 * sender of all channels), the conveyor with its three kinds of job, and the housekeeping.
 */
#include "api/live.h"
#include "base/id.h"
#include "base/log.h"
#include "cli/channels.h"
#include "cli/cli.h"
#include "cli/pool_config.h"
#include "cli/services_parts.h"
#include "cli/texts.h"
#include "jobs/sweep.h"
#include "jobs/verdicts.h"
#include "notify/letter.h"
#include "notify/mail.h"
#include "notify/push.h"
#include "notify/sender.h"
#include "photo/pool.h"
#include "store/leaving.h"

int services_begin_pool(struct services *services)
{
    struct photo_pool_config config = pool_config(&services->settings);
    int result = photo_pool_new(&config, &services->pool);
    services->api.pool = services->pool;
    return result == 0 ? 0 : cli_fail("%s", pool_trouble(result));
}

void services_end_pool(struct services *services)
{
    photo_pool_free(&services->pool);
}

int services_begin_mailer(struct services *services)
{
    const struct settings *settings = &services->settings;
    if (!*settings->mail.folder && !*settings->mail.smtp_url)
        log_event(LOG_WARN, "mail.nowhere", "reason=neither_smtp_url_nor_folder_is_set");
    int result = letters_new(settings->server.public_url, &services->letters);
    if (result != 0)
        return cli_fail("cannot read the templates of letters: %s", cli_fault_text(result));
    result = mailer_new(settings, &services->mailer);
    if (result != 0)
        letters_free(&services->letters);
    return result == 0 ? 0
                       : cli_fail("cannot send mail as [mail] says: %s", cli_fault_text(result));
}

void services_end_mailer(struct services *services)
{
    mailer_free(&services->mailer);
    letters_free(&services->letters);
}

int services_begin_push(struct services *services)
{
    int result = push_new(&services->settings, services->keys, &services->push);
    return result == 0 ? 0 : cli_fail("cannot begin Web Push: %s", cli_fault_text(result));
}

void services_end_push(struct services *services)
{
    push_free(&services->push);
}

static void fill_jobs(struct services *services)
{
    services->judge = (struct judge){
        .settings = &services->settings,
        .db = services->db,
        .keys = services->keys,
        .photos = services->photos,
        .uploads = services->uploads,
        .pool = services->pool,
        .verdicts = services->verdicts,
        .recorder = services->api.recorder,
        .tell = &services->tell,
    };
    services->destroy = (struct destroy){
        .keys = services->keys,
        .photos = services->photos,
        .uploads = services->uploads,
        .copies_days = services->settings.server.key_backup_days,
    };
    services->mail_codes = (struct mail_codes){
        .settings = &services->settings,
        .db = services->db,
        .mailer = services->mailer,
        .letters = services->letters,
    };
    memcpy(services->mail_codes.code_secret, services->api.code_secret,
           sizeof services->mail_codes.code_secret);
    services->kinds[0] = judge_kind(&services->judge);
    services->kinds[1] = destroy_kind(&services->destroy);
    services->kinds[2] = mail_kind(&services->mail_codes);
}

int services_begin_conveyor(struct services *services)
{
    int result = verdicts_new(&services->verdicts);
    if (result != 0)
        return cli_fail("cannot start the verdicts' clock: %s", cli_fault_text(result));
    fill_jobs(services);
    struct conveyor_config config = {
        .db = services->db,
        .boot = services->api.boot,
        .backoff_ms = services->settings.jobs.backoff_ms,
        .backoff_max_ms = services->settings.jobs.backoff_max_ms,
        .kinds = services->kinds,
        .kind_count = SERVICES_KINDS,
    };
    result = conveyor_new(&config, &services->judge.conveyor);
    services->conveyor = services->judge.conveyor;
    if (result == 0)
        return 0;
    verdicts_free(&services->verdicts);
    return cli_fail("cannot start the conveyor: %s", cli_fault_text(result));
}

void services_end_conveyor(struct services *services)
{
    conveyor_free(&services->conveyor);
    verdicts_free(&services->verdicts);
}

/* ---- telling ---- */

int services_begin_sender(struct services *services)
{
    struct tell *tell = &services->tell;
    services->api.settings = &services->settings; /* links in texts are made from them */
    if (texts_open(&services->settings, &services->api, &services->sms, &services->relay) != 0)
        return CLI_FAILED;
    webhooks_init(&services->webhooks, &services->settings, services->api.webhook_secret);
    services->channel_parts =
        (struct channel_parts){.settings = &services->settings,
                               .mail = {.mailer = services->mailer, .letters = services->letters},
                               .push = services->push,
                               .webhooks = &services->webhooks,
                               .sms = services->sms,
                               .relay = services->relay};
    memcpy(services->channel_parts.mail.secret, services->api.mail_secret,
           sizeof services->api.mail_secret);
    *tell =
        (struct tell){.heard = live_heard,
                      .heard_context = &services->api,
                      .channels = services->channels,
                      .channel_count = channels_fill(&services->channel_parts, services->channels)};
    struct sender_config config = {
        .settings = &services->settings,
        .db = services->db,
        .boot = services->api.boot,
        .channels = tell->channels,
        .channel_count = tell->channel_count,
    };
    int result = sender_new(&config, &tell->sender);
    if (result == 0)
        return 0;
    texts_close(&services->sms, &services->relay);
    return cli_fail("cannot start the sender: %s", cli_fault_text(result));
}

void services_end_sender(struct services *services)
{
    sender_free(&services->tell.sender);
    texts_close(&services->sms, &services->relay);
}

/* ---- the housekeeping ---- */

static void cut(void *context, const char *delivery_id)
{
    uint8_t key[16];
    struct services *services = context;
    if (id_to_bytes(delivery_id, key))
        http_fence_cut(services->fence, key);
}

static void lift(void *context, const char *delivery_id)
{
    uint8_t key[16];
    struct services *services = context;
    if (id_to_bytes(delivery_id, key))
        http_fence_lift(services->fence, key);
}

int services_begin_sweep(struct services *services)
{
    struct sweep_config config = {
        .settings = &services->settings,
        .db = services->db,
        .conveyor = services->conveyor,
        .tell = &services->tell,
        .uploads = services->uploads,
        .keys = services->keys,
        .touches = services->touches,
        .recorder = services->api.recorder,
        .cut = cut,
        .lift = lift,
        .context = services,
    };
    int result = sweep_new(&config, &services->sweep);
    return result == 0 ? 0 : cli_fail("cannot start the housekeeping: %s", cli_fault_text(result));
}

void services_end_sweep(struct services *services)
{
    sweep_free(&services->sweep);
}
