/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening and closing the folder, and all that is done with it while it is open. The parts:
 * folder.c (the folder and its small files), vault.c (masters and secrets), slots.c (the file of
 * slots), wrap.c (the bytes), rotate.c (a new master), journal.c (what was erased).
 *
 * Reading a key takes no lock over the disk. A slot that is being wrapped anew just then may come
 * torn, and its checksum shows it; then it is read again with the lock held, which every writer of
 * slots holds.
 */
#include "keys/keys.h"

#include <errno.h>
#include <sys/vfs.h>

#include "base/log.h"
#include "crypto/aead.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "keys/keys_parts.h"
#include "keys/rotate.h"

const char *keys_outcome_text(int outcome)
{
    switch (outcome) {
    case 0:
        return "the keys are in order";
    case KEYS_GONE:
        return "this key was erased";
    case KEYS_ABSENT:
        return "the keys folder, its master key, its secrets or its slots are not there";
    case KEYS_IN_USE:
        return "another process uses the keys folder";
    case KEYS_INSIDE_DATA:
        return "the keys folder lies inside the data folder: a copy of the data would hold its "
               "keys";
    case KEYS_EXPOSED:
        return "the keys folder or the master key can be used by others: chmod 700 the folder, 600 "
               "the key";
    case KEYS_BAD_MASTER:
        return "the master key must be a file of exactly 32 bytes";
    case KEYS_WRONG_MASTER:
        return "this is not the master key that the keys folder was made with or last changed to";
    case KEYS_SAME_MASTER:
        return "the next master key is the one in use";
    case KEYS_UNFINISHED:
        return "an earlier change awaits its end: put that next master key in the place of the one "
               "handed in, and start the server once";
    case KEYS_DAMAGED:
        return "a file in the keys folder is damaged: restore the folder from its backup";
    case KEYS_FULL:
        return "there is no room for more keys";
    default:
        return "the keys folder cannot be used: the log says why";
    }
}

/* ---- open and close ---- */

/* All but the lock and the slots: enough to say whether the folder would open. */
static int look_inside(const struct keys_config *config, struct keys *keys)
{
    char room[FOLDER_PATH_ROOM];
    struct folder_master master = folder_master_of(config, room);
    keys->master_is_handed_in = master.path != NULL;
    return vault_load(keys->folder, &master, config->make, keys->vault);
}

static struct keys *keys_blank(void)
{
    struct keys *keys = calloc(1, sizeof *keys);
    if (!keys)
        return NULL;
    keys->vault = crypto_secret_new(sizeof *keys->vault);
    if (!keys->vault) {
        free(keys);
        return NULL;
    }
    memset(keys->vault, 0, sizeof *keys->vault);
    keys->folder = keys->held_lock = keys->slots.fd = keys->journal.fd = -1;
    pthread_mutex_init(&keys->journal.lock, NULL);
    pthread_mutex_init(&keys->lock, NULL);
    pthread_mutex_init(&keys->rotating, NULL);
    return keys;
}

static int fill(const struct keys_config *config, struct keys *keys)
{
    int result = folder_open(config, &keys->folder);
    if (result == 0)
        result = folder_lock(keys->folder, &keys->held_lock);
    if (result == 0)
        result = look_inside(config, keys);
    if (result == 0)
        result = slots_open(keys->folder, &keys->slots);
    bool awaits_operator = keys->master_is_handed_in && keys->vault->given_is_old;
    if (result == 0 && keys->vault->has_other && !awaits_operator)
        result = rotate_finish(keys);
    return result;
}

int keys_open(const struct keys_config *config, struct keys **keys_out)
{
    struct keys *keys = keys_blank();
    if (!keys)
        return log_fault("keys.open", -ENOMEM, "what=memory");
    int result = fill(config, keys);
    if (result != 0)
        keys_close(&keys);
    else
        *keys_out = keys;
    return result;
}

void keys_close(struct keys **keys_in)
{
    struct keys *keys = *keys_in;
    if (!keys)
        return;
    if (keys->slots.fd >= 0)
        slots_close(&keys->slots);
    if (keys->journal.fd >= 0)
        close(keys->journal.fd);
    if (keys->held_lock >= 0)
        close(keys->held_lock);
    if (keys->folder >= 0)
        close(keys->folder);
    pthread_mutex_destroy(&keys->journal.lock);
    pthread_mutex_destroy(&keys->rotating);
    pthread_mutex_destroy(&keys->lock);
    crypto_secret_free(keys->vault);
    free(keys);
    *keys_in = NULL;
}

