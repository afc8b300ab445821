/* SPDX-License-Identifier: Apache-2.0
 *
 * Passkeys of recipients and of staff (docs/openapi.yaml, tags `sign-in`, `recipient`, `agent`):
 * made in a fresh session or by an invitation, listed, removed, signed in with. The site they
 * belong to is that of public_url, whatever a client says; where that is a bare address there are
 * none.
 *
 * Whoever signs in is not asked who they are: the passkey says it, and every wrong sign-in gets the
 * one answer.
 */
#ifndef PORCHLIGHT_PASSKEYS_H
#define PORCHLIGHT_PASSKEYS_H

#include "api/call.h"
#include "api/challenge.h"
#include "store/passkey.h"

/* Signing in (passkey_sign_in.c). */
void passkeys_sign_in_options(struct http_request *req);
void passkeys_sign_in(struct http_request *req);
void passkeys_desk_options(struct http_request *req);
void passkeys_desk_sign_in(struct http_request *req);

/* One's own; recipients and staff alike. */
void passkeys_list(struct http_request *req);
void passkeys_add_options(struct http_request *req);
void passkeys_add(struct http_request *req);
void passkeys_remove(struct http_request *req);

/* Shared with the pages. */
operation passkeys_op_list, passkeys_op_remove;

/* ---- shared by the ceremonies ---- */

enum { PASSKEYS_HANDLE = 17 };

/* The user handle of a person: says whose, and nothing else. False when `owner` has no id. */
bool passkeys_handle(struct store_owner owner, uint8_t out[PASSKEYS_HANDLE]);

/* The site; false: it has no name, and the answer says so. */
struct passkeys_site {
    struct webauthn_site site;
    char rp_id[WEBAUTHN_RP_ROOM];
};
bool passkeys_site(const struct call *call, struct passkeys_site *out);
/* A conflict: there can be no passkeys here. */
int passkeys_refuse_nowhere(struct answer *answer);

/* Bytes of a member, base64url, in the request's memory; empty where absent or failed. */
struct span passkeys_bytes(struct call *call, struct fields *fields, const char *name,
                           enum fields_need need, size_t most);
/* The member `credential` with its `response`: both are open for reading; what browsers add and
 * nobody needs here is passed over. */
void passkeys_credential(struct call *call, struct fields *body, struct fields *credential,
                         struct fields *response);

/* What `navigator.credentials.create` is asked with, for the options of PublicKeyCredential. */
struct passkeys_person {
    struct store_owner owner;
    const char *email, *name;
};
json_t *passkeys_creation(const struct passkeys_site *site, const struct passkeys_person *person,
                          const char *challenge, const struct store_passkeys *others,
                          int64_t minutes);

/* A registration on its way: read and verified before the transaction, written in it. */
struct passkeys_new {
    const char *name;
    struct webauthn_challenge challenge;
    struct webauthn_credential *made; /* in the request's memory */
};
/* Reads and verifies the body's `name` and `credential`; `invitation_out` (NULL: there is none)
 * gets the text of that member. 0, CALL_REFUSE with the answer filled, or a fault. */
int passkeys_read_new(struct call *call, const struct passkeys_site *site,
                      const char **invitation_out, struct passkeys_new *out,
                      struct answer *answer) MUST_CHECK;
/* Writes it down; a refusal is in the answer. */
int passkeys_write_new(struct call *call, struct db_tx *tx, struct store_owner owner,
                       const struct passkeys_new *made, struct answer *answer) MUST_CHECK;
json_t *passkeys_shape(const struct store_passkey *passkey);

#endif
