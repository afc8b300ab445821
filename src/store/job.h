/* SPDX-License-Identifier: Apache-2.0
 *
 * Work to be done once the transaction that asked for it has committed. A job is taken under a
 * lease, its attempt counted before it starts, so that a crash is remembered; it is deleted when it
 * is done. A lease belongs to a boot and has no date: nobody else takes the job while that boot
 * runs, whatever the clock says, and one server at a time runs on a data folder. What an ended boot
 * held is released by the next start.
 *
 * Whoever works on a job holds a struct store_lease and shows it to finish, back off or set aside:
 * STORE_NOT_FOUND then means that the job was dropped meanwhile.
 */
#ifndef PORCHLIGHT_STORE_JOB_H
#define PORCHLIGHT_STORE_JOB_H

#include "store/store.h"

struct store_job {
    char id[ID_ROOM];
    const char *kind;      /* a word: "judge", "mail" … */
    char subject[ID_ROOM]; /* the id it is about, of any kind, or "" */
    const char *payload;   /* small text of the kind's own, or NULL */
    int attempts;          /* begun so far and counted, the one under way included */
    int put_off;           /* begun so far, and not counted: it could not be tried */
    int taken;             /* how often it was taken, ever */
    int64_t run_at;        /* not before */
    int64_t lease_owner;   /* the boot that holds it (store_meta_boot); 0 = nobody */
    int64_t set_aside_at;
    const char *last_error; /* a word or short text, or NULL */
    int64_t created_at;
};

struct store_lease {
    const char *job_id;
    int64_t owner;
    int taken; /* no two leases of a job have the same number */
};

/* Queues a job: attempts 0, due at run_at. */
int store_job_insert(struct db_tx *tx, const struct store_job *job) MUST_CHECK;
/* Makes a job that its maker works on at once: taken, attempt 1 counted, leased by
 * job->lease_owner. */
int store_job_insert_leased(struct db_tx *tx, const struct store_job *job) MUST_CHECK;
int store_job_get(struct db_tx *tx, const char *id, struct arena *arena,
                  struct store_job *out) MUST_CHECK;
/* Work on a subject that waits or is under way, of one kind; set aside ones too. The newest. */
int store_job_by_subject(struct db_tx *tx, const char *kind, const char *subject,
                         struct arena *arena, struct store_job *out) MUST_CHECK;

/* Who takes, and when. */
struct store_take {
    int64_t owner; /* boot */
    int64_t now;
};
/* Takes the queued job of a kind that is due the longest and counts the attempt; STORE_NOT_FOUND
 * when none is due. */
int store_job_take(struct db_tx *tx, const char *kind, const struct store_take *take,
                   struct arena *arena, struct store_job *out) MUST_CHECK;
/* When the next queued job of a kind falls due; STORE_NOT_FOUND when there is none. */
int store_job_next_due(struct db_tx *tx, const char *kind, int64_t *out) MUST_CHECK;

/* Done: the job is deleted. */
int store_job_finish(struct db_tx *tx, const struct store_lease *lease) MUST_CHECK;
/* Failed in passing: queued again for run_at, with the error. */
int store_job_back_off(struct db_tx *tx, const struct store_lease *lease, int64_t run_at,
                       const char *error) MUST_CHECK;
/* Could not be tried: queued again for run_at, counted as put off and not as an attempt. */
int store_job_put_back(struct db_tx *tx, const struct store_lease *lease, int64_t run_at,
                       const char *error) MUST_CHECK;
/* Failed for good: nobody takes it until it is retried. */
int store_job_set_aside(struct db_tx *tx, const struct store_lease *lease, int64_t now,
                        const char *error) MUST_CHECK;
/* An administrator's word on a job that was set aside: queued anew with nothing counted, as if it
 * was made then. STORE_NOT_FOUND when it is not set aside. */
int store_job_retry(struct db_tx *tx, const char *id, int64_t now) MUST_CHECK;
/* Deletes the work on a subject whatever its state, such as when a photo is erased before it was
 * judged. 0 also when there is none. */
int store_job_drop_subject(struct db_tx *tx, const char *kind, const char *subject) MUST_CHECK;

/* At start: frees what other boots held; attempt counts stay. Reads all waiting jobs. */
int store_job_release(struct db_tx *tx, int64_t boot, int64_t now,
                      int64_t *released_out) MUST_CHECK;

/* Jobs of a kind that are neither done nor set aside, leased ones included, and those that are
 * queued; counted up to 100000. */
int store_job_count(struct db_tx *tx, const char *kind, int64_t *out) MUST_CHECK;
int store_job_count_queued(struct db_tx *tx, const char *kind, int64_t *out) MUST_CHECK;

STORE_LIST(store_jobs, struct store_job);
/* Jobs set aside, oldest first. */
int store_job_list_set_aside(struct db_tx *tx, const struct store_page *page, struct arena *arena,
                             struct store_jobs *out) MUST_CHECK;

#endif
