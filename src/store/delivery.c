/* SPDX-License-Identifier: Apache-2.0
 *
 * One delivery: written, read and changed. Its lists are in delivery_list.c.
 */
#include "store/delivery.h"

#include <errno.h>

#include "base/buf.h"
#include "base/log.h"
#include "store/address.h"
#include "store/row.h"
#include "store/search.h"

enum { DELIVERY_PARCELS_CEILING = 128 << 10 }; /* bytes of all parcels */

/* In the order of delivery_bind_* and delivery_read. */
#define DELIVERY_MOVING                                                                            \
    "state, attempt, attempt_reason, left_at, proof, delivered_captured_at,"                       \
    " delivered_received_at, photo_state, photo_reason, photo_id, changed_at, out_at"
#define DELIVERY_CHANGEABLE                                                                        \
    "driver_id, token_version, confidential, photo_want, consent, window_from, window_to, lat,"    \
    " lon, time_zone, recipient_name, recipient_email, recipient_phone, buyer_email, address,"     \
    " instructions, position, parcels"
#define DELIVERY_FIXED   "shipper_id, reference, created_at"
#define DELIVERY_COLUMNS "id, " DELIVERY_MOVING ", " DELIVERY_CHANGEABLE ", " DELIVERY_FIXED
/* What stands at a door's end alone is written by its own statement. */
#define DELIVERY_READ DELIVERY_COLUMNS ", proof_check"

STORE_SQL(sql_delivery_insert,
          "INSERT INTO delivery (" DELIVERY_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
          " ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26,"
          " ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34) ON CONFLICT DO NOTHING");
STORE_SQL(sql_delivery_get, "SELECT " DELIVERY_READ " FROM delivery WHERE id = ?1");
STORE_SQL(sql_delivery_by_reference, "SELECT " DELIVERY_READ " FROM delivery"
                                     " WHERE shipper_id = ?1 AND reference = ?2");
STORE_SQL(sql_delivery_update,
          "UPDATE delivery SET (" DELIVERY_MOVING ", " DELIVERY_CHANGEABLE ") = (?2, ?3, ?4, ?5,"
          " ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,"
          " ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31) WHERE id = ?1");
STORE_SQL(sql_delivery_move,
          "UPDATE delivery SET (" DELIVERY_MOVING ") = (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
          " ?12, ?13) WHERE id = ?1");
STORE_SQL(sql_delivery_place_photo,
          "UPDATE delivery SET photo_state = ?2, photo_reason = ?3, changed_at = ?4 WHERE id = ?1");
STORE_SQL(sql_delivery_check, "UPDATE delivery SET proof_check = ?2 WHERE id = ?1");
STORE_SQL(sql_delivery_token, "UPDATE delivery SET token_version = ?2 WHERE id = ?1");

/* --- writing --------------------------------------------------------------------------------- */

/* The id and what moves; returns the next parameter's number. */
static int delivery_bind_moving(struct db_stmt *stmt, const struct delivery *delivery)
{
    int n = 0;
    row_bind_id(stmt, ++n, ID_DELIVERY, delivery->id);
    row_bind_word(stmt, ++n, &words_delivery_state, delivery->state);
    db_bind_int(stmt, ++n, delivery->attempt);
    row_bind_word(stmt, ++n, &words_attempt_reason, delivery->attempt_reason);
    row_bind_word(stmt, ++n, &words_left_at, delivery->left_at);
    row_bind_word(stmt, ++n, &words_proof, delivery->proof);
    row_bind_time(stmt, ++n, delivery->delivered_captured_at);
    row_bind_time(stmt, ++n, delivery->delivered_received_at);
    row_bind_word(stmt, ++n, &words_photo_state, delivery->photo_state);
    db_bind_text(stmt, ++n, delivery->photo_reason);
    row_bind_id(stmt, ++n, ID_PHOTO, delivery->photo_id);
    db_bind_int(stmt, ++n, delivery->changed_at);
    row_bind_time(stmt, ++n, delivery->out_at);
    return n + 1;
}

/* What a row holds in one text each. */
struct delivery_texts {
    struct buf address, parcels;
};

static const char *delivery_text_of(const struct buf *text)
{
    return text->data ? (const char *)text->data : "";
}

