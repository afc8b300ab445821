/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger (R11): every step of a photo is an entry (step.h), queued in the transaction of the
 * step. One thread takes the queued entries up in their order, appends them to the log's files, and
 * signs and publishes a checkpoint for all of them together. No request and no upload waits for it.
 *
 *     DATA/log/<n>/     log n as files (log_files.h); one is enough, until a restore
 *     KEYS/published    "log <n>" and the newest checkpoint that was signed
 *
 * A log must never sign two histories. So a checkpoint is on the disk in both places before anybody
 * is told of it; and a ledger that finds itself behind, its files or its database older than what
 * was published, signs nothing (LEDGER_BEHIND) until an administrator opens a new log, whose first
 * entry names the old one's last checkpoint. KEYS/published is the reason that it can know: a copy
 * of the data folder that is restored does not bring an older one of those.
 *
 * Meanwhile steps are queued as ever, and uploads go on. Thread-safe.
 */
#ifndef PORCHLIGHT_LEDGER_H
#define PORCHLIGHT_LEDGER_H

#include "ledger/note.h"
#include "ledger/step.h"
#include "ledger/tile.h"

struct db;
struct ledger;
struct tlog_policy;

struct ledger_config {
    struct db *db;
    struct keys *keys;
    const char *data_folder; /* DATA */
    const char *name;        /* of the first log, where it is not there yet */
    int64_t interval_ms;
    bool off; /* nothing is recorded, nothing signed */

    /* Who attests what the log says, every attest_ms; they must outlive the ledger. */
    const struct tlog_policy *policy; /* its witnesses with an address are asked; NULL: none */
    const char *time_stampers;        /* a settings list of addresses, the first first; "": none */
    const char *time_stamp_ca;        /* certificates that are trusted, PEM; NULL: not asked */
    int64_t attest_ms;
};

enum ledger_state {
    LEDGER_SIGNS,   /* all is well */
    LEDGER_OFF,     /* as the settings say */
    LEDGER_BEHIND,  /* what was published is newer than what is here */
    LEDGER_DAMAGED, /* what is here is not what was signed */
};
/* A sentence for a person about a state. */
const char *ledger_state_text(enum ledger_state state);

/* Holds what is here against what was published; begins the first log where there is none. A ledger
 * that may not sign is no fault: see ledger_look. 0 or a fault. */
int ledger_open(const struct ledger_config *config, struct ledger **ledger_out) MUST_CHECK;

/* Starts the thread. 0 or a fault. */
int ledger_start(struct ledger *ledger) MUST_CHECK;

/* Takes up what is queued, ends the thread, and frees. NULL is harmless. */
void ledger_free(struct ledger **ledger);

/* Takes up what is queued now, and publishes it: what the thread does. 0 or a fault. */
int ledger_round(struct ledger *ledger) MUST_CHECK;

const struct recorder *ledger_recorder(const struct ledger *ledger);

/* Fills a recorder for a process that has no ledger open: `admin`. */
void ledger_recorder_fill(struct keys *keys, struct recorder *out);

/* ---- for those who ask ---- */

enum ledger_outcome {
    LEDGER_ABSENT = 1, /* there is no such thing, or it is not published */
    LEDGER_PENDING,    /* the entry is queued, and not in a checkpoint yet */
};

/* Adds the newest published checkpoint to `out`. 0, LEDGER_ABSENT or a fault. */
int ledger_checkpoint(struct ledger *ledger, struct buf *out) MUST_CHECK;

/* Adds the bytes of a tile of the log, asked for by its path (tile.h). 0, LEDGER_ABSENT, or a
 * fault.
 */
int ledger_tile(struct ledger *ledger, const char *path, struct tile *tile_out,
                struct buf *out) MUST_CHECK;

/* That an entry is in the log: to be freed with ledger_proof_free. */
struct ledger_proof {
    struct note_key key; /* of that log */
    struct buf proof; /* a tlog-proof, by the first checkpoint that was attested, or the newest */
    struct buf stamp; /* the time stamp of that checkpoint; empty: none */
};
/* 0, LEDGER_PENDING, or a fault. */
int ledger_prove(struct ledger *ledger, int64_t seq, struct ledger_proof *out) MUST_CHECK;
void ledger_proof_free(struct ledger_proof *proof);

/* Adds the policy that evidence is handed over with: the log's key, and the witnesses of the
 * settings. */
void ledger_policy(const struct ledger *ledger, const struct note_key *log, struct buf *out);

/* The log's key; false while there is no log. */
bool ledger_key(struct ledger *ledger, struct note_key *key_out);

/* How it stands. */
struct ledger_facts {
    enum ledger_state state;
    int number;     /* of the log; 0: none is there */
    uint64_t size;  /* of the checkpoint that was published */
    int64_t queued; /* entries that are not in it yet */
    int64_t rounds_failed;
};
int ledger_look(struct ledger *ledger, struct ledger_facts *facts_out) MUST_CHECK;

/* Looks from outside, beside a server that runs: nothing is changed, and `keys` may be those of
 * keys_open_secrets. The key's name is "" where there is no log. 0 or a fault. */
int ledger_peek(const struct ledger_config *config, struct ledger_facts *facts_out,
                struct note_key *key_out) MUST_CHECK;

/* ---- after a restore ---- */

/* Opens the next log, with the server stopped. Its first entry names the newest checkpoint that was
 * published. The facts are those of the new log. 0, LEDGER_ABSENT (the log may sign as it is), or a
 * fault. */
int ledger_continue(struct ledger *ledger) MUST_CHECK;

#endif
