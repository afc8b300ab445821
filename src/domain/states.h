/* SPDX-License-Identifier: Apache-2.0
 *
 * Which delivery state may follow which, and what the photo's state becomes with it. Pure.
 *
 *     created -> out_for_delivery -> delivered | attempted | returned | cancelled
 *     created -> delivered | attempted (the phone did not say that its round began) | cancelled
 *     attempted -> out_for_delivery (the next attempt) | returned | cancelled
 */
#ifndef PORCHLIGHT_STATES_H
#define PORCHLIGHT_STATES_H

#include "domain/words.h"

/* True when `to` may follow `from`. A state never follows itself: a repeated report is told apart
 * by the caller. */
bool states_may_follow(enum delivery_state from, enum delivery_state to);

/* True when the driver's work on the delivery is over: nothing may be changed by the shipper but
 * confidentiality. */
bool states_is_final(enum delivery_state state);

/* How often a delivery goes out at most: what it has one of for each attempt is bounded by it. An
 * attempted delivery that has been out as often waits to be returned or cancelled. */
enum { STATES_ATTEMPTS = 50 };

/* What becomes of a photo that was `expected` or `missing` when the delivery ends as `state`
 * without one: *reason_out gets the PHOTO_REASONS word. Other photo states are left as they are.
 * `other_proof`: handed over, PIN or scan instead. */
enum photo_state states_photo_after(enum delivery_state state, enum photo_state photo,
                                    bool other_proof, const char **reason_out);

#endif