static int delivery_bind_changeable(struct db_stmt *stmt, int n, const struct delivery *delivery,
                                    const struct delivery_texts *texts)
{
    row_bind_id(stmt, n++, ID_DRIVER, delivery->driver_id);
    db_bind_int(stmt, n++, delivery->token_version);
    row_bind_word(stmt, n++, &words_confidentiality, delivery->confidential);
    row_bind_word(stmt, n++, &words_photo_want, delivery->photo_want);
    row_bind_word(stmt, n++, &words_consent, delivery->consent);
    row_bind_time(stmt, n++, delivery->window_from);
    row_bind_time(stmt, n++, delivery->window_to);
    if (delivery->address.located) {
        db_bind_double(stmt, n++, delivery->address.lat);
        db_bind_double(stmt, n++, delivery->address.lon);
    } else {
        db_bind_null(stmt, n++);
        db_bind_null(stmt, n++);
    }
    db_bind_text(stmt, n++, delivery->time_zone);
    db_bind_text(stmt, n++, delivery->recipient_name);
    db_bind_text(stmt, n++, delivery->recipient_email);
    db_bind_text(stmt, n++, delivery->recipient_phone);
    db_bind_text(stmt, n++, delivery->buyer_email);
    db_bind_text(stmt, n++, delivery_text_of(&texts->address));
    db_bind_text(stmt, n++, delivery->instructions);
    row_bind_time(stmt, n++, delivery->position); /* 0 is NULL */
    db_bind_text(stmt, n++, delivery->parcel_count ? delivery_text_of(&texts->parcels) : NULL);
    return n;
}

/* The parcels, a line each: code, tab, label. Neither holds a control character. */
static void delivery_join_parcels(const struct delivery *delivery, struct buf *out)
{
    buf_init(out, DELIVERY_PARCELS_CEILING);
    for (int i = 0; i < delivery->parcel_count && i < DELIVERY_PARCELS; i++) {
        const char *code = delivery->parcels[i].code, *label = delivery->parcels[i].label;
        buf_text(out, i > 0 ? "\n" : "");
        buf_text(out, code ? code : "");
        buf_byte(out, '\t');
        buf_text(out, label ? label : "");
        if ((code && strpbrk(code, "\t\n")) || (label && strpbrk(label, "\t\n")))
            out->failed = true;
    }
}

/* Runs insert or update with all changeable columns. */
static int delivery_run(struct db_tx *tx, const char *sql, const struct delivery *delivery,
                        const struct delivery_texts *texts)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql, &stmt);
    if (fault)
        return fault;
    int n = delivery_bind_moving(stmt, delivery);
    n = delivery_bind_changeable(stmt, n, delivery, texts);
    if (sql == sql_delivery_insert) {
        row_bind_id(stmt, n++, ID_SHIPPER, delivery->shipper_id);
        db_bind_text(stmt, n++, delivery->reference);
        db_bind_int(stmt, n++, delivery->created_at);
    }
    return row_write(tx, stmt, sql == sql_delivery_insert ? STORE_EXISTS : STORE_NOT_FOUND);
}

static int delivery_write(struct db_tx *tx, const char *sql, const struct delivery *delivery)
{
    struct delivery_texts texts;
    address_join(&delivery->address, &texts.address);
    delivery_join_parcels(delivery, &texts.parcels);
    int result = texts.address.failed || texts.parcels.failed
                     ? log_fault("store.delivery", -EINVAL, "delivery=%s texts", delivery->id)
                     : delivery_run(tx, sql, delivery, &texts);
    buf_free(&texts.address);
    buf_free(&texts.parcels);
    return result;
}

int store_delivery_insert(struct db_tx *tx, const struct delivery *delivery)
{
    int result = delivery_write(tx, sql_delivery_insert, delivery);
    return result == 0 ? store_search_put(tx, delivery) : result;
}

int store_delivery_update(struct db_tx *tx, const struct delivery *delivery)
{
    int result = store_search_forget(tx, delivery->id);
    if (result == 0)
        result = delivery_write(tx, sql_delivery_update, delivery);
    if (result == 0 && !delivery_is_blank(delivery))
        result = store_search_put(tx, delivery);
    return result;
}

int store_delivery_move(struct db_tx *tx, const struct delivery *delivery)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_delivery_move, &stmt);
    if (fault)
        return fault;
    delivery_bind_moving(stmt, delivery);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_delivery_place_photo(struct db_tx *tx, const char *id, const struct photo_place *place,
                               int64_t now)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_delivery_place_photo, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, id);
    row_bind_word(stmt, 2, &words_photo_state, place->state);
    db_bind_text(stmt, 3, place->reason);
    db_bind_int(stmt, 4, now);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_delivery_set_token_version(struct db_tx *tx, const char *id, int version)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_delivery_token, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, id);
    db_bind_int(stmt, 2, version);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

