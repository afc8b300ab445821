/* SPDX-License-Identifier: Apache-2.0
 *
 * Masters are told apart by their marks. While KEYS/rotation is there, either of the two that it
 * names opens the folder: it holds each sealed under the other.
 *
 * Nothing is made in place of something lost: a new master or new secrets come only into a folder
 * that has neither secrets nor slots, since everything sealed before would be unreadable from then
 * on without a word.
 */
#include "keys/vault.h"

#include "crypto/aead.h"
#include "crypto/crypto.h"
#include "keys/slots.h"

/* The names of the boxes; a box's purpose is 8 characters. */
#define SECRETS  "PLsecret"
#define NEXT     "PLnextMk" /* the next master, under the old one */
#define PREVIOUS "PLprevMk" /* the old master, under the next one */

enum {
    SECRETS_LEN = 64, /* root secret and signing seed */
    SECRETS_FILE = WRAP_BOX_LEN(SECRETS_LEN),
    MASTER_BOX = WRAP_BOX_LEN(KEYS_KEY),
    ROTATION_FILE = 2 * MASTER_BOX,
};

static bool same_mark(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, WRAP_MARK) == 0;
}

/* Opens the box in which a master lies under `known`; anything but success is damage, since the
 * mark matched. */
static int open_master(const struct wrap_master *known, struct span box,
                       struct wrap_master *master_out)
{
    uint8_t key[WRAP_KEY];
    int result = wrap_box_open(known, box, key);
    if (result == 0)
        wrap_master_from(key, master_out);
    crypto_wipe(key, sizeof key);
    return result == AEAD_FORGED ? KEYS_DAMAGED : result;
}

/* Puts the given master and, if a change is under way, its counterpart into the vault. */
static int load_masters(int folder, const struct wrap_master *given, struct vault *vault)
{
    uint8_t file[ROTATION_FILE];
    size_t len;
    int result = folder_read(folder, "rotation", file, sizeof file, &len);
    vault->target = *given;
    vault->has_other = vault->given_is_old = false;
    if (result == KEYS_ABSENT)
        return 0;
    if (result != 0)
        return result;
    struct span next = {file, MASTER_BOX}, previous = {file + MASTER_BOX, MASTER_BOX};
    if (len != sizeof file || !wrap_box_is(next, NEXT, WRAP_KEY) ||
        !wrap_box_is(previous, PREVIOUS, WRAP_KEY))
        return KEYS_DAMAGED;
    if (same_mark(wrap_box_mark(next), given->mark)) {
        vault->other = *given;
        vault->given_is_old = true;
        result = open_master(given, next, &vault->target);
    } else if (same_mark(wrap_box_mark(previous), given->mark)) {
        result = open_master(given, previous, &vault->other);
    } else {
        result = KEYS_WRONG_MASTER;
    }
    vault->has_other = result == 0;
    return result;
}

int vault_write_rotation(int folder, const struct vault *vault, const struct wrap_master *next)
{
    uint8_t file[ROTATION_FILE];
    int result = wrap_box_make(&vault->target, NEXT, (struct span){next->key, WRAP_KEY}, file);
    if (result == 0)
        result = wrap_box_make(next, PREVIOUS, (struct span){vault->target.key, WRAP_KEY},
                               file + MASTER_BOX);
    return result == 0 ? folder_write(folder, "rotation", (struct span){file, sizeof file})
                       : result;
}

int vault_write_secrets(int folder, const struct vault *vault)
{
    uint8_t payload[SECRETS_LEN], file[SECRETS_FILE];
    memcpy(payload, vault->root, sizeof vault->root);
    memcpy(payload + sizeof vault->root, vault->sign.secret, SIGN_SEED);
    int result =
        wrap_box_make(&vault->target, SECRETS, (struct span){payload, sizeof payload}, file);
    crypto_wipe(payload, sizeof payload);
    return result == 0 ? folder_write(folder, "secrets", (struct span){file, sizeof file}) : result;
}

/* A first start: an empty file of slots, then the secrets. */
static int make_secrets(int folder, struct vault *vault)
{
    uint8_t seed[SIGN_SEED];
    crypto_random(vault->root, sizeof vault->root);
    crypto_random(seed, sizeof seed);
    sign_from_seed(seed, &vault->sign);
    crypto_wipe(seed, sizeof seed);
    int result = slots_make(folder);
    return result == 0 ? vault_write_secrets(folder, vault) : result;
}

static int load_secrets(int folder, struct vault *vault)
{
    uint8_t file[SECRETS_FILE], payload[SECRETS_LEN];
    size_t len;
    int result = folder_read(folder, "secrets", file, sizeof file, &len);
    if (result != 0)
        return result;
    struct span box = {file, len};
    if (!wrap_box_is(box, SECRETS, SECRETS_LEN))
        return KEYS_DAMAGED;
    const struct wrap_master *master = &vault->target;
    if (vault->has_other && same_mark(wrap_box_mark(box), vault->other.mark))
        master = &vault->other;
    if (!same_mark(wrap_box_mark(box), master->mark))
        return KEYS_WRONG_MASTER;
    result = wrap_box_open(master, box, payload);
    if (result == 0) {
        memcpy(vault->root, payload, sizeof vault->root);
        sign_from_seed(payload + sizeof vault->root, &vault->sign);
    }
    crypto_wipe(payload, sizeof payload);
    return result == AEAD_FORGED ? KEYS_DAMAGED : result;
}

int vault_load(int folder, const struct folder_master *master, enum keys_make make,
               struct vault *vault)
{
    bool fresh =
        make == KEYS_MAKE_MISSING && !folder_has(folder, "secrets") && !folder_has(folder, "slots");
    uint8_t key[WRAP_KEY];
    int result = folder_read_master(folder, master, key);
    if (result == KEYS_ABSENT && fresh && !master->path) {
        crypto_random(key, sizeof key);
        result = folder_write(folder, "master.key", (struct span){key, sizeof key});
    }
    if (result == 0) {
        struct wrap_master given;
        wrap_master_from(key, &given);
        result = load_masters(folder, &given, vault);
        crypto_wipe(&given, sizeof given);
    }
    crypto_wipe(key, sizeof key);
    if (result != 0)
        return result;
    result = load_secrets(folder, vault);
    return result == KEYS_ABSENT && fresh ? make_secrets(folder, vault) : result;
}
