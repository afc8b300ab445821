/* SPDX-License-Identifier: Apache-2.0
 *
 * From an event to the message that is handed to the mail server, and what its answer does: who is
 * mailed what, what is asked again at the moment of sending, and what no message holds.
 */
#include "notify/mail_channel.h"

#include "base/clock.h"
#include "crypto/crypto.h"
#include "notify/letter.h"
#include "notify/mail.h"
#include "notify/tell.h"
#include "store/account.h"
#include "store/agent.h"
#include "store/delivery.h"
#include "store/mailbox.h"
#include "store/photo.h"
#include "store/preference.h"
#include "store/shipper.h"
#include "store/test_help.h"

static const char ada[] = "ada@example.org";

struct office {
    struct settings settings;
    struct mail_channel parts;
    struct channel channel;
    struct tell tell;
    struct delivery delivery;
};

/* The office, with one delivery to Ada that is not told yet. */
static void begin(struct office *office, struct db_tx *tx)
{
    struct shipper shipper = {.name = "Shop of secrets", .retention_days = 30, .created_at = 1};
    *office = (struct office){0};
    if (crypto_init() != 0)
        abort();
    settings_defaults(&office->settings);
    snprintf(office->settings.mail.smtp_url, sizeof office->settings.mail.smtp_url,
             "smtp://mail.example:587");
    snprintf(office->settings.server.public_url, sizeof office->settings.server.public_url,
             "https://porch.example");
    office->parts.settings = &office->settings;
    CHECK_INT(mailer_new(&office->settings, &office->parts.mailer), 0);
    CHECK_INT(letters_new(office->settings.server.public_url, &office->parts.letters), 0);
    office->channel = mail_channel(&office->parts);
    office->tell = (struct tell){.channels = &office->channel, .channel_count = 1};
    help_id(ID_SHIPPER, 1, shipper.id);
    CHECK_INT(store_shipper_insert(tx, &shipper), 0);
    office->delivery = help_delivery(1);
    office->delivery.reference = "A-1";
    CHECK_INT(store_delivery_insert(tx, &office->delivery), 0);
}

static void end(struct office *office)
{
    letters_free(&office->parts.letters);
    mailer_free(&office->parts.mailer);
}

static void save(struct office *office, struct db_tx *tx)
{
    CHECK_INT(store_delivery_update(tx, &office->delivery), 0);
}

static void tell(struct office *office, struct db_tx *tx, const struct event *event)
{
    struct telling telling = {.tell = &office->tell};
    CHECK_INT(tell_event(tx, &telling, event), 0);
}

/* Tells of the delivery as it is, now. */
static void tell_kind(struct office *office, struct db_tx *tx, enum event_kind kind)
{
    tell(office, tx,
         &(struct event){.kind = kind, .delivery = &office->delivery, .at = clock_now()});
}

/* The next notice that is due within a day, taken. */
static bool take(struct db_tx *tx, struct arena *arena, struct notice *out)
{
    struct store_notice_take take = {CHANNEL_MAIL, "delivery", 1, clock_now() + CLOCK_DAY};
    *out = (struct notice){0};
    int result = store_notice_take(tx, &take, arena, &out->row);
    take.target = "support";
    if (result != 0)
        result = store_notice_take(tx, &take, arena, &out->row);
    if (result != 0)
        return false;
    if (out->row.event_id[0])
        CHECK_INT(store_event_get(tx, out->row.event_id, arena, &out->event), 0);
    return true;
}

/* Prepares it: the message, or NULL where it is not sent, which the verdict tells. */
static const char *prepared(struct office *office, struct db_tx *tx, struct arena *arena,
                            const struct notice *notice, struct notice_verdict *verdict)
{
    struct outgoing out = {0};
    struct notice own = *notice;
    own.arena = arena;
    *verdict = (struct notice_verdict){0};
    CHECK_INT(office->channel.prepare(office->channel.context, tx, &own, &out, verdict), 0);
    if (verdict->outcome != NOTICE_SENT)
        return NULL;
    CHECK_STR(out.url, "smtp://mail.example:587");
    CHECK_STR(out.mail_to, ada);
    CHECK_STR(out.mail_from, office->settings.mail.from);
    CHECK(!out.mail_plain);
    return (const char *)out.body.data;
}

