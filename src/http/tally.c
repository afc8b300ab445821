/* SPDX-License-Identifier: Apache-2.0
 *
 * A hash table with chains, under a key of its own: the keys counted are addresses that strangers
 * choose.
 */
#include "http/tally.h"

#include "http/hash.h"

struct entry {
    struct entry *next;
    uint8_t key[16];
    unsigned count;
};

struct http_tally {
    struct http_hash_key hash_key;
    size_t mask;
    struct entry *bucket[];
};

struct http_tally *http_tally_new(size_t keys)
{
    size_t buckets = 64;
    while (buckets < keys && buckets < 1 << 16)
        buckets *= 2;
    struct http_tally *tally = calloc(1, sizeof *tally + buckets * sizeof(struct entry *));
    if (!tally)
        return NULL;
    tally->mask = buckets - 1;
    http_hash_new_key(&tally->hash_key);
    return tally;
}

void http_tally_free(struct http_tally **tally)
{
    if (!*tally)
        return;
    for (size_t i = 0; i <= (*tally)->mask; i++)
        for (struct entry *entry = (*tally)->bucket[i], *next; entry; entry = next) {
            next = entry->next;
            free(entry);
        }
    free(*tally);
    *tally = NULL;
}

static struct entry **place_of(struct http_tally *tally, const uint8_t key[16])
{
    uint64_t hash = http_hash(&tally->hash_key, (struct span){key, 16});
    struct entry **place = &tally->bucket[hash & tally->mask];
    while (*place && memcmp((*place)->key, key, 16) != 0)
        place = &(*place)->next;
    return place;
}

bool http_tally_add(struct http_tally *tally, const uint8_t key[16], unsigned limit)
{
    struct entry **place = place_of(tally, key);
    if (!*place) {
        *place = calloc(1, sizeof **place);
        if (!*place)
            return false;
        memcpy((*place)->key, key, 16);
    }
    if (limit > 0 && (*place)->count >= limit)
        return false; /* it has some, so it stays in the table */
    (*place)->count++;
    return true;
}

void http_tally_drop(struct http_tally *tally, const uint8_t key[16])
{
    struct entry **place = place_of(tally, key), *entry = *place;
    if (entry && --entry->count == 0) {
        *place = entry->next;
        free(entry);
    }
}
