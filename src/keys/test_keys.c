/* SPDX-License-Identifier: Apache-2.0
 *
 * R8: where keys lie and who may read them. R9: an erased key is gone from the disk. Each refusal
 * to open, each way a slot can be spoilt, a full disk, and a first start killed at every step.
 */
#include <sys/wait.h>

#include "crypto/crypto.h"
#include "crypto/sign.h"
#include "keys/test_keys.h"
#include "keys/wrap.h"

static mode_t mode_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_mode & 0777 : 0;
}

TEST(a_first_start_makes_folder_master_and_secrets)
{
    struct place place;
    uint8_t public[2][KEYS_PUBLIC], secret[2][32], other[32], file[256];
    place_new(&place);
    CHECK_INT(keys_probe(&place.config), KEYS_ABSENT);
    for (int i = 0; i < 2; i++) {
        struct keys *keys = place_open(&place);
        keys_public(keys, public[i]);
        keys_secret(keys, "tracking tokens", secret[i]);
        keys_secret(keys, "cookies", other);
        keys_close(&keys);
        CHECK(keys == NULL);
        CHECK_INT(keys_probe(&place.config), 0);
    }
    CHECK(memcmp(public[0], public[1], KEYS_PUBLIC) == 0);
    CHECK(memcmp(secret[0], secret[1], 32) == 0);
    CHECK(memcmp(secret[0], other, 32) != 0);
    CHECK_INT(mode_of(place.keys), 0700);
    CHECK_INT(mode_of(place_path(&place, "master.key")), 0600);
    CHECK_INT(mode_of(place_path(&place, "secrets")), 0600);
    CHECK_INT(mode_of(place_path(&place, "slots")), 0600);
    CHECK_INT(place_read(&place, "master.key", file, sizeof file), 32);
    tap_folder_remove(place.root);
}

TEST(secrets_can_be_read_beside_the_process_that_has_the_folder)
{
    struct place place;
    struct keys *beside = NULL;
    uint8_t public[2][KEYS_PUBLIC], secret[2][32];
    place_new(&place);
    CHECK_INT(keys_open_secrets(&place.config, &beside), KEYS_ABSENT);
    CHECK(beside == NULL);
    struct keys *keys = place_open(&place);
    CHECK_INT(place_try(&place), KEYS_IN_USE);
    CHECK_INT(keys_open_secrets(&place.config, &beside), 0);
    keys_public(keys, public[0]);
    keys_public(beside, public[1]);
    keys_secret(keys, "test", secret[0]);
    keys_secret(beside, "test", secret[1]);
    CHECK(memcmp(public[0], public[1], KEYS_PUBLIC) == 0);
    CHECK(memcmp(secret[0], secret[1], 32) == 0);
    keys_close(&beside);
    CHECK_INT(place_try(&place), KEYS_IN_USE); /* it let go of no lock of the other's */
    keys_close(&keys);
    tap_folder_remove(place.root);
}

TEST(nothing_is_made_where_it_must_exist)
{
    struct place place;
    place_new(&place);
    place.config.make = KEYS_MUST_EXIST;
    CHECK_INT(place_try(&place), KEYS_ABSENT);
    CHECK_INT(mode_of(place.keys), 0);
    mkdir(place.keys, 0700);
    CHECK_INT(place_try(&place), KEYS_ABSENT);
    CHECK_INT(mode_of(place_path(&place, "master.key")), 0);
    tap_folder_remove(place.root);
}