/* Takes the next one and prepares it; done with. */
static const char *next(struct office *office, struct db_tx *tx, struct arena *arena)
{
    struct notice notice;
    struct notice_verdict verdict;
    if (!take(tx, arena, &notice))
        return NULL;
    const char *text = prepared(office, tx, arena, &notice, &verdict);
    CHECK_INT(store_notice_finish(tx, &notice.row), 0);
    return text;
}

static bool has(const char *text, const char *what)
{
    return text && strstr(text, what) != NULL;
}

STORE_TEST(the_first_message_tells_what_will_be_done_and_how_to_refuse_it)
{
    struct office office;
    begin(&office, tx);
    tell_kind(&office, tx, EVENT_DELIVERY_CREATED);
    const char *text = next(&office, tx, arena);
    CHECK(has(text, "\r\nSubject: A parcel is on its way to you\r\n"));
    CHECK(has(text, "https://porch.example/r/"));
    CHECK(has(text, "https://porch.example/privacy"));
    CHECK(has(text, "30 days"));
    CHECK(has(text, "\r\nList-Unsubscribe: <https://porch.example/u/"));
    CHECK(has(text, "\r\nMessage-ID: <ntc_"));
    CHECK(next(&office, tx, arena) == NULL);
    office.settings.mail.first_message = false;
    tell_kind(&office, tx, EVENT_DELIVERY_CREATED);
    CHECK(next(&office, tx, arena) == NULL);
    end(&office);
}

STORE_TEST(the_news_of_a_case_names_nothing_and_nobody)
{
    static const char *const private[] = {"Ada", "Long Lane", "Shop", "A-1", "cas_", "12345"};
    struct office office;
    struct store_case row = {.state = CASE_OPEN, .opened_by = SIDE_AGENT, .opened_at = 1};
    begin(&office, tx);
    help_id(ID_CASE, 1, row.id);
    memcpy(row.delivery_id, office.delivery.id, ID_ROOM);
    memcpy(row.shipper_id, office.delivery.shipper_id, ID_ROOM);
    CHECK_INT(store_case_insert(tx, &row, &row.number), 0);
    struct event event = {.kind = EVENT_CASE_OPENED,
                          .delivery = &office.delivery,
                          .of_case = &row,
                          .by = SIDE_AGENT,
                          .at = clock_now()};
    tell(&office, tx, &event);
    const char *text = next(&office, tx, arena);
    CHECK(has(text, "\r\nSubject: A case was opened on an order of yours\r\n"));
    for (size_t i = 0; text && i < ARRAY_LEN(private); i++)
        CHECK(!has(strstr(text, "\r\n\r\n"), private[i]));
    event.by = SIDE_RECIPIENT; /* who knows it */
    tell(&office, tx, &event);
    CHECK(next(&office, tx, arena) == NULL);
    event.by = SIDE_AGENT;
    tell(&office, tx, &event);
    CHECK_INT(store_case_resolve(tx, row.id, "done", 2), 0);
    CHECK(next(&office, tx, arena) == NULL); /* it is resolved by now */
    event.kind = EVENT_CASE_RESOLVED;
    tell(&office, tx, &event);
    CHECK(has(next(&office, tx, arena), "\r\nSubject: Your case is resolved\r\n"));
    end(&office);
}

/* The delivery ended so long ago. */
static void end_delivery(struct office *office, struct db_tx *tx, int64_t ago)
{
    office->delivery.state = DELIVERY_DELIVERED;
    office->delivery.delivered_received_at = clock_now() - ago;
    save(office, tx);
}

