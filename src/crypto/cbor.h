/* SPDX-License-Identifier: Apache-2.0
 *
 * The little CBOR (RFC 8949) that authenticators write: CTAP2's canonical form (CTAP 2.1 §8), so no
 * indefinite lengths, no tags, no floating point, and at most four levels. A reader moves over
 * bytes that are not ours; nothing is allocated, and no length is believed that goes beyond the
 * end.
 */
#ifndef PORCHLIGHT_CBOR_H
#define PORCHLIGHT_CBOR_H

#include "base/base.h"

struct cbor {
    const uint8_t *at, *end;
};

/* All take the next item and move behind it; false, and nothing is said of the reader's place, when
 * it is of another kind or ill-formed. Bytes and texts point into the input. */
bool cbor_map(struct cbor *in, size_t *pairs_out);
bool cbor_text(struct cbor *in, struct span *out);
bool cbor_bytes(struct cbor *in, struct span *out);
/* One item of any kind with all that it holds; `out` (NULL: not wanted) is all of its bytes. */
bool cbor_skip(struct cbor *in, struct span *out);

#endif
