/* SPDX-License-Identifier: Apache-2.0
 *
 * The length of a text message, and the gateway's form.
 */
#include "base/tap.h"
#include "notify/sms_text.h"
#include "notify/twilio.h"

static void check_size(const char *piece, int times, struct sms_size want)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 8192);
    for (int i = 0; i < times; i++)
        buf_text(&text, piece);
    struct sms_size size = sms_measure(text.data ? (const char *)text.data : "");
    CHECK_INT(size.gsm, want.gsm);
    CHECK_INT(size.units, want.units);
    CHECK_INT(size.segments, want.segments);
}

TEST(segments_are_counted_as_networks_do)
{
    check_size("", 0, (struct sms_size){true, 0, 0});
    check_size("a", 160, (struct sms_size){true, 160, 1});
    check_size("a", 161, (struct sms_size){true, 161, 2});
    check_size("a", 306, (struct sms_size){true, 306, 2});
    check_size("a", 307, (struct sms_size){true, 307, 3});
    check_size("ß", 160, (struct sms_size){true, 160, 1});
    check_size("á", 70, (struct sms_size){false, 70, 1});
    check_size("á", 71, (struct sms_size){false, 71, 2});
    check_size("á", 134, (struct sms_size){false, 134, 2});
    check_size("á", 135, (struct sms_size){false, 135, 3});
}

TEST(a_character_of_two_units_is_never_parted)
{
    check_size("€", 80, (struct sms_size){true, 160, 1});
    check_size("€", 81, (struct sms_size){true, 162, 2});
    /* 153 septets hold 76 pairs: two segments take 152, not 153, of them. */
    check_size("€", 152, (struct sms_size){true, 304, 2});
    check_size("€", 153, (struct sms_size){true, 306, 3});
    check_size("📦", 35, (struct sms_size){false, 70, 1});
    check_size("📦", 66, (struct sms_size){false, 132, 2});
    check_size("📦", 67, (struct sms_size){false, 134, 3});
}

TEST(the_alphabet_is_the_networks_own)
{
    static const char *const inside[] = {"@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ", "¡ÄÖÑÜ§¿äöñüà¤",
                                         "~[]{}|^\\€"};
    static const char *const outside[] = {"`", "ç", "á", "Ω̃", "\t", "—", "ş", "ا"};
    for (size_t i = 0; i < ARRAY_LEN(inside); i++)
        CHECK(sms_measure(inside[i]).gsm);
    for (size_t i = 0; i < ARRAY_LEN(outside); i++)
        CHECK(!sms_measure(outside[i]).gsm);
}

static void check_fold(const char *from, const char *to)
{
    AUTO_BUF struct buf out;
    buf_init(&out, 1024);
    sms_fold(from, &out);
    CHECK_STR((const char *)out.data, to);
}

TEST(what_loses_nothing_but_a_stroke_is_folded)
{
    check_fold("Recogió el paquete – aquí…", "Recogio el paquete - aqui...");
    check_fold("für „Grüße“", "für \"Grüße\"");
    check_fold("Пакет 📦", "Пакет 📦");
}

