/* SPDX-License-Identifier: Apache-2.0
 *
 * 128 bits, most significant first, in 26 base-32 characters (the first carries 3 bits, so it is
 * never above '7'). The random part comes from getrandom(2), which cannot run dry after boot.
 */
#include "base/id.h"

#include <stdatomic.h>
#include <sys/random.h>

#include "base/clock.h"

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

enum { PREFIX_LEN = 3, ORDER_BYTES = 8, RANDOM_BYTES = 8 };

/* One more than a digit's value, by its character; 0 for what is no digit. */
static const uint8_t values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['g'] = 17, ['h'] = 18, ['j'] = 19, ['k'] = 20, ['m'] = 21, ['n'] = 22, ['p'] = 23, ['q'] = 24,
    ['r'] = 25, ['s'] = 26, ['t'] = 27, ['v'] = 28, ['w'] = 29, ['x'] = 30, ['y'] = 31, ['z'] = 32,
};

typedef unsigned __int128 number; /* an id as one number: a request turns dozens of them */

void id_from_bytes(const char *prefix, const uint8_t bytes[16], char out[ID_ROOM])
{
    number id = 0;
    for (int i = 0; i < 16; i++)
        id = id << 8 | bytes[i];
    memcpy(out, prefix, PREFIX_LEN);
    out[PREFIX_LEN] = '_';
    for (int i = ID_TEXT_LEN - 1; i > PREFIX_LEN; i--, id >>= 5)
        out[i] = alphabet[id & 31];
    out[ID_TEXT_LEN] = 0;
}

bool id_to_bytes(const char *text, uint8_t out[16])
{
    number id = 0;
    if (strnlen(text, ID_ROOM) != ID_TEXT_LEN || text[PREFIX_LEN] != '_' ||
        text[PREFIX_LEN + 1] > '7')
        return false;
    for (int i = PREFIX_LEN + 1; i < ID_TEXT_LEN; i++) {
        uint8_t value = values[(uint8_t)text[i]];
        if (value == 0)
            return false;
        id = id << 5 | (value - 1u);
    }
    for (int i = 15; i >= 0; i--, id >>= 8)
        out[i] = (uint8_t)id;
    return true;
}

bool id_is(const char *prefix, const char *text)
{
    uint8_t bytes[16];
    return strncmp(text, prefix, PREFIX_LEN) == 0 && id_to_bytes(text, bytes);
}

/* Milliseconds and a count within them, as one number that only grows. */
static uint64_t next_order(void)
{
    static _Atomic uint64_t newest;
    uint64_t now = (uint64_t)clock_now() << 16;
    uint64_t before = atomic_load(&newest), order;
    do
        order = now > before ? now : before + 1;
    while (!atomic_compare_exchange_weak(&newest, &before, order));
    return order;
}

void id_new(const char *prefix, char out[ID_ROOM])
{
    uint8_t bytes[ORDER_BYTES + RANDOM_BYTES];
    uint64_t order = next_order();
    for (int i = 0; i < ORDER_BYTES; i++)
        bytes[i] = (uint8_t)(order >> (56 - 8 * i));
    for (size_t got = 0; got < RANDOM_BYTES;) {
        ssize_t n = getrandom(bytes + ORDER_BYTES + got, RANDOM_BYTES - got, 0);
        got += n > 0 ? (size_t)n : 0;
    }
    id_from_bytes(prefix, bytes, out);
}
