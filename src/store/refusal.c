/* SPDX-License-Identifier: Apache-2.0
 *
 * Four hashes at most say all that can be refused of a delivery, and one statement asks for them.
 */
#include "store/refusal.h"

#include <errno.h>

#include "base/log.h"
#include "crypto/hash.h"
#include "domain/address_key.h"
#include "store/address.h"
#include "store/row.h"

enum { KEY_CEILING = 64 << 10 };

#define REFUSAL_COLUMNS "id, kind, owner, email, phone, address, reason, created_at"

STORE_SQL(sql_refusal_insert,
          "INSERT INTO refusal (" REFUSAL_COLUMNS ", match) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
          " ?9) ON CONFLICT DO NOTHING");
STORE_SQL(sql_refusal_same, "SELECT id FROM refusal WHERE match = ?1 AND kind = ?2");
STORE_SQL(sql_refusal_get, "SELECT " REFUSAL_COLUMNS " FROM refusal WHERE id = ?1");
STORE_SQL(sql_refusal_delete, "DELETE FROM refusal WHERE id = ?1");
STORE_SQL(sql_refusal_list, "SELECT " REFUSAL_COLUMNS " FROM refusal WHERE owner = ?1 AND id > ?2"
                            " ORDER BY id LIMIT ?3");
STORE_SQL(sql_refusal_told, "SELECT " REFUSAL_COLUMNS " FROM refusal WHERE email = ?1"
                            " AND kind = 'for_contact' AND id > ?2 ORDER BY id LIMIT ?3");
STORE_SQL(sql_refusal_count, "SELECT count(*) FROM (SELECT 1 FROM refusal WHERE owner = ?1"
                             " LIMIT ?2) AS counted");
STORE_SQL(sql_refusal_of, "SELECT kind FROM refusal WHERE match IN (?1, ?2, ?3, ?4)");
STORE_SQL(sql_pin_wrong, "SELECT wrong FROM pin_try WHERE delivery_id = ?1 AND version = ?2");
STORE_SQL(sql_pin_spend, "INSERT INTO pin_try (delivery_id, version, wrong) VALUES (?1, ?2, 1)"
                         " ON CONFLICT (delivery_id) DO UPDATE SET wrong = CASE WHEN version ="
                         " excluded.version THEN wrong + 1 ELSE 1 END, version = excluded.version");

/* --- what is compared ------------------------------------------------------------------------ */

/* What a refusal of the kind is held against: the owner or contact, and the address's key. */
static void match_of(struct db_tx *tx, enum refusal_kind kind, const char *const parts[3],
                     uint8_t out[STORE_HASH])
{
    AUTO_BUF struct buf text;
    buf_init(&text, KEY_CEILING);
    buf_text(&text, words_name(&words_refusal_kind, kind));
    for (int i = 0; i < 3; i++) {
        buf_byte(&text, '\n');
        buf_text(&text, parts[i] ? parts[i] : "");
    }
    hash_hmac((struct span){db_secret(tx), DB_SECRET}, (struct span){text.data, text.len}, out);
}

/* The address's key into `key`: 0, or a fault. One in which there is nothing has none. */
static int key_of(const struct address *address, struct buf *key)
{
    buf_init(key, KEY_CEILING);
    int result = address_key(address, key);
    return result == 0 ? 0 : log_fault("refusal.key", result, "an address has no key");
}

static int match_of_refusal(struct db_tx *tx, const struct store_refusal *refusal,
                            uint8_t out[STORE_HASH])
{
    AUTO_BUF struct buf key;
    int result = key_of(&refusal->address, &key);
    if (result != 0)
        return result;
    const char *who = refusal->kind == REFUSAL_AT_ADDRESS ? "" : refusal->owner;
    const char *contact = refusal->email ? refusal->email : refusal->phone;
    if (refusal->kind != REFUSAL_FOR_CONTACT && key.len == 0)
        return STORE_REFUSAL_EMPTY;
    match_of(tx, refusal->kind,
             (const char *const[]){who, refusal->kind == REFUSAL_OF_ADDRESS ? "" : contact,
                                   buf_string(&key)},
             out);
    return 0;
}