TEST(calling_codes)
{
    static const struct {
        const char *phone;
        int code;
    } rows[] = {{"+14155550123", 1},
                {"+79161234567", 7},
                {"+4930123456", 49},
                {"+34600111222", 34},
                {"+351912345678", 351},
                {"+35312345678", 353},
                {"+8801711111111", 880},
                {"+0123456789", 0},
                {"4930123456", 0},
                {"", 0},
                {"+4", 0}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_INT(sms_calling_code(rows[i].phone), rows[i].code);
}

TEST(a_request_says_all_in_a_form)
{
    AUTO_BUF struct buf out;
    buf_init(&out, 4096);
    twilio_write(&(struct twilio_message){.to = "+4930123456",
                                          .from = "+15005550006",
                                          .body = "Grüße & more: https://x.example/t/a-b_c",
                                          .callback = "https://x.example/v1/sms/status",
                                          .valid_seconds = 14400},
                 &out);
    CHECK_STR(
        (const char *)out.data,
        "To=%2B4930123456&From=%2B15005550006&Body=Gr%C3%BC%C3%9Fe%20%26%20more%3A%20https%3A%2F%2F"
        "x.example%2Ft%2Fa-b_c&StatusCallback=https%3A%2F%2Fx.example%2Fv1%2Fsms%2Fstatus&"
        "ValidityPeriod=14400");
    buf_free(&out);
    twilio_write(&(struct twilio_message){.to = "+4930123456",
                                          .from = "MG0123456789abcdef0123456789abcdef",
                                          .body = "x"},
                 &out);
    CHECK_STR((const char *)out.data,
              "To=%2B4930123456&MessagingServiceSid=MG0123456789abcdef0123456789abcdef&Body=x");
}

static bool read_text(const char *text, struct twilio_answer *out)
{
    return twilio_read((struct span){(const uint8_t *)text, strlen(text)}, out);
}

TEST(answers_are_read_and_rubbish_is_not)
{
    struct twilio_answer answer;
    CHECK(read_text("{\"sid\":\"SM0123456789abcdef0123456789abcdef\",\"status\":\"queued\","
                    "\"num_segments\":\"2\",\"error_code\":null}",
                    &answer));
    CHECK_STR(answer.sid, "SM0123456789abcdef0123456789abcdef");
    CHECK_STR(answer.status, "queued");
    CHECK_INT(answer.segments, 2);
    CHECK_INT(answer.error, 0);
    CHECK(read_text("{\"code\":21610,\"message\":\"…\",\"status\":400}", &answer));
    CHECK_INT(answer.error, 21610);
    CHECK(twilio_error_is_stop(answer.error));
    CHECK_STR(answer.status, "");
    static const char *const rubbish[] = {"",
                                          "{}",
                                          "[]",
                                          "null",
                                          "{\"sid\":7}",
                                          "{\"sid\":\"SM\"}",
                                          "{\"sid\":\"<script>\"}",
                                          "{\"code\":-1}",
                                          "{\"code\":99999999999}",
                                          "\xff"};
    for (size_t i = 0; i < ARRAY_LEN(rubbish); i++)
        CHECK(!read_text(rubbish[i], &answer));
}

TEST(states)
{
    CHECK_INT(twilio_state("sending"), TWILIO_UNDER_WAY);
    CHECK_INT(twilio_state("delivered"), TWILIO_SENT);
    CHECK_INT(twilio_state("undelivered"), TWILIO_FAILED);
    CHECK_INT(twilio_state("received"), TWILIO_STATE_NONE);
    CHECK_INT(twilio_state(""), TWILIO_STATE_NONE);
}

TEST(a_callback_is_believed_by_its_signature_alone)
{
    struct twilio_pair pairs[] = {{"To", "+18005551212"},
                                  {"CallSid", "CA1234567890ABCDE"},
                                  {"Digits", "1234"},
                                  {"From", "+14158675309"},
                                  {"Caller", "+14158675309"}};
    const char *url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const char *right = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    CHECK(twilio_is_signed("12345", url, pairs, ARRAY_LEN(pairs), right));
    CHECK(!twilio_is_signed("12346", url, pairs, ARRAY_LEN(pairs), right));
    CHECK(!twilio_is_signed("", url, pairs, ARRAY_LEN(pairs), right));
    CHECK(!twilio_is_signed("12345", "https://mycompany.com/myapp.php", pairs, ARRAY_LEN(pairs),
                            right));
    CHECK(!twilio_is_signed("12345", url, pairs, ARRAY_LEN(pairs) - 1, right));
    CHECK(!twilio_is_signed("12345", url, pairs, ARRAY_LEN(pairs), "RSOYDt4T1cUTdK1PDd93/VVr8B9="));
    CHECK(!twilio_is_signed("12345", url, pairs, ARRAY_LEN(pairs), ""));
    CHECK(!twilio_is_signed("12345", url, pairs, ARRAY_LEN(pairs), "rubbish"));
    pairs[0].value = "+18005551213";
    CHECK(!twilio_is_signed("12345", url, pairs, ARRAY_LEN(pairs), right));
}

TAP_MAIN(TAP(segments_are_counted_as_networks_do), TAP(a_character_of_two_units_is_never_parted),
         TAP(the_alphabet_is_the_networks_own), TAP(what_loses_nothing_but_a_stroke_is_folded),
         TAP(calling_codes), TAP(a_request_says_all_in_a_form),
         TAP(answers_are_read_and_rubbish_is_not), TAP(states),
         TAP(a_callback_is_believed_by_its_signature_alone))
