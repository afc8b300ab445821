/* SPDX-License-Identifier: Apache-2.0
 *
 * Whoever holds a link may be anybody to whom the mail was forwarded: the answers say what the link
 * does and where the photo stands, and nothing of the delivery.
 */
#include "api/mail_links.h"

#include "api/api.h"
#include "api/call.h"
#include "api/one_click.h"
#include "api/orders.h"
#include "api/page.h"
#include "api/pin.h"
#include "base/log.h"
#include "notify/mail_token.h"
#include "store/delivery.h"
#include "store/preference.h"

/* The answer to either: a page where one is wanted, else JSON. The data are the operation's. */
static void reply(struct call *call, int result, struct answer *answer, enum page page)
{
    http_set_header(call->req, "X-Robots-Tag", "noindex, nofollow, noarchive");
    http_set_header(call->req, "Vary", "Accept");
    if (result == 0 && !answer->problem && http_wants_html(call->req)) {
        json_t *data = json_incref(answer->body);
        json_object_set_new(data, "token", json_string(http_param(call->req, "token")));
        answer_clear(answer);
        page_reply(call, 200, page, data);
        return;
    }
    call_reply(call, result < 0 ? result : 0, answer);
}

static void read_and_reply(struct call *call, operation *run, enum page page)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct answer answer = {0};
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = run(call, tx, &answer);
    db_read_end(&tx);
    reply(call, result, &answer, page);
}

static void write_and_reply(struct call *call, operation *run, enum page page)
{
    struct answer answer;
    int result = call_perform(call, run, &answer);
    if (result == CALL_REPLIED)
        answer_clear(&answer);
    else
        reply(call, result, &answer, page);
}

/* ---- stopping mail ---- */

struct stop {
    struct store_recipient who;
    enum notice_class what;
};

static bool read_stop(struct call *call, struct stop *stop)
{
    *stop = (struct stop){.who = {.account_id = ""}};
    return mail_token_read_stop(call->api->mail_secret, http_param(call->req, "token"),
                                stop->who.address_hash, &stop->what);
}

static int answer_stop(struct db_tx *tx, const struct stop *stop, struct answer *answer)
{
    bool on = false, any = false;
    int result = 0;
    for (int what = 0; what < NOTICE_CLASS_COUNT && result == 0; what++) {
        struct store_switch which = {(enum notice_class)what, CHANNEL_MAIL};
        bool of_class = false;
        result = store_preference_is_on(tx, &stop->who, which, &of_class);
        any |= of_class;
        if (which.what == stop->what)
            on = of_class;
    }
    if (result != 0)
        return result;
    return call_ok(answer, 200,
                   json_pack("{s:s, s:b, s:b}", "class",
                             words_name(&words_notice_class, stop->what), "stopped", !on,
                             "all_stopped", !any));
}

static int op_stop_get(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct stop stop;
    if (!read_stop(call, &stop))
        return call_refuse(answer, &http_not_found, NULL);
    return answer_stop(tx, &stop, answer);
}

void mail_links_stop(struct http_request *req)
{
    read_and_reply(call_of(req), op_stop_get, PAGE_STOP);
}

static int op_stop(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const enum one_click *said = call->work;
    struct stop stop;
    int result = 0;
    if (!read_stop(call, &stop))
        return call_refuse(answer, &http_not_found, NULL);
    for (int what = 0; what < NOTICE_CLASS_COUNT && result == 0; what++) {
        struct store_switch which = {(enum notice_class)what, CHANNEL_MAIL};
        if (what == (int)stop.what || *said == ONE_CLICK_ALL)
            result = store_preference_set(tx, &stop.who, which, *said == ONE_CLICK_AGAIN);
    }
    if (result != 0)
        return result;
    log_event(LOG_INFO, "mail.switched", "class=%s on=%d by=link",
              words_name(&words_notice_class, stop.what), *said == ONE_CLICK_AGAIN);
    return answer_stop(tx, &stop, answer);
}

void mail_links_stop_post(struct http_request *req)
{
    struct call *call = call_of(req);
    enum one_click said = one_click_read(http_header(req, "Content-Type"), http_body(req));
    if (said == ONE_CLICK_NOTHING) {
        http_problem_field(req, &api_invalid_field, "List-Unsubscribe", "This must be One-Click.");
        return;
    }
    call->work = &said;
    write_and_reply(call, op_stop, PAGE_STOP);
}

/* ---- refusing a photo ---- */

/* From here on the call is the recipient's own: the link was mailed to them alone. */
static int be_recipient(struct call *call, struct db_tx *tx, struct answer *answer,
                        char id[ID_ROOM])
{
    struct delivery delivery;
    const char *token = http_param(call->req, "token");
    int result = STORE_NOT_FOUND;
    if (mail_token_names(token, id))
        result = store_delivery_get(tx, id, call->arena, &delivery);
    if (result == 0 && !mail_token_fits(call->api->mail_secret, token, &delivery))
        result = STORE_NOT_FOUND;
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &http_not_found, NULL);
    call->actor = (struct actor){.kind = WHO_RECIPIENT, .email = delivery.recipient_email};
    memcpy(call->actor.link_of, delivery.id, ID_ROOM);
    return 0;
}

/* Where the photo stands, for somebody who may not read why. */
static const char *standing(enum photo_state state)
{
    switch (state) {
    case PHOTO_EXPECTED:
        return "expected";
    case PHOTO_DECLINED:
        return "refused";
    case PHOTO_RECEIVED:
    case PHOTO_POSTED:
    case PHOTO_WITHHELD:
    case PHOTO_SET_ASIDE:
        return "taken";
    default:
        return "none";
    }
}

/* The PIN is told to whom only a phone reaches, since they have no other page to read it on: the
 * link was sent to that phone. A mailbox's owner signs in. */
static int answer_refuse(struct call *call, const struct subject *subject, struct answer *answer)
{
    const struct delivery *delivery = &subject->delivery;
    char pin[PIN_ROOM];
    bool tell = pin_is_by_phone(delivery) && pin_is_known(call->api, delivery);
    call->actor = (struct actor){0};
    if (tell)
        pin_of(call->api, delivery, pin);
    return call_ok(answer, 200,
                   json_pack("{s:s, s:s, s:s?}", "photo", standing(delivery->photo_state),
                             "order_id", delivery->id, "pin", tell ? pin : NULL));
}

static int op_refuse_get(struct call *call, struct db_tx *tx, struct answer *answer)
{
    char id[ID_ROOM];
    struct subject subject;
    int result = be_recipient(call, tx, answer, id);
    if (result == 0)
        result = subject_need(call, tx, id, PURPOSE_CONSENT, answer, &subject);
    return result != 0 ? result : answer_refuse(call, &subject, answer);
}

void mail_links_refuse(struct http_request *req)
{
    read_and_reply(call_of(req), op_refuse_get, PAGE_REFUSE);
}

static int op_refuse(struct call *call, struct db_tx *tx, struct answer *answer)
{
    char id[ID_ROOM];
    struct subject subject;
    int result = be_recipient(call, tx, answer, id);
    if (result == 0)
        result = subject_need(call, tx, id, PURPOSE_CONSENT, answer, &subject);
    if (result == 0)
        result = orders_say(call, tx, &subject, CONSENT_REFUSED);
    if (result != 0)
        return result;
    log_event(LOG_INFO, "photo.refused", "delivery=%s by=link", id);
    return answer_refuse(call, &subject, answer);
}

void mail_links_refuse_post(struct http_request *req)
{
    write_and_reply(call_of(req), op_refuse, PAGE_REFUSE);
}
