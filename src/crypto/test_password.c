/* SPDX-License-Identifier: Apache-2.0 */

#include <pthread.h>
#include <time.h>

#include "base/tap.h"
#include "crypto/password.h"

TEST(the_right_password_matches_and_others_do_not)
{
    char hash[PASSWORD_ROOM], again[PASSWORD_ROOM];
    CHECK_INT(password_hash("correct horse", hash), 0);
    CHECK(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0);
    CHECK_INT(password_check("correct horse", hash), 0);
    CHECK_INT(password_check("correct horsf", hash), PASSWORD_WRONG);
    CHECK_INT(password_check("correct horse ", hash), PASSWORD_WRONG);
    CHECK_INT(password_check("", hash), PASSWORD_WRONG);
    CHECK_INT(password_hash("correct horse", again), 0);
    CHECK(strcmp(hash, again) != 0);
}

TEST(a_password_over_the_ceiling_is_refused)
{
    char password[PASSWORD_CEILING + 2], hash[PASSWORD_ROOM];
    memset(password, 'p', sizeof password);
    password[PASSWORD_CEILING + 1] = '\0';
    CHECK_INT(password_hash(password, hash), PASSWORD_TOO_LONG);
    CHECK_INT(password_check(password, NULL), PASSWORD_WRONG);
    password[PASSWORD_CEILING] = '\0';
    CHECK_INT(password_hash(password, hash), 0);
    CHECK_INT(password_check(password, hash), 0);
}

TEST(a_malformed_hash_never_matches)
{
    static const char *const hashes[] = {"", "x", "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$12$abc",
                                         "$argon2id$v=19$m=4294967295,t=2,p=1$AAAA$AAAA"};
    for (size_t i = 0; i < ARRAY_LEN(hashes); i++)
        CHECK_INT(password_check("", hashes[i]), PASSWORD_WRONG);
}

static double seconds_of_check(const char *hash)
{
    struct timespec from, to;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    CHECK_INT(password_check("guess", hash), PASSWORD_WRONG);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

TEST(an_account_that_does_not_exist_takes_as_long)
{
    char hash[PASSWORD_ROOM];
    CHECK_INT(password_hash("something", hash), 0);
    double real = 1e9, nobody = 1e9;
    for (int i = 0; i < 3; i++) {
        double a = seconds_of_check(hash), b = seconds_of_check(NULL);
        real = a < real ? a : real;
        nobody = b < nobody ? b : nobody;
    }
    CHECK(nobody > real / 2 && nobody < real * 2);
}

static void *one_hash(void *hash)
{
    return password_hash("together", hash) == 0 ? hash : NULL;
}

TEST(more_callers_than_turns_all_get_theirs)
{
    pthread_t threads[PASSWORD_AT_ONCE * 2 + 1];
    char hashes[ARRAY_LEN(threads)][PASSWORD_ROOM];
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        CHECK_INT(pthread_create(&threads[i], NULL, one_hash, hashes[i]), 0);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        void *done = NULL;
        pthread_join(threads[i], &done);
        CHECK(done == hashes[i]);
    }
}

TAP_MAIN(TAP(the_right_password_matches_and_others_do_not),
         TAP(a_password_over_the_ceiling_is_refused), TAP(a_malformed_hash_never_matches),
         TAP(an_account_that_does_not_exist_takes_as_long),
         TAP(more_callers_than_turns_all_get_theirs))
