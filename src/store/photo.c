/* SPDX-License-Identifier: Apache-2.0
 *
 * Photos. What is still to be done with them (waiting, due, recent, slots in use) is read from
 * partial indexes, which hold that work only, however many photos were erased before.
 */
#include "store/photo.h"

#include <errno.h>

#include "base/log.h"
#include "store/row.h"
#include "store/schema.h"

enum { PHOTO_COUNT_CEILING = 100000 };

/* In the order of photo_bind_* and photo_read. */
#define PHOTO_CHANGEABLE                                                                           \
    "state, reason, posted_at, delete_by, posted_sha256, posted_size, preview_size, width, "       \
    "height,"                                                                                      \
    " place, flags, fingerprint, darkness, sharpness, anyway, staging_slot, key_slot"
#define PHOTO_FIXED                                                                                \
    "delivery_id, driver_id, device_id, upload_id, attempt, sha256, size, captured_at, "           \
    "received_at"
#define PHOTO_COLUMNS "id, " PHOTO_CHANGEABLE ", " PHOTO_FIXED

STORE_SQL(sql_photo_insert,
          "INSERT INTO photo (" PHOTO_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
          " ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)"
          " ON CONFLICT DO NOTHING");
STORE_SQL(sql_photo_get, "SELECT " PHOTO_COLUMNS " FROM photo WHERE id = ?1");
STORE_SQL(sql_photo_live, "SELECT " PHOTO_COLUMNS " FROM photo WHERE delivery_id = ?1"
                          " AND " SCHEMA_PHOTO_IS_LIVE " ORDER BY attempt DESC LIMIT ?2");
STORE_SQL(sql_photo_of_attempt, "SELECT state FROM photo WHERE delivery_id = ?1 AND attempt = ?2"
                                " ORDER BY id DESC LIMIT 1");
STORE_SQL(sql_photo_erased, "SELECT " PHOTO_COLUMNS " FROM photo WHERE delivery_id = ?1"
                            " AND attempt BETWEEN ?2 AND ?3 AND state = 'erased'"
                            " ORDER BY attempt DESC, id DESC LIMIT 1");
STORE_SQL(sql_photo_update,
          "UPDATE photo SET (" PHOTO_CHANGEABLE ") = (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
          " ?12, ?13, ?14, ?15, ?16, ?17, ?18) WHERE id = ?1");
