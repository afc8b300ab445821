/* SPDX-License-Identifier: Apache-2.0
 *
 * The few things every other file of this folder, and every caller, needs first: start the
 * libraries, draw random bytes, forget a secret. All cryptography comes from OpenSSL and libsodium;
 * this folder only gives it one shape, fetches algorithms once and keeps contexts per thread, since
 * both are slow to make.
 */
#ifndef PORCHLIGHT_CRYPTO_H
#define PORCHLIGHT_CRYPTO_H

#include "base/base.h"

/* Starts both libraries and fetches the algorithms. Call it once at the start of main, before any
 * thread; a second call does nothing. 0, or a fault when the machine lacks what we need. */
int crypto_init(void) MUST_CHECK;

/* Fills `out` from the kernel's generator. Cannot fail: without random bytes the process ends. */
void crypto_random(void *out, size_t len);

/* Overwrites a secret in a way no optimiser removes. */
void crypto_wipe(void *secret, size_t len);

/* Memory for secrets that live long: between guard pages, locked where the limits allow it, left
 * out of core dumps, wiped when freed. NULL when memory is short. */
void *crypto_secret_new(size_t size) MUST_CHECK;
void crypto_secret_free(void *secret);

#endif
