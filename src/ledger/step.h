/* SPDX-License-Identifier: Apache-2.0
 *
 * What the ledger says of one step of a photo. The log itself gets nothing but a commitment, C =
 * HMAC-SHA256(r, manifest): 32 bytes that tell nothing. What opens it is kept beside it in the
 * database, sealed: the salt r, 32 random bytes of this record's own, and the manifest, which is
 * canonical text, `key value` a line, sorted by key:
 *
 *     at 2026-11-24T10:00:00.000Z          when the step was taken
 *     attempt 1
 *     captured_at …                        the phone's clock
 *     delivery dlv_…
 *     …
 *     photo pho_…
 *     photo_sha256 <64 hex digits>         of the photo as it is shown
 *     previous <base64>                    the commitment of the step before it; not in the first
 *     step posted                          a LEDGER_STEPS word
 *
 * The seal's key comes from the photo's own key, so that erasing the photo takes what opens its
 * records with it, out of every copy of the data; what is left of a leaf is a random number. The
 * last step of a photo that is not kept (erased, rejected, declined, missing) has a short manifest
 * without a hash, sealed under a secret of the server's, and stays.
 *
 * step_record is called in the transaction of the step. It waits for nothing.
 */
#ifndef PORCHLIGHT_STEP_H
#define PORCHLIGHT_STEP_H

#include "base/buf.h"
#include "domain/delivery.h"
#include "store/entry.h"

struct keys;
struct store_look;

enum {
    STEP_SALT = 32,
    STEP_MANIFEST_CEILING = 4096,
    STEP_ENTRY_ROOM = 96, /* an entry of the log as text, with its NUL */
};

/* Who writes records. `keys` is NULL beside a running server (`admin`), where only last steps are
 * recorded. */
struct recorder {
    struct keys *keys;
    uint8_t secret[32]; /* seals the last steps */
    bool off;           /* the setting ledger-on: step_record does nothing */
};

/* One step, to be recorded. */
struct step {
    enum ledger_step step;
    const struct photo *photo;     /* as it is after the step, its key slot still there */
    const struct store_look *look; /* looked: the look */
    int64_t at;
    const char *with; /* shared, unshared, seen: a SHARES word */
};

/* Queues the ledger's entry; without a recorder (NULL) or with one that is off, nothing. A photo
 * whose key cannot be had gets an entry that nobody can open. 0 or a fault. */
int step_record(const struct recorder *recorder, struct db_tx *tx,
                const struct step *step) MUST_CHECK;

/* The same for the last step of a photo, and drops what opened the earlier ones. */
int step_end(const struct recorder *recorder, struct db_tx *tx, const struct step *step) MUST_CHECK;

/* The step that a photo's state is the outcome of. */
enum ledger_step step_of_state(enum photo_state state);

/* What opens a record: wipe it after use. */
struct step_opening {
    uint8_t salt[STEP_SALT];
    char manifest[STEP_MANIFEST_CEILING + 1];
    size_t len; /* of the manifest */
};

enum step_outcome { STEP_GONE = 1 }; /* what opened it was destroyed */

/* Opens an entry of this photo. 0, STEP_GONE, or a fault. */
int step_open(const struct recorder *recorder, const struct store_entry *entry,
              const struct photo *photo, struct step_opening *opening_out) MUST_CHECK;

/* The commitment to a manifest, and the entry of the log that holds it (STEP_ENTRY_ROOM bytes).
 */
void step_commit(const uint8_t salt[STEP_SALT], struct span manifest, uint8_t out[STORE_HASH]);
void step_entry(const uint8_t commitment[STORE_HASH], char *out);

#endif
