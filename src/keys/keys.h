/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys folder: everything that must be secret, and nothing else. It lies beside the data
 * folder, never inside it, so that a stolen or copied data folder is unreadable (R8) and so that
 * erasing a key erases its photo from every copy of the data (R9).
 *
 *     KEYS/master.key   32 random bytes, 0600; absent when the master key is handed in from outside
 *     KEYS/secrets      the root secret and the signing seed, sealed under the master key
 *     KEYS/slots        one 128-byte slot for each key, wrapped by the master key; overwritten to
 *                       erase it
 *     KEYS/published    the newest checkpoint of the ledger that was signed (see ledger/ledger.h)
 *     KEYS/erasures-…   which photos were erased, one file a day (see journal.h)
 *     KEYS/rotation     while the master key is being changed: both, each sealed under the other
 *     KEYS/lock         flock: one process at a time
 *
 * What is made is durable only after keys_sync. A sync that failed is a fault for ever: the kernel
 * may have dropped the pages, so no later sync could be believed; the process must be started anew.
 * All functions on an open `keys` are thread-safe.
 */
#ifndef PORCHLIGHT_KEYS_H
#define PORCHLIGHT_KEYS_H

#include "base/base.h"

struct keys;

enum { KEYS_KEY = 32, KEYS_ID = 16, KEYS_SIGNATURE = 64, KEYS_PUBLIC = 32, KEYS_MARK = 8 };

enum keys_outcome {
    KEYS_GONE =
        1,       /* the slot does not hold this id's key: erased, never made, or another's by now */
    KEYS_ABSENT, /* the folder, the master key or the secrets are not there and were not to be made
                  */
    KEYS_IN_USE, /* another process has the folder open */
    KEYS_INSIDE_DATA,  /* the keys folder is, or lies inside, the data folder */
    KEYS_EXPOSED,      /* folder or master key can be used by others than the owner */
    KEYS_BAD_MASTER,   /* the master key is not a file of exactly 32 bytes */
    KEYS_WRONG_MASTER, /* a master key, but not the one this folder was made with */
    KEYS_SAME_MASTER,  /* the next master is the one in use */
    KEYS_UNFINISHED,   /* an earlier change of the master key, to another one, is not at its end */
    KEYS_DAMAGED,      /* a file of ours, or a slot, is not as it was written */
    KEYS_FULL,         /* no room on the disk, or all slots are taken */
};

/* A sentence for a person about an outcome, such as "the master key can be read by others: chmod
 * 600 it". */
const char *keys_outcome_text(int outcome);

enum keys_make { KEYS_MUST_EXIST, KEYS_MAKE_MISSING };

struct keys_config {
    const char *folder;          /* KEYS */
    const char *data_folder;     /* refused when `folder` lies inside it; NULL: not checked */
    const char *master_key_file; /* the master key handed in; NULL:
                                    $CREDENTIALS_DIRECTORY/porchlight-master-key when that file
                                    exists, else KEYS/master.key */
    enum keys_make
        make; /* make the folder (0700), the master key and the secrets on first start? */
};

/* Opens the folder, locks it and scans the slots; finishes a change of the master key that was
 * interrupted. 0, an outcome, or a fault; *keys_out is set only on 0. A master key is made only in
 * a folder that has no secrets yet. */
int keys_open(const struct keys_config *config, struct keys **keys_out) MUST_CHECK;

/* Opens the secrets alone, beside the process that has the folder open: nothing is locked, made,
 * finished or scanned. On such a `keys` only keys_secret, keys_sign, keys_public,
 * keys_get_published and keys_close may be called. The outcomes of keys_probe, or a fault. For
 * `porchlight admin`. */
int keys_open_secrets(const struct keys_config *config, struct keys **keys_out) MUST_CHECK;

/* Wipes all secrets and frees; *keys becomes NULL. NULL is harmless. Does not sync. */
void keys_close(struct keys **keys);

/* Looks without touching, locking or making anything: would keys_open succeed? The same outcomes,
 * but for KEYS_IN_USE. For `porchlight doctor`. */
int keys_probe(const struct keys_config *config) MUST_CHECK;