int store_refusal_facts(struct db_tx *tx, const struct delivery *delivery, struct policy_facts *out)
{
    uint8_t match[4][STORE_HASH] = {{0}};
    AUTO_BUF struct buf key;
    struct db_stmt *stmt;
    const char *shipper = delivery->shipper_id;
    int result = key_of(&delivery->address, &key);
    if (result == 0)
        result = db_query(tx, sql_refusal_of, &stmt);
    if (result != 0)
        return result;
    match_of(tx, REFUSAL_AT_ADDRESS,
             (const char *const[]){"", delivery->recipient_email, buf_string(&key)}, match[0]);
    match_of(tx, REFUSAL_FOR_CONTACT, (const char *const[]){shipper, delivery->recipient_email, ""},
             match[1]);
    match_of(tx, REFUSAL_FOR_CONTACT, (const char *const[]){shipper, delivery->recipient_phone, ""},
             match[2]);
    match_of(tx, REFUSAL_OF_ADDRESS, (const char *const[]){shipper, "", buf_string(&key)},
             match[3]);
    for (int i = 0; i < 4; i++)
        db_bind_blob(stmt, i + 1, match[i], STORE_HASH);
    while ((result = db_step(stmt)) == DB_ROW) {
        int kind = row_word(stmt, 0, &words_refusal_kind);
        if (kind == REFUSAL_AT_ADDRESS)
            out->address_consent = CONSENT_REFUSED;
        out->shipper_refused |= kind == REFUSAL_FOR_CONTACT;
        out->shipper_refused_address |= kind == REFUSAL_OF_ADDRESS;
        if ((result = db_fault(stmt)) != 0)
            break;
    }
    return result;
}

static bool same_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

int store_refusal_holds(struct db_tx *tx, const struct store_refusal *refusal,
                        const struct delivery *delivery)
{
    uint8_t said[STORE_HASH], of_delivery[STORE_HASH];
    bool mine =
        refusal->kind == REFUSAL_AT_ADDRESS || strcmp(refusal->owner, delivery->shipper_id) == 0;
    bool contact = same_text(refusal->email, delivery->recipient_email) ||
                   same_text(refusal->phone, delivery->recipient_phone);
    if (!mine || (refusal->kind != REFUSAL_OF_ADDRESS && !contact))
        return 0;
    if (refusal->kind == REFUSAL_FOR_CONTACT)
        return 1;
    struct store_refusal as_delivery = *refusal;
    as_delivery.address = delivery->address;
    int result = match_of_refusal(tx, refusal, said);
    if (result == 0)
        result = match_of_refusal(tx, &as_delivery, of_delivery);
    if (result == STORE_REFUSAL_EMPTY)
        return 0;
    return result != 0 ? result : memcmp(said, of_delivery, STORE_HASH) == 0;
}

/* --- rows ------------------------------------------------------------------------------------ */

static void refusal_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_refusal *refusal = out;
    *refusal = (struct store_refusal){
        .kind = (enum refusal_kind)row_word(stmt, 1, &words_refusal_kind),
        .email = db_text(stmt, 3, arena),
        .phone = db_text(stmt, 4, arena),
        .reason = db_text(stmt, 6, arena),
        .created_at = db_int(stmt, 7),
    };
    row_id(stmt, 0, ID_REFUSAL, refusal->id);
    row_id(stmt, 2, refusal->kind == REFUSAL_AT_ADDRESS ? ID_ACCOUNT : ID_SHIPPER, refusal->owner);
    address_split(stmt, 5, arena, &refusal->address);
}

/* The id of the refusal that says the same. */
static int find_same(struct db_tx *tx, enum refusal_kind kind, const uint8_t match[STORE_HASH],
                     char id_out[ID_ROOM])
{
    struct db_stmt *stmt;
    int result = db_query(tx, sql_refusal_same, &stmt);
    if (result != 0)
        return result;
    db_bind_blob(stmt, 1, match, STORE_HASH);
    row_bind_word(stmt, 2, &words_refusal_kind, kind);
    result = db_step(stmt);
    if (result == DB_ROW)
        row_id(stmt, 0, ID_REFUSAL, id_out);
    db_done(stmt);
    return result == DB_ROW ? STORE_EXISTS : result < 0 ? result : STORE_NOT_FOUND;
}

