/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of slots: which are taken (one bit each in memory, from one scan at start), and their
 * bytes. What the bytes mean is wrap.h's affair. Not thread-safe but for slots_read; the lock of
 * `struct keys` is held by the caller.
 */
#ifndef PORCHLIGHT_SLOTS_H
#define PORCHLIGHT_SLOTS_H

#include "keys/group_sync.h"
#include "keys/keys.h"
#include "keys/wrap.h"

/* Invariants:
 * 1. The file has `count` slots, and `taken` a bit for each; bits beyond are 0.
 * 2. A slot whose bit is 0 is all zeros, or on its way there under an unsynced write.
 * 3. No word below `hint` has a free slot. */
struct slots {
    int fd;
    uint64_t *taken;
    size_t words; /* allocated */
    uint32_t count, taken_count;
    size_t hint;
    struct group_sync sync;
};

enum { SLOTS_CEILING = 1 << 26 }; /* 8 GB on disk, 8 MB of bits */

/* Makes an empty KEYS/slots, durably but for its name: the caller syncs the folder. 0, KEYS_FULL,
 * or a fault. */
int slots_make(int folder) MUST_CHECK;

/* Opens KEYS/slots and scans it. On 0 it must be closed. KEYS_ABSENT or a fault otherwise. */
int slots_open(int folder, struct slots *slots_out) MUST_CHECK;
void slots_close(struct slots *slots);

/* Marks a free slot as taken and gives its number. 0, KEYS_FULL, or a fault. */
int slots_take(struct slots *slots, uint32_t *number_out) MUST_CHECK;

/* Writes a slot; it counts as taken unless it is all zeros. 0 or a fault. */
int slots_write(struct slots *slots, uint32_t number, const uint8_t slot[WRAP_SLOT]) MUST_CHECK;

/* Reads a slot, from any thread; one that is written meanwhile may come torn. KEYS_GONE beyond the
 * file's end. */
int slots_read(const struct slots *slots, uint32_t number, uint8_t slot_out[WRAP_SLOT]) MUST_CHECK;

/* Reads up to SLOTS_BLOCK slots from `first` on; how many came is in *got_out, 0 at the end. */
enum { SLOTS_BLOCK = 512 };
int slots_read_block(const struct slots *slots, uint32_t first, uint8_t *out,
                     uint32_t *got_out) MUST_CHECK;

#endif
