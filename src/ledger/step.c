/* SPDX-License-Identifier: Apache-2.0
 *
 * A record's key is made from its photo's key and its commitment, which is unlike any other; so a
 * nonce is never used twice, though it is always the same.
 */
#include "ledger/step.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/aead.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "keys/keys.h"
#include "store/look.h"

static const uint8_t only_nonce[AEAD_NONCE] = {0};

static bool is_last(enum ledger_step step)
{
    return step == STEP_ERASED || step == STEP_REJECTED || step == STEP_DECLINED ||
           step == STEP_MISSING;
}

enum ledger_step step_of_state(enum photo_state state)
{
    switch (state) {
    case PHOTO_POSTED:
        return STEP_POSTED;
    case PHOTO_WITHHELD:
        return STEP_WITHHELD;
    case PHOTO_REJECTED:
        return STEP_REJECTED;
    case PHOTO_DECLINED:
        return STEP_DECLINED;
    case PHOTO_MISSING:
        return STEP_MISSING;
    case PHOTO_ERASED:
        return STEP_ERASED;
    default:
        return STEP_RECEIVED;
    }
}

/* ---- the manifest ---- */

static void add(struct buf *out, const char *key, const char *value)
{
    if (value && *value)
        buf_printf(out, "%s %s\n", key, value);
}

static void add_time(struct buf *out, const char *key, int64_t at)
{
    char text[CLOCK_TEXT_ROOM];
    if (at == 0)
        return;
    clock_format(at, text);
    add(out, key, text);
}

static void add_hash(struct buf *out, const char *key, const uint8_t hash[STORE_HASH])
{
    char text[2 * STORE_HASH + 1];
    text_hex(hash, STORE_HASH, text);
    add(out, key, text);
}

/* Free text of a person is named by its hash: a manifest has one line a key. */
static void add_note(struct buf *out, const char *note)
{
    uint8_t hash[STORE_HASH];
    if (!note)
        return;
    hash_sha256(HASH_TEXT(note), hash);
    add_hash(out, "note_sha256", hash);
}

/* In the order of the keys. */
static void write_manifest(const struct step *step, const char *previous, struct buf *out)
{
    const struct photo *photo = step->photo;
    const struct store_look *look = step->look;
    bool last = is_last(step->step), shown = !last && photo->posted_size > 0;
    if (look)
        buf_printf(out, "agent %d\n", look->agent_number);
    add_time(out, "at", step->at);
    buf_printf(out, "attempt %d\n", photo->attempt);
    add(out, "break_glass", look && store_look_breaks_glass(look) ? "yes" : NULL);
    add_time(out, "captured_at", last ? 0 : photo->captured_at);
    add(out, "case", look ? look->case_id : NULL);
    if (look && look->case_number)
        buf_printf(out, "case_number %lld\n", (long long)look->case_number);
    add(out, "delivery", photo->delivery_id);
    add(out, "driver", last ? NULL : photo->driver_id);
    add(out, "look", look ? look->id : NULL);
    add(out, "look_kind", look ? words_name(&words_look_kind, (int)look->kind) : NULL);
    add(out, "media_type", last ? NULL : "image/jpeg");
    add_note(out, look ? look->text : NULL);
    if (!last) {
        add_hash(out, "original_sha256", photo->sha256);
        buf_printf(out, "original_size %lld\n", (long long)photo->size);
    }
    add(out, "photo", photo->id);
    if (shown) {
        add_hash(out, "photo_sha256", photo->posted_sha256);
        buf_printf(out, "photo_size %lld\n", (long long)photo->posted_size);
        add(out, "place", words_name(&words_place, (int)photo->place));
    }
    add(out, "previous", previous);
    add(out, "reason", look ? words_name(&words_look_reason, (int)look->reason) : photo->reason);
    add_time(out, "received_at", last ? 0 : photo->received_at);
    add(out, "step", words_name(&words_ledger_step, (int)step->step));
    add(out, "upload", last ? NULL : photo->upload_id);
}

void step_commit(const uint8_t salt[STEP_SALT], struct span manifest, uint8_t out[STORE_HASH])
{
    hash_hmac((struct span){salt, STEP_SALT}, manifest, out);
}

void step_entry(const uint8_t commitment[STORE_HASH], char *out)
{
    char text[BASE64_ROOM(STORE_HASH)];
    text_base64(commitment, STORE_HASH, text);
    snprintf(out, STEP_ENTRY_ROOM, "porchlight-evidence/v1\ncommit %s\n", text);
}

/* ---- the seal ---- */

/* The key that a step's record is sealed under: the staging's before the verdict, then the photo's.
 * STEP_GONE: there is none. */
static int load_key(const struct recorder *recorder, enum ledger_step step,
                    const struct photo *photo, uint8_t key_out[KEYS_KEY])
{
    uint8_t id[KEYS_ID];
    bool staged = step == STEP_RECEIVED;
    int64_t slot = staged ? photo->staging_slot : photo->key_slot;
    if (is_last(step)) {
        memcpy(key_out, recorder->secret, KEYS_KEY);
        return 0;
    }
    if (slot < 0 || !recorder->keys || !id_to_bytes(staged ? photo->upload_id : photo->id, id))
        return STEP_GONE;
    int result = keys_load(recorder->keys, (uint32_t)slot, id, key_out);
    return result > 0 ? STEP_GONE : result;
}

