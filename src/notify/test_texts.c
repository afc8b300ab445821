/* SPDX-License-Identifier: Apache-2.0
 *
 * The short texts: in whose language, and that none costs more segments than English does.
 */
#include "notify/texts.h"

#include "base/clock.h"
#include "notify/sms_text.h"
#include "store/account.h"
#include "store/preference.h"
#include "store/test_help.h"

/* As long as a link is under a public address of usual length. */
#define LINK "https://parcels.example.org/t/abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr"

static struct settings settings;

static void link_to(void *context, const struct delivery *delivery, char out[TEXTS_LINK_ROOM])
{
    (void)context;
    (void)delivery;
    snprintf(out, TEXTS_LINK_ROOM, "%s", LINK);
}

static const struct texts texts = {.settings = &settings, .link = link_to, .refusal = link_to};

/* The text of the event, folded as for a phone; it is the next call's too. */
static const char *written(const struct lang *lang, enum event_kind kind, enum photo_state photo)
{
    static struct buf out;
    AUTO_BUF struct buf text;
    struct delivery delivery = help_delivery(1);
    struct texts_about about = {.kind = kind, .delivery = &delivery, .lang = lang};
    delivery.photo_state = photo;
    buf_init(&text, TEXTS_CEILING);
    texts_write(&texts, &about, &text);
    buf_free(&out);
    buf_init(&out, TEXTS_CEILING);
    if (text.len > 0)
        sms_fold((const char *)text.data, &out);
    return out.len > 0 ? (const char *)out.data : "";
}

TEST(every_text_ends_with_the_link_and_fits_two_segments_in_every_language)
{
    static const enum event_kind kinds[] = {
        EVENT_DELIVERY_CREATED,
        EVENT_DELIVERY_OUT_FOR_DELIVERY,
        EVENT_DELIVERY_DELIVERED,
        EVENT_DELIVERY_ATTEMPTED,
    };
    for (int l = 0; l < lang_all_count; l++) {
        for (size_t i = 0; i < ARRAY_LEN(kinds) && !lang_all[l].pseudo; i++) {
            const char *text = written(&lang_all[l], kinds[i], PHOTO_EXPECTED);
            struct sms_size size = sms_measure(text);
            CHECK(size.gsm && size.segments >= 1 && size.segments <= 2);
            CHECK(strlen(text) > strlen(" " LINK) &&
                  strcmp(text + strlen(text) - strlen(" " LINK), " " LINK) == 0);
            CHECK(!strchr(text, '{') && !strchr(text, '}'));
        }
    }
}

TEST(the_first_text_speaks_of_a_photo_only_where_one_may_be_taken)
{
    const struct lang *german = lang_find("de");
    CHECK(strstr(written(LANG_ENGLISH, EVENT_DELIVERY_CREATED, PHOTO_EXPECTED), "photo"));
    CHECK(!strstr(written(LANG_ENGLISH, EVENT_DELIVERY_CREATED, PHOTO_DECLINED), "photo"));
    CHECK(strstr(written(german, EVENT_DELIVERY_CREATED, PHOTO_EXPECTED), "Foto"));
    CHECK(!strstr(written(german, EVENT_DELIVERY_CREATED, PHOTO_DECLINED), "Foto"));
    CHECK_STR(written(german, EVENT_DELIVERY_DELIVERED, PHOTO_EXPECTED),
              "Ihr Paket wurde zugestellt. " LINK);
    CHECK_STR(written(LANG_ENGLISH, EVENT_CASE_OPENED, PHOTO_POSTED), "");
}

/* A look under a case is read on the page; one without a case is told by whatever there is. */
STORE_TEST(of_looks_only_one_without_a_case_is_told)
{
    struct delivery delivery = help_delivery(1);
    struct store_event event = {.kind = EVENT_PHOTO_LOOKED, .data = "{\"reason\":\"other\"}"};
    bool wanted = true;
    delivery.recipient_email = NULL;
    delivery.recipient_phone = "+491701234567";
    CHECK_INT(texts_wanted(tx, CHANNEL_SMS, &event, &delivery, &wanted), 0);
    CHECK(!wanted);
    event.data = "{\"agent_number\":1,\"reason\":\"other\",\"break_glass\":true}";
    CHECK_INT(texts_wanted(tx, CHANNEL_SMS, &event, &delivery, &wanted), 0);
    CHECK(wanted && texts_is_true(EVENT_PHOTO_LOOKED, &delivery));
}

static const char *lang_of(struct db_tx *tx, const struct delivery *delivery)
{
    const struct lang *lang = NULL;
    CHECK_INT(texts_lang(&texts, tx, delivery, &lang), 0);
    return lang ? lang->code : "";
}

STORE_TEST(the_language_is_the_accounts_else_the_servers)
{
    struct delivery delivery = help_delivery(1);
    struct store_account account = {.email = "ada@example.org", .created_at = 1};
    struct store_reach reach = {.language = NULL, .quiet = {0, 0, "UTC"}};
    (void)arena;
    CHECK_STR(lang_of(tx, &delivery), "es"); /* there is no account */
    help_id(ID_ACCOUNT, 1, account.id);
    CHECK_INT(store_account_insert(tx, &account), 0);
    CHECK_STR(lang_of(tx, &delivery), "es"); /* it never said */
    CHECK_INT(store_reach_set(tx, account.id, &reach), 0);
    CHECK_STR(lang_of(tx, &delivery), "es"); /* automatic */
    reach.language = "de";
    CHECK_INT(store_reach_set(tx, account.id, &reach), 0);
    CHECK_STR(lang_of(tx, &delivery), "de");
    delivery.recipient_email = NULL; /* nobody's account */
    CHECK_STR(lang_of(tx, &delivery), "es");
}

int main(int argc, char **argv)
{
    static const struct tap_test tests[] = {
        TAP(every_text_ends_with_the_link_and_fits_two_segments_in_every_language),
        TAP(the_first_text_speaks_of_a_photo_only_where_one_may_be_taken),
        TAP(of_looks_only_one_without_a_case_is_told),
        TAP(the_language_is_the_accounts_else_the_servers),
    };
    (void)argc;
    (void)argv;
    settings_defaults(&settings);
    snprintf(settings.server.language, sizeof settings.server.language, "es");
    return tap_run(tests, ARRAY_LEN(tests));
}
