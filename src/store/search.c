/* SPDX-License-Identifier: Apache-2.0
 *
 * A beginning is looked for between itself and itself followed by the greatest character: bytes are
 * compared.
 */
#include "store/search.h"

#include <errno.h>

#include "base/log.h"
#include "store/delivery.h"
#include "store/row.h"

enum { ROW_MEMORY = 1 << 20 };
#define GREATEST "\xf4\x8f\xbf\xbf"

STORE_SQL(sql_search_put, "INSERT INTO search_word (shipper_id, word, delivery_id)"
                          " VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
STORE_SQL(sql_search_drop,
          "DELETE FROM search_word WHERE shipper_id = ?1 AND word = ?2 AND delivery_id = ?3");
STORE_SQL(sql_search_word, "SELECT delivery_id FROM search_word WHERE shipper_id = ?1 AND word = ?2"
                           " ORDER BY delivery_id DESC LIMIT ?3");
STORE_SQL(sql_search_begin, "SELECT delivery_id FROM search_word WHERE shipper_id = ?1"
                            " AND word > ?2 AND word < ?3 LIMIT ?4");
STORE_SQL(sql_search_count, "SELECT count(*) FROM (SELECT 1 FROM search_word AS counted WHERE"
                            " shipper_id = ?1 AND word >= ?2 AND word < ?3 LIMIT ?4) AS counted");
STORE_SQL(sql_search_walk, "SELECT id FROM delivery WHERE id > ?1 ORDER BY id LIMIT ?2");

/* ---- writing --------------------------------------------------------------------------------- */

static int write_words(struct db_tx *tx, const char *sql, const struct delivery *delivery)
{
    struct search_words words;
    int result = search_words_of(delivery, &words);
    for (int i = 0; i < words.count && result == 0; i++) {
        struct db_stmt *stmt;
        result = db_query(tx, sql, &stmt);
        if (result != 0)
            return result;
        row_bind_id(stmt, 1, ID_SHIPPER, delivery->shipper_id);
        db_bind_text(stmt, 2, words.words[i]);
        row_bind_id(stmt, 3, ID_DELIVERY, delivery->id);
        result = row_write(tx, stmt, 0);
    }
    return result;
}

int store_search_put(struct db_tx *tx, const struct delivery *delivery)
{
    return write_words(tx, sql_search_put, delivery);
}

int store_search_drop(struct db_tx *tx, const struct delivery *delivery)
{
    return write_words(tx, sql_search_drop, delivery);
}

int store_search_forget(struct db_tx *tx, const char *delivery_id)
{
    struct delivery delivery;
    struct arena *arena = arena_new(ROW_MEMORY);
    if (!arena)
        return log_fault("store.search", -ENOMEM, "delivery=%s", delivery_id);
    int result = store_delivery_get(tx, delivery_id, arena, &delivery);
    if (result == 0)
        result = store_search_drop(tx, &delivery);
    arena_free(&arena);
    return result;
}

/* ---- finding --------------------------------------------------------------------------------- */

/* True when there is room for more. */
static bool add_hit(struct search_found *found, const char *id, bool exact)
{
    for (int i = 0; i < found->count; i++)
        if (strcmp(found->hits[i].delivery_id, id) == 0) {
            found->hits[i].exact |= exact;
            return true;
        }
    if (found->count == SEARCH_FOUND) {
        found->more = true;
        return false;
    }
    struct search_hit *hit = &found->hits[found->count++];
    snprintf(hit->delivery_id, sizeof hit->delivery_id, "%s", id);
    hit->exact = exact;
    return true;
}

/* Where the words that begin so end; what is bound is borrowed until the statement is done. */
struct ends {
    char text[SEARCH_WORD_ROOM + sizeof GREATEST];
};

/* Binds shipper and word; of a beginning also its end. The next parameter's number. */
static int bind_word(struct db_stmt *stmt, const char *shipper_id, const char *word,
                     struct ends *begins)
{
    row_bind_id(stmt, 1, ID_SHIPPER, shipper_id);
    db_bind_text(stmt, 2, word);
    if (!begins)
        return 3;
    snprintf(begins->text, sizeof begins->text, "%s" GREATEST, word);
    db_bind_text(stmt, 3, begins->text);
    return 4;
}

static int find_whole(struct db_tx *tx, const char *shipper_id, const char *word, bool exact,
                      struct search_found *found)
{
    struct db_stmt *stmt;
    struct ends ends;
    char id[ID_ROOM];
    int result = db_query(tx, exact ? sql_search_word : sql_search_begin, &stmt), rows = 0;
    if (result != 0)
        return result;
    db_bind_int(stmt, bind_word(stmt, shipper_id, word, exact ? NULL : &ends), SEARCH_FOUND + 1);
    while ((result = db_step(stmt)) == DB_ROW) {
        row_id(stmt, 0, ID_DELIVERY, id);
        if (rows++ < SEARCH_FOUND && add_hit(found, id, exact))
            continue;
        found->more = true;
        db_done(stmt);
        return 0;
    }
    return result;
}

/* ---- of several words ------------------------------------------------------------------------ */

/* The word that the fewest have, and how many, up to one more than are tried. */
static int find_rarest(struct db_tx *tx, const char *shipper_id, const struct search_words *words,
                       int *rarest_out, int64_t *count_out)
{
    *count_out = INT64_MAX;
    for (int i = 0; i < words->count; i++) {
        struct db_stmt *stmt;
        struct ends ends;
        int64_t count;
        int result = db_query(tx, sql_search_count, &stmt);
        if (result != 0)
            return result;
        db_bind_int(stmt, bind_word(stmt, shipper_id, words->words[i], &ends), SEARCH_TRIED + 1);
        result = row_number(stmt, &count);
        if (result != 0)
            return result;
        if (count < *count_out) {
            *count_out = count;
            *rarest_out = i;
        }
        if (count == 0)
            break;
    }
    return 0;
}

struct candidates {
    int count;
    char (*ids)[ID_ROOM];
};

/* Those that have the word itself before those that have one that begins so. */
static int list_candidates(struct db_tx *tx, const char *shipper_id, const char *word,
                           struct candidates *out)
{
    for (int begins = 0; begins < 2 && out->count < SEARCH_TRIED; begins++) {
        struct db_stmt *stmt;
        struct ends ends;
        int result = db_query(tx, begins ? sql_search_begin : sql_search_word, &stmt);
        if (result != 0)
            return result;
        db_bind_int(stmt, bind_word(stmt, shipper_id, word, begins ? &ends : NULL),
                    SEARCH_TRIED - out->count);
        while ((result = db_step(stmt)) == DB_ROW)
            row_id(stmt, 0, ID_DELIVERY, out->ids[out->count++]);
        if (result != 0)
            return result;
    }
    return 0;
}

static int try_candidate(struct db_tx *tx, const char *id, const struct search_words *asked,
                         struct arena *scratch, struct search_found *found)
{
    struct delivery delivery;
    struct search_words words;
    arena_reset(scratch);
    int result = store_delivery_get(tx, id, scratch, &delivery);
    if (result == 0)
        result = search_words_of(&delivery, &words);
    if (result == 0 && search_words_meet(asked, &words))
        (void)add_hit(found, id, true);
    return result == STORE_NOT_FOUND ? 0 : result;
}

static int find_all_words(struct db_tx *tx, const char *shipper_id,
                          const struct search_words *words, struct arena *scratch,
                          struct search_found *found)
{
    int64_t count = 0;
    int rarest = 0, result = find_rarest(tx, shipper_id, words, &rarest, &count);
    if (result != 0 || count == 0)
        return result;
    struct candidates all = {.ids = calloc(SEARCH_TRIED, ID_ROOM)};
    if (!all.ids)
        return log_fault("store.search", -ENOMEM, "ids");
    found->more |= count > SEARCH_TRIED;
    result = list_candidates(tx, shipper_id, words->words[rarest], &all);
    for (int i = 0; i < all.count && result == 0; i++)
        result = try_candidate(tx, all.ids[i], words, scratch, found);
    free(all.ids);
    return result;
}

int store_search(struct db_tx *tx, const char *shipper_id, const struct search_asked *asked,
                 struct arena *scratch, struct search_found *found)
{
    int result = 0;
    for (int i = 0; i < asked->wholes.count && result == 0; i++)
        result = find_whole(tx, shipper_id, asked->wholes.words[i], true, found);
    if (result == 0 && asked->words.count > 0)
        result = find_all_words(tx, shipper_id, &asked->words, scratch, found);
    for (int i = 0; i < asked->wholes.count && result == 0; i++)
        result = find_whole(tx, shipper_id, asked->wholes.words[i], false, found);
    return result;
}

/* ---- what was there before ------------------------------------------------------------------- */

int store_search_walk(struct db_tx *tx, char after[ID_ROOM], int limit, struct arena *scratch,
                      int *walked_out)
{
    char ids[STORE_PAGE_LIMIT][ID_ROOM];
    struct db_stmt *stmt;
    int count = 0, result = db_query(tx, sql_search_walk, &stmt);
    *walked_out = 0;
    if (result != 0)
        return result;
    row_bind_after(stmt, 1, ID_DELIVERY, after, ROW_OLDEST_FIRST);
    db_bind_int(stmt, 2, limit < STORE_PAGE_LIMIT ? limit : STORE_PAGE_LIMIT);
    while ((result = db_step(stmt)) == DB_ROW)
        row_id(stmt, 0, ID_DELIVERY, ids[count++]);
    for (int i = 0; i < count && result == 0; i++) {
        struct delivery delivery;
        arena_reset(scratch);
        result = store_delivery_get(tx, ids[i], scratch, &delivery);
        if (result == 0 && !delivery_is_blank(&delivery))
            result = store_search_put(tx, &delivery);
    }
    if (count > 0)
        snprintf(after, ID_ROOM, "%s", ids[count - 1]);
    *walked_out = count;
    return result;
}
