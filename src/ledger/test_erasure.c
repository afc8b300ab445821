/* SPDX-License-Identifier: Apache-2.0
 *
 * Receipts of erasures: what they say, that our key and no other vouches for it, and that not one
 * byte can be changed, added or taken away.
 */
#include "ledger/erasure.h"

#include "base/log.h"
#include "base/tap.h"
#include "base/tap_folder.h"
#include "crypto/crypto.h"
#include "keys/keys.h"

static struct keys *new_keys(char folder[TAP_FOLDER_ROOM])
{
    char path[TAP_FOLDER_ROOM + 8];
    struct keys *keys = NULL;
    log_set_level(LOG_ERROR);
    if (crypto_init() != 0)
        abort();
    tap_folder_new(folder);
    snprintf(path, sizeof path, "%s/keys", folder);
    struct keys_config config = {.folder = path, .make = KEYS_MAKE_MISSING};
    if (keys_open(&config, &keys) != 0)
        abort();
    return keys;
}

static struct erasure_receipt destroyed(void)
{
    return (struct erasure_receipt){.delivery_id = "dlv_01hq0000000000000000000001",
                                    .photo_id = "pho_01hq0000000000000000000002",
                                    .attempt = 2,
                                    .reason = "by_recipient",
                                    .asked_at = 1700000000000,
                                    .destroyed_at = 1700000001234,
                                    .copies_until = 1700604801234,
                                    .has_entry = true,
                                    .entry = {1, 2, 3}};
}

struct signed_one {
    char folder[TAP_FOLDER_ROOM];
    struct keys *keys;
    struct note_key key;
    struct buf bytes;
};

static void sign(struct signed_one *one, const struct erasure_receipt *receipt)
{
    one->keys = new_keys(one->folder);
    buf_init(&one->bytes, ERASURE_CEILING);
    CHECK(erasure_key(one->keys, "porch.example/log", &one->key));
    erasure_sign(receipt, one->keys, &one->key, &one->bytes);
    CHECK(!one->bytes.failed);
}

static void end(struct signed_one *one)
{
    buf_free(&one->bytes);
    keys_close(&one->keys);
    tap_folder_remove(one->folder);
}

static enum erasure_outcome check(const struct signed_one *one, struct erasure_receipt *found)
{
    return erasure_check((struct span){one->bytes.data, one->bytes.len}, &one->key, found);
}

TEST(a_receipt_says_when_the_key_was_destroyed_and_what_is_left)
{
    struct signed_one one;
    struct erasure_receipt receipt = destroyed(), found;
    static const char text[] = "porchlight-erasure/v1\n"
                               "state destroyed\n"
                               "delivery dlv_01hq0000000000000000000001\n"
                               "attempt 2\n"
                               "photo pho_01hq0000000000000000000002\n"
                               "reason by_recipient\n"
                               "asked_at 2023-11-14T22:13:20.000Z\n"
                               "destroyed_at 2023-11-14T22:13:21.234Z\n"
                               "copies_until 2023-11-21T22:13:21.234Z\n"
                               "entry AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
                               "covers key salt manifest photo preview\n"
                               "leaves backups_of_keys downloads\n\n— porch.example/log/erasures ";
    sign(&one, &receipt);
    CHECK(strncmp(buf_string(&one.bytes), text, strlen(text)) == 0);
    CHECK_INT(check(&one, &found), ERASURE_HOLDS);
    CHECK(memcmp(&found, &receipt, sizeof found) == 0);
    end(&one);
}

TEST(until_then_it_says_pending_and_when_it_said_so)
{
    struct signed_one one;
    struct erasure_receipt receipt = destroyed(), found;
    receipt.destroyed_at = receipt.copies_until = 0;
    receipt.said_at = 1700000000500;
    receipt.has_entry = false;
    memset(receipt.entry, 0, sizeof receipt.entry);
    sign(&one, &receipt);
    const char *text = buf_string(&one.bytes);
    CHECK(strstr(text, "\nstate pending\n") &&
          strstr(text, "\nsaid_at 2023-11-14T22:13:20.500Z\n"));
    CHECK(strstr(text, "\nentry none\n") && !strstr(text, "destroyed_at"));
    CHECK_INT(check(&one, &found), ERASURE_HOLDS);
    CHECK(memcmp(&found, &receipt, sizeof found) == 0);
    end(&one);
}

TEST(every_changed_byte_is_caught)
{
    struct signed_one one;
    struct erasure_receipt receipt = destroyed(), found;
    sign(&one, &receipt);
    for (size_t i = 0; i < one.bytes.len; i++)
        for (unsigned bit = 1; bit < 256; bit <<= 1) {
            one.bytes.data[i] ^= (uint8_t)bit;
            CHECK(check(&one, &found) != ERASURE_HOLDS);
            one.bytes.data[i] ^= (uint8_t)bit;
        }
    size_t whole = one.bytes.len;
    for (one.bytes.len = 0; one.bytes.len < whole; one.bytes.len++)
        CHECK(check(&one, &found) != ERASURE_HOLDS);
    CHECK_INT(check(&one, &found), ERASURE_HOLDS);
    buf_byte(&one.bytes, '\n');
    CHECK(check(&one, &found) != ERASURE_HOLDS);
    end(&one);
}

TEST(another_installation_vouches_for_nothing_of_ours)
{
    struct signed_one ours, theirs;
    struct erasure_receipt receipt = destroyed(), found;
    sign(&ours, &receipt);
    sign(&theirs, &receipt);
    CHECK_INT(erasure_check((struct span){ours.bytes.data, ours.bytes.len}, &theirs.key, &found),
              ERASURE_OTHER_KEY);
    CHECK_INT(
        erasure_check_own((struct span){ours.bytes.data, ours.bytes.len}, ours.key.public, &found),
        ERASURE_HOLDS);
    CHECK_INT(erasure_check_own((struct span){ours.bytes.data, ours.bytes.len}, theirs.key.public,
                                &found),
              ERASURE_OTHER_KEY);
    note_add_line(&ours.bytes, &theirs.key, (struct span){(uint8_t[64]){0}, 64});
    CHECK_INT(check(&ours, &found), ERASURE_NONE);
    end(&theirs);
    end(&ours);
}

TAP_MAIN(TAP(a_receipt_says_when_the_key_was_destroyed_and_what_is_left),
         TAP(until_then_it_says_pending_and_when_it_said_so), TAP(every_changed_byte_is_caught),
         TAP(another_installation_vouches_for_nothing_of_ours))
