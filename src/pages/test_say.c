/* SPDX-License-Identifier: Apache-2.0
 *
 * Sentences, with language, now and zone handed in; and that every word of every list has one.
 */
#include "base/clock.h"
#include "base/tap.h"
#include "lang/dates.h"
#include "pages/say.h"
#include "photo/facts.h"

/* In which the tests read; English unless a test says otherwise. */
static const struct lang *lang = LANG_ENGLISH;

static int64_t at(const char *text)
{
    int64_t parsed = 0;
    CHECK(clock_parse(text, &parsed));
    return parsed;
}

/* The buffer's text, good until the next call. */
static const char *taken(struct buf *buf)
{
    static char text[1024];
    snprintf(text, sizeof text, "%.*s", (int)buf->len, buf->data ? (const char *)buf->data : "");
    buf_free(buf);
    return text;
}

static const char *moment(const char *then, const char *zone, const char *now)
{
    struct buf out;
    buf_init(&out, 1000);
    lang_moment(lang, &(struct lang_when){at(then), zone, at(now)}, &out);
    return taken(&out);
}

static const char *state(const struct say_delivery *d, enum say_to to, const char *now)
{
    struct buf out;
    buf_init(&out, 1000);
    say_state(d, &(struct say_reader){to, lang, at(now)}, &out);
    return taken(&out);
}

static const char *photo(enum photo_state photo_state, const char *reason,
                         enum delivery_state delivery, enum say_to to)
{
    struct buf out;
    buf_init(&out, 1000);
    say_photo(photo_state, reason, delivery, &(struct say_reader){to, lang, 0}, &out);
    return taken(&out);
}

static struct say_delivery delivered(void)
{
    return (struct say_delivery){.state = DELIVERY_DELIVERED,
                                 .zone = "Europe/Berlin",
                                 .created_at = at("2026-11-20T08:00:00Z"),
                                 .changed_at = at("2026-11-23T13:32:05Z"),
                                 .captured_at = at("2026-11-23T13:32:00Z"),
                                 .received_at = at("2026-11-23T13:32:04Z"),
                                 .left_at = LEFT_FRONT_DOOR};
}

#define NOW "2026-11-23T15:00:00Z" /* a Monday, 16:00 in Berlin */

TEST(moments_are_read_in_the_zone_from_now)
{
    CHECK_STR(moment("2026-11-23T13:32:00Z", "Europe/Berlin", NOW), "today at 14:32");
    CHECK_STR(moment("2026-11-22T22:59:00Z", "Europe/Berlin", NOW), "yesterday at 23:59");
    CHECK_STR(moment("2026-11-22T23:00:00Z", "Europe/Berlin", NOW), "today at 00:00");
    CHECK_STR(moment("2026-11-24T11:00:00Z", "Europe/Berlin", NOW), "tomorrow at 12:00");
    CHECK_STR(moment("2026-11-17T11:00:00Z", "Europe/Berlin", NOW), "on Tuesday at 12:00");
    CHECK_STR(moment("2026-11-16T11:00:00Z", "Europe/Berlin", NOW), "on 16 November at 12:00");
    CHECK_STR(moment("2026-11-25T11:00:00Z", "Europe/Berlin", NOW), "on 25 November at 12:00");
    CHECK_STR(moment("2025-12-31T22:59:00Z", "Europe/Berlin", NOW), "on 31 December 2025 at 23:59");
    CHECK_STR(moment("2026-12-31T23:30:00Z", "Europe/Berlin", NOW), "on 1 January 2027 at 00:30");
}

TEST(days_are_counted_over_months_years_and_summer_time)
{
    CHECK_STR(moment("2026-02-28T12:00:00Z", "UTC", "2026-03-01T01:00:00Z"), "yesterday at 12:00");
    CHECK_STR(moment("2028-02-28T12:00:00Z", "UTC", "2028-03-01T01:00:00Z"), "on Monday at 12:00");
    CHECK_STR(moment("2026-12-31T12:00:00Z", "UTC", "2027-01-01T01:00:00Z"), "yesterday at 12:00");
    CHECK_STR(moment("2026-10-24T21:30:00Z", "Europe/Berlin", "2026-10-25T22:30:00Z"),
              "yesterday at 23:30");
    CHECK_STR(moment("2026-11-23T13:32:00Z", "America/Los_Angeles", NOW), "today at 05:32");
    CHECK_STR(moment("2026-11-23T03:32:00Z", "America/Los_Angeles", NOW), "yesterday at 19:32");
}

