/* SPDX-License-Identifier: Apache-2.0
 *
 * A receipt is read by reading its values and writing it anew: what does not come out the same,
 * byte by byte, is none. So there is one form of each receipt, and no byte that is free.
 */
#include "ledger/erasure.h"

#include "base/clock.h"
#include "base/text.h"
#include "keys/keys.h"
#include "ledger/checkpoint.h"

static const char head[] = "porchlight-erasure/v1";
static const char tail[] = "covers key salt manifest photo preview\n"
                           "leaves backups_of_keys downloads\n";

enum { VALUE_ROOM = 80 };

bool erasure_key(struct keys *keys, const char *log_name, struct note_key *key_out)
{
    uint8_t public[KEYS_PUBLIC];
    char name[NOTE_NAME_ROOM];
    snprintf(name, sizeof name, "%.200s/erasures", log_name);
    keys_public(keys, public);
    return note_key_make(name, NOTE_LOG, public, key_out);
}

static void add_time(struct buf *out, const char *key, int64_t at)
{
    char text[CLOCK_TEXT_ROOM];
    clock_format(at, text);
    buf_printf(out, "%s %s\n", key, text);
}

static void write_text(const struct erasure_receipt *receipt, struct buf *out)
{
    char entry[BASE64_ROOM(sizeof receipt->entry)] = "none";
    bool destroyed = receipt->destroyed_at != 0;
    if (receipt->has_entry)
        text_base64(receipt->entry, sizeof receipt->entry, entry);
    buf_printf(out, "%s\nstate %s\ndelivery %s\nattempt %d\nphoto %s\nreason %s\n", head,
               destroyed ? "destroyed" : "pending", receipt->delivery_id, receipt->attempt,
               receipt->photo_id, receipt->reason);
    add_time(out, "asked_at", receipt->asked_at);
    if (destroyed) {
        add_time(out, "destroyed_at", receipt->destroyed_at);
        add_time(out, "copies_until", receipt->copies_until);
    } else {
        add_time(out, "said_at", receipt->said_at);
    }
    buf_printf(out, "entry %s\n%s", entry, tail);
}

void erasure_sign(const struct erasure_receipt *receipt, struct keys *keys,
                  const struct note_key *key, struct buf *out)
{
    uint8_t signature[KEYS_SIGNATURE];
    size_t from = out->len;
    write_text(receipt, out);
    if (out->failed)
        return;
    keys_sign(keys, (struct span){out->data + from, out->len - from}, signature);
    buf_byte(out, '\n');
    note_add_line(out, key, (struct span){signature, sizeof signature});
}

/* ---- reading ---- */

/* The value of the line that must begin with this key. */
static bool take(const uint8_t **at, const uint8_t *end, const char *key, char out[VALUE_ROOM])
{
    char line[VALUE_ROOM + 24];
    size_t len = strlen(key);
    if (!checkpoint_line(at, end, line, sizeof line) || strncmp(line, key, len) != 0 ||
        line[len] != ' ' || strlen(line + len + 1) >= VALUE_ROOM)
        return false;
    snprintf(out, VALUE_ROOM, "%s", line + len + 1);
    return true;
}

static bool take_id(const uint8_t **at, const uint8_t *end, const char *key, char out[ID_ROOM])
{
    char value[VALUE_ROOM];
    if (!take(at, end, key, value) || !id_is(key[0] == 'd' ? ID_DELIVERY : ID_PHOTO, value))
        return false;
    memcpy(out, value, ID_ROOM);
    return true;
}

static bool take_time(const uint8_t **at, const uint8_t *end, const char *key, int64_t *out)
{
    char value[VALUE_ROOM];
    return take(at, end, key, value) && clock_parse(value, out) && *out > 0;
}

static bool take_entry(const uint8_t **at, const uint8_t *end, struct erasure_receipt *receipt)
{
    char value[VALUE_ROOM];
    size_t len;
    if (!take(at, end, "entry", value))
        return false;
    receipt->has_entry = strcmp(value, "none") != 0;
    return !receipt->has_entry ||
           (text_unbase64(value, strlen(value), receipt->entry, sizeof receipt->entry, &len) &&
            len == sizeof receipt->entry);
}

