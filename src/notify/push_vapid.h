/* SPDX-License-Identifier: Apache-2.0
 *
 * Who we are to push services (RFC 8292): a signed word for each service that we sent this message,
 * good for half a day and used again meanwhile. The key pair follows from the root secret in the
 * key folder, so it is made with the folder, outlives every change of the master key, and lies
 * nowhere else; with another key every subscription would be void.
 *
 * Thread-safe.
 */
#ifndef PORCHLIGHT_PUSH_VAPID_H
#define PORCHLIGHT_PUSH_VAPID_H

#include "base/text.h"
#include "crypto/p256.h"

struct keys;
struct push_vapid;

enum {
    PUSH_VAPID_KEY_ROOM = BASE64_ROOM(P256_POINT),
    PUSH_ORIGIN_ROOM = 300, /* "https://host:port" */
    PUSH_CONTACT_ROOM = 260,
    PUSH_VAPID_ROOM = 1200, /* a whole Authorization header's value */
};

/* `contact` is how a push service's people may reach us: a mailto: or https: address. 0 or a
 * fault. */
int push_vapid_new(struct keys *keys, const char *contact, struct push_vapid **out) MUST_CHECK;
/* NULL is harmless; *vapid becomes NULL. */
void push_vapid_free(struct push_vapid **vapid);

/* The application server key as browsers want it: base64url of the point. */
const char *push_vapid_key(const struct push_vapid *vapid);

/* The value of Authorization for a message to a service at `origin`, at the time `now` (ms). 0 or a
 * fault. */
int push_vapid_header(struct push_vapid *vapid, const char *origin, int64_t now,
                      char out[PUSH_VAPID_ROOM]) MUST_CHECK;

#endif
