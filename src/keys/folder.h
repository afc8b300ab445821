/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys folder as a place on disk: may it be used, and its small files, read whole and replaced
 * whole.
 */
#ifndef PORCHLIGHT_FOLDER_H
#define PORCHLIGHT_FOLDER_H

#include "keys/keys.h"

/* Opens the folder, making it 0700 when told to. 0 and a descriptor; KEYS_ABSENT, KEYS_EXPOSED,
 * KEYS_INSIDE_DATA, or a fault. */
int folder_open(const struct keys_config *config, int *folder_out) MUST_CHECK;

/* Takes the lock, for as long as the descriptor is open. 0, KEYS_IN_USE, or a fault. */
int folder_lock(int folder, int *lock_out) MUST_CHECK;

/* Is there a file of this name, with anything in it? */
bool folder_has(int folder, const char *name);

/* Reads a whole file of at most `room` bytes; a longer one gives room + 1 as its length. 0,
 * KEYS_ABSENT, or a fault. */
int folder_read(int folder, const char *name, uint8_t *out, size_t room,
                size_t *len_out) MUST_CHECK;

/* Writes a file (0600) whole or not at all, replacing one that was there, whose old bytes are
 * overwritten; durable when it returns 0. KEYS_FULL or a fault. */
int folder_write(int folder, const char *name, struct span bytes) MUST_CHECK;

/* Overwrites a file with zeros and removes it, durably. 0, KEYS_ABSENT, or a fault. */
int folder_shred(int folder, const char *name) MUST_CHECK;

/* Where the master key is to be found. */
struct folder_master {
    const char *path;   /* of the file handed in; NULL: KEYS/master.key */
    bool is_credential; /* $CREDENTIALS_DIRECTORY: systemd grants access by ACL, which shows as
                           group bits */
};
#define FOLDER_PATH_ROOM 4096
/* `room` holds the path when it must be put together. */
struct folder_master folder_master_of(const struct keys_config *config,
                                      char room[FOLDER_PATH_ROOM]);

/* Reads a master key file. 0, KEYS_ABSENT, KEYS_EXPOSED, KEYS_BAD_MASTER, or a fault. */
int folder_read_master(int folder, const struct folder_master *master,
                       uint8_t key_out[KEYS_KEY]) MUST_CHECK;

#endif
