/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading what a browser's subscription says: an address at a push service, and two keys. It comes
 * through a page of ours, but whoever is signed in can send what they like: the address is a
 * stranger's, and is asked about once more when it is connected to (notify/guard.h).
 */
#ifndef PORCHLIGHT_PUSH_ENDPOINT_H
#define PORCHLIGHT_PUSH_ENDPOINT_H

#include "notify/push_crypt.h"
#include "notify/push_vapid.h"

enum { PUSH_ENDPOINT = 1000 }; /* the longest address */

enum push_schemes { PUSH_HTTPS, PUSH_HTTPS_OR_HTTP };

/* True for an address of visible ASCII without user, password and fragment, whose scheme is right;
 * its origin goes to `out`, in lower case and without the port that goes without saying. */
bool push_endpoint_read(const char *endpoint, enum push_schemes schemes,
                        char out[PUSH_ORIGIN_ROOM]);

/* The two keys as base64url; padding is taken too, as some browsers' libraries write it. False: one
 * is none; the first that is none is named by `wrong_out`, "p256dh" or "auth". */
bool push_keys_read(const char *p256dh, const char *auth, struct push_keys *out,
                    const char **wrong_out);

#endif