TEST(delivered_says_when_and_where_to_those_it_was_for)
{
    struct say_delivery d = delivered();
    CHECK_STR(state(&d, SAY_TO_RECIPIENT, NOW), "Delivered today at 14:32, by the front door");
    CHECK_STR(state(&d, SAY_TO_AGENT, NOW), "Delivered today at 14:32, by the front door");
    CHECK_STR(state(&d, SAY_TO_OTHERS, NOW), "Delivered today at 14:32");
    d.left_at = LEFT_NOWHERE;
    CHECK_STR(state(&d, SAY_TO_RECIPIENT, NOW), "Delivered today at 14:32");
}

TEST(other_states)
{
    struct say_delivery d = delivered();
    d.state = DELIVERY_ATTEMPTED;
    d.attempt_reason = ATTEMPT_NOBODY_HOME;
    CHECK_STR(state(&d, SAY_TO_RECIPIENT, NOW),
              "Delivery attempted today at 14:32: nobody was at home");
    CHECK_STR(state(&d, SAY_TO_OTHERS, NOW), "Delivery attempted today at 14:32");
    d.state = DELIVERY_RETURNED;
    CHECK_STR(state(&d, SAY_TO_OTHERS, NOW), "Returned to the sender today");
    d.state = DELIVERY_CANCELLED;
    CHECK_STR(state(&d, SAY_TO_OTHERS, NOW), "Cancelled today");
    d.state = DELIVERY_CREATED;
    CHECK_STR(state(&d, SAY_TO_OTHERS, NOW), "Announced by the sender");
    d.state = DELIVERY_OUT_FOR_DELIVERY;
    CHECK_STR(state(&d, SAY_TO_OTHERS, NOW), "Out for delivery");
}

TEST(a_window_is_told_until_it_is_over)
{
    struct say_delivery d = delivered();
    d.state = DELIVERY_OUT_FOR_DELIVERY;
    d.window_from = at("2026-11-23T16:00:00Z");
    d.window_to = at("2026-11-23T18:00:00Z");
    CHECK_STR(state(&d, SAY_TO_OTHERS, NOW),
              "Out for delivery, expected today between 17:00 and 19:00");
    CHECK_STR(state(&d, SAY_TO_OTHERS, "2026-11-23T18:00:01Z"), "Out for delivery");
    d.window_to = d.window_from - 1;
    CHECK_STR(state(&d, SAY_TO_OTHERS, NOW), "Out for delivery");
}

TEST(the_event_is_dated_by_the_phone_unless_it_runs_ahead)
{
    struct say_delivery d = delivered();
    CHECK_INT(say_event_time(&d), d.captured_at);
    d.captured_at = d.received_at + SAY_CLOCK_GAP;
    CHECK_INT(say_event_time(&d), d.captured_at);
    d.captured_at++;
    CHECK_INT(say_event_time(&d), d.received_at);
    d.captured_at = 0;
    CHECK_INT(say_event_time(&d), d.received_at);
    d.received_at = 0;
    CHECK_INT(say_event_time(&d), d.changed_at);
}

static const char *clocks(const struct say_delivery *d)
{
    struct buf out;
    buf_init(&out, 1000);
    say_clocks(d, &(struct say_reader){SAY_TO_RECIPIENT, lang, at(NOW)}, &out);
    return taken(&out);
}

TEST(both_clocks_are_told_when_they_differ)
{
    struct say_delivery d = delivered();
    CHECK_STR(clocks(&d), "");
    d.captured_at = d.received_at - SAY_CLOCK_GAP;
    CHECK_STR(clocks(&d), "");
    d.captured_at = at("2026-11-23T11:05:00Z");
    CHECK_STR(clocks(&d), "By the driver’s phone it happened today at 12:05; the report reached us "
                          "today at 14:32.");
    d.captured_at = at("2026-11-24T11:05:00Z");
    CHECK_STR(clocks(&d), "By the driver’s phone it happened tomorrow at 12:05; the report reached "
                          "us today at 14:32; the phone’s clock must be wrong.");
    d.captured_at = 0;
    CHECK_STR(clocks(&d), "");
}

