/* SPDX-License-Identifier: Apache-2.0
 *
 * Command lines: a subcommand's own flags beside the settings, and every word that is neither.
 */
#include "base/tap.h"
#include "cli/cli.h"

enum { WORDS = 8 };

struct line {
    struct settings settings;
    int argc;
    char *argv[WORDS + 1];
    char text[WORDS][40];
    const char *name;
    bool once;
};

/* Reads a command line of words separated by single spaces. */
static int read_line(const char *text, struct line *line)
{
    const struct cli_flag flags[] = {
        {"name", &line->name, NULL}, {"once", NULL, &line->once}, {NULL, NULL, NULL}};
    *line = (struct line){0};
    for (const char *at = text; *at && line->argc < WORDS; at += *at == ' ') {
        size_t len = strcspn(at, " ");
        snprintf(line->text[line->argc], sizeof line->text[0], "%.*s", (int)len, at);
        line->argv[line->argc] = line->text[line->argc];
        line->argc++;
        at += len;
    }
    return cli_load(&line->settings, &line->argc, line->argv, flags);
}

TEST(settings_flags_and_words_are_told_apart)
{
    struct line line;
    CHECK_INT(read_line("admin --data /tmp/x add --name=Ana --once a@b.c", &line), 0);
    CHECK_STR(line.settings.server.data, "/tmp/x");
    CHECK_STR(line.name, "Ana");
    CHECK(line.once);
    CHECK_INT(line.argc, 3);
    CHECK_STR(line.argv[1], "add");
    CHECK_STR(line.argv[2], "a@b.c");
    CHECK_INT(read_line("admin --name Ana", &line), 0);
    CHECK_STR(line.name, "Ana");
    CHECK_INT(line.argc, 1);
}

TEST(after_two_dashes_all_are_words)
{
    struct line line;
    CHECK_INT(read_line("admin add -- --name", &line), 0);
    CHECK(line.name == NULL);
    CHECK_INT(line.argc, 3);
    CHECK_STR(line.argv[2], "--name");
    CHECK_INT(cli_no_words(line.argc, line.argv), CLI_USAGE);
}

TEST(what_is_unknown_or_half_is_refused)
{
    struct line line;
    static const char *const bad[] = {"serve --nope",       "serve --nope=1", "serve -x",
                                      "demo --once=yes",    "demo --name",    "demo --names x",
                                      "serve --listen here"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_INT(read_line(bad[i], &line), CLI_USAGE);
}

TEST(a_missing_flag_leaves_its_value_alone)
{
    struct line line;
    CHECK_INT(read_line("demo", &line), 0);
    CHECK(line.name == NULL && !line.once);
    CHECK_INT(cli_no_words(line.argc, line.argv), 0);
}

TAP_MAIN(TAP(settings_flags_and_words_are_told_apart), TAP(after_two_dashes_all_are_words),
         TAP(what_is_unknown_or_half_is_refused), TAP(a_missing_flag_leaves_its_value_alone))