STORE_SQL(sql_photo_waiting, "SELECT " PHOTO_COLUMNS " FROM photo WHERE " SCHEMA_PHOTO_WAITS
                             " AND state = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
STORE_SQL(sql_photo_due, "SELECT " PHOTO_COLUMNS " FROM photo WHERE delete_by IS NOT NULL"
                         " AND " SCHEMA_PHOTO_CAN_BE_DUE " AND delete_by <= ?1"
                         " ORDER BY delete_by, id LIMIT ?2");
STORE_SQL(sql_photo_count, "SELECT count(*) FROM (SELECT 1 FROM photo WHERE " SCHEMA_PHOTO_WAITS
                           " AND state = ?1 LIMIT ?2) AS waiting");
STORE_SQL(sql_photo_fingerprints,
          "SELECT id, delivery_id, fingerprint FROM photo WHERE driver_id = ?1"
          " AND " SCHEMA_PHOTO_IS_KEPT " ORDER BY id DESC LIMIT ?2");
STORE_SQL(sql_photo_staging_slots,
          "SELECT staging_slot, id FROM photo WHERE staging_slot IS NOT NULL"
          " AND staging_slot > ?1 ORDER BY staging_slot LIMIT ?2");
STORE_SQL(sql_photo_key_slots, "SELECT key_slot, id FROM photo WHERE key_slot IS NOT NULL"
                               " AND key_slot > ?1 ORDER BY key_slot LIMIT ?2");

/* --- one photo ------------------------------------------------------------------------------- */

static bool photo_is_live(const struct photo *photo)
{
    return photo->state == PHOTO_RECEIVED || photo->state == PHOTO_POSTED ||
           photo->state == PHOTO_WITHHELD || photo->state == PHOTO_SET_ASIDE;
}

/* The id and what changes: parameters 1 to 18. */
static void photo_bind_changeable(struct db_stmt *stmt, const struct photo *photo)
{
    row_bind_id(stmt, 1, ID_PHOTO, photo->id);
    row_bind_word(stmt, 2, &words_photo_state, photo->state);
    db_bind_text(stmt, 3, photo->reason);
    row_bind_time(stmt, 4, photo->posted_at);
    row_bind_time(stmt, 5, photo->delete_by);
    row_bind_hash(stmt, 6, photo->posted_sha256);
    db_bind_int(stmt, 7, photo->posted_size);
    db_bind_int(stmt, 8, photo->preview_size);
    db_bind_int(stmt, 9, photo->width);
    db_bind_int(stmt, 10, photo->height);
    row_bind_word(stmt, 11, &words_place, photo->place);
    db_bind_int(stmt, 12, photo->flags);
    /* A fingerprint is a faint copy of the picture: it goes when the picture goes. */
    if (photo_is_live(photo))
        db_bind_int(stmt, 13, (int64_t)photo->fingerprint);
    else
        db_bind_null(stmt, 13);
    db_bind_int(stmt, 14, photo->darkness);
    db_bind_int(stmt, 15, photo->sharpness);
    db_bind_text(stmt, 16, photo->anyway);
    row_bind_slot(stmt, 17, photo->staging_slot);
    row_bind_slot(stmt, 18, photo->key_slot);
}

static void photo_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct photo *photo = out;
    *photo = (struct photo){
        .state = (enum photo_state)row_word(stmt, 1, &words_photo_state),
        .reason = db_text(stmt, 2, arena),
        .posted_at = db_int(stmt, 3),
        .delete_by = db_int(stmt, 4),
        .posted_size = db_int(stmt, 6),
        .preview_size = db_int(stmt, 7),
        .width = (int)db_int(stmt, 8),
        .height = (int)db_int(stmt, 9),
        .place = (enum place)row_word(stmt, 10, &words_place),
        .flags = (unsigned)db_int(stmt, 11),
        .fingerprint = (uint64_t)db_int(stmt, 12),
        .darkness = (int)db_int(stmt, 13),
        .sharpness = (int)db_int(stmt, 14),
        .anyway = db_text(stmt, 15, arena),
        .staging_slot = row_slot(stmt, 16),
        .key_slot = row_slot(stmt, 17),
        .attempt = (int)db_int(stmt, 22),
        .size = db_int(stmt, 24),
        .captured_at = db_int(stmt, 25),
        .received_at = db_int(stmt, 26),
    };
    row_id(stmt, 0, ID_PHOTO, photo->id);
    db_blob_fixed(stmt, 5, photo->posted_sha256, STORE_HASH);
    row_id(stmt, 18, ID_DELIVERY, photo->delivery_id);
    row_id(stmt, 19, ID_DRIVER, photo->driver_id);
    row_id(stmt, 20, ID_DEVICE, photo->device_id);
    row_id(stmt, 21, ID_UPLOAD, photo->upload_id);
    db_blob_fixed(stmt, 23, photo->sha256, STORE_HASH);
}

int store_photo_insert(struct db_tx *tx, const struct photo *photo)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_photo_insert, &stmt);
    if (fault)
        return fault;
    photo_bind_changeable(stmt, photo);
    row_bind_id(stmt, 19, ID_DELIVERY, photo->delivery_id);
    row_bind_id(stmt, 20, ID_DRIVER, photo->driver_id);
    row_bind_id(stmt, 21, ID_DEVICE, photo->device_id);
    row_bind_id(stmt, 22, ID_UPLOAD, photo->upload_id);
    db_bind_int(stmt, 23, photo->attempt);
    db_bind_blob(stmt, 24, photo->sha256, STORE_HASH);
    db_bind_int(stmt, 25, photo->size);
    db_bind_int(stmt, 26, photo->captured_at);
    db_bind_int(stmt, 27, photo->received_at);
    return row_write(tx, stmt, STORE_EXISTS);
}

int store_photo_update(struct db_tx *tx, const struct photo *photo)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_photo_update, &stmt);
    if (fault)
        return fault;
    photo_bind_changeable(stmt, photo);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_photo_get(struct db_tx *tx, const char *id, struct arena *arena, struct photo *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_photo_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_PHOTO, id);
    return row_one(stmt, photo_read, arena, out);
}