TEST(a_keys_folder_inside_the_data_folder_is_refused)
{
    struct place place;
    char inside[2 * TAP_FOLDER_ROOM], link[2 * TAP_FOLDER_ROOM];
    place_new(&place);
    snprintf(inside, sizeof inside, "%s/keys", place.data);
    place.config.folder = inside;
    CHECK_INT(place_try(&place), KEYS_INSIDE_DATA);
    CHECK_INT(mode_of(inside), 0); /* and not left behind */
    place.config.folder = place.data;
    CHECK_INT(place_try(&place), KEYS_INSIDE_DATA);
    snprintf(link, sizeof link, "%s/link", place.root);
    CHECK_INT(symlink(place.data, link), 0);
    snprintf(inside, sizeof inside, "%s/link/keys", place.root);
    place.config.folder = inside;
    CHECK_INT(place_try(&place), KEYS_INSIDE_DATA);
    /* A name that only begins alike is beside it. */
    place.config.folder = place.keys;
    CHECK_INT(place_try(&place), 0);
    tap_folder_remove(place.root);
}

TEST(folder_or_master_open_to_others_is_refused)
{
    static const mode_t folder_modes[] = {0750, 0701, 0755}, file_modes[] = {0640, 0604, 0660};
    struct place place;
    place_new(&place);
    CHECK_INT(place_try(&place), 0);
    for (size_t i = 0; i < ARRAY_LEN(folder_modes); i++) {
        chmod(place.keys, folder_modes[i]);
        CHECK_INT(place_try(&place), KEYS_EXPOSED);
        CHECK_INT(keys_probe(&place.config), KEYS_EXPOSED);
    }
    chmod(place.keys, 0700);
    for (size_t i = 0; i < ARRAY_LEN(file_modes); i++) {
        chmod(place_path(&place, "master.key"), file_modes[i]);
        CHECK_INT(place_try(&place), KEYS_EXPOSED);
        CHECK_INT(keys_probe(&place.config), KEYS_EXPOSED);
    }
    chmod(place_path(&place, "master.key"), 0400);
    CHECK_INT(place_try(&place), 0);
    tap_folder_remove(place.root);
}

TEST(a_master_of_the_wrong_size_or_another_one_is_told_apart)
{
    static const size_t sizes[] = {0, 1, 31, 33, 64, 4096};
    static const uint8_t bytes[4096] = {1, 2, 3};
    struct place place;
    place_new(&place);
    CHECK_INT(place_try(&place), 0);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        write_file(place_path(&place, "master.key"), bytes, sizes[i], 0600);
        CHECK_INT(place_try(&place), KEYS_BAD_MASTER);
    }
    write_file(place_path(&place, "master.key"), bytes, 32, 0600);
    CHECK_INT(place_try(&place), KEYS_WRONG_MASTER);
    CHECK_INT(keys_probe(&place.config), KEYS_WRONG_MASTER);
    unlink(place_path(&place, "master.key"));
    mkdir(place_path(&place, "master.key"), 0700);
    CHECK_INT(place_try(&place), KEYS_BAD_MASTER);
    tap_folder_remove(place.root);
}

TEST(what_was_lost_is_not_made_anew)
{
    static const char *const names[] = {"master.key", "secrets", "slots"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct place place;
        uint8_t key[KEYS_KEY];
        uint32_t slot;
        place_new(&place);
        struct keys *keys = place_open(&place);
        CHECK_INT(keys_new(keys, test_id(1).bytes, key, &slot), 0);
        CHECK_INT(keys_sync(keys), 0);
        keys_close(&keys);
        unlink(place_path(&place, names[i]));
        CHECK_INT(place_try(&place), KEYS_ABSENT);
        CHECK_INT(keys_probe(&place.config), KEYS_ABSENT);
        CHECK_INT(mode_of(place_path(&place, names[i])), 0);
        tap_folder_remove(place.root);
    }
}