int keys_open_secrets(const struct keys_config *config, struct keys **keys_out)
{
    struct keys_config looking = *config;
    looking.make = KEYS_MUST_EXIST;
    struct keys *keys = keys_blank();
    if (!keys)
        return log_fault("keys.open", -ENOMEM, "what=memory");
    int result = folder_open(&looking, &keys->folder);
    if (result == 0)
        result = look_inside(&looking, keys);
    if (result == 0 && faccessat(keys->folder, "slots", F_OK, 0) != 0)
        result = KEYS_ABSENT;
    if (result != 0)
        keys_close(&keys);
    else
        *keys_out = keys;
    return result;
}

int keys_probe(const struct keys_config *config)
{
    struct keys *keys = NULL;
    int result = keys_open_secrets(config, &keys);
    keys_close(&keys);
    return result;
}

/* ---- keys ---- */

int keys_new(struct keys *keys, const uint8_t id[KEYS_ID], uint8_t key_out[KEYS_KEY],
             uint32_t *slot_out)
{
    uint8_t slot[WRAP_SLOT];
    uint32_t number;
    pthread_mutex_lock(&keys->lock);
    int result = group_sync_fault(&keys->slots.sync);
    if (result == 0)
        result = slots_take(&keys->slots, &number);
    if (result == 0) {
        crypto_random(key_out, KEYS_KEY);
        result =
            wrap_slot_make(&keys->vault->target, &(struct wrap_owner){number, id}, key_out, slot);
    }
    if (result == 0)
        result = slots_write(&keys->slots, number, slot);
    pthread_mutex_unlock(&keys->lock);
    if (result == 0)
        *slot_out = number;
    else
        crypto_wipe(key_out, KEYS_KEY);
    return result;
}

/* The master that a slot is under. False: none that we have. */
static bool master_of(const struct vault *vault, const uint8_t slot[WRAP_SLOT],
                      struct wrap_master *master_out)
{
    const uint8_t *mark = wrap_slot_mark(slot);
    if (memcmp(mark, vault->target.mark, WRAP_MARK) == 0)
        *master_out = vault->target;
    else if (vault->has_other && memcmp(mark, vault->other.mark, WRAP_MARK) == 0)
        *master_out = vault->other;
    else
        return false;
    return true;
}

enum hold { LOCK_FOR_MASTERS, LOCK_ALREADY_HELD };

static int load_once(struct keys *keys, const struct wrap_owner *owner, enum hold hold,
                     uint8_t key_out[KEYS_KEY])
{
    uint8_t slot[WRAP_SLOT];
    int result = slots_read(&keys->slots, owner->number, slot);
    if (result != 0)
        return result;
    if (wrap_slot_is_free(slot))
        return KEYS_GONE;
    if (!wrap_slot_is_sound(slot))
        return KEYS_DAMAGED;
    if (memcmp(wrap_slot_id(slot), owner->id, KEYS_ID) != 0)
        return KEYS_GONE;
    struct wrap_master master;
    if (hold == LOCK_FOR_MASTERS)
        pthread_mutex_lock(&keys->lock);
    bool known = master_of(keys->vault, slot, &master);
    if (hold == LOCK_FOR_MASTERS)
        pthread_mutex_unlock(&keys->lock);
    if (!known)
        return KEYS_DAMAGED;
    result = wrap_slot_open(&master, owner->number, slot, key_out);
    crypto_wipe(&master, sizeof master);
    return result == AEAD_FORGED ? KEYS_DAMAGED : result;
}

int keys_load(struct keys *keys, uint32_t slot, const uint8_t id[KEYS_ID],
              uint8_t key_out[KEYS_KEY])
{
    struct wrap_owner owner = {slot, id};
    int result = load_once(keys, &owner, LOCK_FOR_MASTERS, key_out);
    if (result != KEYS_DAMAGED)
        return result;
    pthread_mutex_lock(&keys->lock);
    result = load_once(keys, &owner, LOCK_ALREADY_HELD, key_out);
    pthread_mutex_unlock(&keys->lock);
    if (result == KEYS_DAMAGED)
        log_event(LOG_ERROR, "keys.damaged", "slot=%u", (unsigned)slot);
    return result;
}

int keys_has(struct keys *keys, uint32_t slot, const uint8_t id[KEYS_ID])
{
    uint8_t held[WRAP_SLOT];
    int result = slots_read(&keys->slots, slot, held);
    bool ours =
        result == 0 && !wrap_slot_is_free(held) && memcmp(wrap_slot_id(held), id, KEYS_ID) == 0;
    return result < 0 || ours ? result : KEYS_GONE;
}

