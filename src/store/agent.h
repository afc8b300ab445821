/* SPDX-License-Identifier: Apache-2.0
 *
 * Support agents and administrators: who they work for, and what they sign in with.
 */
#ifndef PORCHLIGHT_STORE_AGENT_H
#define PORCHLIGHT_STORE_AGENT_H

#include "domain/words.h"
#include "store/store.h"

/* Whom an agent works for: every shipper, or those listed; none where that is nobody. */
struct store_agent_shippers {
    bool all;
    int count;
    char (*ids)[ID_ROOM];
};
/* True when `shipper_id` is among them. */
bool store_agent_serves(const struct store_agent_shippers *shippers, const char *shipper_id);

struct store_agent {
    char id[ID_ROOM];
    const char *email; /* lower case */
    const char *name;
    enum agent_role role;
    struct store_agent_shippers shippers; /* in the arena when read */
    const char *password_hash;            /* argon2id text; NULL: no password opens it */
    struct span totp_secret;              /* sealed; in the arena when read */
    int64_t totp_step;                    /* the last one accepted */
    int failed_tries;
    int64_t failed_since; /* when the first of them was; 0 = there is none */
    int64_t locked_until;
    int64_t created_at, disabled_at;
    int number; /* what they are called towards recipients: "agent 17"; read only */
};
STORE_LIST(store_agents, struct store_agent);
/* Gives the agent the next number, which is never given again. 0 or STORE_EXISTS (id or e-mail).
 */
int store_agent_insert(struct db_tx *tx, const struct store_agent *agent) MUST_CHECK;
int store_agent_get(struct db_tx *tx, const char *id, struct arena *arena,
                    struct store_agent *out) MUST_CHECK;
int store_agent_by_email(struct db_tx *tx, const char *email, struct arena *arena,
                         struct store_agent *out) MUST_CHECK;
/* Those of a role that are not disabled and answer for a shipper: its own and those for all. In no
 * order; at most STORE_PAGE_LIMIT. */
int store_agent_of_role(struct db_tx *tx, enum agent_role role, const char *shipper_id,
                        struct arena *arena, struct store_agents *out) MUST_CHECK;
/* All agents, oldest first. */
int store_agent_list(struct db_tx *tx, const struct store_page *page, struct arena *arena,
                     struct store_agents *out) MUST_CHECK;
/* Writes name, role, shippers, password, TOTP secret and disabled_at by id. */
int store_agent_update(struct db_tx *tx, const struct store_agent *agent) MUST_CHECK;

/* Accepts a TOTP step once: STORE_NOT_FOUND when this step or a later one was accepted before. Also
 * clears the failed tries. */
int store_agent_accept_step(struct db_tx *tx, const char *id, int64_t step) MUST_CHECK;
/* Counts a failed try. Once there are `most` of them within `window` of the first one, the agent is
 * locked for as long, and counted anew. Must be committed: the caller's db_write function returns
 * 0. */
struct store_failure {
    int64_t now, window;
    int most;
};
int store_agent_count_failure(struct db_tx *tx, const char *id,
                              const struct store_failure *failure) MUST_CHECK;

#endif
