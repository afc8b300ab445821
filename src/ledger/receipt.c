/* SPDX-License-Identifier: Apache-2.0
 *
 * Receipts as text. The text is bounded by construction (ids, numbers and words of our own), so it
 * always fits its room; a word from outside never gets in, because reasons come from closed lists.
 */
#include "ledger/receipt.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/sign.h"
#include "keys/keys.h"

enum { TEXT_ROOM = 480, SIGNATURE_SIZE = 64 };

static const char *const verdicts[] = {"stored", "pending", "refused"};

static int format_text(const struct receipt *receipt, char *text)
{
    char sha256[65], captured[CLOCK_TEXT_ROOM], received[CLOCK_TEXT_ROOM];
    text_hex(receipt->sha256, 32, sha256);
    clock_format(receipt->captured_at, captured);
    clock_format(receipt->received_at, received);
    bool refused = receipt->verdict == RECEIPT_REFUSED;
    return snprintf(text, TEXT_ROOM,
                    "porchlight-receipt/v1\nverdict %s\n%s%s%sdelivery %s\nattempt "
                    "%d\n%s%s%ssha256 %s\nsize %lld\n"
                    "captured_at %s\nreceived_at %s\n",
                    verdicts[receipt->verdict], refused ? "reason " : "",
                    refused ? receipt->reason : "", refused ? "\n" : "", receipt->delivery_id,
                    receipt->attempt, refused ? "" : "photo ", refused ? "" : receipt->photo_id,
                    refused ? "" : "\n", sha256, (long long)receipt->size, captured, received);
}

int receipt_sign(const struct receipt *receipt, struct keys *keys, char *out)
{
    char text[TEXT_ROOM];
    uint8_t signature[SIGNATURE_SIZE];
    int len = format_text(receipt, text);
    if (len < 0 || len >= TEXT_ROOM)
        return log_fault("receipt.sign", -EOVERFLOW, "delivery=%s", receipt->delivery_id);
    keys_sign(keys, (struct span){(const uint8_t *)text, (size_t)len}, signature);
    text_base64url((const uint8_t *)text, (size_t)len, out);
    size_t at = strlen(out);
    out[at] = '.';
    text_base64url(signature, sizeof signature, out + at + 1);
    return 0;
}

bool receipt_verify(const char *header, const uint8_t public_key[32], char *text_out)
{
    uint8_t signature[SIGNATURE_SIZE];
    size_t text_len, signature_len;
    const char *dot = strchr(header, '.');
    if (!dot || strlen(header) >= RECEIPT_ROOM)
        return false;
    if (!text_unbase64url(header, (size_t)(dot - header), (uint8_t *)text_out, TEXT_ROOM - 1,
                          &text_len) ||
        !text_unbase64url(dot + 1, strlen(dot + 1), signature, sizeof signature, &signature_len) ||
        signature_len != sizeof signature)
        return false;
    text_out[text_len] = 0;
    return sign_check(public_key, (struct span){(const uint8_t *)text_out, text_len}, signature);
}