STORE_TEST(a_delivery_and_its_photo_are_one_mail)
{
    struct office office;
    struct notice notice;
    struct notice_verdict verdict;
    begin(&office, tx);
    end_delivery(&office, tx, 0);
    tell_kind(&office, tx, EVENT_DELIVERY_DELIVERED);
    office.delivery.photo_state = PHOTO_POSTED;
    save(&office, tx);
    tell_kind(&office, tx, EVENT_PHOTO_POSTED);
    CHECK(take(tx, arena, &notice));
    CHECK(notice.row.run_at >= clock_now() + 50 * CLOCK_SECOND); /* it waits for the photo */
    const char *text = prepared(&office, tx, arena, &notice, &verdict);
    CHECK(has(text, "\r\nSubject: Your parcel was delivered\r\n"));
    CHECK(has(text, "There is a photo of it"));
    CHECK_INT(store_notice_finish(tx, &notice.row), 0);
    CHECK(next(&office, tx, arena) == NULL);
    end_delivery(&office, tx, 10 * CLOCK_MINUTE); /* now it comes late */
    tell_kind(&office, tx, EVENT_PHOTO_POSTED);
    CHECK(has(next(&office, tx, arena), "\r\nSubject: There is a photo of your parcel\r\n"));
    end(&office);
}

STORE_TEST(what_is_not_true_any_more_is_not_sent)
{
    struct office office;
    begin(&office, tx);
    tell_kind(&office, tx, EVENT_DELIVERY_CREATED);
    end_delivery(&office, tx, 10 * CLOCK_MINUTE);
    CHECK(next(&office, tx, arena) == NULL); /* it is there already */
    office.delivery.photo_state = PHOTO_POSTED;
    save(&office, tx);
    tell_kind(&office, tx, EVENT_PHOTO_POSTED);
    office.delivery.photo_state = PHOTO_WITHHELD;
    save(&office, tx);
    CHECK(next(&office, tx, arena) == NULL);
    tell_kind(&office, tx, EVENT_DELIVERY_DELIVERED);
    const char *text = next(&office, tx, arena);
    CHECK(has(text, "\r\nSubject: Your parcel was delivered\r\n") && !has(text, "photo of it"));
    tell_kind(&office, tx, EVENT_DELIVERY_DELIVERED);
    office.delivery.recipient_email = NULL;
    save(&office, tx);
    CHECK(next(&office, tx, arena) == NULL);
    end(&office);
}

STORE_TEST(a_look_is_told_while_the_photo_is_there)
{
    struct office office;
    struct photo photo = {.state = PHOTO_POSTED, .attempt = 1, .staging_slot = -1, .key_slot = -1};
    struct store_look look = {.reason = LOOK_OTHER, .created_at = 1};
    begin(&office, tx);
    help_id(ID_PHOTO, 1, photo.id);
    memcpy(photo.delivery_id, office.delivery.id, ID_ROOM);
    help_id(ID_DRIVER, 1, photo.driver_id);
    help_id(ID_DEVICE, 1, photo.device_id);
    CHECK_INT(store_photo_insert(tx, &photo), 0);
    help_id(ID_LOOK, 1, look.id);
    help_id(ID_CASE, 1, look.case_id);
    memcpy(look.photo_id, photo.id, ID_ROOM);
    struct event event = {.kind = EVENT_PHOTO_LOOKED,
                          .delivery = &office.delivery,
                          .photo = &photo,
                          .look = &look,
                          .at = clock_now()};
    tell(&office, tx, &event);
    CHECK(has(next(&office, tx, arena), "\r\nSubject: Someone looked at your photo\r\n"));
    tell(&office, tx, &event);
    photo.state = PHOTO_WITHHELD; /* meanwhile */
    CHECK_INT(store_photo_update(tx, &photo), 0);
    event.kind = EVENT_PHOTO_WITHHELD;
    event.look = NULL;
    tell(&office, tx, &event);
    CHECK(next(&office, tx, arena) == NULL);
    event.kind = EVENT_PHOTO_LOOKED; /* of one that was withheld before */
    event.look = &look;
    tell(&office, tx, &event);
    CHECK(has(next(&office, tx, arena), "\r\nSubject: Someone looked at your photo\r\n"));
    tell(&office, tx, &event);
    photo.state = PHOTO_ERASED;
    CHECK_INT(store_photo_update(tx, &photo), 0);
    CHECK(next(&office, tx, arena) == NULL);
    end(&office);
}

