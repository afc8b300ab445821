/* SPDX-License-Identifier: Apache-2.0
 *
 * Time stamps of an independent authority (RFC 3161): the request over a text, and whether an
 * answer is one to it. OpenSSL does the ASN.1; the answer is a stranger's until it is checked.
 */
#ifndef PORCHLIGHT_STAMP_H
#define PORCHLIGHT_STAMP_H

#include "base/buf.h"

enum { STAMP_REQUEST_CEILING = 256, STAMP_ANSWER_CEILING = 64 << 10, STAMP_NONCE = 8 };

enum stamp_outcome {
    STAMP_NONE = 1, /* no time stamp: a refusal, or bytes that are none */
    STAMP_OTHER,    /* of another text, or the answer to another request */
    STAMP_UNTRUSTED /* not signed by an authority that is trusted for time stamps */
};
/* A sentence about an outcome, without its full stop. */
const char *stamp_outcome_text(int outcome);

/* Adds a request (application/timestamp-query) with a fresh nonce that asks for the authority's
 * certificate too. 0 or a fault. */
int stamp_ask(struct span text, uint8_t nonce_out[STAMP_NONCE], struct buf *out) MUST_CHECK;

struct stamp_check {
    struct span text;
    const uint8_t *nonce; /* of the request; NULL: not known any more */
    const char *ca_file; /* certificates that are trusted, PEM; NULL: whoever signed is not asked */
};
/* Checks an answer (application/timestamp-reply). 0 with the time in milliseconds since 1970, an
 * outcome, or a fault (the file of certificates cannot be read). */
int stamp_read(struct span answer, const struct stamp_check *check, int64_t *time_out) MUST_CHECK;

#endif