static bool take_reason(const uint8_t **at, const uint8_t *end, struct erasure_receipt *receipt)
{
    char value[VALUE_ROOM];
    if (!take(at, end, "reason", value) || !*value || strlen(value) >= ERASURE_REASON_ROOM ||
        strspn(value, "abcdefghijklmnopqrstuvwxyz_") != strlen(value))
        return false;
    memcpy(receipt->reason, value, strlen(value) + 1);
    return true;
}

static bool read_text(struct span text, struct erasure_receipt *receipt)
{
    char value[VALUE_ROOM];
    uint64_t attempt;
    const uint8_t *at = text.data, *end = text.data + text.len;
    *receipt = (struct erasure_receipt){0};
    if (!checkpoint_line(&at, end, value, sizeof value) || strcmp(value, head) != 0 ||
        !take(&at, end, "state", value))
        return false;
    bool destroyed = strcmp(value, "destroyed") == 0;
    if (!take_id(&at, end, "delivery", receipt->delivery_id) || !take(&at, end, "attempt", value) ||
        !text_to_u64(value, 1, INT32_MAX, &attempt) ||
        !take_id(&at, end, "photo", receipt->photo_id) || !take_reason(&at, end, receipt) ||
        !take_time(&at, end, "asked_at", &receipt->asked_at))
        return false;
    receipt->attempt = (int)attempt;
    bool timed = destroyed ? take_time(&at, end, "destroyed_at", &receipt->destroyed_at) &&
                                 take_time(&at, end, "copies_until", &receipt->copies_until)
                           : take_time(&at, end, "said_at", &receipt->said_at);
    return timed && take_entry(&at, end, receipt);
}

/* Is this exactly what would be written with these values and this signature? */
static bool is_canonical(struct span bytes, const struct note *note, const struct note_key *key,
                         const struct erasure_receipt *receipt)
{
    struct buf again AUTO_BUF;
    buf_init(&again, ERASURE_CEILING);
    write_text(receipt, &again);
    buf_byte(&again, '\n');
    note_add_line(&again, key, (struct span){note->lines[0].signature, note->lines[0].len});
    return !again.failed && again.len == bytes.len &&
           memcmp(again.data, bytes.data, bytes.len) == 0;
}

enum erasure_outcome erasure_check(struct span bytes, const struct note_key *key,
                                   struct erasure_receipt *receipt_out)
{
    AUTO_FREE struct note *note = malloc(sizeof *note);
    if (!note || bytes.len == 0 || bytes.len > ERASURE_CEILING || !note_parse(bytes, note) ||
        !read_text(note->text, receipt_out))
        return ERASURE_NONE;
    if (note->count < 1 || !note_is_signed(note, key, NULL))
        return ERASURE_OTHER_KEY;
    return note->count == 1 && is_canonical(bytes, note, key, receipt_out) ? ERASURE_HOLDS
                                                                           : ERASURE_NONE;
}

enum erasure_outcome erasure_check_own(struct span bytes, const uint8_t public[SIGN_PUBLIC],
                                       struct erasure_receipt *receipt_out)
{
    char name[NOTE_NAME_ROOM];
    struct note_key key;
    AUTO_FREE struct note *note = malloc(sizeof *note);
    if (!note || bytes.len == 0 || bytes.len > ERASURE_CEILING || !note_parse(bytes, note) ||
        note->count != 1 || note->lines[0].name.len >= sizeof name)
        return ERASURE_NONE;
    snprintf(name, sizeof name, "%.*s", (int)note->lines[0].name.len,
             (const char *)note->lines[0].name.data);
    if (!note_key_make(name, NOTE_LOG, public, &key))
        return ERASURE_NONE;
    return erasure_check(bytes, &key, receipt_out);
}
