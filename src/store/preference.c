/* SPDX-License-Identifier: Apache-2.0
 *
 * The owner of a switch is 16 bytes of an account or 32 of an address: the two never meet.
 */
#include "store/preference.h"

#include <errno.h>

#include "base/arena.h"
#include "crypto/hash.h"
#include "store/account.h"
#include "store/row.h"

enum { OWNER = STORE_HASH };

STORE_SQL(sql_preference_get, "SELECT wanted FROM preference"
                              " WHERE owner = ?1 AND class = ?2 AND channel = ?3");
STORE_SQL(sql_preference_set, "INSERT INTO preference (owner, class, channel, wanted)"
                              " VALUES (?1, ?2, ?3, ?4)"
                              " ON CONFLICT DO UPDATE SET wanted = excluded.wanted");
STORE_SQL(sql_reach_get,
          "SELECT language, quiet_from, quiet_to, time_zone FROM reach WHERE account_id = ?1");
STORE_SQL(sql_reach_set,
          "INSERT INTO reach (account_id, language, quiet_from, quiet_to, time_zone)"
          " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET language = excluded.language,"
          " quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,"
          " time_zone = excluded.time_zone");

void store_address_hash(const char *email, uint8_t out[STORE_HASH])
{
    hash_sha256(HASH_TEXT(email), out);
}

/* ---- switches ---- */

/* The bytes of the owner, their number out; 0: there is no such owner. */
static size_t owner_of(const struct store_recipient *who, enum notice_channel channel,
                       uint8_t out[OWNER])
{
    if (channel == CHANNEL_MAIL) {
        memcpy(out, who->address_hash, STORE_HASH);
        return STORE_HASH;
    }
    return id_is(ID_ACCOUNT, who->account_id) && id_to_bytes(who->account_id, out) ? 16 : 0;
}

static void bind_switch(struct db_stmt *stmt, struct span owner, struct store_switch which)
{
    db_bind_blob(stmt, 1, owner.data, owner.len);
    row_bind_word(stmt, 2, &words_notice_class, which.what);
    row_bind_word(stmt, 3, &words_notice_channel, which.channel);
}

int store_preference_is_on(struct db_tx *tx, const struct store_recipient *who,
                           struct store_switch which, bool *out)
{
    uint8_t owner[OWNER];
    size_t len = owner_of(who, which.channel, owner);
    struct db_stmt *stmt;
    int64_t wanted;
    *out = preference_default(which.what, which.channel);
    if (len == 0)
        return 0;
    int result = db_query(tx, sql_preference_get, &stmt);
    if (result)
        return result;
    bind_switch(stmt, (struct span){owner, len}, which);
    result = row_number(stmt, &wanted);
    if (result == 0)
        *out = wanted != 0;
    return result == STORE_NOT_FOUND ? 0 : result;
}

int store_preference_set(struct db_tx *tx, const struct store_recipient *who,
                         struct store_switch which, bool wanted)
{
    uint8_t owner[OWNER];
    size_t len = owner_of(who, which.channel, owner);
    struct db_stmt *stmt;
    if (len == 0)
        return STORE_NOT_FOUND;
    int fault = db_query(tx, sql_preference_set, &stmt);
    if (fault)
        return fault;
    bind_switch(stmt, (struct span){owner, len}, which);
    db_bind_bool(stmt, 4, wanted);
    return row_write(tx, stmt, 0);
}

int store_preference_wants(struct db_tx *tx, const char *account_id, enum event_kind kind,
                           enum notice_channel channel, bool *out)
{
    struct store_recipient who = {.account_id = account_id};
    int what = preference_class(kind), result = 0;
    *out = false;
    if (what < 0)
        return 0;
    struct store_switch which = {(enum notice_class)what, channel};
    *out = preference_default(which.what, channel);
    if (channel == CHANNEL_MAIL && id_is(ID_ACCOUNT, account_id)) {
        struct store_account account;
        struct arena *arena = arena_new(4096);
        if (!arena)
            return -ENOMEM;
        result = store_account_get(tx, account_id, arena, &account);
        if (result == 0)
            store_address_hash(account.email, who.address_hash);
        arena_free(&arena);
        if (result != 0)
            return result == STORE_NOT_FOUND ? 0 : result;
    } else if (channel == CHANNEL_MAIL) {
        return 0;
    }
    return store_preference_is_on(tx, &who, which, out);
}

/* ---- reach ---- */

static void reach_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_reach *reach = out;
    *reach = (struct store_reach){
        .language = db_text(stmt, 0, arena),
        .quiet = {(int)db_int(stmt, 1), (int)db_int(stmt, 2), db_text(stmt, 3, arena)},
    };
}

int store_reach_get(struct db_tx *tx, const char *account_id, struct arena *arena,
                    struct store_reach *out)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_reach_get, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_ACCOUNT, account_id);
    return row_one(stmt, reach_read, arena, out);
}

int store_reach_set(struct db_tx *tx, const char *account_id, const struct store_reach *reach)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_reach_set, &stmt);
    if (fault)
        return fault;
    row_bind_id(stmt, 1, ID_ACCOUNT, account_id);
    db_bind_text(stmt, 2, reach->language);
    db_bind_int(stmt, 3, reach->quiet.from);
    db_bind_int(stmt, 4, reach->quiet.to);
    db_bind_text(stmt, 5, reach->quiet.zone);
    return row_write(tx, stmt, 0);
}
