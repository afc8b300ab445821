/* SPDX-License-Identifier: Apache-2.0
 *
 * A command line is settings (settings/load.c takes those out), a subcommand's own flags, and
 * words. What is none of them is refused by its name.
 */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

#include "base/buf.h"
#include "base/log.h"

__attribute__((format(printf, 1, 0))) static void say(const char *format, va_list args)
{
    fflush(stdout);
    fputs("porchlight: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

int cli_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
    return CLI_FAILED;
}

int cli_usage(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
    return CLI_USAGE;
}

const char *cli_fault_text(int fault)
{
    switch (-fault) {
    case ENOSPC:
    case EDQUOT:
        return "the disk is full";
    case EPROTO:
        return "it was written by a newer version of Porchlight";
    case EBUSY:
        return "another program is using it";
    case EADDRINUSE:
        return "something else listens there already";
    case EADDRNOTAVAIL:
        return "this machine has no such address";
    default:
        return strerror(-fault);
    }
}

static bool is_many(const char *name)
{
    size_t len = strlen(name);
    return len > 3 && strcmp(name + len - 3, "...") == 0;
}

/* The value after '=', or "" for a flag that stands alone, or NULL when it is another flag. */
static const char *match(const char *word, const char *name)
{
    size_t len = strlen(name) - (is_many(name) ? 3 : 0);
    if (strncmp(word, name, len) != 0 || (word[len] != '\0' && word[len] != '='))
        return NULL;
    return word + len;
}

/* Takes the flag at argv[*at], and its argument, which may be the next word. 0 or CLI_USAGE. */
static int take_flag(const struct cli_flag *flags, int argc, char **argv, int *at)
{
    const char *word = argv[*at] + 2;
    for (; flags->name; flags++) {
        const char *rest = match(word, flags->name);
        if (!rest)
            continue;
        if (flags->set)
            *flags->set = true;
        if (!flags->value)
            return *rest ? cli_usage("--%s takes no value", flags->name) : 0;
        const char **value = flags->value;
        for (int i = 0; is_many(flags->name) && *value; i++, value++)
            if (i + 1 == CLI_MANY)
                return cli_usage("%s is there more than %d times", argv[*at], CLI_MANY);
        if (*rest)
            *value = rest + 1;
        else if (*at + 1 < argc)
            *value = argv[++*at];
        else
            return cli_usage("--%s needs a value", flags->name);
        return 0;
    }
    return cli_usage(
        "%s is no flag of `porchlight %s`, and no setting (`porchlight settings` lists "
        "those)",
        argv[*at], argv[0]);
}

static int take_flags(const struct cli_flag *flags, int *argc, char **argv)
{
    int kept = 1;
    bool only_words = false;
    for (int at = 1; at < *argc; at++) {
        if (!only_words && strcmp(argv[at], "--") == 0) {
            only_words = true;
        } else if (only_words || argv[at][0] != '-' || argv[at][1] == '\0') {
            argv[kept++] = argv[at];
        } else if (argv[at][1] != '-') {
            return cli_usage("%s is no flag: flags begin with --", argv[at]);
        } else {
            int result = take_flag(flags, *argc, argv, &at);
            if (result != 0)
                return result;
        }
    }
    *argc = kept;
    return 0;
}

int cli_load(struct settings *settings, int *argc, char **argv, const struct cli_flag *flags)
{
    static const struct cli_flag none[] = {{NULL, NULL, NULL}};
    char error[SETTINGS_ERROR_ROOM];
    if (settings_load(settings, argc, argv, error, sizeof error) != 0)
        return cli_usage("%s", error);
    log_set_level((enum log_level)settings->server.log_level);
    return take_flags(flags ? flags : none, argc, argv);
}

int cli_no_words(int argc, char **argv)
{
    return argc > 1 ? cli_usage("`porchlight %s` takes no word such as \"%s\"", argv[0], argv[1])
                    : 0;
}

int cli_read_file(const char *path, size_t ceiling, struct buf *out)
{
    uint8_t piece[64 << 10];
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : 1;
    buf_init(out, ceiling);
    while (n > 0) {
        n = read(fd, piece, sizeof piece);
        if (n > 0)
            buf_add(out, piece, (size_t)n);
    }
    if (n < 0)
        return cli_fail("cannot read %s: %s", path, strerror(errno));
    return out->failed ? cli_fail("%s is too large", path) : 0;
}
