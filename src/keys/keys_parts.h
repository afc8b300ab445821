/* SPDX-License-Identifier: Apache-2.0
 *
 * The hidden struct of keys.h, for the files that work on it together. Inside this folder only.
 */
#ifndef PORCHLIGHT_KEYS_PARTS_H
#define PORCHLIGHT_KEYS_PARTS_H

#include <pthread.h>

#include "keys/slots.h"
#include "keys/vault.h"

/* What journal.c appends to; `lock` guards it. */
struct keys_journal {
    pthread_mutex_t lock;
    int fd;        /* of the day's file; -1: none is open */
    char name[24]; /* its name */
    int64_t end;   /* of its last whole line */
    int fault;     /* of a sync; no more is taken then */
};

/* `lock` guards the masters in the vault, the slots' bits, and every
 * write to a slot. */
struct keys {
    int folder, held_lock;
    bool master_is_handed_in;
    pthread_mutex_t lock;
    pthread_mutex_t rotating; /* held over a whole change of the master; taken before `lock` */
    struct vault *vault;
    struct slots slots;
    struct keys_journal journal;
};

#endif
