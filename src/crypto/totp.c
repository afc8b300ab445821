/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 6238 over OpenSSL's HMAC-SHA-1. Sign-ins are rare, so nothing is cached here.
 */
#include "crypto/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/text.h"

enum { MODULUS = 1000000, STEPS_EITHER_SIDE = 1 };

void totp_code(struct span secret, uint64_t step, char out[TOTP_DIGITS + 1])
{
    uint8_t counter[8], mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = 0;
    for (int i = 7; i >= 0; i--, step >>= 8)
        counter[i] = (uint8_t)step;
    if (!HMAC(EVP_sha1(), secret.data, (int)secret.len, counter, sizeof counter, mac, &mac_len) ||
        mac_len != 20)
        abort(); /* a code that is not one must never be compared */
    const uint8_t *from = mac + (mac[19] & 0xf);
    uint32_t number = (uint32_t)(from[0] & 0x7f) << 24 | (uint32_t)from[1] << 16 |
                      (uint32_t)from[2] << 8 | from[3];
    snprintf(out, TOTP_DIGITS + 1, "%06u", (unsigned)(number % MODULUS));
}

int totp_check(struct span secret, const char *code, int64_t now, uint64_t last_step,
               uint64_t *step_out)
{
    if (strlen(code) != TOTP_DIGITS || now < 0 || secret.len == 0)
        return TOTP_WRONG;
    uint64_t middle = (uint64_t)now / 1000 / TOTP_STEP_SECONDS;
    uint64_t first = middle > STEPS_EITHER_SIDE ? middle - STEPS_EITHER_SIDE : 0;
    uint64_t found = 0;
    bool right = false;
    for (uint64_t step = first; step <= middle + STEPS_EITHER_SIDE; step++) {
        char want[TOTP_DIGITS + 1];
        totp_code(secret, step, want);
        if (text_same_secret(code, want, TOTP_DIGITS)) {
            right = true;
            found = step;
        }
    }
    if (!right)
        return TOTP_WRONG;
    if (found <= last_step)
        return TOTP_SPENT;
    *step_out = found;
    return 0;
}

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void totp_base32(const uint8_t *data, size_t len, char *out)
{
    uint32_t held = 0; /* the lowest `bits` of it are still to be written */
    unsigned bits = 0;
    for (size_t i = 0; i < len; i++) {
        held = held << 8 | data[i];
        for (bits += 8; bits >= 5; bits -= 5)
            *out++ = letters[held >> (bits - 5) & 31];
    }
    if (bits > 0)
        *out++ = letters[held << (5 - bits) & 31];
    *out = '\0';
}

/* The value of a letter, or -1. */
static int letter_value(char c)
{
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= '2' && c <= '7')
        return c - '2' + 26;
    return -1;
}

bool totp_unbase32(const char *text, uint8_t *out, size_t room, size_t *len_out)
{
    uint32_t held = 0;
    unsigned bits = 0;
    size_t len = 0;
    for (; *text && *text != '='; text++) {
        if (*text == ' ' || *text == '-')
            continue;
        int value = letter_value(*text);
        if (value < 0)
            return false;
        held = held << 5 | (uint32_t)value;
        bits += 5;
        if (bits < 8)
            continue;
        if (len == room)
            return false;
        bits -= 8;
        out[len++] = (uint8_t)(held >> bits);
    }
    text += strspn(text, "=");
    /* What is left over is less than a letter, and zero. */
    if (*text || bits >= 5 || (held & ((1u << bits) - 1)) != 0)
        return false;
    *len_out = len;
    return true;
}
