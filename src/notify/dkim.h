/* SPDX-License-Identifier: Apache-2.0
 *
 * DKIM (RFC 6376, RFC 8463): what lets a receiver see that a message is ours. Each key gives one
 * signature, rsa-sha256 or ed25519-sha256, relaxed in header and body. From, To and Subject are
 * signed once more than they occur, so that nobody can add another; both List-Unsubscribe headers
 * are signed, as RFC 8058 asks.
 */
#ifndef PORCHLIGHT_DKIM_H
#define PORCHLIGHT_DKIM_H

#include "base/buf.h"
#include "settings/settings.h"

enum { DKIM_KEYS = 4 };

enum dkim_result {
    DKIM_BAD_SETTINGS = 1, /* keys without a domain, or not as many selectors as keys */
    DKIM_BAD_KEY,          /* crypto/pem.h refuses one */
};

struct dkim;

/* By the settings mail-dkim_…; *dkim_out is NULL where no key is named. 0, a result (logged), or a
 * fault. */
int dkim_new(const struct settings *settings, struct dkim **dkim_out) MUST_CHECK;
void dkim_free(struct dkim **dkim);

/* Adds a DKIM-Signature header, with its line's end, for each key. `message` is whole: header, an
 * empty line, body, every line ending in CRLF. `now` in milliseconds. 0 or a fault. Thread-safe. */
int dkim_sign(const struct dkim *dkim, struct span message, int64_t now,
              struct buf *out) MUST_CHECK;

/* The TXT records to be published: lines of "name<TAB>value". 0 or a fault. */
int dkim_records(const struct dkim *dkim, struct buf *out) MUST_CHECK;

/* The canonical forms, for tests: a body; and a header, given as its whole lines. */
void dkim_relax_body(struct span body, struct buf *out);
void dkim_relax_header(struct span header, struct buf *out);

#endif
