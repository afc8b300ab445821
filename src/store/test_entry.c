/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries: in order, without gaps, and what an erasure leaves of them.
 */
#include "store/entry.h"
#include "store/test_help.h"

static struct store_entry entry_of(const char *photo_id, enum ledger_step step, uint8_t mark)
{
    static const uint8_t sealed[] = "sealed";
    struct store_entry entry = {.step = step, .sealed = {sealed, sizeof sealed}, .at = 1000 + mark};
    memcpy(entry.photo_id, photo_id, ID_ROOM);
    memset(entry.commitment, mark, STORE_HASH);
    return entry;
}

STORE_TEST(entries_are_numbered_as_they_come)
{
    char photo[ID_ROOM];
    uint8_t found[5][STORE_HASH];
    int64_t seq = -1;
    int count = -1;
    id_new(ID_PHOTO, photo);
    CHECK_INT(store_entry_count(tx, &seq), 0);
    CHECK_INT(seq, 0);
    for (int i = 1; i <= 7; i++) {
        struct store_entry entry = entry_of(photo, STEP_LOOKED, (uint8_t)i);
        CHECK_INT(store_entry_add(tx, &entry), 0);
    }
    CHECK_INT(store_entry_count(tx, &seq), 0);
    CHECK_INT(seq, 7);
    CHECK_INT(store_entry_commitments(tx, 0, 5, found, &count), 0);
    CHECK_INT(count, 5);
    CHECK_INT(found[4][0], 5);
    CHECK_INT(store_entry_commitments(tx, 5, 5, found, &count), 0);
    CHECK_INT(count, 2);
    CHECK_INT(found[1][31], 7);
    CHECK_INT(store_entry_commitments(tx, 7, 5, found, &count), 0);
    CHECK_INT(count, 0);
}

STORE_TEST(a_photo_has_a_last_entry_and_one_that_shows_it)
{
    char photo[ID_ROOM], other[ID_ROOM];
    static const enum ledger_step steps[] = {STEP_RECEIVED, STEP_POSTED, STEP_LOOKED};
    struct store_entry found;
    id_new(ID_PHOTO, photo);
    id_new(ID_PHOTO, other);
    CHECK_INT(store_entry_last(tx, photo, NULL, &found), STORE_NOT_FOUND);
    for (int i = 0; i < 3; i++) {
        struct store_entry entry = entry_of(photo, steps[i], (uint8_t)(i + 1));
        CHECK_INT(store_entry_add(tx, &entry), 0);
        entry = entry_of(other, STEP_RECEIVED, 9);
        CHECK_INT(store_entry_add(tx, &entry), 0);
    }
    CHECK_INT(store_entry_last(tx, photo, NULL, &found), 0);
    CHECK(found.step == STEP_LOOKED && found.seq == 5 && found.sealed.len == 0);
    CHECK_INT(store_entry_shown(tx, photo, arena, &found), 0);
    CHECK(found.step == STEP_POSTED && found.seq == 3 && found.at == 1002);
    CHECK_INT(found.sealed.len, 7);
    CHECK_INT(store_entry_shown(tx, other, arena, &found), STORE_NOT_FOUND);
}

STORE_TEST(what_is_forgotten_keeps_its_commitment)
{
    char photo[ID_ROOM];
    struct store_entry found, entry;
    id_new(ID_PHOTO, photo);
    entry = entry_of(photo, STEP_POSTED, 1);
    CHECK_INT(store_entry_add(tx, &entry), 0);
    CHECK_INT(store_entry_forget(tx, photo), 0);
    CHECK_INT(store_entry_forget(tx, photo), 0);
    CHECK_INT(store_entry_shown(tx, photo, arena, &found), 0);
    CHECK_INT(found.sealed.len, 0);
    CHECK(memcmp(found.commitment, entry.commitment, STORE_HASH) == 0);
}

TAP_MAIN(TAP(entries_are_numbered_as_they_come),
         TAP(a_photo_has_a_last_entry_and_one_that_shows_it),
         TAP(what_is_forgotten_keeps_its_commitment))
