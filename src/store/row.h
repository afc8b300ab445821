/* SPDX-License-Identifier: Apache-2.0
 *
 * How the store's files bind and read rows. Private to the store.
 */
#ifndef PORCHLIGHT_STORE_ROW_H
#define PORCHLIGHT_STORE_ROW_H

#include "domain/words.h"
#include "store/store.h"

/* Declares a statement of the store. Its address is also noted in a section of the program, through
 * which a test walks all statements and asks the database how it would run each of them. */
#define STORE_SQL(name, text)                                                                      \
    static const char name[] = text;                                                               \
    static const char *const name##_noted __attribute__((section("store_sql"), used)) = name

/* The names of an enum declared by a list of X(symbol, text). */
#define ROW_WORD(symbol, text) text,
#define ROW_WORDS(name, LIST)                                                                      \
    static const char *const name##_names[] = {LIST(ROW_WORD)};                                    \
    const struct words name = {name##_names, ARRAY_LEN(name##_names)}

/* --- ids and words ----------------------------------------------------------------------------
 */

/* "" and NULL bind NULL; so does what is no id of the kind, which therefore is never found. */
void row_bind_id(struct db_stmt *stmt, int n, const char *prefix, const char *id);
/* Absent, it reads as "". */
void row_id(struct db_stmt *stmt, int column, const char *prefix, char out[ID_ROOM]);

/* Where a page begins: the cursor, or the end of the ids that the list comes from. A malformed
 * cursor gives an empty page. */
enum row_order { ROW_OLDEST_FIRST, ROW_NEWEST_FIRST };
void row_bind_after(struct db_stmt *stmt, int n, const char *prefix, const char *after,
                    enum row_order order);

/* A value outside its list fails the statement with -EINVAL when written, -EBADMSG when read. */
void row_bind_word(struct db_stmt *stmt, int n, const struct words *list, int value);
int row_word(struct db_stmt *stmt, int column, const struct words *list);

/* 0 (or -1 for slots) is stored as NULL, and is read back as such. */
void row_bind_time(struct db_stmt *stmt, int n, int64_t at);
void row_bind_slot(struct db_stmt *stmt, int n, int64_t slot);
int64_t row_slot(struct db_stmt *stmt, int column);
/* 32 bytes; all zero is stored as NULL. */
void row_bind_hash(struct db_stmt *stmt, int n, const uint8_t hash[STORE_HASH]);

/* --- running ----------------------------------------------------------------------------------
 */

/* Fills a struct from the statement's row; failures are remembered by db_fail. */
typedef void row_reader(struct db_stmt *stmt, struct arena *arena, void *out);

/* The only row, or the first: 0, STORE_NOT_FOUND or a fault. */
int row_one(struct db_stmt *stmt, row_reader *read, struct arena *arena, void *out) MUST_CHECK;

/* The row's first integer: 0, STORE_NOT_FOUND or a fault. */
int row_number(struct db_stmt *stmt, int64_t *out) MUST_CHECK;

/* Runs a write: 0 when it changed a row, `otherwise` (STORE_NOT_FOUND, STORE_EXISTS or 0) when it
 * changed none, or a fault. STORE_EXISTS when it met a taken key. */
int row_write(struct db_tx *tx, struct db_stmt *stmt, int otherwise) MUST_CHECK;

/* The same for a sweep with `limit` as parameter `n`: the number of rows comes out. */
int row_sweep(struct db_tx *tx, struct db_stmt *stmt, int n, int limit,
              int *deleted_out) MUST_CHECK;

struct row_shape {
    row_reader *read;
    size_t size; /* of the struct */
};

/* Every STORE_LIST has this shape. */
STORE_LIST(row_list, void);

/* Where a statement takes its limit, and the most rows that are wanted. */
struct row_cut {
    int parameter, limit;
};

/* Binds the limit and one more, reads at most `limit` rows, and says whether there are more. */
int row_page(struct db_stmt *stmt, struct row_cut cut, const struct row_shape *shape,
             struct arena *arena, struct row_list *out) MUST_CHECK;

/* Hands a page over to the list of the right type. */
#define ROW_HAND_OVER(list, out)                                                                   \
    do {                                                                                           \
        (out)->items = (list).items;                                                               \
        (out)->count = (list).count;                                                               \
        (out)->more = (list).more;                                                                 \
    } while (0)

#endif