static void derive_key(uint8_t key[KEYS_KEY], const uint8_t commitment[STORE_HASH])
{
    static const char purpose[] = "porchlight record/v1";
    uint8_t bytes[sizeof purpose + STORE_HASH];
    memcpy(bytes, purpose, sizeof purpose);
    memcpy(bytes + sizeof purpose, commitment, STORE_HASH);
    hash_hmac((struct span){key, KEYS_KEY}, (struct span){bytes, sizeof bytes}, key);
}

/* Seals salt and manifest, which stand one behind the other in `plain`, in place. 0, STEP_GONE,
 * or a fault. */
static int seal(const struct recorder *recorder, const struct step *step, struct buf *plain,
                const uint8_t commitment[STORE_HASH])
{
    uint8_t key[KEYS_KEY];
    int result = load_key(recorder, step->step, step->photo, key);
    if (result != 0)
        return result;
    derive_key(key, commitment);
    size_t len = plain->len;
    buf_add(plain, (uint8_t[AEAD_TAG]){0}, AEAD_TAG);
    result = plain->failed ? -ENOMEM
                           : aead_seal(key, only_nonce, (struct span){commitment, STORE_HASH},
                                       (struct span){plain->data, len}, plain->data);
    crypto_wipe(key, sizeof key);
    return result;
}

/* The step before this one, or "". */
static int find_previous(struct db_tx *tx, const char *photo_id, char out[BASE64_ROOM(STORE_HASH)])
{
    struct store_entry last;
    *out = '\0';
    int result = store_entry_last(tx, photo_id, NULL, &last);
    if (result == 0)
        text_base64(last.commitment, STORE_HASH, out);
    return result < 0 ? result : 0;
}

int step_record(const struct recorder *recorder, struct db_tx *tx, const struct step *step)
{
    char previous[BASE64_ROOM(STORE_HASH)] = "";
    uint8_t salt[STEP_SALT];
    struct buf plain AUTO_BUF;
    buf_init(&plain, STEP_SALT + STEP_MANIFEST_CEILING + AEAD_TAG);
    if (!recorder || recorder->off)
        return 0;
    struct store_entry entry = {.step = step->step, .at = step->at};
    memcpy(entry.photo_id, step->photo->id, ID_ROOM);
    int result = step->step == STEP_RECEIVED /* the first, so there is none before it */
                     ? 0
                     : find_previous(tx, step->photo->id, previous);
    if (result != 0)
        return result;
    crypto_random(salt, sizeof salt);
    buf_add(&plain, salt, sizeof salt);
    write_manifest(step, previous, &plain);
    if (plain.failed)
        return log_fault("ledger.record", -ENOMEM, "photo=%s", step->photo->id);
    step_commit(salt, (struct span){plain.data + STEP_SALT, plain.len - STEP_SALT},
                entry.commitment);
    result = seal(recorder, step, &plain, entry.commitment);
    crypto_wipe(salt, sizeof salt);
    if (result == 0)
        entry.sealed = (struct span){plain.data, plain.len};
    else if (result == STEP_GONE)
        log_event(LOG_WARN, "ledger.no_key", "photo=%s", step->photo->id);
    return result < 0 ? result : store_entry_add(tx, &entry);
}

int step_end(const struct recorder *recorder, struct db_tx *tx, const struct step *step)
{
    if (!recorder || recorder->off)
        return 0;
    int result = store_entry_forget(tx, step->photo->id);
    return result == 0 ? step_record(recorder, tx, step) : result;
}

int step_open(const struct recorder *recorder, const struct store_entry *entry,
              const struct photo *photo, struct step_opening *opening_out)
{
    uint8_t key[KEYS_KEY], plain[STEP_SALT + STEP_MANIFEST_CEILING];
    size_t len = entry->sealed.len;
    if (len == 0)
        return STEP_GONE;
    if (len < STEP_SALT + AEAD_TAG || len > sizeof plain + AEAD_TAG)
        return log_fault("ledger.open", -EBADMSG, "photo=%s", photo->id);
    int result = load_key(recorder, entry->step, photo, key);
    if (result != 0)
        return result;
    derive_key(key, entry->commitment);
    result = aead_open(key, only_nonce, (struct span){entry->commitment, STORE_HASH}, entry->sealed,
                       plain);
    crypto_wipe(key, sizeof key);
    if (result != 0)
        return log_fault("ledger.open", -EBADMSG, "photo=%s", photo->id);
    opening_out->len = len - AEAD_TAG - STEP_SALT;
    memcpy(opening_out->salt, plain, STEP_SALT);
    memcpy(opening_out->manifest, plain + STEP_SALT, opening_out->len);
    opening_out->manifest[opening_out->len] = '\0';
    crypto_wipe(plain, sizeof plain);
    return 0;
}