/* Draws a key for `id`, writes it wrapped into a free slot and gives both. The slot number goes
 * into the caller's database row, after keys_sync. Wipe `key_out` after use. 0, KEYS_FULL, or a
 * fault. */
int keys_new(struct keys *keys, const uint8_t id[KEYS_ID], uint8_t key_out[KEYS_KEY],
             uint32_t *slot_out) MUST_CHECK;

/* Reads the key of `id` from its slot. 0, KEYS_GONE, KEYS_DAMAGED (the slot says it is this id's,
 * and does not open), or a fault. Wipe `key_out` after use. */
int keys_load(struct keys *keys, uint32_t slot, const uint8_t id[KEYS_ID],
              uint8_t key_out[KEYS_KEY]) MUST_CHECK;

/* Does the slot hold a key of this id? Opens nothing. 0, KEYS_GONE or a fault. */
int keys_has(struct keys *keys, uint32_t slot, const uint8_t id[KEYS_ID]) MUST_CHECK;

/* Destroys the key of `id` by overwriting its slot with zeros; durable after keys_sync. KEYS_GONE
 * when the slot does not hold this id's key, so that a repeated erasure never hits the slot's next
 * owner: treat it as done. */
int keys_erase(struct keys *keys, uint32_t slot, const uint8_t id[KEYS_ID]) MUST_CHECK;

/* Returns when everything this thread wrote before is on the disk. Many callers share one
 * fdatasync. 0 or a fault; after a fault every later keys_new, keys_erase and keys_sync fails too.
 */
int keys_sync(struct keys *keys) MUST_CHECK;

/* Calls `visit` for each slot in use, in order; a visit that returns non-zero ends the round, and
 * its result is returned. `visit` may call keys_erase. Slots made meanwhile may or may not be
 * visited: sweep for orphans at start, before serving. */
typedef int keys_visit(void *context, uint32_t slot, const uint8_t id[KEYS_ID]);
int keys_each(struct keys *keys, keys_visit *visit, void *context) MUST_CHECK;

/* A 32-byte secret for one purpose, derived from the root secret: the same for the life of the
 * folder, changes of the master key included. */
void keys_secret(struct keys *keys, const char *label, uint8_t out[32]);

/* Signs with the server's Ed25519 key; keys_public is what others check with. */
void keys_sign(struct keys *keys, struct span bytes, uint8_t out[KEYS_SIGNATURE]);
void keys_public(struct keys *keys, uint8_t out[KEYS_PUBLIC]);

/* Remembers what the ledger is about to publish, durably, in the place of what was there: data that
 * is restored from a copy does not take this back with it. KEYS_FULL or a fault. */
int keys_put_published(struct keys *keys, struct span bytes) MUST_CHECK;

/* What was remembered; a longer text than `room` gives room + 1 as its length. KEYS_ABSENT when
 * there is nothing, or a fault. */
int keys_get_published(struct keys *keys, uint8_t *out, size_t room, size_t *len_out) MUST_CHECK;

/* What `doctor` and `admin` say about the folder. */
struct keys_facts {
    uint64_t slots_used;
    uint64_t slots; /* in the file */
    bool master_is_handed_in;
    bool rotation_awaits_master; /* rotated, and the handed-in file still holds the old master */
    bool copies_on_write; /* the file system keeps overwritten bytes (btrfs, zfs): erasure is not
                             sure */
    uint8_t master_mark[KEYS_MARK]; /* names the master key without telling it */
};
void keys_look(struct keys *keys, struct keys_facts *facts_out);

/* Changes the master key and wraps every key anew, while others go on using `keys`.
 * `next_master_file` is NULL when we keep the master key ourselves, else the file with the next
 * one; then the operator puts that file in the place of the handed-in one, and until the first
 * start with it either of the two opens the folder. A kill or a power loss at any point loses
 * nothing: the change is finished at the next keys_open. 0, KEYS_BAD_MASTER, KEYS_EXPOSED,
 * KEYS_ABSENT (a file where one is needed is not given or not there), KEYS_WRONG_MASTER (a file is
 * given and the master is ours), KEYS_SAME_MASTER, KEYS_UNFINISHED (to the same master it may be
 * asked for again), KEYS_FULL, or a fault. */
int keys_rotate(struct keys *keys, const char *next_master_file) MUST_CHECK;

#endif
