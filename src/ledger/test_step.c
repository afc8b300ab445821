/* SPDX-License-Identifier: Apache-2.0
 *
 * Records: what they say, that they open, and that nothing opens them once the photo's key is gone.
 */
#include "base/text.h"
#include "crypto/hash.h"
#include "ledger/test_ledger_help.h"

static int shown(struct site *site, const struct photo *photo, struct arena *arena,
                 struct store_entry *entry)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(site->db, &tx);
    return result == 0 ? store_entry_shown(tx, photo->id, arena, entry) : result;
}

static bool is_sorted(char *manifest)
{
    char last[64] = "", *rest = NULL;
    for (char *line = strtok_r(manifest, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char key[64];
        snprintf(key, sizeof key, "%.*s", (int)strcspn(line, " "), line);
        if (!line[strlen(key)] || strcmp(last, key) >= 0)
            return false;
        memcpy(last, key, sizeof last);
    }
    return true;
}

TEST(a_record_opens_and_is_what_was_committed_to)
{
    struct site site;
    struct arena *arena = arena_new(1 << 20);
    struct store_entry entry;
    struct step_opening opening;
    uint8_t commitment[STORE_HASH];
    site_new(&site);
    struct photo photo = site_photo(&site);
    site_record(&site, STEP_RECEIVED, &photo);
    site_record(&site, STEP_POSTED, &photo);
    CHECK_INT(shown(&site, &photo, arena, &entry), 0);
    CHECK_INT(entry.step, STEP_POSTED);
    CHECK_INT(step_open(ledger_recorder(site.ledger), &entry, &photo, &opening), 0);
    step_commit(opening.salt, (struct span){(uint8_t *)opening.manifest, opening.len}, commitment);
    CHECK(memcmp(commitment, entry.commitment, STORE_HASH) == 0);
    CHECK(strstr(opening.manifest, "\nstep posted\n") != NULL);
    CHECK(strstr(opening.manifest, "\nprevious ") != NULL);
    CHECK(strstr(opening.manifest, "\nphoto_sha256 0200000000") != NULL);
    CHECK(strstr(opening.manifest, photo.delivery_id) != NULL);
    CHECK_INT(opening.len, strlen(opening.manifest));
    CHECK(is_sorted(opening.manifest));
    arena_free(&arena);
    site_end(&site);
}

TEST(a_photo_whose_key_is_destroyed_takes_its_records_along)
{
    struct site site;
    struct arena *arena = arena_new(1 << 20);
    struct store_entry entry;
    struct step_opening opening;
    uint8_t id[KEYS_ID];
    site_new(&site);
    struct photo photo = site_photo(&site);
    site_record(&site, STEP_POSTED, &photo);
    CHECK_INT(shown(&site, &photo, arena, &entry), 0);
    CHECK(entry.sealed.len > 0);
    CHECK(id_to_bytes(photo.id, id));
    CHECK_INT(keys_erase(site.keys, (uint32_t)photo.key_slot, id), 0);
    CHECK_INT(step_open(ledger_recorder(site.ledger), &entry, &photo, &opening), STEP_GONE);
    site_record(&site, STEP_ERASED, &photo);
    CHECK_INT(shown(&site, &photo, arena, &entry), 0);
    CHECK_INT(entry.sealed.len, 0);
    CHECK_INT(step_open(ledger_recorder(site.ledger), &entry, &photo, &opening), STEP_GONE);
    arena_free(&arena);
    site_end(&site);
}

TEST(a_record_of_another_photo_or_with_a_flipped_byte_does_not_open)
{
    struct site site;
    struct arena *arena = arena_new(1 << 20);
    struct store_entry entry;
    struct step_opening opening;
    site_new(&site);
    struct photo photo = site_photo(&site), other = site_photo(&site);
    site_record(&site, STEP_POSTED, &photo);
    CHECK_INT(shown(&site, &photo, arena, &entry), 0);
    CHECK(step_open(ledger_recorder(site.ledger), &entry, &other, &opening) < 0);
    ((uint8_t *)(uintptr_t)entry.sealed.data)[40] ^= 1;
    CHECK(step_open(ledger_recorder(site.ledger), &entry, &photo, &opening) < 0);
    arena_free(&arena);
    site_end(&site);
}

TEST(the_last_record_of_a_photo_says_nothing_of_its_bytes)
{
    struct site site;
    struct arena *arena = arena_new(1 << 20);
    struct store_entry last;
    struct step_opening opening;
    AUTO_DB_READ struct db_tx *tx = NULL;
    site_new(&site);
    struct photo photo = site_photo(&site);
    site_record(&site, STEP_POSTED, &photo);
    photo.key_slot = photo.staging_slot = -1;
    photo.reason = "by_recipient";
    site_record(&site, STEP_ERASED, &photo);
    CHECK_INT(db_read_begin(site.db, &tx), 0);
    CHECK_INT(store_entry_last(tx, photo.id, arena, &last), 0);
    CHECK_INT(last.step, STEP_ERASED);
    CHECK_INT(step_open(ledger_recorder(site.ledger), &last, &photo, &opening), 0);
    CHECK(strstr(opening.manifest, "\nreason by_recipient\nstep erased\n") != NULL);
    CHECK(strstr(opening.manifest, "sha256") == NULL && strstr(opening.manifest, "size") == NULL);
    CHECK(is_sorted(opening.manifest));
    db_read_end(&tx);
    arena_free(&arena);
    site_end(&site);
}

TEST(an_entry_of_the_log_is_a_commitment_and_nothing_else)
{
    char entry[STEP_ENTRY_ROOM];
    uint8_t zeros[STORE_HASH] = {0};
    step_entry(zeros, entry);
    CHECK_STR(entry,
              "porchlight-evidence/v1\ncommit AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
}

TAP_MAIN(TAP(a_record_opens_and_is_what_was_committed_to),
         TAP(a_photo_whose_key_is_destroyed_takes_its_records_along),
         TAP(a_record_of_another_photo_or_with_a_flipped_byte_does_not_open),
         TAP(the_last_record_of_a_photo_says_nothing_of_its_bytes),
         TAP(an_entry_of_the_log_is_a_commitment_and_nothing_else))