int store_refusal_insert(struct db_tx *tx, struct store_refusal *refusal)
{
    uint8_t match[STORE_HASH];
    AUTO_BUF struct buf lines;
    struct db_stmt *stmt;
    address_join(&refusal->address, &lines);
    int result = match_of_refusal(tx, refusal, match);
    if (result == 0)
        result = find_same(tx, refusal->kind, match, refusal->id);
    if (result != STORE_NOT_FOUND)
        return result;
    if (lines.failed)
        return log_fault("store.refusal", -EINVAL, "the address cannot be written");
    result = db_query(tx, sql_refusal_insert, &stmt);
    if (result != 0)
        return result;
    bool account = refusal->kind == REFUSAL_AT_ADDRESS;
    row_bind_id(stmt, 1, ID_REFUSAL, refusal->id);
    row_bind_word(stmt, 2, &words_refusal_kind, refusal->kind);
    row_bind_id(stmt, 3, account ? ID_ACCOUNT : ID_SHIPPER, refusal->owner);
    db_bind_text(stmt, 4, refusal->email);
    db_bind_text(stmt, 5, refusal->phone);
    db_bind_text(stmt, 6, refusal->address.line_count ? buf_string(&lines) : NULL);
    db_bind_text(stmt, 7, refusal->reason);
    db_bind_int(stmt, 8, refusal->created_at);
    db_bind_blob(stmt, 9, match, STORE_HASH);
    return row_write(tx, stmt, STORE_EXISTS);
}

int store_refusal_get(struct db_tx *tx, const char *id, struct arena *arena,
                      struct store_refusal *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_refusal_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_REFUSAL, id);
    return row_one(stmt, refusal_read, arena, out);
}

int store_refusal_delete(struct db_tx *tx, const char *id)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_refusal_delete, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_REFUSAL, id);
    return row_write(tx, stmt, STORE_NOT_FOUND);
}

static int read_list(struct db_stmt *stmt, const struct store_page *page, struct arena *arena,
                     struct store_refusals *out)
{
    static const struct row_shape shape = {refusal_read, sizeof(struct store_refusal)};
    struct row_list list;
    row_bind_after(stmt, 2, ID_REFUSAL, page->after, ROW_OLDEST_FIRST);
    int fault = row_page(stmt, (struct row_cut){3, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}

static void bind_owner(struct db_stmt *stmt, const char *owner)
{
    row_bind_id(stmt, 1, id_is(ID_ACCOUNT, owner) ? ID_ACCOUNT : ID_SHIPPER, owner);
}

int store_refusal_list(struct db_tx *tx, const char *owner, const struct store_page *page,
                       struct arena *arena, struct store_refusals *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_refusal_list, &stmt);
    if (fault)
        return fault;
    bind_owner(stmt, owner);
    return read_list(stmt, page, arena, out);
}

int store_refusal_told(struct db_tx *tx, const char *email, const struct store_page *page,
                       struct arena *arena, struct store_refusals *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_refusal_told, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, email);
    return read_list(stmt, page, arena, out);
}

int store_refusal_count(struct db_tx *tx, const char *owner, int limit, int *out)
{
    struct db_stmt *stmt;
    int64_t count = 0;
    int fault = db_query(tx, sql_refusal_count, &stmt);
    if (fault)
        return fault;
    bind_owner(stmt, owner);
    db_bind_int(stmt, 2, limit);
    fault = row_number(stmt, &count);
    *out = (int)count;
    return fault;
}

/* --- tries of a PIN -------------------------------------------------------------------------- */

int store_pin_wrong(struct db_tx *tx, const char *delivery_id, int version, int *out)
{
    struct db_stmt *stmt;
    int64_t wrong = 0;
    int fault = db_query(tx, sql_pin_wrong, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    db_bind_int(stmt, 2, version);
    int result = row_number(stmt, &wrong);
    *out = (int)wrong;
    return result == STORE_NOT_FOUND ? 0 : result;
}

int store_pin_spend(struct db_tx *tx, const char *delivery_id, int version)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_pin_spend, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_DELIVERY, delivery_id);
    db_bind_int(stmt, 2, version);
    return row_write(tx, stmt, 0);
}