TEST(any_flipped_byte_of_the_secrets_is_noticed)
{
    struct place place;
    uint8_t file[256];
    place_new(&place);
    CHECK_INT(place_try(&place), 0);
    size_t len = place_read(&place, "secrets", file, sizeof file);
    CHECK_INT(len, WRAP_BOX_LEN(64));
    for (size_t i = 0; i <= len; i++) {
        file[i] ^= 1; /* the last round writes one byte more */
        write_file(place_path(&place, "secrets"), file, i == len ? len + 1 : len, 0600);
        int result = place_try(&place);
        CHECK(result == KEYS_DAMAGED || (i >= 8 && i < 16 && result == KEYS_WRONG_MASTER));
        file[i] ^= 1;
    }
    write_file(place_path(&place, "secrets"), file, len - 1, 0600);
    CHECK_INT(place_try(&place), KEYS_DAMAGED);
    tap_folder_remove(place.root);
}

TEST(one_process_at_a_time)
{
    struct place place;
    place_new(&place);
    struct keys *keys = place_open(&place);
    CHECK_INT(place_try(&place), KEYS_IN_USE);
    CHECK_INT(keys_probe(&place.config), 0);
    keys_close(&keys);
    CHECK_INT(place_try(&place), 0);
    tap_folder_remove(place.root);
}

TEST(the_master_is_taken_from_outside)
{
    struct place place;
    char file[2 * TAP_FOLDER_ROOM];
    uint8_t master[32];
    place_new(&place);
    crypto_random(master, sizeof master);
    snprintf(file, sizeof file, "%s/handed-in", place.root);
    place.config.master_key_file = file;
    CHECK_INT(place_try(&place), KEYS_ABSENT);
    write_file(file, master, 32, 0640);
    CHECK_INT(place_try(&place), KEYS_EXPOSED);
    write_file(file, master, 32, 0600);
    CHECK_INT(place_try(&place), 0);
    CHECK_INT(mode_of(place_path(&place, "master.key")), 0);
    tap_folder_remove(place.root);
}

TEST(the_master_is_taken_from_a_systemd_credential)
{
    struct place place;
    char file[2 * TAP_FOLDER_ROOM];
    uint8_t master[32];
    place_new(&place);
    crypto_random(master, sizeof master);
    setenv("CREDENTIALS_DIRECTORY", place.root, 1);
    snprintf(file, sizeof file, "%s/porchlight-master-key", place.root);
    write_file(file, master, 32, 0440); /* as systemd's ACL shows itself */
    CHECK_INT(place_try(&place), 0);
    CHECK_INT(mode_of(place_path(&place, "master.key")), 0);
    write_file(file, master, 32, 0444);
    CHECK_INT(place_try(&place), KEYS_EXPOSED);
    /* The setting, when there is one, comes first. */
    place.config.master_key_file = "/nonexistent";
    CHECK_INT(place_try(&place), KEYS_ABSENT);
    unsetenv("CREDENTIALS_DIRECTORY");
    tap_folder_remove(place.root);
}

TEST(keys_are_found_again_by_slot_and_id_only)
{
    struct place place;
    uint8_t made[3][KEYS_KEY], key[KEYS_KEY];
    uint32_t slots[3];
    place_new(&place);
    struct keys *keys = place_open(&place);
    for (unsigned i = 0; i < 3; i++)
        CHECK_INT(keys_new(keys, test_id(i).bytes, made[i], &slots[i]), 0);
    CHECK_INT(keys_sync(keys), 0);
    keys_close(&keys);
    keys = place_open(&place);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_INT(keys_load(keys, slots[i], test_id(i).bytes, key), 0);
        CHECK(memcmp(key, made[i], KEYS_KEY) == 0);
        CHECK_INT(keys_load(keys, slots[i], test_id(i + 1).bytes, key), KEYS_GONE);
    }
    CHECK_INT(keys_load(keys, slots[2] + 1, test_id(2).bytes, key), KEYS_GONE);
    CHECK_INT(keys_load(keys, 1u << 30, test_id(2).bytes, key), KEYS_GONE);
    CHECK_INT(keys_load(keys, UINT32_MAX, test_id(2).bytes, key), KEYS_GONE);
    CHECK(memcmp(made[0], made[1], KEYS_KEY) != 0);
    keys_close(&keys);
    tap_folder_remove(place.root);
}