/* An agent of a role, who works for a shipper or for all. */
static void add_agent(struct db_tx *tx, unsigned n, enum agent_role role, unsigned shipper)
{
    char email[40];
    char of[1][ID_ROOM];
    struct store_agent agent = {.name = "A", .role = role, .password_hash = "x", .created_at = n};
    agent.shippers = (struct store_agent_shippers){.all = shipper == 0, .count = 1, .ids = of};
    snprintf(email, sizeof email, "agent%u@desk.example", n);
    agent.email = email;
    help_id(ID_AGENT, n, agent.id);
    help_id(ID_SHIPPER, shipper ? shipper : 1, of[0]);
    CHECK_INT(store_agent_insert(tx, &agent), 0);
}

/* Who is mailed the next notice of the desk's line, or "". */
static const char *next_at_desk(struct office *office, struct db_tx *tx, struct arena *arena)
{
    struct store_notice_take take = {CHANNEL_MAIL, "desk", 1, clock_now()};
    struct notice notice = {.arena = arena};
    struct notice_verdict verdict = {0};
    struct outgoing out = {0};
    if (store_notice_take(tx, &take, arena, &notice.row) != 0)
        return "";
    CHECK_INT(store_event_get(tx, notice.row.event_id, arena, &notice.event), 0);
    CHECK_INT(office->channel.prepare(office->channel.context, tx, &notice, &out, &verdict), 0);
    CHECK_INT(store_notice_finish(tx, &notice.row), 0);
    if (verdict.outcome != NOTICE_SENT)
        return verdict.reason[0] ? "nobody" : "?";
    CHECK(has((const char *)out.body.data, "Agent 3 looked at a photo without a case"));
    return out.mail_to;
}

STORE_TEST(a_look_without_a_case_is_told_to_whom_it_concerns_and_all_administrators)
{
    struct office office;
    struct store_recipient who = {.account_id = ""};
    struct store_look look = {.reason = LOOK_OTHER, .created_at = 1, .agent_number = 3};
    begin(&office, tx);
    add_agent(tx, 1, ROLE_ADMINISTRATOR, 0);
    add_agent(tx, 2, ROLE_ADMINISTRATOR, 1);
    add_agent(tx, 3, ROLE_ADMINISTRATOR, 2); /* another shipper's */
    add_agent(tx, 4, ROLE_AGENT, 0);
    add_agent(tx, 5, ROLE_DISPATCHER, 1);
    store_address_hash(ada, who.address_hash);
    CHECK_INT(
        store_preference_set(tx, &who, (struct store_switch){CLASS_LOOK, CHANNEL_MAIL}, false), 0);
    help_id(ID_LOOK, 1, look.id);
    help_id(ID_PHOTO, 1, look.photo_id); /* long gone */
    tell(&office, tx,
         &(struct event){.kind = EVENT_PHOTO_LOOKED,
                         .delivery = &office.delivery,
                         .look = &look,
                         .at = clock_now()});
    const char *text = next(&office, tx, arena);
    CHECK(has(text, "\r\nSubject: An administrator looked at your photo\r\n"));
    CHECK(!has(text, "List-Unsubscribe"));
    CHECK(next(&office, tx, arena) == NULL);
    CHECK_STR(next_at_desk(&office, tx, arena), "agent1@desk.example");
    CHECK_STR(next_at_desk(&office, tx, arena), "agent2@desk.example");
    CHECK_STR(next_at_desk(&office, tx, arena), "");
    end(&office);
}

