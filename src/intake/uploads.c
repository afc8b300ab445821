/* SPDX-License-Identifier: Apache-2.0
 *
 * A table of entries by upload id. An entry is pinned while a function or a body holds it; unpinned
 * entries only save the reading of a file again, and the oldest are dropped when there are more
 * than `known_max`. The table's lock guards the table and the pins; an entry's lock guards its
 * state and its body, and is held over disk work. A network thread takes an entry's lock only with
 * trylock where disk work could hold it (begin), or for its own body (add), which nobody else works
 * on but a fencing HEAD from the same phone.
 */
#include "intake/uploads.h"

#include <errno.h>
#include <pthread.h>

#include "base/log.h"
#include "crypto/crypto.h"
#include "keys/keys.h"

enum { BUCKETS = 4096 };

/* Under `lock`:
 * 1. patch != NULL exactly while bytes may be unsynced; body is its writer, or NULL when it was
 * abandoned.
 * 2. have_state: `state` is what stands on the disk, up to the patch if there is one. */
struct entry {
    char id[ID_ROOM];
    uint32_t slot;
    uint32_t pins; /* under the table's lock */
    struct entry *next_in_bucket;
    struct entry *newer, *older; /* among the unpinned, under the table's lock */

    pthread_mutex_t lock;
    bool have_state;
    struct staging_state state;
    struct staging_patch *patch;
    bool checked; /* the patch counts only when its checksum is right */
    struct upload_body *body;
};

struct upload_body {
    struct uploads *uploads;
    struct entry *entry;
    uint64_t room; /* bytes that may still come */
    struct tus_checksum checksum;
    int refusal;                   /* given again by every later add */
    bool fenced;                   /* under the entry's lock */
    struct staging_state standing; /* where a fence left the upload */
};

struct uploads {
    struct uploads_config config;
    pthread_mutex_t lock;
    struct entry *buckets[BUCKETS];
    struct entry *newest, *oldest; /* unpinned entries */
    uint32_t known;
    uint32_t bodies;
};

/* ---- the table ---- */

static struct entry **bucket_of(struct uploads *uploads, const char *id)
{
    uint32_t hash = 2166136261u;
    for (; *id; id++)
        hash = (hash ^ (uint8_t)*id) * 16777619u;
    return &uploads->buckets[hash % BUCKETS];
}

static void unlink_from_idle(struct uploads *uploads, struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &uploads->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &uploads->oldest) = entry->newer;
    entry->newer = entry->older = NULL;
}

static void drop(struct uploads *uploads, struct entry *entry)
{
    struct entry **link = bucket_of(uploads, entry->id);
    while (*link != entry)
        link = &(*link)->next_in_bucket;
    *link = entry->next_in_bucket;
    uploads->known--;
    pthread_mutex_destroy(&entry->lock);
    free(entry);
}

static struct entry *add_entry(struct uploads *uploads, const struct upload_place *place)
{
    struct entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    snprintf(entry->id, sizeof entry->id, "%s", place->id);
    entry->slot = place->slot;
    pthread_mutex_init(&entry->lock, NULL);
    struct entry **bucket = bucket_of(uploads, place->id);
    entry->next_in_bucket = *bucket;
    *bucket = entry;
    uploads->known++;
    return entry;
}

/* The entry of an upload, pinned; NULL when memory is short. */
static struct entry *pin(struct uploads *uploads, const struct upload_place *place)
{
    pthread_mutex_lock(&uploads->lock);
    struct entry *entry = *bucket_of(uploads, place->id);
    while (entry && strcmp(entry->id, place->id) != 0)
        entry = entry->next_in_bucket;
    if (!entry)
        entry = add_entry(uploads, place);
    else if (entry->pins == 0)
        unlink_from_idle(uploads, entry);
    if (entry)
        entry->pins++;
    pthread_mutex_unlock(&uploads->lock);
    return entry;
}

static void unpin(struct uploads *uploads, struct entry *entry)
{
    pthread_mutex_lock(&uploads->lock);
    if (--entry->pins == 0) {
        entry->older = uploads->newest;
        *(entry->older ? &entry->older->newer : &uploads->oldest) = entry;
        uploads->newest = entry;
        /* An idle entry with a patch was abandoned; uploads_tidy ends it before it may be dropped.
         */
        for (struct entry *victim; uploads->known > uploads->config.known_max &&
                                   (victim = uploads->oldest) != NULL && !victim->patch;) {
            unlink_from_idle(uploads, victim);
            drop(uploads, victim);
        }
    }
    pthread_mutex_unlock(&uploads->lock);
}

