/* SPDX-License-Identifier: Apache-2.0
 *
 * A change of the master key: nothing is lost when it is killed, or a call fails, at any step,
 * whoever keeps the master; and others go on reading and making keys meanwhile.
 */
#include <pthread.h>
#include <sys/wait.h>

#include "crypto/crypto.h"
#include "keys/test_keys.h"

enum { KEYS = 20 };

/* A place with KEYS keys in it. */
struct filled {
    struct place place;
    char given[2 * TAP_FOLDER_ROOM], next[2 * TAP_FOLDER_ROOM]; /* masters handed in */
    uint8_t made[KEYS][KEYS_KEY], secret[32];
};

enum master { MASTER_OURS, MASTER_HANDED_IN };

static void fill(struct filled *filled, enum master master)
{
    uint8_t bytes[32];
    place_new(&filled->place);
    snprintf(filled->given, sizeof filled->given, "%s/given", filled->place.root);
    snprintf(filled->next, sizeof filled->next, "%s/next", filled->place.root);
    if (master == MASTER_HANDED_IN) {
        crypto_random(bytes, sizeof bytes);
        write_file(filled->given, bytes, 32, 0600);
        crypto_random(bytes, sizeof bytes);
        write_file(filled->next, bytes, 32, 0600);
        filled->place.config.master_key_file = filled->given;
    }
    struct keys *keys = place_open(&filled->place);
    for (unsigned i = 0; i < KEYS; i++) {
        uint32_t slot = 99;
        CHECK_INT(keys_new(keys, test_id(i).bytes, filled->made[i], &slot), 0);
        CHECK_INT(slot, i);
    }
    keys_secret(keys, "test", filled->secret);
    CHECK_INT(keys_sync(keys), 0);
    keys_close(&keys);
}

/* All keys and secrets are what they were. */
static void check_whole(const struct filled *filled, struct keys *keys)
{
    uint8_t key[KEYS_KEY], secret[32];
    for (unsigned i = 0; i < KEYS; i++) {
        CHECK_INT(keys_load(keys, i, test_id(i).bytes, key), 0);
        CHECK(memcmp(key, filled->made[i], KEYS_KEY) == 0);
    }
    keys_secret(keys, "test", secret);
    CHECK(memcmp(secret, filled->secret, 32) == 0);
}

static void open_and_check(const struct filled *filled)
{
    struct keys *keys = place_open(&filled->place);
    check_whole(filled, keys);
    keys_close(&keys);
}

static bool exists(const struct filled *filled, const char *name)
{
    return access(place_path(&filled->place, name), F_OK) == 0;
}

TEST(our_own_master_is_changed_and_the_old_one_opens_nothing)
{
    static struct filled filled;
    uint8_t old[64], new[64];
    fill(&filled, MASTER_OURS);
    place_read(&filled.place, "master.key", old, sizeof old);
    struct keys *keys = place_open(&filled.place);
    CHECK_INT(keys_rotate(keys, filled.given), KEYS_WRONG_MASTER);
    CHECK_INT(keys_rotate(keys, NULL), 0);
    check_whole(&filled, keys);
    keys_close(&keys);
    CHECK_INT(place_read(&filled.place, "master.key", new, sizeof new), 32);
    CHECK(memcmp(old, new, 32) != 0);
    CHECK(!exists(&filled, "rotation"));
    open_and_check(&filled);
    write_file(place_path(&filled.place, "master.key"), old, 32, 0600);
    CHECK_INT(place_try(&filled.place), KEYS_WRONG_MASTER);
    tap_folder_remove(filled.place.root);
}

TEST(either_of_two_handed_in_masters_opens_until_the_next_one_did)
{
    static struct filled filled;
    struct keys_facts facts;
    uint8_t key[KEYS_KEY];
    uint32_t slot;
    fill(&filled, MASTER_HANDED_IN);
    struct keys *keys = place_open(&filled.place);
    CHECK_INT(keys_rotate(keys, NULL), KEYS_ABSENT);
    CHECK_INT(keys_rotate(keys, "/nonexistent"), KEYS_ABSENT);
    CHECK_INT(keys_rotate(keys, filled.given), KEYS_SAME_MASTER);
    CHECK_INT(keys_rotate(keys, filled.next), 0);
    CHECK_INT(keys_rotate(keys, filled.next), 0); /* again: nothing more to do */
    keys_look(keys, &facts);
    CHECK(facts.master_is_handed_in && facts.rotation_awaits_master);
    check_whole(&filled, keys);
    keys_close(&keys);

    keys = place_open(&filled.place); /* restarted with the old one */
    check_whole(&filled, keys);
    CHECK_INT(keys_new(keys, test_id(KEYS).bytes, key, &slot), 0);
    CHECK_INT(keys_sync(keys), 0);
    CHECK_INT(keys_rotate(keys, filled.given), KEYS_UNFINISHED);
    keys_close(&keys);

    filled.place.config.master_key_file = filled.next;
    keys = place_open(&filled.place);
    check_whole(&filled, keys);
    CHECK_INT(keys_load(keys, slot, test_id(KEYS).bytes, key), 0);
    keys_look(keys, &facts);
    CHECK(!facts.rotation_awaits_master);
    keys_close(&keys);
    CHECK(!exists(&filled, "rotation"));
    filled.place.config.master_key_file = filled.given;
    CHECK_INT(place_try(&filled.place), KEYS_WRONG_MASTER);
    tap_folder_remove(filled.place.root);
}

