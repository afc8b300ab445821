/* SPDX-License-Identifier: Apache-2.0
 *
 * argon2id by libsodium at 19 MB and two passes, the cost that OWASP gives for it: libsodium's own
 * "interactive" 64 MB would let a handful of sign-ins double the server's memory. A semaphore
 * bounds how many run.
 */
#include "crypto/password.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sodium.h>

#include "base/log.h"

enum { MEMORY = 19 << 20, PASSES = 2 };

static_assert(PASSWORD_ROOM >= crypto_pwhash_argon2id_STRBYTES, "room for a hash");

static pthread_mutex_t turn_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_free = PTHREAD_COND_INITIALIZER;
static int turns = PASSWORD_AT_ONCE;

static void turn_take(void)
{
    pthread_mutex_lock(&turn_lock);
    while (turns == 0)
        pthread_cond_wait(&turn_free, &turn_lock);
    turns--;
    pthread_mutex_unlock(&turn_lock);
}

static void turn_give(void)
{
    pthread_mutex_lock(&turn_lock);
    turns++;
    pthread_cond_signal(&turn_free);
    pthread_mutex_unlock(&turn_lock);
}

int password_hash(const char *password, char out[PASSWORD_ROOM])
{
    size_t len = strlen(password);
    if (len > PASSWORD_CEILING)
        return PASSWORD_TOO_LONG;
    turn_take();
    int result = crypto_pwhash_argon2id_str(out, password, len, PASSES, MEMORY);
    turn_give();
    return result == 0 ? 0 : log_fault("password.hash", -ENOMEM, "bytes=%d", (int)MEMORY);
}

/* The work of a check, for nobody: no answer may tell by its time whether an account exists. */
static void pass_the_time(const char *password, size_t len)
{
    static const uint8_t salt[crypto_pwhash_argon2id_SALTBYTES];
    uint8_t digest[32];
    if (crypto_pwhash_argon2id(digest, sizeof digest, password, len, salt, PASSES, MEMORY,
                               crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
        log_fault("password.check", -ENOMEM, "bytes=%d", (int)MEMORY);
    sodium_memzero(digest, sizeof digest);
}

int password_check(const char *password, const char *hash)
{
    size_t len = strlen(password);
    if (len > PASSWORD_CEILING)
        return PASSWORD_WRONG;
    turn_take();
    bool right = false;
    if (hash && strlen(hash) < PASSWORD_ROOM)
        right = crypto_pwhash_argon2id_str_verify(hash, password, len) == 0;
    else
        pass_the_time(password, len);
    turn_give();
    return right ? 0 : PASSWORD_WRONG;
}
