/* SPDX-License-Identifier: Apache-2.0
 *
 * A callback is a form, signed over our own address of it and all its pairs. One that is not signed
 * learns nothing: a message that is not known is answered as one that is.
 */
#include "api/texts.h"

#include "api/api.h"
#include "api/call.h"
#include "base/text.h"
#include "http/body.h"
#include "notify/sms.h"
#include "store/text_message.h"

/* What a callback says. */
struct told {
    const char *id; /* of the text message */
    const char *status, *from, *body;
    uint64_t error;
};

static const char *pair_of(const struct twilio_pair *pairs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i].name, name) == 0)
            return pairs[i].value;
    return NULL;
}

/* Reads the form and checks its signature; false: it has replied. */
static bool read_callback(struct call *call, struct told *told)
{
    struct twilio_pair pairs[HTTP_PAIRS];
    struct http_pairs form;
    if (http_body_form(call->req, &form) != 0)
        return false;
    for (size_t i = 0; i < form.count; i++)
        pairs[i] = (struct twilio_pair){form.pair[i].name, form.pair[i].value};
    const char *signature = http_header(call->req, "X-Twilio-Signature");
    if (!call->api->sms || !signature ||
        !sms_is_signed(call->api->sms, http_path(call->req), pairs, form.count, signature)) {
        http_problem(call->req, &api_bad_signature, NULL);
        return false;
    }
    told->status = pair_of(pairs, form.count, "MessageStatus");
    told->from = pair_of(pairs, form.count, "From");
    told->body = pair_of(pairs, form.count, "Body");
    const char *error = pair_of(pairs, form.count, "ErrorCode");
    told->error = 0;
    if (error && !text_to_u64(error, 0, INT32_MAX, &told->error))
        told->error = 0;
    return true;
}

static int refuse(struct answer *answer, const char *field, const char *detail)
{
    snprintf(answer->field, sizeof answer->field, "%s", field);
    return call_refuse(answer, &api_invalid_field, detail);
}

static int keep_status(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const struct told *told = call->work;
    enum twilio_state state = told->status ? twilio_state(told->status) : TWILIO_STATE_NONE;
    if (state == TWILIO_STATE_NONE)
        return refuse(answer, "MessageStatus", "This must be a status of the gateway's list.");
    struct store_text_news news = {
        .status = told->status,
        .final = state == TWILIO_FAILED || strcmp(told->status, "delivered") == 0 ||
                 strcmp(told->status, "read") == 0,
        .error = (int)told->error,
        .now = call->now,
    };
    int result = store_text_tell(tx, told->id, &news);
    return result == 0 ? call_ok(answer, 204, NULL) : result;
}

void texts_status(struct http_request *req)
{
    struct call *call = call_of(req);
    struct told told = {.id = http_param(req, "id")};
    if (!read_callback(call, &told))
        return;
    call->work = &told;
    call_write(call, keep_status);
}

/* ---- STOP and START ---- */

/* The words that the networks' rules name, alone in a message. */
static bool is_word(const char *text, const char *const *words, size_t count)
{
    char word[16];
    size_t len = 0;
    for (; *text && len < sizeof word; text++)
        if ((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z'))
            word[len++] = *text;
        else if (!strchr(" .!\r\n\t", *text))
            return false;
    if (len >= sizeof word)
        return false;
    word[len] = '\0';
    text_lower(word);
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static int keep_word(struct call *call, struct db_tx *tx, struct answer *answer)
{
    static const char *const stop[] = {"stop", "stopall", "unsubscribe", "cancel", "end",
                                       "quit", "baja",    "alto",        "ende",   "abmelden"};
    static const char *const start[] = {"start", "unstop", "alta", "anmelden"};
    const struct told *told = call->work;
    uint8_t hash[STORE_HASH];
    if (!told->from || !text_is_phone(told->from))
        return refuse(answer, "From", "This must be a phone number, such as +4930123456.");
    if (!told->body)
        return refuse(answer, "Body", "This is missing.");
    sms_number_hash(call->api->sms, told->from, hash);
    int result = 0;
    if (is_word(told->body, stop, ARRAY_LEN(stop)))
        result = store_number_stop(tx, hash, call->now);
    else if (is_word(told->body, start, ARRAY_LEN(start)))
        result = store_number_resume(tx, hash);
    return result == 0 ? call_ok(answer, 204, NULL) : result;
}

void texts_incoming(struct http_request *req)
{
    struct call *call = call_of(req);
    struct told told = {0};
    if (!read_callback(call, &told))
        return;
    call->work = &told;
    call_write(call, keep_word);
}
