/* SPDX-License-Identifier: Apache-2.0
 *
 * Archives, and evidence in them: what holds, and that nothing else does.
 */
#include "crypto/hash.h"
#include "ledger/evidence.h"
#include "ledger/test_ledger_help.h"

/* An archive of the kind that a server writes, and the key of its log. */
struct sample {
    struct site site;
    struct buf archive;
    struct note_key key;
    struct photo photo;
};

static const char picture[] = "\xff\xd8 a picture \xff\xd9";

static int read_shown(struct site *site, const char *photo_id, struct arena *arena,
                      struct store_entry *entry)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(site->db, &tx);
    return result == 0 ? store_entry_shown(tx, photo_id, arena, entry) : result;
}

static void make(struct sample *sample, int others)
{
    struct store_entry entry;
    struct step_opening opening;
    char text[STEP_ENTRY_ROOM];
    struct ledger_proof proof;
    struct buf policy AUTO_BUF;
    struct arena *arena = arena_new(1 << 20);
    struct span bytes = {(const uint8_t *)picture, sizeof picture - 1};
    buf_init(&policy, TLOG_POLICY_CEILING);
    buf_init(&sample->archive, EVIDENCE_CEILING);
    site_new(&sample->site);
    sample->photo = site_photo(&sample->site);
    sample->photo.posted_size = (int64_t)bytes.len;
    hash_sha256(bytes, sample->photo.posted_sha256);
    site_record(&sample->site, STEP_POSTED, &sample->photo);
    for (int i = 0; i < others; i++) {
        struct photo other = sample->photo;
        id_new(ID_PHOTO, other.id);
        other.key_slot = -1;
        site_record(&sample->site, STEP_POSTED, &other);
    }
    CHECK_INT(ledger_round(sample->site.ledger), 0);
    CHECK_INT(read_shown(&sample->site, sample->photo.id, arena, &entry), 0);
    CHECK_INT(step_open(ledger_recorder(sample->site.ledger), &entry, &sample->photo, &opening), 0);
    CHECK_INT(ledger_prove(sample->site.ledger, entry.seq, &proof), 0);
    sample->key = proof.key;
    ledger_policy(sample->site.ledger, &proof.key, &policy);
    step_entry(entry.commitment, text);
    struct evidence evidence = {bytes,
                                {(const uint8_t *)opening.manifest, opening.len},
                                opening.salt,
                                text,
                                {proof.proof.data, proof.proof.len},
                                {policy.data, policy.len},
                                {NULL, 0}};
    CHECK_INT(evidence_write(&evidence, &sample->archive), 0);
    ledger_proof_free(&proof);
    arena_free(&arena);
}

static void end(struct sample *sample)
{
    buf_free(&sample->archive);
    site_end(&sample->site);
}

static struct evidence_found found;

static enum evidence_outcome check(struct sample *sample)
{
    return evidence_check((struct span){sample->archive.data, sample->archive.len}, &sample->key,
                          &found);
}

TEST(evidence_holds)
{
    struct sample sample;
    char value[64];
    make(&sample, 6);
    CHECK_INT(check(&sample), EVIDENCE_HOLDS);
    CHECK_INT(found.index, 0);
    CHECK_INT(found.checkpoint.head.size, 7);
    CHECK(evidence_value(found.manifest, "photo", value, sizeof value));
    CHECK_STR(value, sample.photo.id);
    CHECK(!evidence_value(found.manifest, "phot", value, sizeof value));
    CHECK(!evidence_value(found.manifest, "photo", value, 5));
    end(&sample);
}

TEST(every_flipped_bit_is_caught)
{
    struct sample sample;
    make(&sample, 2);
    size_t missed = 0;
    for (size_t i = 0; i < sample.archive.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            sample.archive.data[i] ^= (uint8_t)(1 << bit);
            missed += check(&sample) == EVIDENCE_HOLDS;
            sample.archive.data[i] ^= (uint8_t)(1 << bit);
        }
    CHECK_INT(missed, 0);
    CHECK_INT(check(&sample), EVIDENCE_HOLDS);
    end(&sample);
}