TEST(an_erased_key_is_zeros_on_the_disk)
{
    static const uint8_t zeros[WRAP_SLOT];
    static uint8_t before[256 << 10], after[256 << 10];
    struct place place;
    uint8_t key[KEYS_KEY];
    uint32_t kept, erased;
    place_new(&place);
    struct keys *keys = place_open(&place);
    CHECK_INT(keys_new(keys, test_id(1).bytes, key, &erased), 0);
    CHECK_INT(keys_new(keys, test_id(2).bytes, key, &kept), 0);
    CHECK_INT(keys_sync(keys), 0);
    size_t len = place_read(&place, "slots", before, sizeof before);
    CHECK(!memmem(before, len, key, KEYS_KEY)); /* never plain */
    CHECK_INT(keys_erase(keys, erased, test_id(1).bytes), 0);
    CHECK_INT(keys_sync(keys), 0);
    CHECK_INT(place_read(&place, "slots", after, sizeof after), len);
    CHECK(memcmp(after + (size_t)erased * WRAP_SLOT, zeros, WRAP_SLOT) == 0);
    CHECK(memcmp(after + (size_t)kept * WRAP_SLOT, before + (size_t)kept * WRAP_SLOT, WRAP_SLOT) ==
          0);
    CHECK_INT(keys_load(keys, erased, test_id(1).bytes, key), KEYS_GONE);
    keys_close(&keys);
    keys = place_open(&place);
    CHECK_INT(keys_load(keys, erased, test_id(1).bytes, key), KEYS_GONE);
    CHECK_INT(keys_load(keys, kept, test_id(2).bytes, key), 0);
    keys_close(&keys);
    tap_folder_remove(place.root);
}

TEST(an_erasure_repeated_never_hits_the_next_owner)
{
    struct place place;
    uint8_t key[KEYS_KEY];
    uint32_t first, second;
    place_new(&place);
    struct keys *keys = place_open(&place);
    CHECK_INT(keys_new(keys, test_id(1).bytes, key, &first), 0);
    CHECK_INT(keys_erase(keys, first, test_id(1).bytes), 0);
    CHECK_INT(keys_new(keys, test_id(2).bytes, key, &second), 0);
    CHECK_INT(second, first); /* the slot is used again */
    CHECK_INT(keys_erase(keys, first, test_id(1).bytes), KEYS_GONE);
    CHECK_INT(keys_load(keys, second, test_id(2).bytes, key), 0);
    CHECK_INT(keys_erase(keys, second, test_id(2).bytes), 0);
    CHECK_INT(keys_erase(keys, second, test_id(2).bytes), KEYS_GONE);
    CHECK_INT(keys_erase(keys, 1u << 30, test_id(2).bytes), KEYS_GONE);
    keys_close(&keys);
    tap_folder_remove(place.root);
}

TEST(any_flipped_byte_of_a_slot_never_gives_a_key)
{
    static uint8_t file[256 << 10];
    struct place place;
    uint8_t key[KEYS_KEY];
    uint32_t slot;
    place_new(&place);
    struct keys *keys = place_open(&place);
    CHECK_INT(keys_new(keys, test_id(1).bytes, key, &slot), 0);
    size_t len = place_read(&place, "slots", file, sizeof file);
    int fd = open(place_path(&place, "slots"), O_RDWR | O_CLOEXEC);
    for (size_t i = 0; i < WRAP_SLOT; i++) {
        uint8_t flipped = file[i] ^ 0x20;
        CHECK_INT(pwrite(fd, &flipped, 1, (off_t)i), 1);
        CHECK_INT(keys_load(keys, slot, test_id(1).bytes, key), KEYS_DAMAGED);
        CHECK_INT(pwrite(fd, file + i, 1, (off_t)i), 1);
    }
    CHECK_INT(keys_load(keys, slot, test_id(1).bytes, key), 0);
    /* A slot copied to another place does not open there. */
    CHECK_INT(pwrite(fd, file, WRAP_SLOT, WRAP_SLOT), WRAP_SLOT);
    CHECK_INT(keys_load(keys, 1, test_id(1).bytes, key), KEYS_DAMAGED);
    CHECK(len > WRAP_SLOT);
    close(fd);
    keys_close(&keys);
    tap_folder_remove(place.root);
}

