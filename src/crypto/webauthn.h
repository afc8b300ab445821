/* SPDX-License-Identifier: Apache-2.0
 *
 * Passkeys as a relying party checks them: Web Authentication (W3C, level 2 §7.1 and §7.2, with the
 * flags and members that level 3 added). Pure: who asked, whether a challenge was ours and is
 * unspent, and what a counter was before, is asked by the caller. Signatures, keys and what an
 * authenticator says are left to libfido2; only the envelope around them is taken apart here.
 * Thread-safe.
 */
#ifndef PORCHLIGHT_WEBAUTHN_H
#define PORCHLIGHT_WEBAUTHN_H

#include "base/base.h"

enum {
    WEBAUTHN_CHALLENGE = 64,   /* bytes of a challenge at most */
    WEBAUTHN_ID = 1023,        /* bytes of a credential's id at most (§4) */
    WEBAUTHN_KEY = 259,        /* bytes of a public key at most, as libfido2 has them */
    WEBAUTHN_CLIENT = 4096,    /* bytes of clientDataJSON at most */
    WEBAUTHN_OBJECT = 16384,   /* bytes of an attestation object at most */
    WEBAUTHN_AUTH = 2048,      /* bytes of authenticator data in an assertion at most */
    WEBAUTHN_SIGNATURE = 512,  /* bytes of a signature at most */
    WEBAUTHN_USER_HANDLE = 64, /* bytes of a user handle at most (§5.4.3) */
    WEBAUTHN_RP_ROOM = 254,
};

/* COSE numbers of the algorithms that are taken, the best liked first. */
#define WEBAUTHN_ALGORITHMS(X)                                                                     \
    X(WEBAUTHN_ES256, -7)                                                                          \
    X(WEBAUTHN_EDDSA, -8)                                                                          \
    X(WEBAUTHN_RS256, -257)
#define WEBAUTHN_ALGORITHM_ENUM(symbol, number) symbol = number,
enum webauthn_algorithm { WEBAUTHN_ALGORITHMS(WEBAUTHN_ALGORITHM_ENUM) };

/* Why something is not taken. */
enum webauthn_outcome {
    WEBAUTHN_MALFORMED = 1, /* not what an authenticator or browser writes */
    WEBAUTHN_OTHER_ACT,     /* signed in where a passkey was to be made, or the other way round */
    WEBAUTHN_OTHER_SITE,    /* made on a page of another origin, within one, or for another rpId */
    WEBAUTHN_NOT_PRESENT,   /* nobody touched it (UP) */
    WEBAUTHN_NOT_VERIFIED,  /* it did not ask who touches it (UV) */
    WEBAUTHN_ALGORITHM,     /* a key of a kind that was not asked for, or none on its curve */
    WEBAUTHN_ATTESTED,      /* an attestation that was not asked for */
    WEBAUTHN_FORGED,        /* not signed by this key */
};

/* Who is asked: both from the setting public_url. */
struct webauthn_site {
    const char *origin;
    const char *rp_id;
};

/* The rpId of an origin: its host, where that is a name; false for an address. */
bool webauthn_rp_id(const char *origin, char out[WEBAUTHN_RP_ROOM]);

enum webauthn_act { WEBAUTHN_CREATE, WEBAUTHN_GET };

struct webauthn_challenge {
    uint8_t bytes[WEBAUTHN_CHALLENGE];
    size_t len;
};

/* Reads clientDataJSON: it must be of this act, on our origin, and not from within another page.
 * The challenge comes out, and means nothing before the caller has looked at it. 0 or an outcome.
 */
int webauthn_read_client(struct span client, enum webauthn_act act,
                         const struct webauthn_site *site,
                         struct webauthn_challenge *out) MUST_CHECK;

struct webauthn_key {
    int algorithm;
    uint8_t bytes[WEBAUTHN_KEY];
    size_t len;
};

/* What an authenticator says of itself in every answer. */
struct webauthn_state {
    uint32_t counter;     /* 0: it counts nothing */
    bool backup_eligible; /* may be copied to the person's other devices */
    bool backed_up;       /* and is */
};

struct webauthn_credential {
    uint8_t id[WEBAUTHN_ID];
    size_t id_len;
    struct webauthn_key key;
    struct webauthn_state state;
};

/* A new passkey from its attestation object; `client` was read before. Attestation `none`, or the
 * passkey's own signature, is taken: which make it is, is nobody's business here. 0, an outcome, or
 * a fault. */
int webauthn_make(const struct webauthn_site *site, struct span client, struct span object,
                  struct webauthn_credential *out) MUST_CHECK;

struct webauthn_assertion {
    struct span client, authenticator, signature;
};

/* A sign-in with a passkey whose key is known; `client` was read before. 0, an outcome, or a fault.
 */
int webauthn_check(const struct webauthn_site *site, const struct webauthn_key *key,
                   const struct webauthn_assertion *assertion,
                   struct webauthn_state *out) MUST_CHECK;

/* May a passkey that stood at `before` now stand at `now`? One that counts must have counted on. */
bool webauthn_counts_on(uint32_t before, uint32_t now);

#endif
