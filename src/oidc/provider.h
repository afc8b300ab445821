/* SPDX-License-Identifier: Apache-2.0
 *
 * The operator's OpenID Connect provider (OpenID Connect Core 1.0 and Discovery 1.0; OAuth 2.0, RFC
 * 6749, with PKCE, RFC 7636): where people are sent, and what becomes of the code that they come
 * back with. Its documents and keys are fetched at start, kept, and fetched anew on a thread of
 * their own; a key that is not known yet is asked for once more, but not more often than the
 * setting says.
 *
 * provider_redeem waits for the network, `oidc-timeout_ms` for each of at most four requests: it is
 * for handlers on the pool. `oidc-at_once` of them may wait; further ones are told so at once.
 */
#ifndef PORCHLIGHT_PROVIDER_H
#define PORCHLIGHT_PROVIDER_H

#include "base/buf.h"
#include "oidc/claims.h"
#include "settings/settings.h"

struct provider;

/* Expected ends that are no success. */
enum provider_result {
    PROVIDER_UNREACHED = 1, /* it does not answer, or not with what it must */
    PROVIDER_BUSY,          /* too many wait for it */
    PROVIDER_NO_CODE,       /* it does not take the code: used, run out, or not ours */
    PROVIDER_BAD_TOKEN,     /* it answered with a token that proves nothing */
};

/* Reads the client's secret and begins to fetch. `settings` must outlive it, and have an issuer. 0
 * or a fault, logged: the secret's file, or no memory. */
int provider_new(const struct settings *settings, struct provider **out) MUST_CHECK;
/* Waits for its thread, for one timeout at most. NULL is harmless. */
void provider_free(struct provider **provider);

/* The address that a browser is sent to, with these in it. 0, PROVIDER_UNREACHED, PROVIDER_BUSY or
 * a fault. May wait for the network when nothing is known yet. */
struct provider_start {
    const char *state, *nonce, *challenge; /* the verifier's SHA-256 in base64url */
    const char *redirect_uri;
};
int provider_address(struct provider *provider, const struct provider_start *start,
                     struct buf *out) MUST_CHECK;

/* Where forms lead on to: origins of the provider, between spaces, for a page's policy. */
void provider_origins(struct provider *provider, char *out, size_t room);

/* True when the answer's `iss` (RFC 9207; NULL: there is none) is the provider's. */
bool provider_is_issuer(struct provider *provider, const char *issuer);

/* Turns a code into whom it stands for. 0, a result (what was wrong is in the log, in one word) or
 * a fault. `person.groups` is the caller's to free after 0. */
struct provider_redeem {
    const char *code, *verifier, *nonce, *redirect_uri;
    int64_t started_at;
};
int provider_redeem(struct provider *provider, const struct provider_redeem *redeem,
                    struct claims_person *person_out) MUST_CHECK;

/* Fetches all there is and says in `line` what is found, for `doctor`. 0 or PROVIDER_UNREACHED. */
int provider_probe(const struct settings *settings, char *line, size_t room) MUST_CHECK;

#endif
