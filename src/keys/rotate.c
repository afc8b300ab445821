/* SPDX-License-Identifier: Apache-2.0
 *
 * A change of the master key, in steps that may each be repeated:
 *
 *     1  KEYS/rotation is written: old and next master, each sealed under the other
 *     2  every slot under the old master is wrapped anew; new keys go under the next already
 *     3  the slots are synced
 *     4  KEYS/secrets is replaced
 *     5  KEYS/master.key is replaced, and what it held is overwritten
 *     6  KEYS/rotation is shredded
 *
 * From step 1 on both masters can be had from either, so a kill anywhere leaves a folder that
 * opens, and keys_open goes on from step 2. When the master is handed in from outside we cannot do
 * step 5: the operator does it, and step 6 waits for the first start with the next master.
 */
#include "keys/rotate.h"

#include "base/log.h"
#include "crypto/crypto.h"
#include "keys/keys_parts.h"

/* Wraps one slot anew if it is under the old master. */
static int rewrap(struct keys *keys, uint32_t number)
{
    uint8_t slot[WRAP_SLOT], key[WRAP_KEY];
    struct vault *vault = keys->vault;
    int result = slots_read(&keys->slots, number, slot);
    if (result != 0 || wrap_slot_is_free(slot) || !wrap_slot_is_sound(slot) ||
        memcmp(wrap_slot_mark(slot), vault->other.mark, WRAP_MARK) != 0)
        return result == KEYS_GONE ? 0 : result;
    result = wrap_slot_open(&vault->other, number, slot, key);
    if (result > 0) {
        /* It could not be read before either: leave it as it is. */
        log_event(LOG_ERROR, "keys.damaged", "slot=%u", (unsigned)number);
        return 0;
    }
    if (result == 0) {
        uint8_t id[WRAP_ID];
        memcpy(id, wrap_slot_id(slot), sizeof id);
        result = wrap_slot_make(&vault->target, &(struct wrap_owner){number, id}, key, slot);
    }
    crypto_wipe(key, sizeof key);
    return result == 0 ? slots_write(&keys->slots, number, slot) : result;
}

static int rewrap_all(struct keys *keys)
{
    for (uint32_t number = 0;; number++) {
        pthread_mutex_lock(&keys->lock);
        bool end = number >= keys->slots.count;
        int result = end ? 0 : rewrap(keys, number);
        pthread_mutex_unlock(&keys->lock);
        if (end || result != 0)
            return result;
    }
}

/* Steps 5 and 6, and the old master is forgotten. */
static int retire(struct keys *keys)
{
    struct vault *vault = keys->vault;
    int result = 0;
    if (!keys->master_is_handed_in)
        result =
            folder_write(keys->folder, "master.key", (struct span){vault->target.key, WRAP_KEY});
    if (result == 0)
        result = folder_shred(keys->folder, "rotation");
    if (result != 0 && result != KEYS_ABSENT)
        return result;
    pthread_mutex_lock(&keys->lock);
    crypto_wipe(&vault->other, sizeof vault->other);
    vault->has_other = vault->given_is_old = false;
    log_event(LOG_INFO, "keys.rotated", "slots=%u", (unsigned)keys->slots.taken_count);
    pthread_mutex_unlock(&keys->lock);
    return 0;
}

int rotate_finish(struct keys *keys)
{
    int result = rewrap_all(keys);
    if (result == 0)
        result = group_sync_wait(&keys->slots.sync);
    if (result == 0)
        result = vault_write_secrets(keys->folder, keys->vault);
    if (result == 0 && keys->master_is_handed_in && keys->vault->given_is_old)
        return 0;
    return result == 0 ? retire(keys) : result;
}

/* Draws the next master, or reads the file it is handed in with. */
static int next_master(struct keys *keys, const char *file, struct wrap_master *next_out)
{
    uint8_t key[WRAP_KEY];
    int result = 0;
    if (file)
        result = folder_read_master(keys->folder, &(struct folder_master){.path = file}, key);
    else
        crypto_random(key, sizeof key);
    if (result == 0)
        wrap_master_from(key, next_out);
    crypto_wipe(key, sizeof key);
    return result;
}

/* Step 1, unless it was done before. */
static int begin(struct keys *keys, const struct wrap_master *next)
{
    struct vault *vault = keys->vault;
    bool is_target = memcmp(next->mark, vault->target.mark, WRAP_MARK) == 0;
    if (vault->has_other)
        return is_target ? 0 : KEYS_UNFINISHED;
    if (is_target)
        return KEYS_SAME_MASTER;
    int result = vault_write_rotation(keys->folder, vault, next);
    if (result != 0)
        return result;
    pthread_mutex_lock(&keys->lock);
    vault->other = vault->target;
    vault->target = *next;
    vault->has_other = vault->given_is_old = true;
    pthread_mutex_unlock(&keys->lock);
    return 0;
}

int rotate_run(struct keys *keys, const char *next_master_file)
{
    struct wrap_master next;
    int result = next_master(keys, next_master_file, &next);
    if (result == 0)
        result = begin(keys, &next);
    crypto_wipe(&next, sizeof next);
    return result == 0 ? rotate_finish(keys) : result;
}
