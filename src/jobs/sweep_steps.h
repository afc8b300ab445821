/* SPDX-License-Identifier: Apache-2.0
 *
 * The steps of one round of housekeeping, each a batch in one transaction. Inside this folder only.
 */
#ifndef PORCHLIGHT_SWEEP_STEPS_H
#define PORCHLIGHT_SWEEP_STEPS_H

#include "db/db.h"
#include "domain/delivery.h"
#include "jobs/sweep.h"
#include "notify/tell.h"

enum {
    SWEEP_BATCH = 100,
    SWEEP_FEW = 20, /* photos to erase while others wait: each is a dozen statements */
};

/* What a step works with. */
struct sweep_step {
    const struct sweep_config *config;
    struct arena *arena; /* empty at the beginning of a step */
    int64_t now;
    int limit;  /* for sweep_find_due */
    int found;  /* out: SWEEP_BATCH when there may be more */
    int queued; /* out: destroy jobs */
    struct telling telling;

    /* For sweep_erase: the photos, as they were when they were found. */
    const struct photo *due;
    int due_count;
};

/* For db_write. Uploads past their time; photos that did not come; names and signatures whose day
 * has come, but for those that an open case holds; codes, sessions, challenges of passkeys that
 * were answered, invitations, pairing codes, subscriptions to Web Push and stored answers past
 * their time; events, notices and attempts of webhooks that are old; refusals of mailboxes that
 * rested long ago. */
int sweep_uploads(struct db_tx *tx, void *step);
int sweep_overdue(struct db_tx *tx, void *step);
int sweep_proofs(struct db_tx *tx, void *step);
int sweep_codes(struct db_tx *tx, void *step);
int sweep_sessions(struct db_tx *tx, void *step);
int sweep_challenges(struct db_tx *tx, void *step);
int sweep_invitations(struct db_tx *tx, void *step);
int sweep_pairings(struct db_tx *tx, void *step);
int sweep_subscriptions(struct db_tx *tx, void *step);
int sweep_answers(struct db_tx *tx, void *step);
int sweep_events(struct db_tx *tx, void *step);
int sweep_notices(struct db_tx *tx, void *step);
int sweep_webhooks(struct db_tx *tx, void *step);
int sweep_mailboxes(struct db_tx *tx, void *step);
int sweep_texts(struct db_tx *tx, void *step);

/* Erases those of step->due that are still due; a photo under an open case is held. */
int sweep_erase(struct db_tx *tx, void *step);

/* The photos that are due, for sweep_erase: by their date, or because their recipient asked for it
 * and what held them lets go. 0 or a fault. */
int sweep_find_due(struct sweep_step *step) MUST_CHECK;
int sweep_find_wished(struct sweep_step *step) MUST_CHECK;

#endif
