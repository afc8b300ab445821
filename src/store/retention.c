/* SPDX-License-Identifier: Apache-2.0
 *
 * An address is never empty while there is one, so an empty one says that a delivery is blank.
 */
#include "store/retention.h"

#include "store/identity.h"
#include "store/look.h"
#include "store/passkey.h"
#include "store/proof.h"
#include "store/row.h"
#include "store/schema.h"
#include "store/search.h"

ROW_WORDS(words_retention_kind, RETENTION_KINDS);

STORE_SQL(sql_due_put,
          "INSERT INTO personal_due (due_at, kind, subject) VALUES (?1, ?2, ?3) ON CONFLICT DO"
          " NOTHING");
STORE_SQL(sql_due_drop,
          "DELETE FROM personal_due WHERE due_at = ?1 AND kind = ?2 AND subject = ?3");
STORE_SQL(sql_due_list, "SELECT due_at, kind, subject FROM personal_due WHERE due_at <= ?1"
                        " ORDER BY due_at, kind, subject LIMIT ?2");

#define PERSONAL_COLUMNS                                                                           \
    "delivery.id, state, created_at, changed_at, delivered_received_at, window_to, address = '',"  \
    " (SELECT max(coalesce(delete_by, 9223372036854775807)) FROM photo"                            \
    "   WHERE delivery_id = delivery.id AND " SCHEMA_PHOTO_IS_LIVE "),"                            \
    " (SELECT max(opened_at) FROM support_case WHERE delivery_id = delivery.id"                    \
    "   AND state = 'open'),"                                                                      \
    " (SELECT max(resolved_at) FROM support_case WHERE delivery_id = delivery.id"                  \
    "   AND state = 'resolved')"
STORE_SQL(sql_personal_get, "SELECT " PERSONAL_COLUMNS " FROM delivery WHERE id = ?1");
STORE_SQL(sql_personal_walk, "SELECT " PERSONAL_COLUMNS " FROM delivery"
                             " WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3");
STORE_SQL(sql_personal_blank,
          "UPDATE delivery SET recipient_name = NULL, recipient_email = NULL,"
          " recipient_phone = NULL, buyer_email = NULL, address = '', lat = NULL, lon = NULL,"
          " instructions = NULL, parcels = NULL, window_from = NULL, window_to = NULL,"
          " position = NULL WHERE id = ?1");
STORE_SQL(sql_personal_buyer, "UPDATE delivery SET buyer_email = NULL WHERE id = ?1");
STORE_SQL(sql_personal_looks, "DELETE FROM look WHERE delivery_id = ?1");
STORE_SQL(sql_personal_shares, "DELETE FROM photo_share WHERE delivery_id = ?1");
STORE_SQL(sql_personal_views, "DELETE FROM photo_view WHERE delivery_id = ?1");
STORE_SQL(sql_personal_pins, "DELETE FROM pin_try WHERE delivery_id = ?1");
STORE_SQL(sql_personal_erasures, "DELETE FROM erasure WHERE photo_id IN"
                                 " (SELECT id FROM photo WHERE delivery_id = ?1)");
STORE_SQL(sql_personal_anyway, "UPDATE photo SET anyway = NULL WHERE delivery_id = ?1");

STORE_SQL(sql_words_of_case, "SELECT opened_at, resolved_at FROM support_case WHERE id = ?1");
STORE_SQL(sql_words_blank,
          "UPDATE support_case SET reason = NULL, resolution = NULL, state = 'resolved',"
          " resolved_at = coalesce(resolved_at, ?2) WHERE id = ?1");
STORE_SQL(sql_words_messages, "DELETE FROM case_message WHERE case_id = ?1");

