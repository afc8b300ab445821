/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions that were used, remembered until the housekeeping writes it down: a GET changes nothing
 * itself, and must not wait for a commit. A session is noted when a tenth of its idle time has
 * passed (touches_due), so a crash costs no more than that. The set is bounded; what finds no room
 * is noted at its next use.
 */
#ifndef PORCHLIGHT_TOUCHES_H
#define PORCHLIGHT_TOUCHES_H

#include "base/base.h"
#include "store/store.h"

struct touches;
struct db;

/* NULL when memory is short. */
struct touches *touches_new(void);
void touches_free(struct touches **touches);

/* True when a session last seen then, which runs out after `idle` without use, is worth noting now.
 */
bool touches_due(int64_t seen_at, int64_t idle, int64_t now);

/* Notes that a session is in use; it runs out at `expires_at` as before. Never blocks for long. */
void touches_note(struct touches *touches, const uint8_t token_hash[STORE_HASH], int64_t now,
                  int64_t expires_at);

/* Writes down what was noted. 0 or a fault; after a fault the notes are dropped. */
int touches_write(struct touches *touches, struct db *db) MUST_CHECK;

#endif