TEST(a_cut_or_longer_archive_is_caught)
{
    struct sample sample;
    make(&sample, 0);
    size_t len = sample.archive.len;
    for (sample.archive.len = 0; sample.archive.len < len; sample.archive.len++)
        CHECK(check(&sample) != EVIDENCE_HOLDS);
    buf_byte(&sample.archive, 0);
    CHECK_INT(check(&sample), EVIDENCE_NO_ARCHIVE);
    end(&sample);
}

/* Puts another file in the place of one, with right checksums, as a forger would. */
static void forge(struct sample *sample, const char *name, struct span bytes)
{
    struct zip zip, forged = {.count = 0};
    struct buf out;
    buf_init(&out, EVIDENCE_CEILING);
    CHECK(zip_read((struct span){sample->archive.data, sample->archive.len}, &zip));
    for (int i = 0; i < zip.count; i++)
        CHECK(zip_add(&forged, zip.files[i].name,
                      strcmp(zip.files[i].name, name) == 0 ? bytes : zip.files[i].bytes));
    zip_write(&forged, &out);
    buf_free(&sample->archive);
    sample->archive = out;
}

static void check_forged(const char *name, const char *text, enum evidence_outcome want)
{
    struct sample sample;
    make(&sample, 3);
    forge(&sample, name, HASH_TEXT(text));
    enum evidence_outcome got = check(&sample);
    CHECK_STR(evidence_outcome_text(got), evidence_outcome_text(want));
    end(&sample);
}

TEST(a_forged_file_is_named)
{
    check_forged("photo.jpg", "another picture", EVIDENCE_OTHER_PHOTO);
    check_forged("manifest.txt", "no manifest", EVIDENCE_NO_MANIFEST);
    check_forged("manifest.txt", "b 1\na 2\n", EVIDENCE_NO_MANIFEST);
    check_forged("manifest.txt", "a 1\na 2\n", EVIDENCE_NO_MANIFEST);
    check_forged("manifest.txt", "a 1\n", EVIDENCE_OTHER_PHOTO);
    check_forged("salt", "00\n", EVIDENCE_OTHER_MANIFEST);
    check_forged("salt", "0000000000000000000000000000000000000000000000000000000000000000\n",
                 EVIDENCE_OTHER_MANIFEST);
    check_forged("leaf.bin", "porchlight-evidence/v1\ncommit AAAA\n", EVIDENCE_OTHER_MANIFEST);
    check_forged("proof.tlog-proof", "c2sp.org/tlog-proof@v1\n", EVIDENCE_NO_PROOF);
    check_forged("proof.tlog-proof", "c2sp.org/tlog-proof@v1\nindex 0\n\nx\n", EVIDENCE_NOT_SIGNED);
}

TEST(the_proof_of_another_entry_or_log_is_caught)
{
    struct sample one, other;
    struct zip zip;
    make(&one, 3);
    make(&other, 3);
    CHECK(zip_read((struct span){other.archive.data, other.archive.len}, &zip));
    forge(&one, "proof.tlog-proof", zip_find(&zip, "proof.tlog-proof")->bytes);
    CHECK_INT(check(&one), EVIDENCE_NOT_SIGNED); /* by the other server's key */
    one.key = other.key;
    CHECK_INT(check(&one), EVIDENCE_NOT_IN_LOG);
    end(&one);
    end(&other);
}

TEST(archives_have_names_of_their_own)
{
    struct zip zip = {.count = 0};
    struct span none = {NULL, 0};
    CHECK(!zip_add(&zip, "", none));
    CHECK(!zip_add(&zip, "a/b", none));
    CHECK(!zip_add(&zip, "..\\b", none));
    for (int i = 0; i < ZIP_FILES; i++)
        CHECK(zip_add(&zip, "same", none));
    CHECK(!zip_add(&zip, "more", none));
    struct buf out AUTO_BUF;
    buf_init(&out, 1 << 16);
    zip_write(&zip, &out);
    CHECK(!zip_read((struct span){out.data, out.len}, &zip)); /* the same name twice */
}

TAP_MAIN(TAP(evidence_holds), TAP(every_flipped_bit_is_caught),
         TAP(a_cut_or_longer_archive_is_caught), TAP(a_forged_file_is_named),
         TAP(the_proof_of_another_entry_or_log_is_caught), TAP(archives_have_names_of_their_own))