/* ---- one upload, its lock held ---- */

static int outcome_of(int staging_result)
{
    switch (staging_result) {
    case STAGING_ABSENT:
        return UPLOADS_ABSENT;
    case STAGING_FULL:
        return UPLOADS_FULL;
    case STAGING_DAMAGED:
    case STAGING_LOST:
    case STAGING_BAD_ID:
        return UPLOADS_DAMAGED;
    default:
        return staging_result;
    }
}

static int load_key(struct uploads *uploads, const struct entry *entry, uint8_t key[KEYS_KEY])
{
    uint8_t id[16];
    if (!id_to_bytes(entry->id, id))
        return UPLOADS_ABSENT;
    int result = keys_load(uploads->config.keys, entry->slot, id, key);
    return result == KEYS_GONE ? UPLOADS_ABSENT : result == KEYS_DAMAGED ? UPLOADS_DAMAGED : result;
}

/* Makes `state` known, reading the file if need be. */
static int need_state(struct uploads *uploads, struct entry *entry)
{
    if (entry->have_state)
        return 0;
    uint8_t key[KEYS_KEY];
    int result = load_key(uploads, entry, key);
    if (result == 0)
        result =
            outcome_of(staging_resume(uploads->config.staging, entry->id, key, 0, &entry->state));
    crypto_wipe(key, sizeof key);
    entry->have_state = result == 0;
    if (result == UPLOADS_DAMAGED)
        log_event(LOG_ERROR, "upload.damaged", "upload=%s", entry->id);
    return result;
}

static void count_body(struct uploads *uploads, int change)
{
    pthread_mutex_lock(&uploads->lock);
    uploads->bodies += (uint32_t)change;
    pthread_mutex_unlock(&uploads->lock);
}

/* The patch is closed: takes the upload away from its body, if one is at it. */
static void part_from_body(struct uploads *uploads, struct entry *entry)
{
    struct upload_body *body = entry->body;
    entry->body = NULL;
    if (body) {
        body->fenced = true;
        body->standing = entry->state;
    }
    count_body(uploads, -1);
}

/* Syncs and closes the patch; afterwards `state` is what stands. An unfinished checked patch counts
 * for nothing. */
static int close_patch(struct uploads *uploads, struct entry *entry, bool whole)
{
    int result = whole ? staging_end(&entry->patch, &entry->state)
                       : staging_rollback(&entry->patch, &entry->state);
    if (result < 0)
        entry->have_state = false;
    part_from_body(uploads, entry);
    return outcome_of(result);
}

/* Ends a patch that somebody else began, as far as it came. */
static int close_unfinished(struct uploads *uploads, struct entry *entry)
{
    return close_patch(uploads, entry, !entry->checked);
}

/* ---- bodies ---- */

int uploads_new(const struct uploads_config *config, struct uploads **uploads_out)
{
    struct uploads *uploads = calloc(1, sizeof *uploads);
    if (!uploads)
        return log_fault("uploads.new", -ENOMEM, "memory is short");
    uploads->config = *config;
    pthread_mutex_init(&uploads->lock, NULL);
    *uploads_out = uploads;
    return 0;
}

void uploads_free(struct uploads **uploads_in)
{
    struct uploads *uploads = *uploads_in;
    if (!uploads)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct entry *entry; (entry = uploads->buckets[i]) != NULL;) {
            struct upload_body *body = entry->body;
            if (entry->patch)
                (void)!close_unfinished(uploads, entry);
            free(body);
            drop(uploads, entry);
        }
    pthread_mutex_destroy(&uploads->lock);
    free(uploads);
    *uploads_in = NULL;
}

/* Takes back the key, and the file if there is one, of an upload that did not come to be. What
 * stays is an orphan that the next start removes. */
static void drop_new(struct uploads *uploads, const char *id, uint32_t slot)
{
    uint8_t bytes[16];
    if (!id_to_bytes(id, bytes) || keys_erase(uploads->config.keys, slot, bytes) < 0 ||
        staging_remove(uploads->config.staging, id) < 0)
        log_event(LOG_WARN, "upload.left_over", "upload=%s", id);
}

