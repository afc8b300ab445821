/* SPDX-License-Identifier: Apache-2.0
 *
 * An address as it is compared: two spellings of one address have one key. Case, spaces,
 * punctuation, accents and where the lines break play no part, nor whether an umlaut is written out
 * or a common word (street, Straße, calle) is cut short. Numbers that stand beside each other stay
 * two. It is made for matching an address with itself as people type it, not for telling whether
 * two addresses are one door. Pure.
 */
#ifndef PORCHLIGHT_ADDRESS_KEY_H
#define PORCHLIGHT_ADDRESS_KEY_H

#include "base/buf.h"
#include "domain/delivery.h"

/* Adds the key: words of letters and digits in lower case. An address in which there is nothing to
 * compare adds nothing. -ENOMEM when memory is short. */
int address_key(const struct address *address, struct buf *out) MUST_CHECK;

#endif
