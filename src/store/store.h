/* SPDX-License-Identifier: Apache-2.0
 *
 * All SQL of Porchlight, one file a table family, beside this header the way they all work.
 *
 * A function takes the transaction it works in, so that a policy question and the write that
 * depends on it stand in one db_write. `arena` is where a row's texts and lists go; they live as
 * long as it does. Results: 0 done, a positive enum store_result, or a fault as in db/db.h. A row
 * that does not read back as what was written (a word outside its list, a blob of another size) is
 * the fault -EBADMSG. An out-parameter is meaningful after 0 only.
 *
 * Ids are texts outside and 16 bytes inside. An id that is malformed or of another kind is not
 * found, as if it did not exist. Times are milliseconds UTC, 0 = never; the caller brings `now`.
 *
 * Lists are pages by key: newest or oldest first as each says, at most `limit` rows, and
 * the last row's id (or slot) is the cursor of the next page when `more` is set. No function reads
 * more rows than it returns, apart from the small bounds named beside it.
 */
#ifndef PORCHLIGHT_STORE_H
#define PORCHLIGHT_STORE_H

#include "base/id.h"
#include "db/db.h"

enum store_result {
    STORE_NOT_FOUND = 1, /* no such row, or not one that allows this */
    STORE_EXISTS,        /* the key is taken */
};

enum {
    STORE_PAGE_LIMIT = 200, /* most rows of one page; larger limits are cut to it */
    STORE_HASH = 32,        /* SHA-256 and HMAC-SHA-256 */
};

/* Which page of a list. */
struct store_page {
    const char
        *after; /* the cursor: the id of the last row seen; NULL or "" = from the beginning */
    int limit;  /* 1 to STORE_PAGE_LIMIT */
};

/* A page of rows of one struct, in the arena. */
#define STORE_LIST(name, type)                                                                     \
    struct name {                                                                                  \
        type *items;                                                                               \
        int count;                                                                                 \
        bool more; /* there is a next page */                                                      \
    }

/* Opens the database with the store's schema. `config` as in db.h; its migrations are ignored. */
int store_open(const struct db_config *config, struct db **out) MUST_CHECK;

/* Facts about the installation itself, as texts. Secrets do not belong here. get: STORE_NOT_FOUND.
 */
int store_meta_get(struct db_tx *tx, const char *key, struct arena *arena,
                   const char **out) MUST_CHECK;
int store_meta_set(struct db_tx *tx, const char *key, const char *value) MUST_CHECK;

/* Counts a start of the server: 1 for the first. The number serves as the boot's name for leases.
 */
int store_meta_boot(struct db_tx *tx, int64_t *boot_out) MUST_CHECK;

#endif
