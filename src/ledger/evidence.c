/* SPDX-License-Identifier: Apache-2.0
 *
 * The check goes from the picture to the key: photo, manifest, commitment, entry, tree, signature.
 * The archive's own checksums catch what none of these look at, such as VERIFY.md.
 */
#include "ledger/evidence.h"

#include <errno.h>

#include "base/log.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "ledger/evidence_texts.h"
#include "ledger/step.h"

enum { SALT_FILE = 2 * STEP_SALT + 1 };

static const char *const names[] = {"photo.jpg",        "manifest.txt", "salt",      "leaf.bin",
                                    "proof.tlog-proof", "policy",       "VERIFY.md", "verify.sh"};

/* Those that may be missing: the time stamp, and of a look the photo, which is the first of the
 * others. */
static const char stamp_name[] = "checkpoint.tsr";
enum { PHOTO_FILE = 0 };

const char *evidence_outcome_text(enum evidence_outcome outcome)
{
#define EVIDENCE_TEXT(symbol, text) text,
    static const char *const texts[] = {EVIDENCE_OUTCOMES(EVIDENCE_TEXT)};
    return outcome < EVIDENCE_OUTCOME_COUNT ? texts[outcome] : "?";
}

int evidence_write(const struct evidence *evidence, struct buf *out)
{
    char salt[SALT_FILE + 1];
    struct zip zip = {.count = 0};
    text_hex(evidence->salt, STEP_SALT, salt);
    memcpy(salt + 2 * STEP_SALT, "\n", 2);
    const struct span files[] = {evidence->photo,
                                 evidence->manifest,
                                 HASH_TEXT(salt),
                                 HASH_TEXT(evidence->entry),
                                 evidence->proof,
                                 evidence->policy,
                                 {evidence_verify_md, evidence_verify_md_len},
                                 {evidence_verify_sh, evidence_verify_sh_len}};
    for (size_t i = evidence->photo.len ? PHOTO_FILE : PHOTO_FILE + 1; i < ARRAY_LEN(names); i++)
        if (!zip_add(&zip, names[i], files[i]))
            return log_fault("evidence.write", -ENOMEM, "what=files");
    if (evidence->stamp.len && !zip_add(&zip, stamp_name, evidence->stamp))
        return log_fault("evidence.write", -ENOMEM, "what=files");
    zip_write(&zip, out);
    return out->failed ? log_fault("evidence.write", -ENOMEM, "what=archive") : 0;
}

/* ---- checking ---- */

/* Lines of `key value`, the keys in order, each once. */
static bool is_manifest(struct span manifest)
{
    char last[64] = "", line[512];
    const uint8_t *at = manifest.data, *end = manifest.data + manifest.len;
    if (manifest.len == 0 || manifest.len > STEP_MANIFEST_CEILING ||
        !text_is_clean((const char *)manifest.data, manifest.len, true))
        return false;
    while (at < end) {
        if (!checkpoint_line(&at, end, line, sizeof line))
            return false;
        size_t key = strcspn(line, " ");
        if (key == 0 || key >= sizeof last || !line[key] || !line[key + 1])
            return false;
        line[key] = '\0';
        if (strcmp(last, line) >= 0)
            return false;
        memcpy(last, line, key + 1);
    }
    return true;
}

bool evidence_value(struct span manifest, const char *key, char *out, size_t room)
{
    char line[512];
    const uint8_t *at = manifest.data, *end = manifest.data + manifest.len;
    size_t len = strlen(key);
    while (checkpoint_line(&at, end, line, sizeof line))
        if (strncmp(line, key, len) == 0 && line[len] == ' ') {
            snprintf(out, room, "%s", line + len + 1);
            return strlen(line + len + 1) < room;
        }
    return false;
}

static struct span file_of(const struct zip *zip, int i)
{
    return zip_find(zip, names[i])->bytes;
}