STORE_TEST(who_does_not_want_it_is_not_mailed_however_late_they_say_so)
{
    struct office office;
    struct store_recipient who = {.account_id = ""};
    struct store_switch first = {CLASS_ANNOUNCED, CHANNEL_MAIL};
    begin(&office, tx);
    store_address_hash(ada, who.address_hash);
    tell_kind(&office, tx, EVENT_DELIVERY_CREATED);
    CHECK_INT(store_preference_set(tx, &who, first, false), 0);
    CHECK(next(&office, tx, arena) == NULL);
    tell_kind(&office, tx, EVENT_DELIVERY_CREATED);
    struct notice notice;
    CHECK(!take(tx, arena, &notice)); /* not even queued */
    CHECK_INT(store_preference_set(tx, &who, first, true), 0);
    tell_kind(&office, tx, EVENT_DELIVERY_CREATED);
    CHECK(next(&office, tx, arena) != NULL);
    office.delivery.state = DELIVERY_OUT_FOR_DELIVERY; /* off unless it is switched on */
    save(&office, tx);
    tell_kind(&office, tx, EVENT_DELIVERY_OUT_FOR_DELIVERY);
    CHECK(!take(tx, arena, &notice));
    end(&office);
}

static const char *account_of_ada(struct db_tx *tx, char id_out[ID_ROOM])
{
    struct store_account account = {.email = ada, .created_at = 1};
    memcpy(account.id, help_id(ID_ACCOUNT, 1, id_out), ID_ROOM);
    CHECK_INT(store_account_insert(tx, &account), 0);
    return id_out;
}

STORE_TEST(quiet_hours_hold_back_all_but_what_was_just_asked_for)
{
    struct office office;
    struct notice notice;
    struct notice_verdict verdict;
    struct clock_local local;
    char id[ID_ROOM];
    begin(&office, tx);
    account_of_ada(tx, id);
    clock_to_local(clock_now(), "Europe/Berlin", &local);
    int minute = local.hour * 60 + local.minute;
    struct store_reach reach = {.quiet = {(minute + QUIET_DAY - 5) % QUIET_DAY,
                                          (minute + 60) % QUIET_DAY, "Europe/Berlin"}};
    CHECK_INT(store_reach_set(tx, id, &reach), 0);
    tell_kind(&office, tx, EVENT_DELIVERY_CREATED);
    CHECK(take(tx, arena, &notice));
    CHECK(prepared(&office, tx, arena, &notice, &verdict) == NULL);
    CHECK_INT(verdict.outcome, NOTICE_LATER);
    CHECK(verdict.retry_at > clock_now() + 50 * CLOCK_MINUTE &&
          verdict.retry_at <= clock_now() + 61 * CLOCK_MINUTE);
    CHECK_INT(store_notice_finish(tx, &notice.row), 0);
    mail_channel_test(id, clock_now(), &notice.row);
    CHECK_INT(store_notice_insert(tx, &notice.row), 0);
    const char *text = next(&office, tx, arena);
    CHECK(has(text, "\r\nSubject: A test message\r\n") && !has(text, "List-Unsubscribe"));
    end(&office);
}

STORE_TEST(a_mail_is_in_the_language_that_was_chosen_else_the_servers)
{
    struct office office;
    char id[ID_ROOM];
    struct store_reach reach = {.language = "de", .quiet = {0, 0, "UTC"}};
    begin(&office, tx);
    account_of_ada(tx, id);
    CHECK_INT(store_reach_set(tx, id, &reach), 0);
    tell_kind(&office, tx, EVENT_DELIVERY_CREATED);
    const char *text = next(&office, tx, arena);
    CHECK(has(text, "\r\nSubject: Ein Paket ist zu Ihnen unterwegs\r\n"));
    CHECK(has(text, "Nach 30 Tagen"));
    reach.language = NULL;
    CHECK_INT(store_reach_set(tx, id, &reach), 0);
    snprintf(office.settings.server.language, sizeof office.settings.server.language, "es");
    tell_kind(&office, tx, EVENT_DELIVERY_CREATED);
    CHECK(has(next(&office, tx, arena), "\r\nSubject: Un paquete va de camino hacia usted\r\n"));
    end(&office);
}