STORE_SQL(sql_left_driver, "SELECT coalesce(disabled_at, 0) FROM driver WHERE id = ?1");
STORE_SQL(sql_left_device, "SELECT coalesce(revoked_at, 0) FROM device WHERE id = ?1");
STORE_SQL(sql_left_agent, "SELECT coalesce(disabled_at, 0) FROM agent WHERE id = ?1");
STORE_SQL(sql_blank_driver, "UPDATE driver SET name = 'deleted' WHERE id = ?1");
STORE_SQL(sql_blank_device, "UPDATE device SET name = NULL WHERE id = ?1");
STORE_SQL(sql_blank_agent,
          "UPDATE agent SET name = 'deleted', email = lower(hex(id)), password_hash = NULL,"
          " totp_secret = NULL WHERE id = ?1");

/* --- who is asked when ------------------------------------------------------------------------ */

static const char *const prefixes[RETENTION_KIND_COUNT] = {
    [RETENTION_DELIVERY] = ID_DELIVERY, [RETENTION_LEFT] = ID_DELIVERY,
    [RETENTION_CASE] = ID_CASE,         [RETENTION_ACCOUNT] = ID_ACCOUNT,
    [RETENTION_DRIVER] = ID_DRIVER,     [RETENTION_DEVICE] = ID_DEVICE,
    [RETENTION_AGENT] = ID_AGENT,
};

static int write_due(struct db_tx *tx, const char *sql, const struct store_due *due)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, due->due_at);
    row_bind_word(stmt, 2, &words_retention_kind, due->kind);
    row_bind_id(stmt, 3, prefixes[due->kind], due->id);
    return row_write(tx, stmt, 0);
}

int store_due_put(struct db_tx *tx, const struct store_due *due)
{
    return write_due(tx, sql_due_put, due);
}

int store_due_drop(struct db_tx *tx, const struct store_due *due)
{
    return write_due(tx, sql_due_drop, due);
}

static void due_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_due *due = out;
    (void)arena;
    *due =
        (struct store_due){.due_at = db_int(stmt, 0),
                           .kind = (enum retention_kind)row_word(stmt, 1, &words_retention_kind)};
    row_id(stmt, 2, prefixes[due->kind], due->id);
}

