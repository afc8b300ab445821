/* SPDX-License-Identifier: Apache-2.0
 *
 * HMAC-SHA-1 is Twilio's choice for callbacks; it is asked of OpenSSL here and nowhere else.
 */
#include "notify/twilio.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/text.h"

enum { SIGNED_CEILING = 16 << 10 };

/* ---- a request ---- */

static void add_pair(struct buf *out, const char *name, const char *value)
{
    if (out->len > 0)
        buf_byte(out, '&');
    buf_printf(out, "%s=", name);
    for (const char *p = value; *p; p++) {
        bool plain = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= 'a' && *p <= 'z') || strchr("-._~", *p);
        if (plain)
            buf_byte(out, (uint8_t)*p);
        else
            buf_printf(out, "%%%02X", (unsigned)(uint8_t)*p);
    }
}

void twilio_write(const struct twilio_message *message, struct buf *out)
{
    bool service = strncmp(message->from, "MG", 2) == 0 && strlen(message->from) == 34;
    add_pair(out, "To", message->to);
    add_pair(out, service ? "MessagingServiceSid" : "From", message->from);
    add_pair(out, "Body", message->body);
    if (message->callback)
        add_pair(out, "StatusCallback", message->callback);
    if (message->valid_seconds > 0) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%d", message->valid_seconds);
        add_pair(out, "ValidityPeriod", seconds);
    }
}

/* ---- an answer ---- */

enum twilio_state twilio_state(const char *status)
{
    static const struct {
        const char *word;
        enum twilio_state state;
    } words[] = {
        {"accepted", TWILIO_UNDER_WAY}, {"scheduled", TWILIO_UNDER_WAY},
        {"queued", TWILIO_UNDER_WAY},   {"sending", TWILIO_UNDER_WAY},
        {"sent", TWILIO_SENT},          {"delivered", TWILIO_SENT},
        {"read", TWILIO_SENT},          {"partially_delivered", TWILIO_SENT},
        {"failed", TWILIO_FAILED},      {"undelivered", TWILIO_FAILED},
        {"canceled", TWILIO_FAILED},
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(words[i].word, status) == 0)
            return words[i].state;
    return TWILIO_STATE_NONE;
}

static bool is_sid(const char *text)
{
    size_t len = strlen(text);
    return len == 34 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z' &&
           strspn(text + 2, "0123456789abcdefABCDEF") == 32;
}

/* A number that may be written as a text; 0 for anything else. */
static int number_of(json_t *value)
{
    uint64_t number = 0;
    if (json_is_integer(value) && json_integer_value(value) > 0 &&
        json_integer_value(value) <= INT32_MAX)
        return (int)json_integer_value(value);
    if (json_is_string(value) && text_to_u64(json_string_value(value), 0, INT32_MAX, &number))
        return (int)number;
    return 0;
}

bool twilio_read(struct span body, struct twilio_answer *out)
{
    json_t *json = json_loadb((const char *)body.data, body.len, JSON_REJECT_DUPLICATES, NULL);
    *out = (struct twilio_answer){0};
    const char *sid = json_string_value(json_object_get(json, "sid"));
    json_t *status = json_object_get(json, "status");
    if (sid && is_sid(sid))
        snprintf(out->sid, sizeof out->sid, "%s", sid);
    if (json_is_string(status) && twilio_state(json_string_value(status)) != TWILIO_STATE_NONE)
        snprintf(out->status, sizeof out->status, "%.15s", json_string_value(status));
    out->segments = number_of(json_object_get(json, "num_segments"));
    out->error = number_of(json_object_get(json, "error_code"));
    if (out->error == 0) /* an error's own shape: code, message, status as a number */
        out->error = number_of(json_object_get(json, "code"));
    json_decref(json);
    return out->sid[0] || out->error > 0;
}

bool twilio_error_is_stop(int error)
{
    return error == 21610;
}

bool twilio_error_is_passing(int error)
{
    return error == 20429 || error == 14107 || error == 30001 || error == 30022;
}

/* ---- a callback ---- */

static int by_name(const void *a, const void *b)
{
    const struct twilio_pair *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order != 0 ? order : strcmp(left->value, right->value);
}

bool twilio_is_signed(const char *token, const char *url, struct twilio_pair *pairs, size_t count,
                      const char *signature)
{
    uint8_t digest[EVP_MAX_MD_SIZE], given[64];
    unsigned digest_len = 0;
    size_t given_len = 0;
    AUTO_BUF struct buf text;
    buf_init(&text, SIGNED_CEILING);
    qsort(pairs, count, sizeof *pairs, by_name);
    buf_text(&text, url);
    for (size_t i = 0; i < count; i++) {
        buf_text(&text, pairs[i].name);
        buf_text(&text, pairs[i].value);
    }
    if (!*token || text.failed ||
        !text_unbase64(signature, strlen(signature), given, sizeof given, &given_len) ||
        !HMAC(EVP_sha1(), token, (int)strlen(token), text.data, text.len, digest, &digest_len))
        return false;
    return given_len == digest_len && text_same_secret(given, digest, digest_len);
}