static struct notice_verdict judged(struct office *office, int status, const char *trouble)
{
    struct notice_verdict verdict = {0};
    struct incoming answer = {.answered = status > 0, .status = status, .trouble = trouble};
    office->channel.judge(office->channel.context, NULL, &answer, &verdict);
    return verdict;
}

STORE_TEST(answers_are_obeyed)
{
    struct office office;
    (void)arena;
    begin(&office, tx);
    CHECK_INT(judged(&office, 250, NULL).outcome, NOTICE_SENT);
    CHECK_INT(judged(&office, 421, NULL).outcome, NOTICE_LATER);
    CHECK_STR(judged(&office, 450, NULL).reason, "status_450");
    CHECK_INT(judged(&office, 550, NULL).outcome, NOTICE_REFUSED);
    CHECK_INT(judged(&office, 554, NULL).outcome, NOTICE_REFUSED);
    CHECK_INT(judged(&office, 535, NULL).outcome, NOTICE_LATER); /* our password */
    CHECK_INT(judged(&office, 0, "timeout").outcome, NOTICE_LATER);
    CHECK_INT(judged(&office, 550, "reset").outcome, NOTICE_LATER);
    CHECK_STR(judged(&office, 0, "tls").reason, "tls");
    end(&office);
}

static void answer(struct office *office, struct db_tx *tx, const struct notice *notice, int status)
{
    struct incoming answer = {.answered = true, .status = status};
    struct notice_verdict verdict = judged(office, status, NULL);
    CHECK_INT(office->channel.settle(office->channel.context, tx, notice, &answer, &verdict), 0);
}

STORE_TEST(a_mailbox_that_refuses_rests_longer_each_time_until_it_takes)
{
    struct office office;
    struct notice notice;
    struct notice_verdict verdict;
    struct store_mailbox box;
    uint8_t hash[STORE_HASH];
    begin(&office, tx);
    store_address_hash(ada, hash);
    tell_kind(&office, tx, EVENT_DELIVERY_CREATED);
    CHECK(take(tx, arena, &notice));
    answer(&office, tx, &notice, 450);
    CHECK_INT(store_mailbox_get(tx, hash, &box), STORE_NOT_FOUND);
    for (int i = 1; i <= 9; i++) {
        answer(&office, tx, &notice, 550);
        CHECK_INT(store_mailbox_get(tx, hash, &box), 0);
        CHECK_INT(box.refusals, i);
        CHECK_INT(box.reply, 550);
        CHECK_INT(box.rest_until - box.refused_at, (i < 7 ? 1 << (i - 1) : 64) * CLOCK_DAY);
    }
    CHECK(prepared(&office, tx, arena, &notice, &verdict) == NULL);
    CHECK_INT(verdict.outcome, NOTICE_REFUSED);
    CHECK_STR(verdict.reason, "mailbox_rests");
    answer(&office, tx, &notice, 250);
    CHECK_INT(store_mailbox_get(tx, hash, &box), STORE_NOT_FOUND);
    CHECK(prepared(&office, tx, arena, &notice, &verdict) != NULL);
    end(&office);
}

TAP_MAIN(TAP(the_first_message_tells_what_will_be_done_and_how_to_refuse_it),
         TAP(the_news_of_a_case_names_nothing_and_nobody),
         TAP(a_delivery_and_its_photo_are_one_mail), TAP(what_is_not_true_any_more_is_not_sent),
         TAP(a_look_is_told_while_the_photo_is_there),
         TAP(a_look_without_a_case_is_told_to_whom_it_concerns_and_all_administrators),
         TAP(who_does_not_want_it_is_not_mailed_however_late_they_say_so),
         TAP(quiet_hours_hold_back_all_but_what_was_just_asked_for),
         TAP(a_mail_is_in_the_language_that_was_chosen_else_the_servers), TAP(answers_are_obeyed),
         TAP(a_mailbox_that_refuses_rests_longer_each_time_until_it_takes))
