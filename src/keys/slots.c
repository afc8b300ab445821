/* SPDX-License-Identifier: Apache-2.0
 *
 * The file grows by a block of written zeros, so that most new keys overwrite blocks the file
 * already has, and a sync need not touch the file system's journal.
 */
#include "keys/slots.h"

#include <errno.h>
#include <fcntl.h>

#include "base/file.h"
#include "base/log.h"

enum { BITS = 64, FIRST_WORDS = 1024 };

static bool is_taken(const struct slots *slots, uint32_t number)
{
    return number < slots->count && (slots->taken[number / BITS] >> number % BITS & 1) != 0;
}

static void set_taken(struct slots *slots, uint32_t number, bool taken)
{
    uint64_t bit = UINT64_C(1) << number % BITS;
    if (is_taken(slots, number) == taken)
        return;
    slots->taken[number / BITS] ^= bit;
    if (taken) {
        slots->taken_count++;
    } else {
        slots->taken_count--;
        if (number / BITS < slots->hint)
            slots->hint = number / BITS;
    }
}

/* Makes room for the bits of `count` slots. */
static int room_for(struct slots *slots, uint32_t count)
{
    size_t need = ((size_t)count + BITS - 1) / BITS,
           words = slots->words ? slots->words : FIRST_WORDS;
    if (need <= slots->words)
        return 0;
    while (words < need)
        words *= 2;
    uint64_t *taken = realloc(slots->taken, words * sizeof *taken);
    if (!taken)
        return log_fault("keys.slots", -ENOMEM, "slots=%u", (unsigned)count);
    memset(taken + slots->words, 0, (words - slots->words) * sizeof *taken);
    slots->taken = taken;
    slots->words = words;
    return 0;
}

int slots_read_block(const struct slots *slots, uint32_t first, uint8_t *out, uint32_t *got_out)
{
    size_t want = (size_t)SLOTS_BLOCK * WRAP_SLOT, got = 0;
    while (got < want) {
        ssize_t n = pread(slots->fd, out + got, want - got, (off_t)first * WRAP_SLOT + (off_t)got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return log_fault("keys.read", -errno, "slot=%u", (unsigned)first);
        if (n == 0)
            break;
        got += (size_t)n;
    }
    *got_out = (uint32_t)(got / WRAP_SLOT);
    return 0;
}

static int scan(struct slots *slots)
{
    AUTO_FREE uint8_t *block = malloc((size_t)SLOTS_BLOCK * WRAP_SLOT);
    if (!block)
        return log_fault("keys.scan", -ENOMEM, "slots=0");
    for (uint32_t got = SLOTS_BLOCK; got == SLOTS_BLOCK && slots->count < SLOTS_CEILING;) {
        int result = slots_read_block(slots, slots->count, block, &got);
        if (result == 0)
            result = room_for(slots, slots->count + got);
        if (result != 0)
            return result;
        slots->count += got;
        for (uint32_t i = 0; i < got; i++)
            if (!wrap_slot_is_free(block + (size_t)i * WRAP_SLOT))
                set_taken(slots, slots->count - got + i, true);
    }
    return 0;
}

int slots_make(int folder)
{
    AUTO_CLOSE int fd = openat(folder, "slots", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && fsync(fd) == 0)
        return 0;
    return errno == ENOSPC || errno == EDQUOT ? KEYS_FULL
                                              : log_fault("keys.make", -errno, "file=slots");
}

int slots_open(int folder, struct slots *slots_out)
{
    int fd = openat(folder, "slots", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? KEYS_ABSENT : log_fault("keys.open", -errno, "file=slots");
    *slots_out = (struct slots){.fd = fd};
    group_sync_init(&slots_out->sync, fd);
    int result = scan(slots_out);
    if (result != 0)
        slots_close(slots_out);
    return result;
}

void slots_close(struct slots *slots)
{
    free(slots->taken);
    group_sync_free(&slots->sync);
    close(slots->fd);
    *slots = (struct slots){.fd = -1};
}

/* Adds a block of free slots at the end. */
static int grow(struct slots *slots)
{
    static const uint8_t zeros[(size_t)SLOTS_BLOCK * WRAP_SLOT];
    if (slots->count > SLOTS_CEILING - SLOTS_BLOCK)
        return KEYS_FULL;
    int result = room_for(slots, slots->count + SLOTS_BLOCK);
    if (result != 0)
        return result;
    off_t end = (off_t)slots->count * WRAP_SLOT;
    result = file_write_at(slots->fd, (struct span){zeros, sizeof zeros}, (uint64_t)end);
    if (result == 0) {
        group_sync_mark(&slots->sync);
        slots->count += SLOTS_BLOCK;
        return 0;
    }
    /* Half a block of zeros does no harm, but the room is wanted elsewhere. */
    int undone = ftruncate(slots->fd, end);
    if (result == -ENOSPC || result == -EDQUOT)
        return KEYS_FULL;
    return log_fault("keys.grow", result, "slots=%u undone=%d", (unsigned)slots->count, undone);
}

int slots_take(struct slots *slots, uint32_t *number_out)
{
    for (;;) {
        for (; slots->hint * BITS < slots->count; slots->hint++) {
            uint64_t free_bits = ~slots->taken[slots->hint];
            if (free_bits == 0)
                continue;
            uint32_t number = (uint32_t)(slots->hint * BITS) + (uint32_t)__builtin_ctzll(free_bits);
            if (number >= slots->count)
                break;
            set_taken(slots, number, true);
            *number_out = number;
            return 0;
        }
        int result = grow(slots);
        if (result != 0)
            return result;
    }
}

int slots_write(struct slots *slots, uint32_t number, const uint8_t slot[WRAP_SLOT])
{
    int result = group_sync_fault(&slots->sync);
    if (result != 0)
        return result;
    result = file_write_at(slots->fd, (struct span){slot, WRAP_SLOT}, (uint64_t)number * WRAP_SLOT);
    if (result != 0)
        return log_fault("keys.write", result, "slot=%u", (unsigned)number);
    group_sync_mark(&slots->sync);
    set_taken(slots, number, !wrap_slot_is_free(slot));
    return 0;
}

int slots_read(const struct slots *slots, uint32_t number, uint8_t slot_out[WRAP_SLOT])
{
    for (;;) {
        ssize_t n = pread(slots->fd, slot_out, WRAP_SLOT, (off_t)number * WRAP_SLOT);
        if (n == WRAP_SLOT)
            return 0;
        if (n >= 0)
            return KEYS_GONE; /* slots come whole or not at all: the file grows by blocks */
        if (errno != EINTR)
            return log_fault("keys.read", -errno, "slot=%u", (unsigned)number);
    }
}
