/* SPDX-License-Identifier: Apache-2.0
 *
 * What `porchlight admin` can do. An action runs in one transaction of the database, beside a
 * running server, and has one JSON object to say. While that transaction is open the server's
 * writer waits: what takes its time, and needs no row, is prepared before it.
 */
#ifndef PORCHLIGHT_ADMIN_H
#define PORCHLIGHT_ADMIN_H

#include <jansson.h>

#include "api/api.h"
#include "base/arena.h"
#include "cli/cli.h"
#include "crypto/password.h"
#include "crypto/totp.h"
#include "db/db.h"
#include "notify/tell.h"

enum { ADMIN_WORDS = 2, ADMIN_REFUSAL_ROOM = 200, ADMIN_PASSWORD_ROOM = 40 };

/* What a new agent signs in with. */
struct admin_login {
    char password[ADMIN_PASSWORD_ROOM], hash[PASSWORD_ROOM];
    uint8_t totp[TOTP_SECRET];
};

/* One call of an action: what was asked for, and what came of it. */
struct admin_call {
    const struct api *api; /* settings, origin and secrets only */
    struct arena *arena;
    int64_t now;
    const char *words[ADMIN_WORDS]; /* those of the action's line in the table */
    const char *const *rest;        /* the words after them, where the action takes any number */
    int rest_count;
    const char *name, *role;            /* flags; NULL where not given */
    const char *shippers[CLI_MANY + 1]; /* and a flag that may be there often */
    struct admin_login login;           /* prepared for people_add_agent; wiped by admin_perform */
    char *file;                         /* prepared for rounds_import: what the file holds, ... */
    size_t file_len;                    /* ... and a NUL behind these bytes */
    struct telling telling;             /* what the action tells */
    json_t *answer;                     /* the object, owned by the caller */
    char refusal[ADMIN_REFUSAL_ROOM];
};

enum { ADMIN_REFUSED = 1 }; /* the refusal says why; nothing was changed */

typedef int admin_preparation(struct admin_call *call);
typedef int admin_action(struct db_tx *tx, struct admin_call *call);

/* Carries an action out durably, after its preparation (NULL: none). 0 and call->answer,
 * ADMIN_REFUSED and call->refusal, or a fault. */
int admin_perform(struct db *db, admin_preparation *prepare, admin_action *action,
                  struct admin_call *call) MUST_CHECK;

/* For actions: sets the refusal and gives ADMIN_REFUSED. */
int admin_refuse(struct admin_call *call, const char *format, ...) PRINTF_LIKE(2, 3);
/* For actions: takes the answer (stolen). 0, or -ENOMEM for NULL. */
int admin_answer(struct admin_call *call, json_t *answer);

/* people.c: shippers with their keys, drivers, agents */
admin_action people_add_shipper, people_list_shippers, people_add_key, people_revoke_key;
admin_action people_add_driver, people_revoke_driver;
admin_preparation people_prepare_agent, people_prepare_reset;
admin_action people_add_agent, people_list_agents, people_reset_agent, people_disable_agent,
    people_unbind_agent;

/* rounds.c: what dispatchers do */
admin_preparation rounds_prepare_import;
admin_action rounds_import, rounds_set_round, rounds_show_round;
admin_action rounds_list_drivers, rounds_revoke_device;

/* work.c: deliveries, photos, jobs */
admin_action work_tracking, work_renew_tracking;
admin_action work_retry_photo, work_drop_photo, work_list_set_aside, work_stats;
admin_action work_list_jobs, work_retry_job;
admin_action work_list_notices, work_retry_notice;

/* erasures.c: the journal from a day on, as text; and a receipt that a recipient has kept */
int erasures_print(const struct settings *settings, const char *since);
admin_preparation erasures_prepare;
admin_action erasures_again;

/* webhooks.c */
admin_action webhooks_list_of, webhooks_stop, webhooks_start;

#endif
