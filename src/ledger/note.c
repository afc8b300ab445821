/* SPDX-License-Identifier: Apache-2.0
 *
 * The last empty line of a note parts text and signatures, so a text may have empty lines of its
 * own.
 */
#include "ledger/note.h"

#include "base/text.h"
#include "crypto/hash.h"

enum {
    COSIGNED_TIME = 8,
    BLOB_CEILING = 8 << 10, /* bytes of a line's base64: post-quantum signatures are long */
};

static const char dash[] = "\xe2\x80\x94 "; /* U+2014 and a space */
enum { DASH = sizeof dash - 1 };

/* ---- keys ---- */

/* ASCII only, which is narrower than the format: white space of other scripts is no part of a name.
 */
static bool is_name(const char *name, size_t len)
{
    if (len == 0 || len >= NOTE_NAME_ROOM)
        return false;
    for (size_t i = 0; i < len; i++)
        if (name[i] <= ' ' || name[i] == '+' || name[i] > '~')
            return false;
    return true;
}

static void fill_id(struct note_key *key)
{
    uint8_t hash[HASH_SHA256_LEN], type = (uint8_t)key->type;
    struct hash running;
    hash_start(&running);
    hash_add(&running, HASH_TEXT(key->name));
    hash_add(&running, HASH_TEXT("\n"));
    hash_add(&running, (struct span){&type, 1});
    hash_add(&running, (struct span){key->public, SIGN_PUBLIC});
    hash_finish(&running, hash);
    memcpy(key->id, hash, NOTE_KEY_ID);
}

bool note_key_make(const char *name, enum note_type type, const uint8_t public[SIGN_PUBLIC],
                   struct note_key *key_out)
{
    if (!is_name(name, strlen(name)))
        return false;
    *key_out = (struct note_key){.type = type};
    memcpy(key_out->name, name, strlen(name) + 1);
    memcpy(key_out->public, public, SIGN_PUBLIC);
    fill_id(key_out);
    return true;
}

void note_key_format(const struct note_key *key, char *out)
{
    uint8_t bytes[1 + SIGN_PUBLIC] = {(uint8_t)key->type};
    char id[2 * NOTE_KEY_ID + 1], text[BASE64_ROOM(sizeof bytes)];
    memcpy(bytes + 1, key->public, SIGN_PUBLIC);
    text_hex(key->id, NOTE_KEY_ID, id);
    text_base64(bytes, sizeof bytes, text);
    snprintf(out, NOTE_KEY_ROOM, "%s+%s+%s", key->name, id, text);
}

bool note_key_parse(const char *text, struct note_key *key_out)
{
    uint8_t bytes[1 + SIGN_PUBLIC], id[NOTE_KEY_ID];
    char name[NOTE_NAME_ROOM], hex[2 * NOTE_KEY_ID + 1];
    size_t len = strcspn(text, "+"), bytes_len;
    if (text[len] != '+' || !is_name(text, len) || strcspn(text + len + 1, "+") != 2 * NOTE_KEY_ID)
        return false;
    snprintf(name, sizeof name, "%.*s", (int)len, text);
    snprintf(hex, sizeof hex, "%s", text + len + 1);
    const char *rest = text + len + 1 + 2 * NOTE_KEY_ID;
    struct note_key key;
    char again[NOTE_KEY_ROOM];
    if (*rest != '+' || !text_unhex(hex, id, NOTE_KEY_ID) ||
        !text_unbase64(rest + 1, strlen(rest + 1), bytes, sizeof bytes, &bytes_len) ||
        bytes_len != sizeof bytes || (bytes[0] != NOTE_LOG && bytes[0] != NOTE_WITNESS) ||
        !note_key_make(name, (enum note_type)bytes[0], bytes + 1, &key) ||
        memcmp(key.id, id, NOTE_KEY_ID) != 0)
        return false;
    note_key_format(&key, again);
    if (strcmp(again, text) != 0) /* a key is written in one way only */
        return false;
    *key_out = key;
    return true;
}

/* ---- notes ---- */

/* Where the last empty line begins, or NULL. */
static const uint8_t *find_gap(struct span bytes)
{
    for (size_t at = bytes.len; at >= 2; at--)
        if (bytes.data[at - 1] == '\n' && bytes.data[at - 2] == '\n')
            return bytes.data + at - 1;
    return NULL;
}

