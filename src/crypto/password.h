/* SPDX-License-Identifier: Apache-2.0
 *
 * Password hashing with argon2id. One hash takes 19 MB and some 20 ms of a core on purpose, so at
 * most PASSWORD_AT_ONCE run at a time in the process; more callers wait their turn. Never call it
 * on a thread that must answer quickly.
 */
#ifndef PORCHLIGHT_PASSWORD_H
#define PORCHLIGHT_PASSWORD_H

#include "base/base.h"

enum {
    PASSWORD_ROOM = 128,    /* bytes of a hash as text, NUL included */
    PASSWORD_CEILING = 512, /* bytes of a password; longer ones are refused */
    PASSWORD_AT_ONCE = 2,
};

enum password_outcome {
    PASSWORD_WRONG = 1,
    PASSWORD_TOO_LONG,
};

/* Hashes `password` into printable text (algorithm, cost and salt included). 0, PASSWORD_TOO_LONG,
 * or a fault when memory is short. */
int password_hash(const char *password, char out[PASSWORD_ROOM]) MUST_CHECK;

/* 0 when `password` is the one hashed, else PASSWORD_WRONG. `hash` NULL stands for an account that
 * does not exist: the same time passes and the answer is PASSWORD_WRONG. A hash that is not
 * well-formed never matches. */
int password_check(const char *password, const char *hash) MUST_CHECK;

#endif
