/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tap.h"
#include "settings/table.h"

static struct settings settings;
static char error[SETTINGS_ERROR_ROOM];

static int parse(const char *section, const char *name, const char *text)
{
    const struct setting *setting = settings_find(section, name);
    error[0] = '\0';
    CHECK(setting != NULL);
    return setting ? setting_parse(setting, text, &settings, error, sizeof error) : -1;
}

static void check_refused(const char *section, const char *name, const char *text)
{
    int result = parse(section, name, text);
    if (result != SETTINGS_REFUSED)
        printf("# [%s] %s = \"%.40s\" was taken\n", section, name, text);
    CHECK_INT(result, SETTINGS_REFUSED);
    CHECK(error[0] != '\0');
}

TEST(numbers_within_their_range_are_taken)
{
    CHECK_INT(parse("photo", "slots", "0"), 0);
    CHECK_INT(settings.photo.slots, 0);
    CHECK_INT(parse("photo", "slots", "64"), 0);
    CHECK_INT(settings.photo.slots, 64);
    CHECK_INT(parse("photo", "max_bytes", "25MB"), 0);
    CHECK_INT(settings.photo.max_bytes, 25 << 20);
    CHECK_INT(parse("photo", "max_bytes", "25 mb"), 0);
    CHECK_INT(parse("photo", "max_bytes", "100000"), 0);
    CHECK_INT(settings.photo.max_bytes, 100000);
    CHECK_INT(parse("intake", "free_space", "1024GB"), 0);
    CHECK_INT(settings.intake.free_space, INT64_C(1) << 40);
}

TEST(numbers_that_are_none_or_out_of_range_are_refused)
{
    static const char *const wrong[] = {
        "",     " ",
        "-1",   "65",
        "1.5",  "0x10",
        "1e1",  "2 ",
        "two",  "2KB",
        "2 MB", "+2",
        "2,",   "１",
        "2-3",  "18446744073709551618",
        "65;",  "99999999999999999999999999999999999999",
    };
    settings.photo.slots = 7;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        check_refused("photo", "slots", wrong[i]);
    CHECK_INT(settings.photo.slots, 7);
    check_refused("photo", "max_bytes", "257MB");
    check_refused("photo", "max_bytes", "1023");
    check_refused("photo", "max_bytes", "8589934592GB"); /* would wrap round */
    check_refused("photo", "max_bytes", "1TB");
    check_refused("photo", "max_bytes", "MB");
    check_refused("photo", "max_bytes", "1MBMB");
    check_refused("delivery", "retention_days", "0");
    check_refused("delivery", "retention_days", "366");
}

TEST(a_refused_number_names_its_range)
{
    check_refused("photo", "slots", "65");
    CHECK_STR(error, "\"65\" is not a whole number from 0 to 64 workers");
}

TEST(yes_and_no)
{
    static const char *const wrong[] = {"", "1", "0", "y", "YES", "yes ", "maybe"};
    CHECK_INT(parse("photo", "allow_weaker_sandbox", "yes"), 0);
    CHECK(settings.photo.allow_weaker_sandbox);
    CHECK_INT(parse("photo", "allow_weaker_sandbox", "off"), 0);
    CHECK(!settings.photo.allow_weaker_sandbox);
    CHECK_INT(parse("photo", "allow_weaker_sandbox", "true"), 0);
    CHECK(settings.photo.allow_weaker_sandbox);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        check_refused("photo", "allow_weaker_sandbox", wrong[i]);
}

TEST(words_are_a_closed_list)
{
    static const char *const wrong[] = {"", "Info", "inf", "info|debug", "infos", "|", "4"};
    CHECK_INT(parse("server", "log_level", "error"), 0);
    CHECK_INT(settings.server.log_level, 0);
    CHECK_INT(parse("server", "log_level", "debug"), 0);
    CHECK_INT(settings.server.log_level, 3);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        check_refused("server", "log_level", wrong[i]);
    CHECK_STR(error, "\"4\" is not error or warn or info or debug");
}

TEST(addresses_to_listen_on)
{
    static const char *const right[] = {"127.0.0.1:8080", "0.0.0.0:0", "[::1]:443", "[::]:65535",
                                        "*:80"};
    static const char *const wrong[] = {
        "",
        "127.0.0.1",
        "127.0.0.1:",
        ":8080",
        "localhost:80",
        "1.2.3:80",
        "::1:80",
        "[::1]",
        "[::1:80",
        "[g]:80",
        "[]:80",
        "1.2.3.4:65536",
        "1.2.3.4:-1",
        "1.2.3.4:8o",
        "1.2.3.4 :80",
        "**:80",
        "*",
        "1.2.3.4:80:90",
    };
    for (size_t i = 0; i < ARRAY_LEN(right); i++)
        CHECK_INT(parse("server", "listen", right[i]), 0);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        check_refused("server", "listen", wrong[i]);
    CHECK_INT(parse("server", "admin_listen", ""), 0);
}

