/* SPDX-License-Identifier: Apache-2.0
 *
 * SipHash as its authors describe it (Aumasson and Bernstein, 2012), with 2 rounds a word and 4 at
 * the end.
 */
#include "http/hash.h"

#include <endian.h>
#include <sys/random.h>

void http_hash_new_key(struct http_hash_key *out)
{
    uint8_t *bytes = (uint8_t *)out;
    for (size_t got = 0; got < sizeof *out;) {
        ssize_t n = getrandom(bytes + got, sizeof *out - got, 0);
        got += n > 0 ? (size_t)n : 0;
    }
}

static inline uint64_t turn(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void mix(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = turn(v[1], 13) ^ v[0];
    v[3] = turn(v[3], 16) ^ v[2];
    v[0] = turn(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = turn(v[1], 17) ^ v[2];
    v[3] = turn(v[3], 21) ^ v[0];
    v[2] = turn(v[2], 32);
}

uint64_t http_hash(const struct http_hash_key *key, struct span data)
{
    uint64_t v[4] = {key->a ^ 0x736f6d6570736575u, key->b ^ 0x646f72616e646f6du,
                     key->a ^ 0x6c7967656e657261u, key->b ^ 0x7465646279746573u};
    const uint8_t *at = data.data;
    size_t left = data.len;
    for (bool last = false; !last;) {
        uint64_t word = 0;
        last = left < sizeof word;
        size_t take = last ? left : sizeof word;
        if (take > 0)
            memcpy(&word, at, take);
        word = le64toh(word) | (last ? (uint64_t)data.len << 56 : 0);
        v[3] ^= word;
        mix(v);
        mix(v);
        v[0] ^= word;
        at += take;
        left -= take;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        mix(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
