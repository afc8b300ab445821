/* SPDX-License-Identifier: Apache-2.0
 *
 * The services that handlers work with, all made by cli/services*.c and outliving the servers, and
 * the table of routes.
 */
#ifndef PORCHLIGHT_API_H
#define PORCHLIGHT_API_H

#include "base/base.h"
#include "http/fence.h"
#include "http/limit.h"
#include "http/route.h"
#include "settings/settings.h"

struct blob_store;
struct conveyor;
struct db;
struct http_streams;
struct keys;
struct ledger;
struct pages;
struct photo_pool;
struct provider;
struct push;
struct sms;
struct recorder;
struct tell;
struct touches;
struct uploads;
struct verdicts;

struct api {
    const struct settings *settings;
    struct db *db;
    struct keys *keys;
    struct ledger *ledger;           /* NULL beside a server */
    const struct recorder *recorder; /* of the steps that the ledger has entries for */
    struct blob_store *photos;
    struct photo_pool *pool; /* marks what is looked at; NULL beside a server */
    struct uploads *uploads;
    struct verdicts *verdicts;
    struct conveyor *conveyor;
    const struct tell *tell;
    struct pages *pages;
    struct push *push;             /* Web Push */
    struct provider *provider;     /* that staff sign in at; NULL: there is none */
    struct sms *sms;               /* the gateway of text messages, whose callbacks are heard */
    struct touches *touches;       /* sessions in use */
    struct http_fence *fence;      /* by photo id: R2's "not one more byte" */
    struct http_streams *streams;  /* of open pages; live.c */
    struct http_limit *requests;   /* by client address or credential; NULL: no limit */
    struct http_limit *sign_ins;   /* by client address: sign-ins begun */
    struct http_limit *codes;      /* by e-mail: codes mailed */
    struct http_limit *tests;      /* by e-mail: test messages */
    struct http_limit *exports;    /* by account: exports begun */
    struct http_limit *complaints; /* by client address: complaints and messages in them */
    const char *origin;            /* of public_url: scheme://host[:port] */
    int64_t boot;                  /* store_meta_boot */
    uint8_t tracking_secret[32];   /* of tracking tokens */
    uint8_t challenge_secret[32];  /* of capture challenges */
    uint8_t code_secret[32];       /* of sign-in and pairing codes */
    uint8_t totp_secret[32];       /* seals agents' second factors */
    uint8_t answer_secret[32];     /* seals stored answers */
    uint8_t webhook_secret[32];    /* webhooks' keys are derived from it */
    uint8_t mail_secret[32];       /* of links in mail */
    uint8_t provider_secret[32];   /* of sign-ins under way at the provider */
    uint8_t passkey_secret[32];    /* of passkeys' challenges */
    uint8_t number_secret[32];     /* of phone numbers in the log of text messages */
    uint8_t pin_secret[32];        /* of the PINs that recipients give at the door */
    uint8_t complaint_secret[32];  /* of links to complaints */
};

/* The public server's table. */
extern const struct http_route api_routes[];
extern const size_t api_route_count;

#endif
