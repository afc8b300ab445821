/* SPDX-License-Identifier: Apache-2.0
 *
 * The sender: one thread that takes notices that are due, has their channel build the request,
 * sends many at once, and writes down how they ended, many in one commit.
 *
 * What is promised: a notice that committed is sent at least once, whatever ends the process
 * between any two steps, and under the same ids; the notices of one delivery reach a target in
 * order; a target that is dead, slow or asks for patience delays no other, since each has a limit
 * of its own and one that does not answer is asked less and less often; memory is bounded by the
 * number under way.
 */
#ifndef PORCHLIGHT_SENDER_H
#define PORCHLIGHT_SENDER_H

#include "notify/tell.h"
#include "settings/settings.h"

struct sender;

struct sender_config {
    const struct settings *settings;
    struct db *db;
    int64_t boot;                   /* store_meta_boot: the leases' owner */
    const struct channel *channels; /* must outlive the sender, as all of this */
    size_t channel_count;
};

/* Releases what earlier starts held, then starts the thread. 0 or a fault, with NULL. */
int sender_new(const struct sender_config *config, struct sender **sender_out) MUST_CHECK;

/* Ends what is under way within `notify-stop_ms`, puts back the rest, then ends. NULL is harmless.
 */
void sender_free(struct sender **sender);

/* Has it look for notices: some may have committed. Never blocks; from any thread. */
void sender_wake(struct sender *sender);

/* Since the start, by channel. */
struct sender_counts {
    int64_t sent, failed, set_aside, dropped; /* failed: attempts that did not succeed */
    int64_t under_way;
};
void sender_counts(struct sender *sender, enum notice_channel channel, struct sender_counts *out);

#endif