TEST(photo_states_are_explained)
{
    CHECK_STR(photo(PHOTO_POSTED, NULL, DELIVERY_DELIVERED, SAY_TO_RECIPIENT),
              "This photo is yours.");
    CHECK_STR(photo(PHOTO_EXPECTED, NULL, DELIVERY_CREATED, SAY_TO_RECIPIENT),
              "The driver takes a photo when your parcel is left, and you see it here.");
    CHECK_STR(
        photo(PHOTO_EXPECTED, NULL, DELIVERY_DELIVERED, SAY_TO_RECIPIENT),
        "The photo is on its way. You see it here as soon as the driver’s phone has sent it.");
    CHECK_STR(photo(PHOTO_EXPECTED, NULL, DELIVERY_ATTEMPTED, SAY_TO_RECIPIENT),
              "If the driver took a photo of this attempt, you see it here once it has arrived.");
    CHECK_STR(photo(PHOTO_REJECTED, "truncated", DELIVERY_DELIVERED, SAY_TO_RECIPIENT),
              "No photo: what the driver’s phone sent could not be used. The picture is cut off "
              "before its end.");
    CHECK_STR(photo(PHOTO_ERASED, "by_recipient", DELIVERY_DELIVERED, SAY_TO_AGENT),
              "Erased by the recipient.");
    CHECK_STR(photo(PHOTO_ERASED, "a reason of tomorrow", DELIVERY_DELIVERED, SAY_TO_AGENT),
              "Erased.");
    CHECK_STR(
        photo(PHOTO_WITHHELD, "protected", DELIVERY_DELIVERED, SAY_TO_RECIPIENT),
        "The photo is not shown: this delivery goes to a protected address. No photo of such an "
        "address is shown to you or anyone but support, who must give a reason for each look; "
        "you can read them here.");
    CHECK_STR(
        photo(PHOTO_NONE, "registry", DELIVERY_CREATED, SAY_TO_RECIPIENT),
        "No photo: this delivery goes to a registry address. None is taken at such an address.");
}

/* R2: whatever the state and its reason, others read the same words. */
TEST(others_cannot_tell_why_there_is_no_photo)
{
    static const char *const reasons[] = {NULL,
#define X(reason) reason,
                                          PHOTO_REASONS(X)
#undef X
    };
    char first[256];
    snprintf(first, sizeof first, "%s",
             photo(PHOTO_POSTED, NULL, DELIVERY_DELIVERED, SAY_TO_OTHERS));
    for (int s = 0; s < PHOTO_STATE_COUNT; s++) {
        for (int d = 0; d < DELIVERY_STATE_COUNT; d++) {
            for (size_t r = 0; r < ARRAY_LEN(reasons); r++) {
                CHECK_STR(photo(s, reasons[r], d, SAY_TO_OTHERS), first);
                CHECK(*photo(s, reasons[r], d, SAY_TO_RECIPIENT) != '\0');
                CHECK(*photo(s, reasons[r], d, SAY_TO_AGENT) != '\0');
            }
        }
    }
}

/* In every language. */
TEST(every_word_has_a_sentence)
{
#define CHECK_WORDS(say, from, count)                                                              \
    for (int i = (from); i < (count); i++)                                                         \
    CHECK(*say(&lang_all[l], i) != '\0')
    for (int l = 0; l < lang_all_count; l++) {
        CHECK_WORDS(say_step, 0, DELIVERY_STATE_COUNT);
        CHECK_WORDS(say_case_kind, 0, CASE_KIND_COUNT);
        CHECK_WORDS(say_look_reason, 0, LOOK_REASON_COUNT);
        CHECK_WORDS(say_confidentiality, 1, CONFIDENTIALITY_COUNT);
        CHECK_WORDS(say_proof, 1, PROOF_COUNT);
        for (int check = 0; check < PROOF_CHECK_COUNT; check++)
            for (int proof = 1; proof < PROOF_COUNT; proof++)
                CHECK(*say_proven(&lang_all[l], proof, check) != '\0');
        CHECK_WORDS(say_place, 0, PLACE_COUNT);
        CHECK_WORDS(say_photo_flag, 0, PHOTO_FLAG_COUNT);
        CHECK_STR(say_step(&lang_all[l], 99), "");
    }
}