int store_delivery_set_check(struct db_tx *tx, const char *id, enum proof_check check)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_delivery_check, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, id);
    row_bind_word(stmt, 2, &words_proof_check, check);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

/* --- reading --------------------------------------------------------------------------------- */

/* A delivery whose parcels were never named is one parcel under its reference. */
static void delivery_split_parcels(struct db_stmt *stmt, int column, struct arena *arena,
                                   struct delivery *delivery)
{
    char *text = (char *)db_text(stmt, column, arena); /* our own copy, cut up in place */
    if (!text) {
        delivery->parcels[0] = (struct parcel){.code = delivery->reference};
        delivery->parcel_count = 1;
    }
    while (text) {
        char *end = strchr(text, '\n'), *label = strchr(text, '\t');
        if (end)
            *end = 0;
        if (!label || (end && label > end) || delivery->parcel_count == DELIVERY_PARCELS) {
            db_fail(stmt, -EBADMSG);
            return;
        }
        *label++ = 0;
        delivery->parcels[delivery->parcel_count++] =
            (struct parcel){*text ? text : NULL, *label ? label : NULL};
        text = end ? end + 1 : NULL;
    }
}

/* Columns 1 to 12. */
static void delivery_read_moving(struct db_stmt *stmt, struct arena *arena,
                                 struct delivery *delivery)
{
    delivery->state = (enum delivery_state)row_word(stmt, 1, &words_delivery_state);
    delivery->attempt = (int)db_int(stmt, 2);
    delivery->attempt_reason = (enum attempt_reason)row_word(stmt, 3, &words_attempt_reason);
    delivery->left_at = (enum left_at)row_word(stmt, 4, &words_left_at);
    delivery->proof = (enum proof)row_word(stmt, 5, &words_proof);
    delivery->delivered_captured_at = db_int(stmt, 6);
    delivery->delivered_received_at = db_int(stmt, 7);
    delivery->photo_state = (enum photo_state)row_word(stmt, 8, &words_photo_state);
    delivery->photo_reason = db_text(stmt, 9, arena);
    row_id(stmt, 10, ID_PHOTO, delivery->photo_id);
    delivery->changed_at = db_int(stmt, 11);
    delivery->out_at = db_int(stmt, 12);
}

static void delivery_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct delivery *delivery = out;
    memset(delivery, 0, sizeof *delivery);
    row_id(stmt, 0, ID_DELIVERY, delivery->id);
    delivery_read_moving(stmt, arena, delivery);
    row_id(stmt, 13, ID_DRIVER, delivery->driver_id);
    delivery->token_version = (int)db_int(stmt, 14);
    delivery->confidential = (enum confidentiality)row_word(stmt, 15, &words_confidentiality);
    delivery->photo_want = (enum photo_want)row_word(stmt, 16, &words_photo_want);
    delivery->consent = (enum consent)row_word(stmt, 17, &words_consent);
    delivery->window_from = db_int(stmt, 18);
    delivery->window_to = db_int(stmt, 19);
    delivery->address.located = !db_is_null(stmt, 20) && !db_is_null(stmt, 21);
    delivery->address.lat = db_double(stmt, 20);
    delivery->address.lon = db_double(stmt, 21);
    delivery->time_zone = db_text(stmt, 22, arena);
    delivery->recipient_name = db_text(stmt, 23, arena);
    delivery->recipient_email = db_text(stmt, 24, arena);
    delivery->recipient_phone = db_text(stmt, 25, arena);
    delivery->buyer_email = db_text(stmt, 26, arena);
    address_split(stmt, 27, arena, &delivery->address);
    delivery->instructions = db_text(stmt, 28, arena);
    delivery->position = (int)db_int(stmt, 29);
    row_id(stmt, 31, ID_SHIPPER, delivery->shipper_id);
    delivery->reference = db_text(stmt, 32, arena);
    delivery->created_at = db_int(stmt, 33);
    if (!db_is_null(stmt, 34))
        delivery->proof_check = (enum proof_check)row_word(stmt, 34, &words_proof_check);
    delivery_split_parcels(stmt, 30, arena, delivery);
}

int store_delivery_get(struct db_tx *tx, const char *id, struct arena *arena, struct delivery *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_delivery_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, id);
    return row_one(stmt, delivery_read, arena, out);
}

int store_delivery_by_reference(struct db_tx *tx, const char *shipper_id, const char *reference,
                                struct arena *arena, struct delivery *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_delivery_by_reference, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_SHIPPER, shipper_id);
    db_bind_text(stmt, 2, reference);
    return row_one(stmt, delivery_read, arena, out);
}
