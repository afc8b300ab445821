/* SPDX-License-Identifier: Apache-2.0
 *
 * A bucket is one number: the moment at which it will be full again. Taking a turn moves that
 * moment one refill later; a turn is there while the moment lies less than `burst` refills ahead. A
 * bucket whose moment has passed is full, which is the same as never seen: so nothing is ever
 * cleaned up, and the slot that may be reused is the one with the earliest moment. Keys live in
 * sets of eight slots; a few locks guard the sets.
 */
#include "http/limit.h"

#include <pthread.h>

#include "http/hash.h"

enum { WAYS = 8, LOCKS = 16 };

struct bucket {
    uint64_t hash;
    int64_t full_at; /* 0: never used */
};

struct set {
    struct bucket way[WAYS];
};

struct http_limit {
    struct http_hash_key key;
    int64_t burst, refill;
    uint64_t set_mask;
    pthread_mutex_t lock[LOCKS];
    struct set sets[];
};

struct http_limit *http_limit_new(const struct http_limit_config *config)
{
    size_t sets = 1;
    while (sets * WAYS < config->room && sets < SIZE_MAX / sizeof(struct set) / 4)
        sets *= 2;
    struct http_limit *limit = calloc(1, sizeof *limit + sets * sizeof(struct set));
    if (!limit)
        return NULL;
    http_hash_new_key(&limit->key);
    limit->burst = config->burst ? config->burst : 1;
    limit->refill = config->refill_ms ? config->refill_ms : 1;
    limit->set_mask = sets - 1;
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_init(&limit->lock[i], NULL);
    return limit;
}

void http_limit_free(struct http_limit **limit)
{
    if (!*limit)
        return;
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&(*limit)->lock[i]);
    free(*limit);
    *limit = NULL;
}

/* The key's bucket, or else the one to forget for it. */
static struct bucket *find(struct set *set, uint64_t hash)
{
    struct bucket *best = &set->way[0];
    for (int i = 0; i < WAYS; i++) {
        if (set->way[i].hash == hash)
            return &set->way[i];
        if (set->way[i].full_at < best->full_at)
            best = &set->way[i];
    }
    *best = (struct bucket){.hash = hash};
    return best;
}

unsigned http_limit_take(struct http_limit *limit, struct span key, int64_t now_ms)
{
    uint64_t hash = http_hash(&limit->key, key);
    uint64_t set = hash & limit->set_mask;
    pthread_mutex_t *lock = &limit->lock[set % LOCKS];
    pthread_mutex_lock(lock);
    struct bucket *bucket = find(&limit->sets[set], hash);
    int64_t full_at = (bucket->full_at > now_ms ? bucket->full_at : now_ms) + limit->refill;
    int64_t wait = full_at - now_ms - limit->burst * limit->refill;
    if (wait <= 0)
        bucket->full_at = full_at;
    pthread_mutex_unlock(lock);
    return wait > 0 ? (unsigned)wait : 0;
}
