/* SPDX-License-Identifier: Apache-2.0
 *
 * Evidence: one photo with all that proves it, as an archive that needs nothing of ours to be
 * checked:
 *
 *     photo.jpg          the photo as it was shown; the proof of a look may go without it
 *     manifest.txt       what is said of it (step.h): its hash, when and where it was taken …
 *     salt               32 bytes in hex; HMAC-SHA256(salt, manifest.txt) is the commitment
 *     leaf.bin           the log's entry, which holds the commitment
 *     proof.tlog-proof   that the entry is in the log, with the signed checkpoint
 *     checkpoint.tsr     the time stamp of the checkpoint, where there is one (RFC 3161)
 *     policy             the log's key, and the witnesses that were asked
 *     VERIFY.md          how to check it by hand, and what it does not prove
 *     verify.sh          the same as a script of openssl and coreutils
 *
 * Writing and checking are pure. What is checked comes from outside, and so does the key that it is
 * checked with: the one in `policy` is no more than a hint.
 */
#ifndef PORCHLIGHT_EVIDENCE_H
#define PORCHLIGHT_EVIDENCE_H

#include "base/zip.h"
#include "ledger/tlog_policy.h"
#include "ledger/tlog_proof.h"

enum { EVIDENCE_CEILING = 64 << 20 }; /* bytes of an archive */

struct evidence {
    struct span photo; /* empty: none, for a manifest whose step is `looked` */
    struct span manifest;
    const uint8_t *salt; /* 32 bytes */
    const char *entry;   /* of the log */
    struct span proof;   /* a tlog-proof */
    struct span policy;
    struct span stamp; /* an RFC 3161 answer over the checkpoint's text; empty: none */
};

/* Writes the archive. 0 or -ENOMEM. */
int evidence_write(const struct evidence *evidence, struct buf *out) MUST_CHECK;

/* What a check comes to, in its order; the first that does not hold is told. */
#define EVIDENCE_OUTCOMES(X)                                                                       \
    X(HOLDS, "it holds")                                                                           \
    X(NO_ARCHIVE, "this is no evidence archive, or a byte of it is not as it was written")         \
    X(NO_FILE, "a file that belongs in it is missing, or there is one that does not")              \
    X(NO_MANIFEST, "manifest.txt is not in its form")                                              \
    X(OTHER_PHOTO, "photo.jpg is not the photo that manifest.txt names")                           \
    X(OTHER_MANIFEST, "leaf.bin does not commit to this manifest.txt with this salt")              \
    X(NO_PROOF, "proof.tlog-proof is not in its form")                                             \
    X(NOT_SIGNED, "the checkpoint is not signed with the key that was given")                      \
    X(NOT_IN_LOG, "the proof does not lead from leaf.bin to the checkpoint")

#define EVIDENCE_ENUM(symbol, text) EVIDENCE_##symbol,
enum evidence_outcome { EVIDENCE_OUTCOMES(EVIDENCE_ENUM) EVIDENCE_OUTCOME_COUNT };
/* A sentence about it, without its full stop. */
const char *evidence_outcome_text(enum evidence_outcome outcome);

/* What was found. Meaningful after EVIDENCE_HOLDS; spans point into the archive. */
struct evidence_found {
    struct zip zip;
    struct span manifest;
    bool without_photo; /* it proves that someone looked, and shows nothing */
    uint64_t index;
    struct checkpoint checkpoint;
    struct note note;  /* for tlog_policy_ask */
    struct span stamp; /* for stamp_read; empty: none */
};

/* Checks an archive against the key of the log. Large: `found_out` is not for a small stack. */
enum evidence_outcome evidence_check(struct span archive, const struct note_key *log,
                                     struct evidence_found *found_out) MUST_CHECK;

/* The value of a key in a manifest, which is in its form. False: it has none, or `out` is short. */
bool evidence_value(struct span manifest, const char *key, char *out, size_t room) MUST_CHECK;

#endif
