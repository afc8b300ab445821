/* SPDX-License-Identifier: Apache-2.0
 *
 * Buckets by a hash of the id, and the unpinned entries in the order in which they were let go.
 */
#include "intake/entries.h"

enum { BUCKETS = 4096 };

struct entries {
    pthread_mutex_t lock;
    struct entry *buckets[BUCKETS];
    struct entry *newest, *oldest; /* unpinned entries */
    uint32_t known, known_max;
};

struct entries *entries_new(uint32_t known_max)
{
    struct entries *entries = calloc(1, sizeof *entries);
    if (!entries)
        return NULL;
    entries->known_max = known_max;
    pthread_mutex_init(&entries->lock, NULL);
    return entries;
}

static struct entry **bucket_of(struct entries *entries, const char *id)
{
    uint32_t hash = 2166136261u;
    for (; *id; id++)
        hash = (hash ^ (uint8_t)*id) * 16777619u;
    return &entries->buckets[hash % BUCKETS];
}

static void unlink_from_idle(struct entries *entries, struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &entries->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &entries->oldest) = entry->newer;
    entry->newer = entry->older = NULL;
}

static void drop(struct entries *entries, struct entry *entry)
{
    struct entry **link = bucket_of(entries, entry->id);
    while (*link != entry)
        link = &(*link)->next_in_bucket;
    *link = entry->next_in_bucket;
    entries->known--;
    pthread_mutex_destroy(&entry->work);
    pthread_mutex_destroy(&entry->lock);
    free(entry);
}

void entries_free(struct entries **owned, void (*last)(void *context, struct entry *entry),
                  void *context)
{
    struct entries *entries = *owned;
    if (!entries)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct entry *entry; (entry = entries->buckets[i]) != NULL; drop(entries, entry))
            last(context, entry);
    pthread_mutex_destroy(&entries->lock);
    free(entries);
    *owned = NULL;
}

static struct entry *add(struct entries *entries, const struct upload_place *place)
{
    struct entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    snprintf(entry->id, sizeof entry->id, "%s", place->id);
    entry->slot = place->slot;
    pthread_mutex_init(&entry->work, NULL);
    pthread_mutex_init(&entry->lock, NULL);
    struct entry **bucket = bucket_of(entries, place->id);
    entry->next_in_bucket = *bucket;
    *bucket = entry;
    entries->known++;
    return entry;
}

struct entry *entries_pin(struct entries *entries, const struct upload_place *place)
{
    pthread_mutex_lock(&entries->lock);
    struct entry *entry = *bucket_of(entries, place->id);
    while (entry && strcmp(entry->id, place->id) != 0)
        entry = entry->next_in_bucket;
    if (!entry)
        entry = add(entries, place);
    else if (entry->pins == 0)
        unlink_from_idle(entries, entry);
    if (entry)
        entry->pins++;
    pthread_mutex_unlock(&entries->lock);
    return entry;
}

/* Of an unpinned entry, which nobody changes. */
static bool waits(const struct entry *entry)
{
    return entry->patch || entry->wanted;
}

void entries_unpin(struct entries *entries, struct entry *entry)
{
    pthread_mutex_lock(&entries->lock);
    if (--entry->pins == 0) {
        entry->older = entries->newest;
        *(entry->older ? &entry->older->newer : &entries->oldest) = entry;
        entries->newest = entry;
        for (struct entry *victim; entries->known > entries->known_max &&
                                   (victim = entries->oldest) != NULL && !waits(victim);) {
            unlink_from_idle(entries, victim);
            drop(entries, victim);
        }
    }
    pthread_mutex_unlock(&entries->lock);
}

struct entry *entries_pin_waiting(struct entries *entries)
{
    pthread_mutex_lock(&entries->lock);
    struct entry *entry = entries->oldest;
    while (entry && !waits(entry))
        entry = entry->newer;
    if (entry) {
        unlink_from_idle(entries, entry);
        entry->pins++;
    }
    pthread_mutex_unlock(&entries->lock);
    return entry;
}