int store_due_list(struct db_tx *tx, int64_t now, int limit, struct arena *arena,
                   struct store_dues *out)
{
    static const struct row_shape shape = {due_read, sizeof(struct store_due)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_due_list, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, now);
    fault = row_page(stmt, (struct row_cut){2, limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

/* --- deliveries ------------------------------------------------------------------------------- */

static void personal_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_personal *row = out;
    (void)arena;
    *row = (struct store_personal){
        .blank = db_int(stmt, 6) != 0,
        .facts = {.state = (enum delivery_state)row_word(stmt, 1, &words_delivery_state),
                  .created_at = db_int(stmt, 2),
                  .changed_at = db_int(stmt, 3),
                  .received_at = db_int(stmt, 4),
                  .window_to = db_int(stmt, 5),
                  .photo_until = db_int(stmt, 7),
                  .case_opened = db_int(stmt, 8),
                  .case_resolved = db_int(stmt, 9)}};
    row_id(stmt, 0, ID_DELIVERY, row->id);
}

int store_personal_get(struct db_tx *tx, const char *delivery_id, struct store_personal *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_personal_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    return row_one(stmt, personal_read, NULL, out);
}

/* An id begins with its time: milliseconds and two bytes within them. */
static void bind_before(struct db_stmt *stmt, int n, int64_t before)
{
    uint8_t bytes[16] = {0};
    uint64_t order = before > 0 ? (uint64_t)before << 16 : 0;
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(order >> (56 - 8 * i));
    db_bind_blob(stmt, n, bytes, sizeof bytes);
}

int store_personal_walk(struct db_tx *tx, int64_t before, const struct store_page *page,
                        struct arena *arena, struct store_personals *out)
{
    static const struct row_shape shape = {personal_read, sizeof(struct store_personal)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_personal_walk, &stmt);
    if (fault)
        return fault;
    row_bind_after(stmt, 1, ID_DELIVERY, page->after, ROW_OLDEST_FIRST);
    bind_before(stmt, 2, before);
    fault = row_page(stmt, (struct row_cut){3, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

static int run_on(struct db_tx *tx, const char *sql, const char *prefix, const char *id,
                  int otherwise)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, prefix, id);
    return row_write(tx, stmt, otherwise);
}

/* What a recipient decided of its photos and who fetched them, and what is told of erasures: with
 * its contact there is nobody left who may read it. */
static const char *const sql_personal_decided[] = {sql_personal_shares, sql_personal_views,
                                                   sql_personal_pins, sql_personal_erasures};

int store_personal_blank(struct db_tx *tx, const char *delivery_id)
{
    int result = store_search_forget(tx, delivery_id);
    if (result == 0)
        result = run_on(tx, sql_personal_blank, ID_DELIVERY, delivery_id, STORE_NOT_FOUND);
    if (result == 0)
        result = run_on(tx, sql_personal_looks, ID_DELIVERY, delivery_id, 0);
    for (size_t i = 0; result == 0 && i < ARRAY_LEN(sql_personal_decided); i++)
        result = run_on(tx, sql_personal_decided[i], ID_DELIVERY, delivery_id, 0);
    if (result == 0)
        result = run_on(tx, sql_personal_anyway, ID_DELIVERY, delivery_id, 0);
    return result == 0 ? store_proof_drop(tx, delivery_id) : result;
}

int store_personal_blank_buyer(struct db_tx *tx, const char *delivery_id)
{
    return run_on(tx, sql_personal_buyer, ID_DELIVERY, delivery_id, STORE_NOT_FOUND);
}

/* --- cases ------------------------------------------------------------------------------------ */

struct words_times {
    int64_t opened, resolved;
};

static void words_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    (void)arena;
    *(struct words_times *)out = (struct words_times){db_int(stmt, 0), db_int(stmt, 1)};
}

int store_words_of_case(struct db_tx *tx, const char *case_id, int64_t *opened_out,
                        int64_t *resolved_out)
{
    struct words_times times;
    struct db_stmt *stmt;
    int result = db_query(tx, sql_words_of_case, &stmt);
    if (result)
        return result;
    row_bind_id(stmt, 1, ID_CASE, case_id);
    result = row_one(stmt, words_read, NULL, &times);
    if (result)
        return result;
    *opened_out = times.opened;
    *resolved_out = times.resolved;
    return 0;
}

int store_words_blank(struct db_tx *tx, const char *case_id, int64_t now)
{
    struct db_stmt *stmt;
    int result = db_query(tx, sql_words_blank, &stmt);
    if (result)
        return result;
    row_bind_id(stmt, 1, ID_CASE, case_id);
    db_bind_int(stmt, 2, now);
    result = row_write(tx, stmt, STORE_NOT_FOUND);
    return result == 0 ? run_on(tx, sql_words_messages, ID_CASE, case_id, 0) : result;
}

/* --- staff ------------------------------------------------------------------------------------ */

static const struct {
    const char *left, *blank;
} staff[RETENTION_KIND_COUNT] = {
    [RETENTION_DRIVER] = {sql_left_driver, sql_blank_driver},
    [RETENTION_DEVICE] = {sql_left_device, sql_blank_device},
    [RETENTION_AGENT] = {sql_left_agent, sql_blank_agent},
};

int store_staff_left(struct db_tx *tx, const struct store_due *who, int64_t *left_out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, staff[who->kind].left, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, prefixes[who->kind], who->id);
    return row_number(stmt, left_out);
}

int store_staff_blank(struct db_tx *tx, const struct store_due *who)
{
    int result = run_on(tx, staff[who->kind].blank, prefixes[who->kind], who->id, STORE_NOT_FOUND);
    if (who->kind != RETENTION_AGENT || result != 0)
        return result;
    result = store_passkey_delete_all(tx, (struct store_owner){SESSION_AGENT, who->id});
    if (result == 0)
        result = store_invitation_delete(tx, who->id);
    if (result == 0)
        result = store_identity_forget(tx, who->id);
    return result == STORE_NOT_FOUND ? 0 : result;
}
