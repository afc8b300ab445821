/* SPDX-License-Identifier: Apache-2.0
 *
 * What an ID token must claim before anybody is signed in by it (OpenID Connect Core 1.0 §3.1.3.7),
 * and who it speaks of. Pure: no network, no clock.
 */
#ifndef PORCHLIGHT_CLAIMS_H
#define PORCHLIGHT_CLAIMS_H

#include <jansson.h>

#include "base/base.h"

enum { CLAIMS_SUBJECT = 255, CLAIMS_TEXT = 254, CLAIMS_NAME = 480, CLAIMS_GROUPS = 1000 };

/* What the token is held against. */
struct claims_expected {
    const char *issuer, *client_id, *nonce;
    const char *acr_values;          /* those asked for, between spaces; "": any */
    int64_t started_at, now, leeway; /* milliseconds; no token of before the sign-in began counts */
};

/* Why a token is not taken, in words for the log. */
#define CLAIMS_RESULTS(X)                                                                          \
    X(CLAIMS_FINE, "fine")                                                                         \
    X(CLAIMS_ISSUER, "issuer")                                                                     \
    X(CLAIMS_AUDIENCE, "audience")                                                                 \
    X(CLAIMS_TIME, "time") /* run out, not yet valid, or made before it was asked for */           \
    X(CLAIMS_NONCE, "nonce")                                                                       \
    X(CLAIMS_SUBJECT_MISSING, "subject")                                                           \
    X(CLAIMS_ACR, "acr") /* not the way of signing in that was asked for */
#define CLAIMS_ENUM(symbol, text) symbol,
enum claims_result { CLAIMS_RESULTS(CLAIMS_ENUM) CLAIMS_RESULT_COUNT };
#undef CLAIMS_ENUM
const char *claims_result_name(enum claims_result result);

/* Holds the claims against it. */
enum claims_result claims_check(const json_t *claims, const struct claims_expected *expected);

/* Whom it speaks of. `groups` is the caller's to free. */
struct claims_person {
    char subject[CLAIMS_SUBJECT + 1];
    char email[CLAIMS_TEXT + 1]; /* lower case; "": none, or none that the provider has verified */
    char name[CLAIMS_NAME + 1];  /* "": none that can be shown */
    json_t *groups;              /* an array of texts, or NULL: the claim is not there */
};

/* Reads subject, verified e-mail, name and groups (of the claim of that name; "": none are read).
 * What is there already is kept: called again with the answer of the userinfo endpoint, which must
 * speak of the same subject (CLAIMS_SUBJECT_MISSING otherwise). */
enum claims_result claims_read(const json_t *claims, const char *groups_claim,
                               struct claims_person *person);

#endif
