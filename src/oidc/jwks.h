/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys that a provider publishes (JSON Web Key Set, RFC 7517, RFC 7518 §6, RFC 8037): those
 * that can check a signature of a kind we take. Others in the set are left aside; private and
 * symmetric keys are never taken.
 */
#ifndef PORCHLIGHT_JWKS_H
#define PORCHLIGHT_JWKS_H

#include "base/base.h"

/* The algorithms that are taken, and what kind of key each is for. None of them has a secret that
 * both sides know, and there is no "none". */
#define JWKS_ALGORITHMS(X)                                                                         \
    X(JWKS_RS256, "RS256", "RSA")                                                                  \
    X(JWKS_ES256, "ES256", "EC")                                                                   \
    X(JWKS_EDDSA, "EdDSA", "OKP")

#define JWKS_ENUM(symbol, algorithm, type) symbol,
enum jwks_algorithm { JWKS_ALGORITHMS(JWKS_ENUM) JWKS_ALGORITHM_COUNT };
#undef JWKS_ENUM

enum { JWKS_KEYS = 32, JWKS_KID = 255 };

struct jwks;
struct jwks_key;

/* Reads a set. 0 (perhaps without a key of use), JWKS_MALFORMED, or a fault. */
enum { JWKS_MALFORMED = 1 };
int jwks_read(struct span text, struct jwks **out) MUST_CHECK;
/* NULL is harmless; *keys becomes NULL. */
void jwks_free(struct jwks **keys);

/* Keys of use in it. */
int jwks_count(const struct jwks *keys);

/* The algorithm of this name, or -1. */
int jwks_algorithm(const char *name);

/* The key that `kid` names for an algorithm; without `kid` (NULL) the only one there is for it.
 * NULL: there is none, or it is not certain which. */
const struct jwks_key *jwks_find(const struct jwks *keys, enum jwks_algorithm algorithm,
                                 const char *kid);

/* True when the key's owner made `signature` over `bytes`. */
bool jwks_check(const struct jwks_key *key, struct span bytes, struct span signature);

#endif