int uploads_create(struct uploads *uploads, const char *id, uint32_t *slot_out)
{
    uint8_t key[KEYS_KEY], bytes[16];
    struct staging_state state;
    uint32_t slot;
    if (!id_to_bytes(id, bytes))
        return log_fault("uploads.create", -EINVAL, "not an id");
    int result = keys_new(uploads->config.keys, bytes, key, &slot);
    if (result != 0)
        return result == KEYS_FULL ? UPLOADS_FULL : result;
    result = staging_create(uploads->config.staging, id, key, &state);
    crypto_wipe(key, sizeof key);
    if (result != 0) {
        drop_new(uploads, id, slot);
        return outcome_of(result);
    }
    struct entry *entry = pin(uploads, &(struct upload_place){id, slot});
    if (!entry) {
        drop_new(uploads, id, slot);
        return log_fault("uploads.create", -ENOMEM, "upload=%s", id);
    }
    pthread_mutex_lock(&entry->lock);
    entry->state = state;
    entry->have_state = true;
    pthread_mutex_unlock(&entry->lock);
    unpin(uploads, entry);
    *slot_out = slot;
    return 0;
}

/* Opens the staging file for a body, the entry's lock held. */
static int open_body(struct uploads *uploads, struct entry *entry, const struct upload_start *start,
                     struct upload_body *body)
{
    if (entry->body)
        return UPLOADS_BUSY;
    int result = entry->patch ? close_unfinished(uploads, entry) : 0;
    if (result == 0 || result == UPLOADS_FULL)
        result = need_state(uploads, entry);
    if (result != 0)
        return result;
    if (entry->state.offset != start->offset) {
        if (start->stands_out)
            *start->stands_out = entry->state.offset;
        return UPLOADS_WRONG_OFFSET;
    }
    uint8_t key[KEYS_KEY];
    result = load_key(uploads, entry, key);
    if (result == 0)
        result = outcome_of(staging_begin(
            uploads->config.staging,
            &(struct staging_place){.id = entry->id,
                                    .key = key,
                                    .state = &entry->state,
                                    .mode = start->checksum->algorithm == TUS_NO_CHECKSUM
                                                ? STAGING_PLAIN
                                                : STAGING_CHECKED},
            &entry->patch));
    crypto_wipe(key, sizeof key);
    if (result == 0) {
        entry->body = body;
        entry->checked = start->checksum->algorithm != TUS_NO_CHECKSUM;
    }
    return result;
}

static bool take_body_place(struct uploads *uploads)
{
    pthread_mutex_lock(&uploads->lock);
    bool free_place = uploads->bodies < uploads->config.bodies_max;
    uploads->bodies += free_place;
    pthread_mutex_unlock(&uploads->lock);
    return free_place;
}

int uploads_begin(struct uploads *uploads, const struct upload_place *place,
                  const struct upload_start *start, struct upload_body **body_out)
{
    if (!take_body_place(uploads))
        return UPLOADS_TOO_MANY;
    struct upload_body *body = calloc(1, sizeof *body);
    struct entry *entry = body ? pin(uploads, place) : NULL;
    int result = -ENOMEM;
    if (!entry) {
        log_fault("uploads.begin", result, "upload=%s", place->id);
    } else {
        if (pthread_mutex_trylock(&entry->lock) == 0) {
            result = open_body(uploads, entry, start, body);
            pthread_mutex_unlock(&entry->lock);
        } else {
            result = UPLOADS_BUSY;
        }
        if (result != 0)
            unpin(uploads, entry);
    }
    if (result != 0) {
        free(body);
        count_body(uploads, -1);
        return result;
    }
    body->uploads = uploads;
    body->entry = entry;
    body->room = start->room;
    body->checksum = *start->checksum;
    *body_out = body;
    return 0;
}

int uploads_add(struct upload_body *body, struct span bytes)
{
    if (body->refusal == 0 && bytes.len > body->room)
        body->refusal = UPLOADS_BEYOND;
    if (body->refusal != 0)
        return body->refusal;
    pthread_mutex_lock(&body->entry->lock);
    int result =
        body->fenced ? UPLOADS_FENCED : outcome_of(staging_append(body->entry->patch, bytes));
    pthread_mutex_unlock(&body->entry->lock);
    if (result == 0) {
        body->room -= bytes.len;
        tus_checksum_add(&body->checksum, bytes);
    }
    body->refusal = result;
    return result;
}

static void free_body(struct upload_body **body_in)
{
    struct upload_body *body = *body_in;
    unpin(body->uploads, body->entry);
    free(body);
    *body_in = NULL;
}

