/* SPDX-License-Identifier: Apache-2.0
 *
 * The people of the demo and what they can do, each through the server's interface like anyone
 * else. A step that does not go as it must says so in demo->failure and is false; the story ends
 * there.
 */
#ifndef PORCHLIGHT_DEMO_CAST_H
#define PORCHLIGHT_DEMO_CAST_H

#include "base/id.h"
#include "cli/demo_client.h"
#include "cli/services.h"
#include "crypto/sign.h"
#include "crypto/totp.h"
#include "picture/draw.h"

enum { DEMO_MAIL_MS = 10000 };

/* A delivery of the story. */
struct demo_delivery {
    const char *reference;
    char id[ID_ROOM];
    char tracking_url[DEMO_URL];
    char challenge[64];  /* of the driver's phone */
    char stop_photo[16]; /* what the phone was told: wanted, optional, declined */
};

struct demo_agent {
    const char *email;
    char password[64];
    char totp_uri[520];
    char invitation[300]; /* the link to make a passkey with */
    uint8_t totp[TOTP_SECRET];
    uint64_t last_step; /* of the last code shown or used */
};

struct demo {
    struct services *services;
    const struct settings *settings;
    struct demo_line line;
    struct demo_client shipper, driver;
    struct demo_agent agent;
    char shipper_id[ID_ROOM], driver_id[ID_ROOM];
    uint8_t receipt_key[SIGN_PUBLIC];
    struct demo_answer answer; /* the last one */
    char failure[400];
};

/* Notes the first thing that was not as it must be. Gives `ok`. */
bool demo_expect(struct demo *demo, bool ok, const char *format, ...) PRINTF_LIKE(3, 4);

/* Asks, and expects this status. `json` is stolen and may be NULL. */
bool demo_call(struct demo *demo, struct demo_client *client, const char *call, json_t *json,
               long status);
/* `call` of a path with an id in it, as in demo_path("GET /v1/me/orders/%s", id). */
const char *demo_path(char room[DEMO_URL], const char *format, ...) PRINTF_LIKE(2, 3);

/* The shipper and the agent, by `porchlight admin`; the driver by the shipper, with a paired phone.
 */
bool demo_add_shipper(struct demo *demo, const char *name);
bool demo_add_agent(struct demo *demo, const char *email, const char *name);
bool demo_pair_driver(struct demo *demo, const char *name);
/* A fresh code for one more phone of the driver's. */
bool demo_new_pairing_code(struct demo *demo, char code_out[DEMO_CODE]);

/* Announces a delivery; `more` (stolen) is laid over an ordinary one's JSON. */
bool demo_announce(struct demo *demo, struct demo_delivery *delivery, const char *email,
                   json_t *more);
/* Sets out, and fills in what the phone was given for each of these. */
bool demo_start_round(struct demo *demo, struct demo_delivery *deliveries, size_t count);
/* Reports it delivered, with this (stolen); `status` is the one that the answer must have. */
bool demo_report(struct demo *demo, const struct demo_delivery *delivery, json_t *report,
                 long status);

/* Sends a photo by tus: a POST and, where `patch` says so, the bytes. The answer that came last is
 * demo->answer; `status` is the one it must have. */
enum demo_send { DEMO_CREATE_ONLY, DEMO_WITH_BYTES };
bool demo_upload(struct demo *demo, const struct demo_delivery *delivery, struct span photo,
                 enum demo_send send, long status);
/* Checks the signature of the answer's receipt and that it says this of this photo. */
bool demo_check_receipt(struct demo *demo, const struct demo_delivery *delivery, struct span photo,
                        const char *verdict);

/* Signs in with a mailed code; with password and authenticator. */
bool demo_sign_in(struct demo *demo, const char *email, struct demo_client *client_out);
bool demo_sign_in_agent(struct demo *demo, struct demo_client *client_out);
/* The agent's code that counts next; false while there is none, and then *seconds_out is the wait.
 */
bool demo_agent_code(struct demo_agent *agent, char code_out[TOTP_DIGITS + 1], int *seconds_out);

#endif