/* Rotates in a child with step n breaking; the child's exit status. */
static int rotate_in_child(const struct filled *filled, unsigned n, int error)
{
    pid_t child = fork();
    if (child == 0) {
        struct keys *keys = NULL;
        if (keys_open(&filled->place.config, &keys) != 0)
            _exit(1);
        tap_break_at(n, error);
        int result = keys_rotate(keys, filled->place.config.master_key_file ? filled->next : NULL);
        _exit(result == 0 ? 0 : 2);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Breaks a rotation at each step in turn, and opens what is left. */
static void break_everywhere(enum master master, int error, int expected)
{
    static struct filled filled;
    unsigned n = 1;
    for (int status = -1; status != 0 && n < 100; n++) {
        fill(&filled, master);
        status = rotate_in_child(&filled, n, error);
        CHECK(status == 0 || status == expected);
        open_and_check(&filled);
        open_and_check(&filled); /* what the first opening finished, too */
        if (master == MASTER_HANDED_IN && exists(&filled, "rotation")) {
            filled.place.config.master_key_file = filled.next;
            open_and_check(&filled);
            open_and_check(&filled);
        }
        CHECK(!exists(&filled, "rotation"));
        tap_folder_remove(filled.place.root);
    }
    CHECK(n > KEYS && n < 100);
}

TEST(killed_at_any_step_with_our_own_master)
{
    break_everywhere(MASTER_OURS, TAP_BREAK_KILL, TAP_BREAK_STATUS);
}

TEST(killed_at_any_step_with_a_master_handed_in)
{
    break_everywhere(MASTER_HANDED_IN, TAP_BREAK_KILL, TAP_BREAK_STATUS);
}

TEST(any_call_failing_loses_nothing)
{
    break_everywhere(MASTER_OURS, EIO, 2);
    break_everywhere(MASTER_HANDED_IN, EIO, 2);
}

/* The opening that finishes a rotation is killed at each step, too. */
TEST(killed_while_taking_it_up_again)
{
    static struct filled filled;
    unsigned n = 1;
    for (int status = -1; status != 0 && n < 100; n++) {
        fill(&filled, MASTER_OURS);
        CHECK_INT(rotate_in_child(&filled, 12, TAP_BREAK_KILL), TAP_BREAK_STATUS);
        pid_t child = fork();
        if (child == 0) {
            struct keys *keys = NULL;
            tap_break_at(n, TAP_BREAK_KILL);
            _exit(keys_open(&filled.place.config, &keys));
        }
        waitpid(child, &status, 0);
        status = WEXITSTATUS(status);
        CHECK(status == 0 || status == TAP_BREAK_STATUS);
        open_and_check(&filled);
        CHECK(!exists(&filled, "rotation"));
        tap_folder_remove(filled.place.root);
    }
    CHECK(n > 10 && n < 100);
}

TEST(a_damaged_rotation_file_is_refused)
{
    static struct filled filled;
    uint8_t file[1024];
    fill(&filled, MASTER_HANDED_IN);
    struct keys *keys = place_open(&filled.place);
    CHECK_INT(keys_rotate(keys, filled.next), 0);
    keys_close(&keys);
    size_t len = place_read(&filled.place, "rotation", file, sizeof file);
    CHECK_INT(len, 152);
    for (size_t i = 0; i < len; i++) {
        file[i] ^= 4;
        write_file(place_path(&filled.place, "rotation"), file, len, 0600);
        int result = place_try(&filled.place);
        /* The half that is under the other master cannot be judged with this one. */
        CHECK(result == KEYS_DAMAGED || result == KEYS_WRONG_MASTER ||
              (result == 0 && i >= len / 2));
        file[i] ^= 4;
    }
    write_file(place_path(&filled.place, "rotation"), file, len - 1, 0600);
    CHECK_INT(place_try(&filled.place), KEYS_DAMAGED);
    write_file(place_path(&filled.place, "rotation"), file, len, 0600);
    open_and_check(&filled);
    tap_folder_remove(filled.place.root);
}

struct busy {
    struct filled *filled;
    struct keys *keys;
    _Atomic bool stop;
    _Atomic unsigned wrong, rounds;
};

static void *load_and_make(void *arg)
{
    struct busy *busy = arg;
    uint8_t key[KEYS_KEY];
    do {
        for (unsigned i = 0; i < KEYS; i++)
            if (keys_load(busy->keys, i, test_id(i).bytes, key) != 0 ||
                memcmp(key, busy->filled->made[i], KEYS_KEY) != 0)
                busy->wrong++;
        uint32_t slot;
        struct test_id id = test_id(1000 + busy->rounds++);
        if (keys_new(busy->keys, id.bytes, key, &slot) != 0 ||
            keys_load(busy->keys, slot, id.bytes, key) != 0 ||
            keys_erase(busy->keys, slot, id.bytes) != 0)
            busy->wrong++;
    } while (!busy->stop);
    return NULL;
}

TEST(others_go_on_meanwhile)
{
    static struct filled filled;
    pthread_t threads[3];
    fill(&filled, MASTER_OURS);
    struct busy busy = {.filled = &filled, .keys = place_open(&filled.place)};
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        CHECK_INT(pthread_create(&threads[i], NULL, load_and_make, &busy), 0);
    for (int i = 0; i < 10; i++)
        CHECK_INT(keys_rotate(busy.keys, NULL), 0);
    busy.stop = true;
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(busy.wrong, 0);
    CHECK(busy.rounds > 3);
    keys_close(&busy.keys);
    open_and_check(&filled);
    tap_folder_remove(filled.place.root);
}

TAP_MAIN(TAP(our_own_master_is_changed_and_the_old_one_opens_nothing),
         TAP(either_of_two_handed_in_masters_opens_until_the_next_one_did),
         TAP(killed_at_any_step_with_our_own_master),
         TAP(killed_at_any_step_with_a_master_handed_in), TAP(any_call_failing_loses_nothing),
         TAP(killed_while_taking_it_up_again), TAP(a_damaged_rotation_file_is_refused),
         TAP(others_go_on_meanwhile))
