/* SPDX-License-Identifier: Apache-2.0
 *
 * Receipts: what they say, that our key and no other vouches for it, and that not one character can
 * be changed.
 */
#include "ledger/receipt.h"

#include "base/log.h"
#include "base/tap.h"
#include "base/tap_folder.h"
#include "crypto/crypto.h"
#include "keys/keys.h"

static const uint8_t sha256[32] = {0xab, 0xcd, [31] = 0x01};

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

static struct receipt stored(void)
{
    return (struct receipt){.verdict = RECEIPT_STORED,
                            .delivery_id = "dlv_01hq0000000000000000000001",
                            .attempt = 2,
                            .photo_id = "pho_01hq0000000000000000000002",
                            .sha256 = sha256,
                            .size = 123456,
                            .captured_at = 1700000000000,
                            .received_at = 1700000001234};
}

TEST(a_receipt_says_what_was_received)
{
    char folder[TAP_FOLDER_ROOM], header[RECEIPT_ROOM], text[RECEIPT_ROOM];
    uint8_t public_key[32];
    struct keys *keys = new_keys(folder);
    struct receipt receipt = stored();
    keys_public(keys, public_key);
    CHECK_INT(receipt_sign(&receipt, keys, header), 0);
    CHECK(receipt_verify(header, public_key, text));
    CHECK_STR(text, "porchlight-receipt/v1\n"
                    "verdict stored\n"
                    "delivery dlv_01hq0000000000000000000001\n"
                    "attempt 2\n"
                    "photo pho_01hq0000000000000000000002\n"
                    "sha256 abcd000000000000000000000000000000000000000000000000000000000001\n"
                    "size 123456\n"
                    "captured_at 2023-11-14T22:13:20.000Z\n"
                    "received_at 2023-11-14T22:13:21.234Z\n");
    keys_close(&keys);
    tap_folder_remove(folder);
}

TEST(a_refusal_says_why_and_names_no_photo)
{
    char folder[TAP_FOLDER_ROOM], header[RECEIPT_ROOM], text[RECEIPT_ROOM];
    uint8_t public_key[32];
    struct keys *keys = new_keys(folder);
    struct receipt receipt = stored();
    receipt.verdict = RECEIPT_REFUSED;
    receipt.reason = "declined";
    receipt.photo_id = NULL;
    keys_public(keys, public_key);
    CHECK_INT(receipt_sign(&receipt, keys, header), 0);
    CHECK(receipt_verify(header, public_key, text));
    CHECK(strstr(text, "verdict refused\nreason declined\ndelivery ") != NULL);
    CHECK(strstr(text, "photo ") == NULL);
    keys_close(&keys);
    tap_folder_remove(folder);
}

TEST(the_longest_receipt_fits)
{
    char folder[TAP_FOLDER_ROOM], header[RECEIPT_ROOM], text[RECEIPT_ROOM];
    uint8_t public_key[32];
    struct keys *keys = new_keys(folder);
    struct receipt receipt = stored();
    receipt.verdict = RECEIPT_PENDING;
    receipt.attempt = INT32_MAX;
    receipt.size = INT64_MAX;
    receipt.captured_at = receipt.received_at = INT64_MAX;
    keys_public(keys, public_key);
    CHECK_INT(receipt_sign(&receipt, keys, header), 0);
    CHECK(receipt_verify(header, public_key, text));
    keys_close(&keys);
    tap_folder_remove(folder);
}

TEST(nothing_can_be_changed)
{
    char folder[TAP_FOLDER_ROOM], other[TAP_FOLDER_ROOM];
    char header[RECEIPT_ROOM], text[RECEIPT_ROOM], changed[RECEIPT_ROOM];
    uint8_t public_key[32], other_key[32];
    struct keys *keys = new_keys(folder), *others = new_keys(other);
    struct receipt receipt = stored();
    keys_public(keys, public_key);
    keys_public(others, other_key);
    CHECK_INT(receipt_sign(&receipt, keys, header), 0);
    CHECK(!receipt_verify(header, other_key, text));
    int accepted = 0;
    for (size_t i = 0; header[i]; i++) {
        memcpy(changed, header, sizeof changed);
        changed[i] = header[i] == 'A' ? 'B' : 'A';
        accepted += receipt_verify(changed, public_key, text);
        memcpy(changed, header, i);
        changed[i] = '\0';
        accepted += receipt_verify(changed, public_key, text);
    }
    CHECK_INT(accepted, 0);
    char longer[RECEIPT_ROOM + 100];
    memset(longer, 'A', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    longer[20] = '.';
    CHECK(!receipt_verify(longer, public_key, text));
    CHECK(!receipt_verify(".", public_key, text));
    CHECK(!receipt_verify("", public_key, text));
    keys_close(&keys);
    keys_close(&others);
    tap_folder_remove(folder);
    tap_folder_remove(other);
}

TAP_MAIN(TAP(a_receipt_says_what_was_received), TAP(a_refusal_says_why_and_names_no_photo),
         TAP(the_longest_receipt_fits), TAP(nothing_can_be_changed))
