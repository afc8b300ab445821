/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies and what becomes of them on the disk. What a network thread calls (begin, add, abandon)
 * holds an entry's `lock` for moments and tries `work`; where disk work goes on or would be needed,
 * begin says busy and leaves the work to uploads_tidy.
 */
#include "intake/uploads.h"

#include <errno.h>
#include <stdatomic.h>

#include "base/log.h"
#include "crypto/crypto.h"
#include "intake/entries.h"
#include "keys/keys.h"

struct upload_body {
    struct uploads *uploads;
    struct entry *entry;
    uint64_t room; /* bytes that may still come */
    struct tus_checksum checksum;
    int refusal; /* given again by every later add */
    bool fenced; /* under the entry's lock: the patch was taken away */
};

struct uploads {
    struct uploads_config config;
    struct entries *entries;
    _Atomic uint32_t bodies; /* patches that are open */
};

/* ---- one upload, its `work` held ---- */

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
    entry->wanted = false;
    if (entry->have_state || entry->lost)
        return entry->lost;
    uint8_t key[KEYS_KEY];
    int result = load_key(uploads, entry, key);
    if (result == 0)
        result =
            outcome_of(staging_resume(uploads->config.staging, entry->id, key, 0, &entry->state));
    crypto_wipe(key, sizeof key);
    entry->have_state = result == 0;
    if (result > 0)
        entry->lost = result;
    if (result == UPLOADS_DAMAGED)
        log_event(LOG_ERROR, "upload.damaged", "upload=%s", entry->id);
    return result;
}

/* Takes the patch away from its writer, if one is at it, whose next add finds out. */
static struct staging_patch *take_patch(struct entry *entry)
{
    pthread_mutex_lock(&entry->lock);
    struct staging_patch *patch = entry->patch;
    if (entry->body)
        entry->body->fenced = true;
    entry->patch = NULL;
    entry->body = NULL;
    pthread_mutex_unlock(&entry->lock);
    return patch;
}

/* Syncs and closes the patch; afterwards `state` is what stands. An unfinished checked patch counts
 * for nothing. */
static int close_patch(struct uploads *uploads, struct entry *entry, bool whole)
{
    struct staging_patch *patch = take_patch(entry);
    int result =
        whole ? staging_end(&patch, &entry->state) : staging_rollback(&patch, &entry->state);
    if (result < 0)
        entry->have_state = false;
    atomic_fetch_sub(&uploads->bodies, 1);
    return outcome_of(result);
}

/* Ends a patch that somebody else began, as far as it came. */
static int close_unfinished(struct uploads *uploads, struct entry *entry)
{
    return close_patch(uploads, entry, !entry->checked);
}

/* ---- the registry ---- */

int uploads_new(const struct uploads_config *config, struct uploads **uploads_out)
{
    struct uploads *uploads = calloc(1, sizeof *uploads);
    struct entries *entries = uploads ? entries_new(config->known_max) : NULL;
    if (!entries) {
        free(uploads);
        return log_fault("uploads.new", -ENOMEM, "memory is short");
    }
    uploads->config = *config;
    uploads->entries = entries;
    *uploads_out = uploads;
    return 0;
}

static void end_entry(void *context, struct entry *entry)
{
    struct upload_body *body = entry->body;
    if (entry->patch)
        (void)!close_unfinished(context, entry);
    free(body);
}

void uploads_free(struct uploads **uploads)
{
    if (!*uploads)
        return;
    entries_free(&(*uploads)->entries, end_entry, *uploads);
    free(*uploads);
    *uploads = NULL;
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
    struct entry *entry = entries_pin(uploads->entries, &(struct upload_place){id, slot});
    if (!entry) {
        drop_new(uploads, id, slot);
        return log_fault("uploads.create", -ENOMEM, "upload=%s", id);
    }
    pthread_mutex_lock(&entry->work);
    entry->state = state;
    entry->have_state = true;
    pthread_mutex_unlock(&entry->work);
    entries_unpin(uploads->entries, entry);
    *slot_out = slot;
    return 0;
}

/* ---- bodies ---- */

static bool has_body(struct entry *entry)
{
    pthread_mutex_lock(&entry->lock);
    bool has = entry->body != NULL;
    pthread_mutex_unlock(&entry->lock);
    return has;
}

/* Opens the staging file for a body, the entry's `work` held for a moment: nothing here waits for
 * the disk. */
static int open_body(struct uploads *uploads, struct entry *entry, const struct upload_start *start,
                     struct upload_body *body)
{
    if (has_body(entry))
        return UPLOADS_BUSY;
    if (entry->lost)
        return entry->lost;
    if (entry->patch || !entry->have_state) {
        entry->wanted = true;
        return UPLOADS_BUSY;
    }
    if (entry->state.offset != start->offset) {
        if (start->stands_out)
            *start->stands_out = entry->state.offset;
        return UPLOADS_WRONG_OFFSET;
    }
    uint8_t key[KEYS_KEY];
    bool checked = start->checksum->algorithm != TUS_NO_CHECKSUM;
    struct staging_place place = {.id = entry->id,
                                  .key = key,
                                  .state = &entry->state,
                                  .mode = checked ? STAGING_CHECKED : STAGING_PLAIN};
    struct staging_patch *patch = NULL;
    int result = load_key(uploads, entry, key);
    if (result == 0)
        result = outcome_of(staging_begin(uploads->config.staging, &place, &patch));
    crypto_wipe(key, sizeof key);
    if (result != 0)
        return result;
    entry->checked = checked;
    pthread_mutex_lock(&entry->lock);
    entry->patch = patch;
    entry->body = body;
    pthread_mutex_unlock(&entry->lock);
    return 0;
}

