/* SPDX-License-Identifier: Apache-2.0
 *
 * Its argument is the sample of deploy/, which must be a right settings file.
 */
#include "base/tap.h"
#include "settings/table.h"

static struct settings settings;
static char error[SETTINGS_ERROR_ROOM];
static const char *sample_path;

static int read_text(const char *text)
{
    settings_defaults(&settings);
    error[0] = '\0';
    return settings_read_ini(&settings, (struct span){(const uint8_t *)text, strlen(text)}, "x.ini",
                             error, sizeof error);
}

TEST(a_file_sets_what_it_names_and_nothing_else)
{
    CHECK_INT(read_text("# a comment\n\n[photo]\nslots = 3\nmax_bytes=1MB ; inline\n"
                        "[server]\r\nlisten : [::1]:81\r\n"),
              0);
    CHECK_INT(settings.photo.slots, 3);
    CHECK_INT(settings.photo.max_bytes, 1 << 20);
    CHECK_STR(settings.server.listen, "[::1]:81");
    CHECK_INT(settings.photo.long_side, 2016);
}

TEST(an_empty_file_is_a_right_file)
{
    CHECK_INT(read_text(""), 0);
    CHECK_INT(read_text("\n; nothing\n"), 0);
    CHECK_INT(read_text("[photo]"), 0);
}

TEST(a_list_may_go_on_over_indented_lines)
{
    CHECK_INT(read_text("[server]\ntrusted_proxies = 127.0.0.1\n  10.0.0.0/8\n  ::1, fd00::/8\n"),
              0);
    CHECK_STR(settings.server.trusted_proxies, "127.0.0.1, 10.0.0.0/8, ::1, fd00::/8");
}

/* Pairs of a bad file and the message it earns. */
static const struct {
    const char *text, *message;
} bad[] = {
    {"[photos]\n", "x.ini:1: there is no section [photos]"},
    {"[photo]\n\nslot = 1\n", "x.ini:3: [photo] has no setting \"slot\""},
    {"[server]\nslots = 1\n", "x.ini:2: [server] has no setting \"slots\""},
    {"slots = 1\n", "x.ini:1: settings stand under a [section]"},
    {"[photo]\nslots\n", "x.ini:2: this is neither [section] nor name = value"},
    {"[photo\nslots = 1\n", "x.ini:1: the section's ] is missing"},
    {"[photo]\nslots = 65\n",
     "x.ini:2: [photo] slots: \"65\" is not a whole number from 0 to 64 workers"},
    {"[photo]\nslots =\n",
     "x.ini:2: [photo] slots: \"\" is not a whole number from 0 to 64 workers"},
    {"[photo]\nslots = 1\nslots = 2\n", "x.ini:3: [photo] slots: this was set already, in line 2"},
    {"[photo]\nslots = 1\n[photo]\nslots = 1\n",
     "x.ini:4: [photo] slots: this was set already, in line 2"},
    {"[photo]\nslots = 1\n  2\n",
     "x.ini:3: [photo] slots: this cannot go on over several lines (line 2)"},
    {"[server]\nconfig = y.ini\n", "x.ini:2: [server] config: this can only be a flag"},
    {"[Photo]\nslots = 1\n", "x.ini:1: there is no section [Photo]"},
    {"[photo]\nSlots = 1\n", "x.ini:2: [photo] has no setting \"Slots\""},
    {"[server]\ntrusted_proxies = 127.0.0.1\n  proxy\n",
     "x.ini:3: [server] trusted_proxies: \"127.0.0.1, proxy\" is not of the form 127.0.0.1, "
     "10.0.0.0/8"},
    {"[photo]\nslots = 99\n[nowhere]\n",
     "x.ini:2: [photo] slots: \"99\" is not a whole number from 0 to 64 workers"},
};

TEST(bad_files_are_refused_with_the_line_named)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CHECK_INT(read_text(bad[i].text), SETTINGS_REFUSED);
        CHECK_STR(error, bad[i].message);
    }
}

TEST(a_line_too_long_is_refused_not_cut)
{
    char text[600] = "[server]\ndata = ";
    memset(text + strlen(text), 'x', 500);
    CHECK_INT(read_text(text), SETTINGS_REFUSED);
    CHECK(strstr(error, "x.ini:2: the line is longer than") != NULL);
}

TEST(a_zero_byte_is_refused)
{
    static const char text[] = "[photo]\nslots = 1\0 2\n";
    settings_defaults(&settings);
    CHECK_INT(settings_read_ini(&settings, (struct span){(const uint8_t *)text, sizeof text - 1},
                                "x.ini", error, sizeof error),
              SETTINGS_REFUSED);
    CHECK_STR(error, "x.ini:2: the line holds a zero byte");
}

TEST(a_long_message_is_cut_to_its_room)
{
    char small[16];
    settings_defaults(&settings);
    CHECK_INT(settings_read_ini(&settings, (struct span){(const uint8_t *)"[nowhere]", 9}, "x.ini",
                                small, sizeof small),
              SETTINGS_REFUSED);
    CHECK_STR(small, "x.ini:1: there ");
}

TEST(what_is_printed_reads_the_same)
{
    static struct settings again;
    char *text = NULL;
    size_t len = 0;
    CHECK_INT(read_text("[server]\ndata = /var/lib/porchlight\ntrusted_proxies = ::1\n"
                        "  127.0.0.1\nlog_level = warn\n[photo]\nallow_weaker_sandbox = yes\n"
                        "slots = 5\nmax_bytes = 3MB\n[delivery]\nphoto = none\n"),
              0);
    FILE *to = open_memstream(&text, &len);
    CHECK(to != NULL);
    if (!to)
        return;
    settings_print(&settings, to);
    fclose(to);
    settings_defaults(&again);
    CHECK_INT(settings_read_ini(&again, (struct span){(uint8_t *)text, len}, "printed", error,
                                sizeof error),
              0);
    CHECK_STR(error, "");
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char before[SETTING_VALUE_ROOM], after[SETTING_VALUE_ROOM];
        setting_format(&settings_table[i], &settings, before);
        setting_format(&settings_table[i], &again, after);
        CHECK_STR(after, before);
    }
    free(text);
}

TEST(the_sample_in_deploy_is_right)
{
    char text[8192];
    AUTO_FCLOSE FILE *file = fopen(sample_path, "rb");
    CHECK(file != NULL);
    if (!file)
        return;
    size_t len = fread(text, 1, sizeof text, file);
    CHECK(len > 0 && len < sizeof text);
    error[0] = '\0';
    settings_defaults(&settings);
    CHECK_INT(settings_read_ini(&settings, (struct span){(uint8_t *)text, len}, "sample", error,
                                sizeof error),
              0);
    CHECK_STR(error, "");
    CHECK_INT(settings_check(&settings, error, sizeof error), 0);
}

int main(int argc, char **argv)
{
    static const struct tap_test tests[] = {
        TAP(a_file_sets_what_it_names_and_nothing_else),
        TAP(an_empty_file_is_a_right_file),
        TAP(a_list_may_go_on_over_indented_lines),
        TAP(bad_files_are_refused_with_the_line_named),
        TAP(a_line_too_long_is_refused_not_cut),
        TAP(a_zero_byte_is_refused),
        TAP(a_long_message_is_cut_to_its_room),
        TAP(what_is_printed_reads_the_same),
        TAP(the_sample_in_deploy_is_right),
    };
    sample_path = argc > 1 ? argv[1] : "deploy/porchlight.ini";
    return tap_run(tests, ARRAY_LEN(tests));
}