TEST(the_public_url_is_an_origin)
{
    static const char *const right[] = {"http://localhost:8080", "https://parcels.example",
                                        "https://[2001:db8::1]:8443"};
    static const char *const wrong[] = {
        "",
        "parcels.example",
        "ftp://parcels.example",
        "https://",
        "https://parcels.example/",
        "https://parcels.example/app",
        "https://user@parcels.example",
        "https://parcels.example:99999",
        "https://parcels.example?x",
        "https://parcels example",
        "HTTPS://parcels.example",
        "https://[::1",
    };
    for (size_t i = 0; i < ARRAY_LEN(right); i++)
        CHECK_INT(parse("server", "public_url", right[i]), 0);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        check_refused("server", "public_url", wrong[i]);
}

TEST(proxies_are_addresses_or_networks)
{
    static const char *const right[] = {"", "127.0.0.1", "127.0.0.1, ::1", "10.0.0.0/8,fd00::/8"};
    static const char *const wrong[] = {"proxy.example", "127.0.0.1 ::1",
                                        "10.0.0.0/33",   "::1/129",
                                        "10.0.0.0/",     "/8",
                                        "10.0.0/8",      "*"};
    for (size_t i = 0; i < ARRAY_LEN(right); i++)
        CHECK_INT(parse("server", "trusted_proxies", right[i]), 0);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        check_refused("server", "trusted_proxies", wrong[i]);
}

TEST(pauses_are_seconds)
{
    static const char *const right[] = {"5", "0", "0.05, 1,300", "5, 300, 1800, 86400", "2592000"};
    static const char *const wrong[] = {
        "",    "5 s",     "5; 6",    "-1",
        "1e3", "2592001", "5, five", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"};
    for (size_t i = 0; i < ARRAY_LEN(right); i++)
        CHECK_INT(parse("webhook", "retry_seconds", right[i]), 0);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        check_refused("webhook", "retry_seconds", wrong[i]);
}

TEST(mail_settings)
{
    CHECK_INT(parse("mail", "smtp_url", "smtps://mail.example:465"), 0);
    CHECK_INT(parse("mail", "smtp_url", ""), 0);
    check_refused("mail", "smtp_url", "mail.example");
    check_refused("mail", "smtp_url", "https://mail.example");
    CHECK_INT(parse("mail", "from", "photos@parcels.example"), 0);
    check_refused("mail", "from", "photos");
    check_refused("mail", "from", "a b@parcels.example");
}

TEST(texts_keep_to_their_length_and_to_clean_characters)
{
    char text[1100];
    memset(text, 'x', sizeof text);
    text[1000] = '\0';
    CHECK_INT(parse("server", "data", text), 0);
    text[1000] = 'x';
    text[1001] = '\0';
    check_refused("server", "data", text);
    check_refused("server", "data", "a\nb");
    check_refused("server", "data", "a\x1b[0m");
    check_refused("server", "data", "\xff\xfe");
    check_refused("server", "data", "a;b");
}

TEST(a_list_is_taken_apart)
{
    const char *cursor = " a, b c ,,d ,";
    char item[8];
    CHECK(settings_list_next(&cursor, item, sizeof item));
    CHECK_STR(item, "a");
    CHECK(settings_list_next(&cursor, item, sizeof item));
    CHECK_STR(item, "b c");
    CHECK(settings_list_next(&cursor, item, sizeof item));
    CHECK_STR(item, "d");
    CHECK(!settings_list_next(&cursor, item, sizeof item));
    CHECK(!settings_list_next(&cursor, item, sizeof item));
}

TEST(flags_are_distinct_and_every_setting_has_help)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char flag[SETTING_FLAG_ROOM];
        size_t help = strlen(settings_table[i].help);
        settings_flag(&settings_table[i], flag);
        CHECK(settings_find_flag(flag + 2, strlen(flag) - 2) == &settings_table[i]);
        CHECK(help > 10 && settings_table[i].help[help - 1] == '.');
        CHECK(strlen(flag) < SETTING_FLAG_ROOM - 1);
    }
}

TEST(every_default_prints_as_it_was_written)
{
    settings_defaults(&settings);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char value[SETTING_VALUE_ROOM];
        setting_format(&settings_table[i], &settings, value);
        CHECK_STR(value, settings_table[i].fallback);
    }
}

TAP_MAIN(TAP(numbers_within_their_range_are_taken),
         TAP(numbers_that_are_none_or_out_of_range_are_refused),
         TAP(a_refused_number_names_its_range), TAP(yes_and_no), TAP(words_are_a_closed_list),
         TAP(addresses_to_listen_on), TAP(the_public_url_is_an_origin),
         TAP(proxies_are_addresses_or_networks), TAP(pauses_are_seconds), TAP(mail_settings),
         TAP(texts_keep_to_their_length_and_to_clean_characters), TAP(a_list_is_taken_apart),
         TAP(flags_are_distinct_and_every_setting_has_help),
         TAP(every_default_prints_as_it_was_written))