static bool take_body_place(struct uploads *uploads)
{
    uint32_t bodies = atomic_load(&uploads->bodies);
    while (bodies < uploads->config.bodies_max)
        if (atomic_compare_exchange_weak(&uploads->bodies, &bodies, bodies + 1))
            return true;
    return false;
}

int uploads_begin(struct uploads *uploads, const struct upload_place *place,
                  const struct upload_start *start, struct upload_body **body_out)
{
    if (!take_body_place(uploads))
        return UPLOADS_TOO_MANY;
    struct upload_body *body = calloc(1, sizeof *body);
    struct entry *entry = body ? entries_pin(uploads->entries, place) : NULL;
    int result = -ENOMEM;
    if (!entry) {
        log_fault("uploads.begin", result, "upload=%s", place->id);
    } else {
        *body = (struct upload_body){
            .uploads = uploads, .entry = entry, .room = start->room, .checksum = *start->checksum};
        result = UPLOADS_BUSY;
        if (pthread_mutex_trylock(&entry->work) == 0) {
            result = open_body(uploads, entry, start, body);
            pthread_mutex_unlock(&entry->work);
        }
        if (result != 0)
            entries_unpin(uploads->entries, entry);
    }
    if (result != 0) {
        free(body);
        atomic_fetch_sub(&uploads->bodies, 1);
        return result;
    }
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
    entries_unpin(body->uploads->entries, body->entry);
    free(body);
    *body_in = NULL;
}

static bool is_fenced(const struct upload_body *body)
{
    pthread_mutex_lock(&body->entry->lock);
    bool fenced = body->fenced;
    pthread_mutex_unlock(&body->entry->lock);
    return fenced;
}

int uploads_end(struct upload_body **body_in, struct staging_state *state_out)
{
    struct upload_body *body = *body_in;
    struct entry *entry = body->entry;
    struct uploads *uploads = body->uploads;
    bool matches = body->refusal == 0 && tus_checksum_compare(&body->checksum) == 0;
    bool checked = body->checksum.algorithm != TUS_NO_CHECKSUM;
    int result = UPLOADS_FENCED;
    pthread_mutex_lock(&entry->work);
    if (!is_fenced(body)) /* nobody can fence it off any more */
        result = close_patch(uploads, entry, matches || !checked);
    *state_out = entry->state;
    pthread_mutex_unlock(&entry->work);
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

/* ---- from the pool and the jobs ---- */

int uploads_settle(struct uploads *uploads, const struct upload_place *place,
                   struct staging_state *state_out)
{
    struct entry *entry = entries_pin(uploads->entries, place);
    if (!entry)
        return log_fault("uploads.settle", -ENOMEM, "upload=%s", place->id);
    pthread_mutex_lock(&entry->work);
    int result = entry->patch ? close_unfinished(uploads, entry) : 0;
    if (result == 0)
        result = need_state(uploads, entry);
    *state_out = entry->state;
    pthread_mutex_unlock(&entry->work);
    entries_unpin(uploads->entries, entry);
    if (result == 0)
        result = keys_sync(uploads->config.keys);
    return result;
}

int uploads_read(struct uploads *uploads, const struct upload_place *place,
                 const struct staging_state *state, uint8_t *out)
{
    struct entry *entry = entries_pin(uploads->entries, place);
    if (!entry)
        return log_fault("uploads.read", -ENOMEM, "upload=%s", place->id);
    uint8_t key[KEYS_KEY];
    int result = load_key(uploads, entry, key);
    if (result == 0)
        result = outcome_of(staging_read(uploads->config.staging, place->id, key, state, out));
    crypto_wipe(key, sizeof key);
    entries_unpin(uploads->entries, entry);
    return result;
}

int uploads_destroy(struct uploads *uploads, const struct upload_place *place)
{
    uint8_t id[16];
    if (!id_to_bytes(place->id, id))
        return log_fault("uploads.destroy", -EINVAL, "not an id");
    struct entry *entry = entries_pin(uploads->entries, place);
    if (!entry)
        return log_fault("uploads.destroy", -ENOMEM, "upload=%s", place->id);
    pthread_mutex_lock(&entry->work);
    struct staging_patch *patch = take_patch(entry);
    if (patch) {
        staging_drop(&patch);
        atomic_fetch_sub(&uploads->bodies, 1);
    }
    entry->have_state = false;
    entry->lost = UPLOADS_ABSENT;
    int erased = keys_erase(uploads->config.keys, place->slot, id);
    int removed = staging_remove(uploads->config.staging, place->id);
    pthread_mutex_unlock(&entry->work);
    entries_unpin(uploads->entries, entry);
    if (erased < 0)
        return erased;
    return removed < 0 ? removed : 0;
}

void uploads_tidy(struct uploads *uploads)
{
    for (struct entry *entry; (entry = entries_pin_waiting(uploads->entries)) != NULL;
         entries_unpin(uploads->entries, entry)) {
        pthread_mutex_lock(&entry->work);
        /* A fault was logged; the file is read again when it is asked for. */
        if (entry->patch && !has_body(entry))
            (void)!close_unfinished(uploads, entry);
        if (entry->wanted)
            (void)!need_state(uploads, entry);
        pthread_mutex_unlock(&entry->work);
    }
}

int uploads_free_space(struct uploads *uploads, uint64_t *bytes_out)
{
    return staging_free_space(uploads->config.staging, bytes_out);
}

uint32_t uploads_bodies(struct uploads *uploads)
{
    return atomic_load(&uploads->bodies);
}
