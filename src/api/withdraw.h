/* SPDX-License-Identifier: Apache-2.0
 *
 * An operation that withdraws photos which may be on their way to somebody: what it cuts stays cut
 * until it has committed, so that from the commit on not one more byte goes to a socket (design
 * D8).
 *
 * Who may not, and who sends what cannot be done, breaks nothing off: that is asked before the cut,
 * on a snapshot, and again in the transaction, which decides.
 */
#ifndef PORCHLIGHT_WITHDRAW_H
#define PORCHLIGHT_WITHDRAW_H

#include "api/call.h"

struct withdrawal {
    const char *id; /* what is cut: a delivery's, for all its photos, or a case's or an agent's, for
                       their looks */
    operation *ask; /* refuses all that `run` would; writes nothing and fills no success */
    operation *run;
};

/* As call_perform. */
int withdraw_perform(struct call *call, const struct withdrawal *withdrawal,
                     struct answer *answer) MUST_CHECK;
/* As call_write. */
void withdraw_write(struct call *call, const struct withdrawal *withdrawal);

#endif
