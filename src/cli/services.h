/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole server as a value: every service with what it borrows from the others, made in one order
 * and taken down in the reverse one (services.c has the list). `serve` runs one until a signal;
 * `demo` runs one and plays its clients.
 */
#ifndef PORCHLIGHT_SERVICES_H
#define PORCHLIGHT_SERVICES_H

#include "api/api.h"
#include "cli/channels.h"
#include "http/server.h"
#include "jobs/conveyor.h"
#include "jobs/destroy.h"
#include "jobs/judge.h"
#include "jobs/mail.h"
#include "notify/tell.h"
#include "notify/webhook.h"
#include "settings/settings.h"

struct letters;
struct live;
struct ledger;
struct mailer;
struct photo_pool;
struct provider;
struct push;
struct staging;
struct relay;
struct sms;
struct sweep;
struct tlog_policy;
struct touches;

enum { SERVICES_KINDS = 3 };

struct services {
    struct settings settings;
    int data_lock;
    struct keys *keys;
    struct db *db;
    struct ledger *ledger;
    struct tlog_policy *policy; /* of the ledger; NULL: none */
    struct blob_store *photos;
    struct staging *staging;
    struct uploads *uploads;
    struct photo_pool *pool;
    struct mailer *mailer;
    struct push *push;
    struct provider *provider; /* NULL: staff sign in here only */
    struct letters *letters;
    struct verdicts *verdicts;
    struct judge judge;
    struct destroy destroy;
    struct mail_codes mail_codes;
    struct job_kind kinds[SERVICES_KINDS];
    struct conveyor *conveyor;
    struct webhooks webhooks;
    struct channel_parts channel_parts;
    struct sms *sms;
    struct relay *relay;
    struct channel channels[NOTICE_CHANNEL_COUNT];
    struct tell tell;
    struct pages *pages;
    struct touches *touches;
    struct http_fence *fence;
    struct http_limit *requests, *sign_ins, *codes, *tests;
    struct http_limit *exports, *complaints;
    struct live *live;
    struct api api; /* borrows all of the above */
    struct http_server *server, *admin_server;
    struct sweep *sweep;
    size_t begun; /* entries of the list that have begun */
};

/* Starts a server by these settings, which are copied. 0 and *services_out, or CLI_FAILED after one
 * line on stderr that says what is wrong and what to do; then nothing is left running. */
int services_start(const struct settings *settings, struct services **services_out);

/* Takes no new connection, finishes what was begun within shutdown_grace_ms, and frees all. NULL is
 * harmless. */
void services_stop(struct services **services);

#endif
