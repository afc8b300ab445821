/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "base/tap.h"
#include "settings/settings.h"

enum { ARGS = 16 };

static struct settings settings;
static char error[SETTINGS_ERROR_ROOM];
static char *args[ARGS];
static int arg_count;

/* Loads from the words given, up to NULL. */
#define LOAD(...) load((const char *const[]){"serve", __VA_ARGS__, NULL})

static int load(const char *const *words)
{
    for (arg_count = 0; arg_count < ARGS - 1 && words[arg_count]; arg_count++)
        args[arg_count] = (char *)(uintptr_t)words[arg_count];
    args[arg_count] = NULL;
    error[0] = '\0';
    return settings_load(&settings, &arg_count, args, error, sizeof error);
}

static void write_file(const char *path, const char *text)
{
    AUTO_FCLOSE FILE *file = fopen(path, "wb");
    CHECK(file && fputs(text, file) >= 0);
}

TEST(flags_set_what_they_name)
{
    CHECK_INT(LOAD("--photo-slots", "3", "--mail-folder=/tmp/mail", "--listen", "127.0.0.1:0"), 0);
    CHECK_INT(settings.photo.slots, 3);
    CHECK_STR(settings.mail.folder, "/tmp/mail");
    CHECK_STR(settings.server.listen, "127.0.0.1:0");
    CHECK_INT(arg_count, 1);
    CHECK(args[1] == NULL);
}

TEST(a_yes_or_no_flag_stands_alone_or_with_a_sign)
{
    CHECK_INT(LOAD("--photo-allow-weaker-sandbox", "word"), 0);
    CHECK(settings.photo.allow_weaker_sandbox);
    CHECK_STR(args[1], "word");
    CHECK_INT(LOAD("--photo-allow-weaker-sandbox=no"), 0);
    CHECK(!settings.photo.allow_weaker_sandbox);
    CHECK_INT(LOAD("--photo-allow-weaker-sandbox=perhaps"), SETTINGS_REFUSED);
}

TEST(what_is_no_setting_stays_in_its_order)
{
    CHECK_INT(
        LOAD("--once", "--data", "/tmp/d", "shipper-add", "--slots", "2", "--", "--data", "x"), 0);
    CHECK_STR(settings.server.data, "/tmp/d");
    CHECK_INT(arg_count, 8);
    CHECK_STR(args[1], "--once");
    CHECK_STR(args[2], "shipper-add");
    CHECK_STR(args[3], "--slots");
    CHECK_STR(args[4], "2");
    CHECK_STR(args[5], "--");
    CHECK_STR(args[6], "--data");
    CHECK_STR(args[7], "x");
}

TEST(wrong_flags_are_refused_by_name)
{
    CHECK_INT(LOAD("--photo-slots", "65"), SETTINGS_REFUSED);
    CHECK_STR(error, "--photo-slots: \"65\" is not a whole number from 0 to 64 workers");
    CHECK_INT(LOAD("--photo-slots"), SETTINGS_REFUSED);
    CHECK_STR(error, "--photo-slots: a value must follow");
    CHECK_INT(LOAD("--photo-slots", "1", "--photo-slots=2"), SETTINGS_REFUSED);
    CHECK_STR(error, "--photo-slots: given twice");
    CHECK_INT(LOAD("--config"), SETTINGS_REFUSED);
    CHECK_INT(LOAD("--photo-slots="), SETTINGS_REFUSED);
    CHECK_INT(LOAD("--server-listen", "x"),
              0); /* no such flag: left for the subcommand to refuse */
    CHECK_INT(arg_count, 3);
}

TEST(a_file_is_read_and_flags_win_over_it)
{
    write_file("settings-test.ini", "[photo]\nslots = 3\nlong_side = 1024\n");
    CHECK_INT(LOAD("--photo-slots", "5", "--config", "settings-test.ini"), 0);
    CHECK_INT(settings.photo.slots, 5);
    CHECK_INT(settings.photo.long_side, 1024);
    CHECK_INT(arg_count, 1);
    write_file("settings-test.ini", "[photo]\nslots = x\n");
    CHECK_INT(LOAD("--config=settings-test.ini"), SETTINGS_REFUSED);
    CHECK(strstr(error, "settings-test.ini:2:") == error);
    remove("settings-test.ini");
}

TEST(a_file_that_cannot_be_read_is_refused)
{
    CHECK_INT(LOAD("--config", "/nowhere/at/all.ini"), SETTINGS_REFUSED);
    CHECK_STR(error, "/nowhere/at/all.ini: No such file or directory");
    CHECK_INT(LOAD("--config", "/"), SETTINGS_REFUSED);
}

TEST(what_was_left_empty_is_filled_in)
{
    CHECK_INT(LOAD("--data", "/var/lib/porchlight//"), 0);
    CHECK_STR(settings.server.data, "/var/lib/porchlight");
    CHECK_STR(settings.server.keys, "/var/lib/porchlight.keys");
    CHECK(settings.photo.slots >= 1 && settings.photo.slots <= 64);
    CHECK_INT(LOAD("--data", "/a", "--keys", "/b"), 0);
    CHECK_STR(settings.server.keys, "/b");
}

TEST(keys_within_the_data_are_refused)
{
    CHECK_INT(LOAD("--data", "/a", "--keys", "/a"), SETTINGS_REFUSED);
    CHECK_INT(LOAD("--data", "/a", "--keys", "/a/keys"), SETTINGS_REFUSED);
    CHECK_INT(LOAD("--data", "/a", "--master-key-file", "/a/master"), SETTINGS_REFUSED);
    CHECK_INT(LOAD("--data", "/a", "--keys", "/ab"), 0);
}

TEST(settings_that_contradict_each_other_are_refused)
{
    CHECK_INT(LOAD("--api-list-default", "100", "--api-list-limit", "99"), SETTINGS_REFUSED);
    CHECK_STR(error, "[api] list_default must not be over [api] list_limit");
    CHECK_INT(LOAD("--photo-preview-side", "2048"), SETTINGS_REFUSED);
    CHECK_INT(LOAD("--auth-session-idle-days", "91"), SETTINGS_REFUSED);
    CHECK_INT(LOAD("--photo-decode-memory", "300MB"), SETTINGS_REFUSED);
    CHECK_INT(LOAD("--mail-smtp-user", "me"), SETTINGS_REFUSED);
    CHECK_INT(LOAD("--mail-smtp-user", "me", "--mail-smtp-password-file", "/p"), 0);
}

TAP_MAIN(TAP(flags_set_what_they_name), TAP(a_yes_or_no_flag_stands_alone_or_with_a_sign),
         TAP(what_is_no_setting_stays_in_its_order), TAP(wrong_flags_are_refused_by_name),
         TAP(a_file_is_read_and_flags_win_over_it), TAP(a_file_that_cannot_be_read_is_refused),
         TAP(what_was_left_empty_is_filled_in), TAP(keys_within_the_data_are_refused),
         TAP(settings_that_contradict_each_other_are_refused))
