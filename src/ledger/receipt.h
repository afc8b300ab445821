/* SPDX-License-Identifier: Apache-2.0
 *
 * Our signed answer to an upload (R3, R10): the driver's phone deletes its copy against it and
 * nothing else. It travels in the header Porchlight-Receipt as base64url(text) "."
 * base64url(signature), the signature being Ed25519 over the text with the installation's key (GET
 * /log/key). The text is ASCII, one `key value` a line, in this order:
 *
 *     porchlight-receipt/v1
 *     verdict stored | pending | refused
 *     reason <word>                        (refused only)
 *     delivery dlv_…
 *     attempt 1
 *     photo pho_…                          (not in a refusal)
 *     sha256 <64 hex digits>               (of the bytes as the phone sent them)
 *     size <bytes>
 *     captured_at <RFC 3339>               (the phone's clock)
 *     received_at <RFC 3339>               (ours)
 *
 * `stored` says the same for a photo that was posted and one that was withheld: the driver is not
 * told which (R2).
 */
#ifndef PORCHLIGHT_RECEIPT_H
#define PORCHLIGHT_RECEIPT_H

#include "base/id.h"

struct keys;

enum receipt_verdict { RECEIPT_STORED, RECEIPT_PENDING, RECEIPT_REFUSED };

struct receipt {
    enum receipt_verdict verdict;
    const char *reason; /* a word; refused only, else NULL */
    const char *delivery_id;
    int attempt;
    const char *photo_id;  /* NULL in a refusal */
    const uint8_t *sha256; /* 32 bytes */
    int64_t size;          /* bytes */
    int64_t captured_at, received_at;
};

/* Room for the header's value with its NUL. */
#define RECEIPT_ROOM 800

/* Writes the signed receipt to `out` (RECEIPT_ROOM bytes). 0, or a fault of signing. */
int receipt_sign(const struct receipt *receipt, struct keys *keys, char *out) MUST_CHECK;

/* True when `header` is a receipt signed with this public key (32 bytes); its text goes to
 * `text_out` (RECEIPT_ROOM bytes). */
bool receipt_verify(const char *header, const uint8_t public_key[32], char *text_out);

#endif
