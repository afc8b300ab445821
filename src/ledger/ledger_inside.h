/* SPDX-License-Identifier: Apache-2.0
 *
 * The hidden struct of ledger.h, for the files that work on it together. Inside this folder only.
 */
#ifndef PORCHLIGHT_LEDGER_INSIDE_H
#define PORCHLIGHT_LEDGER_INSIDE_H

#include <pthread.h>

#include "ledger/checkpoint.h"
#include "ledger/ledger.h"
#include "ledger/log_files.h"
#include "ledger/tlog_policy.h"

struct attest;

/* One log on the disk. Entry `seq` of the database is entry seq - first + lead of the log. */
struct log_place {
    int number; /* 0: none */
    char folder[LOG_PATH_ROOM];
    char origin[NOTE_NAME_ROOM];
    int64_t first;
    int lead; /* entries before the first of the database: 1 in a log that continues another */
};

/* A checkpoint that was signed: where, and byte for byte. */
struct signed_head {
    int number; /* of the log; 0: none */
    struct checkpoint checkpoint;
    struct buf bytes;
};

/* `lock` guards state, head and failed; all else belongs to whoever opened the ledger, and then to
 * the thread. Invariants while state is LEDGER_SIGNS: the files hold edge.size entries, durable;
 * head.checkpoint.head.size <= edge.size; what is in head is in KEYS/published. */
struct ledger {
    struct ledger_config config;
    char name[NOTE_NAME_ROOM];
    struct sign_key secret;
    struct recorder recorder;
    struct log_place place;
    struct note_key key;
    struct tree_edge edge;
    bool looking;  /* nothing may be changed: a server may be running on it */
    bool must_cut; /* an append failed: the files may be ahead of the edge */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool running, closing;
    struct attest *attest; /* NULL: nobody is asked */
    enum ledger_state state;
    struct signed_head head;
    int64_t failed;
};

/* Finds log `number` on the disk. 0, LEDGER_ABSENT, or a fault. */
int ledger_place(const struct ledger *ledger, int number, struct log_place *place_out) MUST_CHECK;

/* The key of a log. False: its name is none. */
bool ledger_key_of(const struct ledger *ledger, const char *origin,
                   struct note_key *key_out) MUST_CHECK;

/* Signs the edge, keeps the checkpoint in both places, and publishes it. 0 or a fault. */
int ledger_publish(struct ledger *ledger) MUST_CHECK;

/* The number of the database's newest entry. 0 or a fault. */
int ledger_count(struct ledger *ledger, int64_t *seq_out) MUST_CHECK;

/* Compares what is here with what was published: fills place, key, edge, head and state. 0 or a
 * fault. */
int ledger_compare(struct ledger *ledger) MUST_CHECK;

/* Is the database's entry `seq` the one that stands in the log? 1 yes, 0 no, or a fault. */
int ledger_has(struct ledger *ledger, int64_t seq) MUST_CHECK;

#endif