static bool has_files(const struct zip *zip)
{
    int optional = (zip_find(zip, stamp_name) != NULL) + (zip_find(zip, names[PHOTO_FILE]) != NULL);
    for (size_t i = PHOTO_FILE + 1; i < ARRAY_LEN(names); i++)
        if (!zip_find(zip, names[i]))
            return false;
    return zip->count == (int)ARRAY_LEN(names) - 1 + optional;
}

/* Only that someone looked can be proven without showing at what. */
static bool is_of_a_look(struct span manifest)
{
    char step[32];
    return evidence_value(manifest, "step", step, sizeof step) &&
           strcmp(step, words_name(&words_ledger_step, STEP_LOOKED)) == 0;
}

static bool is_photo_of(struct span photo, struct span manifest)
{
    uint8_t hash[HASH_SHA256_LEN];
    char ours[2 * HASH_SHA256_LEN + 1], named[2 * HASH_SHA256_LEN + 1], size[24];
    uint64_t bytes;
    hash_sha256(photo, hash);
    text_hex(hash, sizeof hash, ours);
    return evidence_value(manifest, "photo_sha256", named, sizeof named) &&
           evidence_value(manifest, "photo_size", size, sizeof size) &&
           text_to_u64(size, 0, INT64_MAX, &bytes) && bytes == photo.len &&
           strcmp(ours, named) == 0;
}

static bool is_committed(struct span salt_file, struct span manifest, struct span leaf)
{
    char hex[SALT_FILE + 1], entry[STEP_ENTRY_ROOM];
    uint8_t salt[STEP_SALT], commitment[STORE_HASH];
    if (salt_file.len != SALT_FILE || salt_file.data[SALT_FILE - 1] != '\n')
        return false;
    memcpy(hex, salt_file.data, SALT_FILE - 1);
    hex[SALT_FILE - 1] = '\0';
    if (!text_unhex(hex, salt, STEP_SALT))
        return false;
    step_commit(salt, manifest, commitment);
    step_entry(commitment, entry);
    return leaf.len == strlen(entry) && memcmp(leaf.data, entry, leaf.len) == 0;
}

static enum evidence_outcome check_log(const struct zip *zip, const struct note_key *log,
                                       struct evidence_found *found)
{
    struct tlog_proof proof;
    tree_hash leaf;
    if (!tlog_proof_parse(file_of(zip, 4), &proof))
        return EVIDENCE_NO_PROOF;
    if (!checkpoint_open(proof.checkpoint, log, &found->note, &found->checkpoint))
        return EVIDENCE_NOT_SIGNED;
    found->index = proof.index;
    tree_leaf(file_of(zip, 3), leaf);
    return tree_check(&proof.path, &found->checkpoint.head, proof.index, leaf)
               ? EVIDENCE_HOLDS
               : EVIDENCE_NOT_IN_LOG;
}

enum evidence_outcome evidence_check(struct span archive, const struct note_key *log,
                                     struct evidence_found *found_out)
{
    struct zip *zip = &found_out->zip;
    if (archive.len > EVIDENCE_CEILING || !zip_read(archive, zip))
        return EVIDENCE_NO_ARCHIVE;
    if (!has_files(zip))
        return EVIDENCE_NO_FILE;
    const struct zip_file *stamp = zip_find(zip, stamp_name);
    found_out->stamp = stamp ? stamp->bytes : (struct span){NULL, 0};
    found_out->manifest = file_of(zip, 1);
    if (!is_manifest(found_out->manifest))
        return EVIDENCE_NO_MANIFEST;
    found_out->without_photo = !zip_find(zip, names[PHOTO_FILE]);
    if (found_out->without_photo && !is_of_a_look(found_out->manifest))
        return EVIDENCE_NO_FILE;
    if (!found_out->without_photo && !is_photo_of(file_of(zip, PHOTO_FILE), found_out->manifest))
        return EVIDENCE_OTHER_PHOTO;
    if (!is_committed(file_of(zip, 2), found_out->manifest, file_of(zip, 3)))
        return EVIDENCE_OTHER_MANIFEST;
    return check_log(zip, log, found_out);
}