struct tally {
    struct keys *keys;
    unsigned seen;
    bool erase;
};

static int count_visit(void *context, uint32_t slot, const uint8_t id[KEYS_ID])
{
    struct tally *tally = context;
    tally->seen++;
    return tally->erase ? keys_erase(tally->keys, slot, id) : 0;
}

TEST(thousands_of_keys_are_counted_visited_and_swept)
{
    enum { COUNT = 3000 };
    struct place place;
    struct keys_facts facts;
    uint8_t key[KEYS_KEY];
    uint32_t slot = 0;
    place_new(&place);
    struct keys *keys = place_open(&place);
    for (unsigned i = 0; i < COUNT; i++) {
        CHECK_INT(keys_new(keys, test_id(i).bytes, key, &slot), 0);
        CHECK_INT(slot, i);
    }
    CHECK_INT(keys_sync(keys), 0);
    keys_close(&keys);
    keys = place_open(&place);
    struct tally tally = {.keys = keys};
    CHECK_INT(keys_each(keys, count_visit, &tally), 0);
    CHECK_INT(tally.seen, COUNT);
    keys_look(keys, &facts);
    CHECK_INT(facts.slots_used, COUNT);
    CHECK_INT(facts.slots, 3072);
    CHECK(!facts.master_is_handed_in && !facts.rotation_awaits_master);
    CHECK_INT(keys_erase(keys, 1234, test_id(1234).bytes), 0);
    CHECK_INT(keys_new(keys, test_id(COUNT).bytes, key, &slot), 0);
    CHECK_INT(slot, 1234); /* the gap first */
    tally = (struct tally){.keys = keys, .erase = true};
    CHECK_INT(keys_each(keys, count_visit, &tally), 0);
    CHECK_INT(tally.seen, COUNT);
    keys_look(keys, &facts);
    CHECK_INT(facts.slots_used, 0);
    keys_close(&keys);
    tap_folder_remove(place.root);
}

TEST(a_full_disk_is_named_and_passes)
{
    struct place place;
    uint8_t key[KEYS_KEY], again[KEYS_KEY];
    uint32_t slot = 0, refused = 77;
    place_new(&place);
    struct keys *keys = place_open(&place);
    for (unsigned i = 0; i < 512; i++)
        CHECK_INT(keys_new(keys, test_id(i).bytes, key, &slot), 0);
    tap_break_at(1, ENOSPC);
    CHECK_INT(keys_new(keys, test_id(512).bytes, again, &refused), KEYS_FULL);
    CHECK_INT(refused, 77);
    tap_break_at(0, 0);
    CHECK_INT(keys_load(keys, slot, test_id(511).bytes, again), 0);
    CHECK(memcmp(key, again, KEYS_KEY) == 0);
    CHECK_INT(keys_new(keys, test_id(512).bytes, key, &slot), 0);
    CHECK_INT(slot, 512);
    CHECK_INT(keys_sync(keys), 0);
    keys_close(&keys);
    tap_folder_remove(place.root);
}

TEST(a_failed_sync_is_a_fault_for_ever)
{
    struct place place;
    uint8_t key[KEYS_KEY];
    uint32_t slot;
    place_new(&place);
    struct keys *keys = place_open(&place);
    CHECK_INT(keys_new(keys, test_id(1).bytes, key, &slot), 0);
    tap_break_at(1, EIO);
    CHECK_INT(keys_sync(keys), -EIO);
    tap_break_at(0, 0);
    CHECK_INT(keys_sync(keys), -EIO);
    CHECK_INT(keys_new(keys, test_id(2).bytes, key, &slot), -EIO);
    CHECK_INT(keys_erase(keys, 0, test_id(1).bytes), -EIO);
    CHECK_INT(keys_load(keys, 0, test_id(1).bytes, key), 0); /* reading goes on */
    keys_close(&keys);
    CHECK_INT(place_try(&place), 0);
    tap_folder_remove(place.root);
}

