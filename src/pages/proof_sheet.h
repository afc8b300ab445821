/* SPDX-License-Identifier: Apache-2.0
 *
 * The printable proof of delivery: what stands on the sheet, in the reader's language. Pure; every
 * date is told in full, since a print is read later. No name, no address: no more than the order's
 * page shows, and less.
 */
#ifndef PORCHLIGHT_PROOF_SHEET_H
#define PORCHLIGHT_PROOF_SHEET_H

#include <jansson.h>

#include "domain/delivery.h"
#include "pages/say.h"

struct proof_sheet {
    const struct lang *lang;
    const struct delivery *delivery;
    const struct photo *photo; /* posted or withheld */
    const char *shipper;       /* its name */
    int far_metres;            /* the shipper's, for "within N m" */
    const char *url;           /* of this server */
    const char *origin;        /* the log's name */
    const char *root;          /* of the checkpoint, base64 */
    uint64_t index, size;      /* of the entry, of the checkpoint */
    bool stamped, cosigned;    /* by somebody else */
    int64_t case_number;       /* under which an agent takes it out; 0: its recipient does */
    int agent_number;
    int64_t held_until; /* of the photo's terms: an open case holds it; 0: none does */
    bool shared;        /* with shipper or buyer */
};

/* The sheet as paper.h wants it, or NULL without memory. */
json_t *proof_sheet_json(const struct proof_sheet *sheet);

#endif
