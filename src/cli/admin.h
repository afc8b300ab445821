/* SPDX-License-Identifier: Apache-2.0
 *
 * What `porchlight admin` can do. An action runs in one transaction of the database, beside a
 * running server, and has one JSON object to say.
 */
#ifndef PORCHLIGHT_ADMIN_H
#define PORCHLIGHT_ADMIN_H

#include <jansson.h>

#include "api/api.h"
#include "base/arena.h"
#include "db/db.h"

enum { ADMIN_WORDS = 2, ADMIN_REFUSAL_ROOM = 200 };

/* One call of an action: what was asked for, and what came of it. */
struct admin_call {
    const struct api *api; /* settings, origin and secrets only */
    struct arena *arena;
    int64_t now;
    const char *words[ADMIN_WORDS]; /* those of the action's line in the table */
    const char *name, *shipper;     /* flags; NULL where not given */
    json_t *answer;                 /* the object, owned by the caller */
    char refusal[ADMIN_REFUSAL_ROOM];
};

enum { ADMIN_REFUSED = 1 }; /* the refusal says why; nothing was changed */

typedef int admin_action(struct db_tx *tx, struct admin_call *call);

/* Carries an action out durably. 0 and call->answer, ADMIN_REFUSED and call->refusal, or a fault.
 */
int admin_perform(struct db *db, admin_action *action, struct admin_call *call) MUST_CHECK;

/* For actions: sets the refusal and gives ADMIN_REFUSED. */
int admin_refuse(struct admin_call *call, const char *format, ...) PRINTF_LIKE(2, 3);
/* For actions: takes the answer (stolen). 0, or -ENOMEM for NULL. */
int admin_answer(struct admin_call *call, json_t *answer);

/* admin_people.c: shippers with their keys, drivers, agents */
admin_action people_add_shipper, people_list_shippers, people_add_key, people_revoke_key;
admin_action people_add_driver, people_revoke_driver;
admin_action people_add_agent, people_disable_agent;

/* admin_work.c: deliveries, photos, jobs */
admin_action work_tracking, work_retry_photo, work_drop_photo, work_list_set_aside, work_stats;
admin_action work_list_jobs, work_retry_job;

#endif