/* Opens in a child that breaks at step n; true when the child got through. */
static bool first_start_survives(const struct place *place, unsigned n)
{
    pid_t child = fork();
    if (child == 0) {
        struct keys *keys = NULL;
        tap_break_at(n, TAP_BREAK_KILL);
        _exit(keys_open(&place->config, &keys));
    }
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status) == 0;
}

TEST(a_first_start_killed_at_any_step_is_taken_up_again)
{
    unsigned n = 1;
    for (bool through = false; !through && n < 50; n++) {
        struct place place;
        place_new(&place);
        through = first_start_survives(&place, n);
        CHECK_INT(place_try(&place), 0);
        tap_folder_remove(place.root);
    }
    CHECK(n > 6 && n < 50);
}

TEST(a_first_start_on_a_full_disk_is_refused_and_passes)
{
    for (unsigned n = 1; n < 12; n++) {
        struct place place;
        place_new(&place);
        tap_break_at(n, ENOSPC);
        tap_break.for_good = true;
        int result = place_try(&place);
        CHECK(result == 0 || result == KEYS_FULL || result == -ENOSPC);
        tap_break_at(0, 0);
        CHECK_INT(place_try(&place), 0);
        tap_folder_remove(place.root);
    }
}

TEST(signatures_check_against_the_public_key)
{
    struct place place;
    uint8_t public[KEYS_PUBLIC], signature[KEYS_SIGNATURE];
    struct span text = {(const uint8_t *)"receipt", 7};
    place_new(&place);
    struct keys *keys = place_open(&place);
    keys_sign(keys, text, signature);
    keys_public(keys, public);
    keys_close(&keys);
    CHECK(sign_check(public, text, signature));
    tap_folder_remove(place.root);
}

TEST(every_outcome_has_its_sentence)
{
    for (int outcome = KEYS_GONE; outcome <= KEYS_FULL; outcome++)
        CHECK(strcmp(keys_outcome_text(outcome), keys_outcome_text(-EIO)) != 0);
}

TAP_MAIN(TAP(a_first_start_makes_folder_master_and_secrets),
         TAP(secrets_can_be_read_beside_the_process_that_has_the_folder),
         TAP(nothing_is_made_where_it_must_exist),
         TAP(a_keys_folder_inside_the_data_folder_is_refused),
         TAP(folder_or_master_open_to_others_is_refused),
         TAP(a_master_of_the_wrong_size_or_another_one_is_told_apart),
         TAP(what_was_lost_is_not_made_anew), TAP(any_flipped_byte_of_the_secrets_is_noticed),
         TAP(one_process_at_a_time), TAP(the_master_is_taken_from_outside),
         TAP(the_master_is_taken_from_a_systemd_credential),
         TAP(keys_are_found_again_by_slot_and_id_only), TAP(an_erased_key_is_zeros_on_the_disk),
         TAP(an_erasure_repeated_never_hits_the_next_owner),
         TAP(any_flipped_byte_of_a_slot_never_gives_a_key),
         TAP(thousands_of_keys_are_counted_visited_and_swept), TAP(a_full_disk_is_named_and_passes),
         TAP(a_failed_sync_is_a_fault_for_ever),
         TAP(a_first_start_killed_at_any_step_is_taken_up_again),
         TAP(a_first_start_on_a_full_disk_is_refused_and_passes),
         TAP(signatures_check_against_the_public_key), TAP(every_outcome_has_its_sentence))