/* One line without its line break; of a type that is not known by its length nothing is kept. */
static bool parse_line(struct span line, struct note *note)
{
    uint8_t blob[BLOB_CEILING];
    size_t blob_len;
    if (line.len <= DASH || memcmp(line.data, dash, DASH) != 0)
        return false;
    const char *name = (const char *)line.data + DASH;
    const char *end = (const char *)line.data + line.len;
    const char *space = memchr(name, ' ', (size_t)(end - name));
    if (!space || space == name || (size_t)(space - name) >= NOTE_NAME_ROOM)
        return false;
    if (!text_unbase64(space + 1, (size_t)(end - space - 1), blob, sizeof blob, &blob_len) ||
        blob_len <= NOTE_KEY_ID || note->count == NOTE_SIGNATURES)
        return false;
    if (blob_len - NOTE_KEY_ID > NOTE_SIGNATURE_CEILING)
        return true;
    struct note_line *out = &note->lines[note->count++];
    out->name = (struct span){(const uint8_t *)name, (size_t)(space - name)};
    memcpy(out->id, blob, NOTE_KEY_ID);
    out->len = blob_len - NOTE_KEY_ID;
    memcpy(out->signature, blob + NOTE_KEY_ID, out->len);
    return true;
}

bool note_parse(struct span bytes, struct note *note_out)
{
    note_out->count = 0;
    if (bytes.len > NOTE_CEILING || bytes.len < 3 || bytes.data[bytes.len - 1] != '\n' ||
        !text_is_clean((const char *)bytes.data, bytes.len, true) ||
        memchr(bytes.data, '\t', bytes.len) || memchr(bytes.data, '\r', bytes.len))
        return false;
    const uint8_t *gap = find_gap(bytes);
    const uint8_t *end = bytes.data + bytes.len;
    if (!gap || gap + 1 == end)
        return false;
    note_out->text = (struct span){bytes.data, (size_t)(gap - bytes.data)};
    for (const uint8_t *at = gap + 1; at < end;) {
        const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop || !parse_line((struct span){at, (size_t)(stop - at)}, note_out))
            return false;
        at = stop + 1;
    }
    return true;
}

static int64_t time_of(const struct note_line *line)
{
    uint64_t time = 0;
    for (int i = 0; i < COSIGNED_TIME; i++)
        time = time << 8 | line->signature[i];
    return time <= INT64_MAX ? (int64_t)time : -1;
}

static bool is_right(const struct note *note, const struct note_line *line,
                     const struct note_key *key, int64_t *time_out)
{
    if (key->type == NOTE_LOG) {
        *time_out = 0;
        return line->len == SIGN_LEN && sign_check(key->public, note->text, line->signature);
    }
    char head[64];
    *time_out = line->len == COSIGNED_TIME + SIGN_LEN ? time_of(line) : -1;
    if (*time_out < 0)
        return false;
    snprintf(head, sizeof head, "cosignature/v1\ntime %lld\n", (long long)*time_out);
    struct buf signed_text AUTO_BUF;
    buf_init(&signed_text, NOTE_CEILING + sizeof head);
    buf_text(&signed_text, head);
    buf_add(&signed_text, note->text.data, note->text.len);
    return !signed_text.failed &&
           sign_check(key->public, (struct span){signed_text.data, signed_text.len},
                      line->signature + COSIGNED_TIME);
}

bool note_is_signed(const struct note *note, const struct note_key *key, int64_t *time_out)
{
    bool found = false;
    for (int i = 0; i < note->count; i++) {
        const struct note_line *line = &note->lines[i];
        int64_t time;
        if (line->name.len != strlen(key->name) ||
            memcmp(line->name.data, key->name, line->name.len) != 0 ||
            memcmp(line->id, key->id, NOTE_KEY_ID) != 0)
            continue;
        if (!is_right(note, line, key, &time))
            return false;
        if (time_out && !found)
            *time_out = time;
        found = true;
    }
    return found;
}

void note_add_line(struct buf *out, const struct note_key *key, struct span signature)
{
    uint8_t blob[NOTE_KEY_ID + NOTE_SIGNATURE_CEILING];
    char text[BASE64_ROOM(sizeof blob)];
    if (signature.len > NOTE_SIGNATURE_CEILING) {
        out->failed = true;
        return;
    }
    memcpy(blob, key->id, NOTE_KEY_ID);
    memcpy(blob + NOTE_KEY_ID, signature.data, signature.len);
    text_base64(blob, NOTE_KEY_ID + signature.len, text);
    buf_printf(out, "%s%s %s\n", dash, key->name, text);
}

void note_sign(struct buf *out, struct span text, const struct note_key *key,
               const struct sign_key *secret)
{
    uint8_t signature[SIGN_LEN];
    sign_make(secret, text, signature);
    buf_add(out, text.data, text.len);
    buf_byte(out, '\n');
    note_add_line(out, key, (struct span){signature, sizeof signature});
}