int store_photo_erased(struct db_tx *tx, const char *delivery_id, int attempt, struct arena *arena,
                       struct photo *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_photo_erased, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    db_bind_int(stmt, 2, attempt);
    db_bind_int(stmt, 3, attempt ? attempt : INT32_MAX);
    return row_one(stmt, photo_read, arena, out);
}

static void state_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    (void)arena;
    *(enum photo_state *)out = (enum photo_state)row_word(stmt, 0, &words_photo_state);
}

int store_photo_of_attempt(struct db_tx *tx, const char *delivery_id, int attempt,
                           enum photo_state *out)
{
    struct db_stmt *stmt;
    *out = PHOTO_EXPECTED;
    int result = db_query(tx, sql_photo_of_attempt, &stmt);
    if (result)
        return result;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    db_bind_int(stmt, 2, attempt);
    result = row_one(stmt, state_read, NULL, out);
    return result == STORE_NOT_FOUND ? 0 : result;
}

/* --- lists of photos ------------------------------------------------------------------------- */

static const struct row_shape photo_shape = {photo_read, sizeof(struct photo)};

int store_photo_live(struct db_tx *tx, const char *delivery_id, struct arena *arena,
                     struct store_photos *out)
{
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_photo_live, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    fault = row_page(stmt, (struct row_cut){2, STORE_PAGE_LIMIT}, &photo_shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_photo_waiting(struct db_tx *tx, enum photo_state state, const struct store_page *page,
                        struct arena *arena, struct store_photos *out)
{
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_photo_waiting, &stmt);
    if (fault)
        return fault;
    row_bind_word(stmt, 1, &words_photo_state, state);
    row_bind_after(stmt, 2, ID_PHOTO, page->after, ROW_OLDEST_FIRST);
    fault = row_page(stmt, (struct row_cut){3, page->limit}, &photo_shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_photo_due(struct db_tx *tx, int64_t now, int limit, struct arena *arena,
                    struct store_photos *out)
{
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_photo_due, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, now);
    fault = row_page(stmt, (struct row_cut){2, limit}, &photo_shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

int store_photo_count(struct db_tx *tx, enum photo_state state, int64_t *out)
{
    if (state != PHOTO_RECEIVED && state != PHOTO_SET_ASIDE)
        return log_fault("store.photo", -EINVAL, "state %s is not counted",
                         words_name(&words_photo_state, state));
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_photo_count, &stmt);
    if (fault)
        return fault;
    row_bind_word(stmt, 1, &words_photo_state, state);
    db_bind_int(stmt, 2, PHOTO_COUNT_CEILING);
    return row_number(stmt, out);
}

/* --- fingerprints and slots ------------------------------------------------------------------ */

static void photo_read_fingerprint(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_fingerprint *row = out;
    row_id(stmt, 0, ID_PHOTO, row->photo_id);
    row_id(stmt, 1, ID_DELIVERY, row->delivery_id);
    row->fingerprint = (uint64_t)db_int(stmt, 2);
}

int store_photo_fingerprints(struct db_tx *tx, const char *driver_id, int limit,
                             struct arena *arena, struct store_fingerprints *out)
{
    static const struct row_shape shape = {photo_read_fingerprint,
                                           sizeof(struct store_fingerprint)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_photo_fingerprints, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DRIVER, driver_id);
    fault = row_page(stmt, (struct row_cut){2, limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

static void photo_read_slot(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_slot *row = out;
    row->slot = db_int(stmt, 0);
    row_id(stmt, 1, ID_PHOTO, row->photo_id);
}

int store_photo_slots(struct db_tx *tx, enum store_slot_kind kind, int64_t after,
                      struct arena *arena, struct store_slots *out)
{
    static const struct row_shape shape = {photo_read_slot, sizeof(struct store_slot)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(
        tx, kind == STORE_SLOT_STAGING ? sql_photo_staging_slots : sql_photo_key_slots, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, after);
    fault = row_page(stmt, (struct row_cut){2, STORE_PAGE_LIMIT}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}