int keys_erase(struct keys *keys, uint32_t slot, const uint8_t id[KEYS_ID])
{
    static const uint8_t zeros[WRAP_SLOT];
    uint8_t held[WRAP_SLOT];
    pthread_mutex_lock(&keys->lock);
    int result = slots_read(&keys->slots, slot, held);
    if (result == 0 && (wrap_slot_is_free(held) || memcmp(wrap_slot_id(held), id, KEYS_ID) != 0))
        result = KEYS_GONE;
    if (result == 0)
        result = slots_write(&keys->slots, slot, zeros);
    pthread_mutex_unlock(&keys->lock);
    return result;
}

int keys_sync(struct keys *keys)
{
    return group_sync_wait(&keys->slots.sync);
}

int keys_each(struct keys *keys, keys_visit *visit, void *context)
{
    AUTO_FREE uint8_t *block = malloc((size_t)SLOTS_BLOCK * WRAP_SLOT);
    if (!block)
        return log_fault("keys.each", -ENOMEM, "what=memory");
    uint32_t got;
    for (uint32_t first = 0;; first += got) {
        int result = slots_read_block(&keys->slots, first, block, &got);
        if (result != 0 || got == 0)
            return result;
        for (uint32_t i = 0; i < got && result == 0; i++) {
            const uint8_t *slot = block + (size_t)i * WRAP_SLOT;
            if (wrap_slot_is_sound(slot))
                result = visit(context, first + i, wrap_slot_id(slot));
            else if (!wrap_slot_is_free(slot))
                log_event(LOG_WARN, "keys.damaged", "slot=%u", (unsigned)(first + i));
        }
        if (result != 0)
            return result;
    }
}

/* ---- secrets and signatures: never changed while open, so without a lock ---- */

void keys_secret(struct keys *keys, const char *label, uint8_t out[32])
{
    hash_hkdf((struct span){keys->vault->root, sizeof keys->vault->root}, (struct span){NULL, 0},
              HASH_TEXT(label), out, 32);
}

void keys_sign(struct keys *keys, struct span bytes, uint8_t out[KEYS_SIGNATURE])
{
    sign_make(&keys->vault->sign, bytes, out);
}

void keys_public(struct keys *keys, uint8_t out[KEYS_PUBLIC])
{
    memcpy(out, keys->vault->sign.public, KEYS_PUBLIC);
}

/* ---- what the ledger published: one writer, so without a lock too ---- */

int keys_put_published(struct keys *keys, struct span bytes)
{
    return folder_write(keys->folder, "published", bytes);
}

int keys_get_published(struct keys *keys, uint8_t *out, size_t room, size_t *len_out)
{
    return folder_read(keys->folder, "published", out, room, len_out);
}

/* ---- the master key ---- */

/* File systems that never overwrite in place, and so keep an erased key for a while. */
static bool copies_on_write(int folder)
{
    enum { BTRFS = 0x9123683e, BCACHEFS = 0xca451a4e, ZFS = 0x2fc12fc1 };
    struct statfs fs;
    if (fstatfs(folder, &fs) != 0)
        return false;
    unsigned type = (unsigned)fs.f_type;
    return type == (unsigned)BTRFS || type == (unsigned)BCACHEFS || type == (unsigned)ZFS;
}

void keys_look(struct keys *keys, struct keys_facts *facts_out)
{
    pthread_mutex_lock(&keys->lock);
    *facts_out = (struct keys_facts){
        .slots_used = keys->slots.taken_count,
        .slots = keys->slots.count,
        .master_is_handed_in = keys->master_is_handed_in,
        .rotation_awaits_master = keys->master_is_handed_in && keys->vault->given_is_old,
        .copies_on_write = copies_on_write(keys->folder),
    };
    memcpy(facts_out->master_mark, keys->vault->target.mark, KEYS_MARK);
    pthread_mutex_unlock(&keys->lock);
}

int keys_rotate(struct keys *keys, const char *next_master_file)
{
    if (next_master_file && !keys->master_is_handed_in)
        return KEYS_WRONG_MASTER;
    if (!next_master_file && keys->master_is_handed_in)
        return KEYS_ABSENT;
    pthread_mutex_lock(&keys->rotating);
    int result = rotate_run(keys, next_master_file);
    pthread_mutex_unlock(&keys->rotating);
    return result;
}
