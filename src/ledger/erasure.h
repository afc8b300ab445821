/* SPDX-License-Identifier: Apache-2.0
 *
 * The signed receipt of an erasure (R9, R11): what its recipient keeps, and can hold against us. A
 * C2SP signed note, signed with the installation's key (GET /log/key: erasure_key), whose text is
 *
 *     porchlight-erasure/v1
 *     state destroyed | pending            pending: the key is still to be destroyed
 *     delivery dlv_…
 *     attempt 1
 *     photo pho_…
 *     reason <word>                        a PHOTO_REASONS word
 *     asked_at <RFC 3339>
 *     destroyed_at <RFC 3339>              of the key, salt and manifest; or said_at, while pending
 *     copies_until <RFC 3339>              copies of the key folder may exist until then; destroyed
 *     entry <base64>                       the ledger's: what its last entry commits to; or "none"
 *     covers key salt manifest photo preview
 *     leaves backups_of_keys downloads     what it does not cover: the former until copies_until,
 *                                          and what people saved
 *
 * It is made from the rows whenever it is asked for, and comes out the same each time once the key
 * is destroyed. Nothing in it is of anybody, and no hash of the photo.
 */
#ifndef PORCHLIGHT_LEDGER_ERASURE_H
#define PORCHLIGHT_LEDGER_ERASURE_H

#include "base/id.h"
#include "ledger/note.h"

struct keys;

enum { ERASURE_CEILING = 2048, ERASURE_REASON_ROOM = 32 };

struct erasure_receipt {
    char delivery_id[ID_ROOM];
    char photo_id[ID_ROOM];
    int attempt;
    char reason[ERASURE_REASON_ROOM];
    int64_t asked_at;
    int64_t destroyed_at; /* 0: pending */
    int64_t said_at;      /* pending only */
    int64_t copies_until; /* destroyed only */
    bool has_entry;
    uint8_t entry[32]; /* its commitment */
};

/* The key that receipts are signed with, as others know it; `log_name` is the log's, without a
 * number. False: a name that cannot be one. */
bool erasure_key(struct keys *keys, const char *log_name, struct note_key *key_out) MUST_CHECK;

/* Adds the signed receipt to `out`. */
void erasure_sign(const struct erasure_receipt *receipt, struct keys *keys,
                  const struct note_key *key, struct buf *out);

enum erasure_outcome {
    ERASURE_HOLDS,
    ERASURE_NONE,      /* no receipt, or a byte of it is not as it was written */
    ERASURE_OTHER_KEY, /* signed with another key, or not the text that was signed */
};

/* Checks a receipt against the key. Every byte is covered. */
enum erasure_outcome erasure_check(struct span bytes, const struct note_key *key,
                                   struct erasure_receipt *receipt_out) MUST_CHECK;

/* The same by the public key alone, whatever name the log had then. */
enum erasure_outcome erasure_check_own(struct span bytes, const uint8_t public[SIGN_PUBLIC],
                                       struct erasure_receipt *receipt_out) MUST_CHECK;

#endif
