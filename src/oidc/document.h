/* SPDX-License-Identifier: Apache-2.0
 *
 * A provider's description of itself (OpenID Connect Discovery 1.0 §3, RFC 8414), as far as it is
 * of use here, and its keys.
 */
#ifndef PORCHLIGHT_DOCUMENT_H
#define PORCHLIGHT_DOCUMENT_H

#include "base/buf.h"
#include "oidc/jwks.h"

enum { DOCUMENT_URL = 1000 };

struct document {
    char authorization[DOCUMENT_URL + 1], token[DOCUMENT_URL + 1], keys[DOCUMENT_URL + 1];
    char userinfo[DOCUMENT_URL + 1]; /* "": there is none */
    bool names_issuer;               /* its answers carry `iss` (RFC 9207) */
    bool secret_in_form;             /* the client's secret goes into the form, not the header */
};

/* Reads what the provider at `issuer` says of itself. 0, or DOCUMENT_WRONG with a word of what is
 * missing or not allowed: another issuer, an address that is not https (fetch_may), no code flow,
 * no PKCE by S256. */
enum { DOCUMENT_WRONG = 1 };
int document_read(struct span text, const char *issuer, struct document *out,
                  const char **wrong_out) MUST_CHECK;

#endif
