/* SPDX-License-Identifier: Apache-2.0
 *
 * Is an address that a shipper gave one that we call? Only its form is judged here. Where its name
 * leads is known when connecting, and refused there when it is no public address. Pure; fuzzed
 * against libcurl's own reading, so that what was judged is what is called.
 */
#ifndef PORCHLIGHT_WEBHOOK_URL_H
#define PORCHLIGHT_WEBHOOK_URL_H

#include "base/base.h"

enum { WEBHOOK_URL_CEILING = 1000, WEBHOOK_HOST_CEILING = 253 };

enum webhook_url {
    WEBHOOK_URL_OK,
    WEBHOOK_URL_LONG,
    WEBHOOK_URL_BYTES,   /* something beside the visible characters of ASCII */
    WEBHOOK_URL_SCHEME,  /* not https, nor http where private targets are allowed */
    WEBHOOK_URL_USER,    /* a name or password before the host */
    WEBHOOK_URL_HOST,    /* no host, or one that is no name and no address */
    WEBHOOK_URL_PORT,    /* not 1 to 65535 */
    WEBHOOK_URL_PRIVATE, /* by its name or address not of the open network */
    WEBHOOK_URL_REST,    /* a fragment, or what does not belong into a path */
};

/* `private`: what `[notify] allow_private_targets` says. */
enum webhook_url webhook_url_check(const char *url, bool private);

/* A sentence about a field that is not right. */
const char *webhook_url_text(enum webhook_url result);

#endif
