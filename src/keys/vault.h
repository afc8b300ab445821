/* SPDX-License-Identifier: Apache-2.0
 *
 * What an open keys folder keeps in memory, and how it gets there: masters, root secret, signing
 * key. Inside this folder only.
 */
#ifndef PORCHLIGHT_VAULT_H
#define PORCHLIGHT_VAULT_H

#include "crypto/sign.h"
#include "keys/folder.h"
#include "keys/keys.h"
#include "keys/wrap.h"

/* Lives in memory for secrets. */
struct vault {
    struct wrap_master target; /* what is wrapped now is wrapped under this one */
    struct wrap_master other; /* while the master is being changed: what older slots may be under */
    bool has_other;           /* exactly while KEYS/rotation is there */
    bool given_is_old;        /* the master that was read at start is `other` */
    uint8_t root[32];
    struct sign_key sign;
};

/* Finds the master key and the secrets, making them when told to and nothing else is there, and
 * fills the vault. 0, KEYS_ABSENT, _EXPOSED, _BAD_MASTER, _WRONG_MASTER, _DAMAGED, _FULL, or a
 * fault. */
int vault_load(int folder, const struct folder_master *master, enum keys_make make,
               struct vault *vault) MUST_CHECK;

/* Writes KEYS/secrets anew under the target master. 0, KEYS_FULL, or a fault. */
int vault_write_secrets(int folder, const struct vault *vault) MUST_CHECK;

/* Writes KEYS/rotation: `next` sealed under the target master, and the target under `next`. 0,
 * KEYS_FULL, or a fault. */
int vault_write_rotation(int folder, const struct vault *vault,
                         const struct wrap_master *next) MUST_CHECK;

#endif