int uploads_end(struct upload_body **body_in, struct staging_state *state_out)
{
    struct upload_body *body = *body_in;
    struct entry *entry = body->entry;
    struct uploads *uploads = body->uploads;
    bool matches = body->refusal == 0 && tus_checksum_compare(&body->checksum) == 0;
    bool checked = body->checksum.algorithm != TUS_NO_CHECKSUM;
    pthread_mutex_lock(&entry->lock);
    int result;
    if (body->fenced) {
        *state_out = body->standing;
        result = UPLOADS_FENCED;
    } else {
        result = close_patch(uploads, entry, matches || !checked);
        *state_out = entry->state;
    }
    pthread_mutex_unlock(&entry->lock);
    int refusal = body->refusal;
    free_body(body_in);
    if (result == 0 && refusal != 0)
        result = refusal;
    if (result == 0 && checked && !matches)
        result = UPLOADS_MISMATCH;
    int synced = result < 0 ? 0 : keys_sync(uploads->config.keys);
    return synced < 0 ? synced : result;
}

void uploads_abandon(struct upload_body **body_in)
{
    struct upload_body *body = *body_in;
    struct entry *entry = body->entry;
    pthread_mutex_lock(&entry->lock);
    if (!body->fenced)
        entry->body = NULL; /* the patch stays open for uploads_tidy */
    pthread_mutex_unlock(&entry->lock);
    free_body(body_in);
}

int uploads_settle(struct uploads *uploads, const struct upload_place *place,
                   struct staging_state *state_out)
{
    struct entry *entry = pin(uploads, place);
    if (!entry)
        return log_fault("uploads.settle", -ENOMEM, "upload=%s", place->id);
    pthread_mutex_lock(&entry->lock);
    int result = entry->patch ? close_unfinished(uploads, entry) : 0;
    if (result == 0)
        result = need_state(uploads, entry);
    *state_out = entry->state;
    pthread_mutex_unlock(&entry->lock);
    unpin(uploads, entry);
    if (result == 0)
        result = keys_sync(uploads->config.keys);
    return result;
}

int uploads_read(struct uploads *uploads, const struct upload_place *place,
                 const struct staging_state *state, uint8_t *out)
{
    struct entry *entry = pin(uploads, place);
    if (!entry)
        return log_fault("uploads.read", -ENOMEM, "upload=%s", place->id);
    uint8_t key[KEYS_KEY];
    int result = load_key(uploads, entry, key);
    if (result == 0)
        result = outcome_of(staging_read(uploads->config.staging, place->id, key, state, out));
    crypto_wipe(key, sizeof key);
    unpin(uploads, entry);
    return result;
}

int uploads_destroy(struct uploads *uploads, const struct upload_place *place)
{
    uint8_t id[16];
    if (!id_to_bytes(place->id, id))
        return log_fault("uploads.destroy", -EINVAL, "not an id");
    struct entry *entry = pin(uploads, place);
    if (!entry)
        return log_fault("uploads.destroy", -ENOMEM, "upload=%s", place->id);
    pthread_mutex_lock(&entry->lock);
    if (entry->patch) {
        staging_drop(&entry->patch);
        part_from_body(uploads, entry);
    }
    entry->have_state = false;
    int erased = keys_erase(uploads->config.keys, place->slot, id);
    int removed = staging_remove(uploads->config.staging, place->id);
    pthread_mutex_unlock(&entry->lock);
    unpin(uploads, entry);
    if (erased < 0)
        return erased;
    return removed < 0 ? removed : 0;
}

/* An idle entry with an open patch, pinned; NULL when there is none. */
static struct entry *pin_abandoned(struct uploads *uploads)
{
    pthread_mutex_lock(&uploads->lock);
    struct entry *entry = uploads->oldest;
    while (entry && !entry->patch)
        entry = entry->newer;
    if (entry) {
        unlink_from_idle(uploads, entry);
        entry->pins++;
    }
    pthread_mutex_unlock(&uploads->lock);
    return entry;
}

void uploads_tidy(struct uploads *uploads)
{
    for (struct entry *entry; (entry = pin_abandoned(uploads)) != NULL; unpin(uploads, entry)) {
        pthread_mutex_lock(&entry->lock);
        if (entry->patch && !entry->body)
            /* a fault was logged; the file is read again when asked for */
            (void)!close_unfinished(uploads, entry);
        pthread_mutex_unlock(&entry->lock);
    }
}

int uploads_free_space(struct uploads *uploads, uint64_t *bytes_out)
{
    return staging_free_space(uploads->config.staging, bytes_out);
}

uint32_t uploads_bodies(struct uploads *uploads)
{
    pthread_mutex_lock(&uploads->lock);
    uint32_t bodies = uploads->bodies;
    pthread_mutex_unlock(&uploads->lock);
    return bodies;
}
