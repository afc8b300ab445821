/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads only.
 */
#include "store/mine.h"

#include "store/row.h"

STORE_SQL(sql_mine_photos,
          "SELECT id, attempt, state, reason, captured_at, received_at, posted_at, delete_by,"
          " posted_size, width, height, place FROM photo WHERE delivery_id = ?1"
          " ORDER BY attempt, id LIMIT ?2");
STORE_SQL(sql_mine_texts,
          "SELECT status, segments, error, created_at, changed_at FROM text_message"
          " WHERE number_hash = ?1 AND delivery_id = ?2 ORDER BY created_at LIMIT ?3");

static void mine_photo_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_mine_photo *photo = out;
    *photo = (struct store_mine_photo){
        .attempt = (int)db_int(stmt, 1),
        .state = (enum photo_state)row_word(stmt, 2, &words_photo_state),
        .reason = db_text(stmt, 3, arena),
        .captured_at = db_int(stmt, 4),
        .received_at = db_int(stmt, 5),
        .posted_at = db_int(stmt, 6),
        .delete_by = db_int(stmt, 7),
        .size = db_int(stmt, 8),
        .width = (int)db_int(stmt, 9),
        .height = (int)db_int(stmt, 10),
        .place = (enum place)row_word(stmt, 11, &words_place),
    };
    row_id(stmt, 0, ID_PHOTO, photo->id);
}

int store_mine_photo_list(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                          struct store_mine_photos *out)
{
    static const struct row_shape shape = {mine_photo_read, sizeof(struct store_mine_photo)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_mine_photos, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    fault = row_page(stmt, (struct row_cut){2, STORE_PAGE_LIMIT}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

static void mine_text_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    *(struct store_mine_text *)out = (struct store_mine_text){.status = db_text(stmt, 0, arena),
                                                              .segments = (int)db_int(stmt, 1),
                                                              .error = (int)db_int(stmt, 2),
                                                              .created_at = db_int(stmt, 3),
                                                              .changed_at = db_int(stmt, 4)};
}

int store_mine_text_list(struct db_tx *tx, const char *delivery_id,
                         const uint8_t number_hash[STORE_HASH], struct arena *arena,
                         struct store_mine_texts *out)
{
    static const struct row_shape shape = {mine_text_read, sizeof(struct store_mine_text)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_mine_texts, &stmt);
    if (fault)
        return fault;
    db_bind_blob(stmt, 1, number_hash, STORE_HASH);
    row_bind_id(stmt, 2, ID_DELIVERY, delivery_id);
    fault = row_page(stmt, (struct row_cut){3, STORE_PAGE_LIMIT}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}