TEST(every_place_and_every_reason_is_said)
{
    struct say_delivery d = delivered();
    char bare[200];
    snprintf(bare, sizeof bare, "%s", state(&d, SAY_TO_OTHERS, NOW));
    for (int i = 1; i < LEFT_AT_COUNT; i++) {
        d.left_at = (enum left_at)i;
        CHECK(strlen(state(&d, SAY_TO_RECIPIENT, NOW)) > strlen(bare));
    }
    d.state = DELIVERY_ATTEMPTED;
    snprintf(bare, sizeof bare, "%s", state(&d, SAY_TO_OTHERS, NOW));
    for (int i = 1; i < ATTEMPT_REASON_COUNT; i++) {
        d.attempt_reason = (enum attempt_reason)i;
        CHECK(strlen(state(&d, SAY_TO_RECIPIENT, NOW)) > strlen(bare));
    }
}

TEST(german_and_spanish_say_it_as_their_own)
{
    struct say_delivery d = delivered();
    lang = lang_find("de");
    CHECK_STR(state(&d, SAY_TO_RECIPIENT, NOW),
              "Zugestellt heute um 14:32\u00a0Uhr, an der Haustür");
    CHECK_STR(photo(PHOTO_POSTED, NULL, DELIVERY_DELIVERED, SAY_TO_RECIPIENT),
              "Dieses Foto gehört Ihnen.");
    lang = lang_find("es");
    CHECK_STR(state(&d, SAY_TO_RECIPIENT, NOW),
              "Entregado hoy a las\u00a014:32, junto a la puerta");
    CHECK_STR(photo(PHOTO_POSTED, NULL, DELIVERY_DELIVERED, SAY_TO_RECIPIENT),
              "Esta foto es suya.");
    d.state = DELIVERY_OUT_FOR_DELIVERY;
    d.window_from = at("2026-11-23T16:00:00Z");
    d.window_to = at("2026-11-23T18:00:00Z");
    CHECK_STR(state(&d, SAY_TO_OTHERS, NOW),
              "En reparto, se espera hoy entre las\u00a017:00 y las\u00a019:00");
    lang = lang_find("de");
    CHECK_STR(state(&d, SAY_TO_OTHERS, NOW),
              "In Zustellung, erwartet heute zwischen 17:00 und 19:00\u00a0Uhr");
    lang = LANG_ENGLISH;
}

/* What an account can choose is what there are words in. */
TEST(every_language_that_can_be_chosen_has_words)
{
    int spoken = 0;
    for (int i = 0; i < lang_all_count; i++)
        spoken += !lang_all[i].pseudo;
    CHECK_INT(spoken, LANGUAGE_COUNT);
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        const struct lang *found = lang_find(words_name(&words_language, i));
        CHECK(found && !found->pseudo);
    }
}

TEST(zones_are_readable)
{
    struct buf out;
    buf_init(&out, 100);
    say_zone("America/New_York", &out);
    CHECK_STR(taken(&out), "America/New York");
}

TAP_MAIN(TAP(moments_are_read_in_the_zone_from_now),
         TAP(days_are_counted_over_months_years_and_summer_time),
         TAP(delivered_says_when_and_where_to_those_it_was_for), TAP(other_states),
         TAP(a_window_is_told_until_it_is_over),
         TAP(the_event_is_dated_by_the_phone_unless_it_runs_ahead),
         TAP(both_clocks_are_told_when_they_differ), TAP(photo_states_are_explained),
         TAP(others_cannot_tell_why_there_is_no_photo), TAP(every_word_has_a_sentence),
         TAP(every_place_and_every_reason_is_said), TAP(german_and_spanish_say_it_as_their_own),
         TAP(every_language_that_can_be_chosen_has_words), TAP(zones_are_readable))
