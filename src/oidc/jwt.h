/* SPDX-License-Identifier: Apache-2.0
 *
 * A signed token in its compact form (JWS, RFC 7515 §7.1; JWT, RFC 7519; the advice of RFC 8725):
 * three parts in base64url between dots. What it claims is not looked at before its signature was
 * found right.
 */
#ifndef PORCHLIGHT_JWT_H
#define PORCHLIGHT_JWT_H

#include <jansson.h>

#include "oidc/jwks.h"

enum { JWT_CEILING = 32 << 10 }; /* bytes of a token */

/* What is wrong with one, in words for the log. */
#define JWT_RESULTS(X)                                                                             \
    X(JWT_FINE, "fine")                                                                            \
    X(JWT_MALFORMED, "malformed")                                                                  \
    X(JWT_ALGORITHM, "algorithm") /* none that is taken */                                         \
    X(JWT_NO_KEY, "no_key")       /* the set has no key that it names */                           \
    X(JWT_FORGED, "forged")
#define JWT_ENUM(symbol, text) symbol,
enum jwt_result { JWT_RESULTS(JWT_ENUM) JWT_RESULT_COUNT };
#undef JWT_ENUM

/* Checks a token and gives its claims, an object of the caller's. JWT_FINE (0), another result, or
 * a fault; *claims_out is NULL then. */
int jwt_open(const char *token, const struct jwks *keys, json_t **claims_out) MUST_CHECK;

const char *jwt_result_name(int result);

#endif
