/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-load get|upload|hold|sink: the clients of the bench, and whoever is told, all on 127.0.0.1.
 *
 *   get     asks for the targets of a list, one after the other, on keep-alive connections, as
 *           fast as they are answered
 *   upload  sends photos by tus, a POST and a PATCH each, and waits for each receipt
 *   hold    begins many uploads, brings each forward by a few bytes now and then, and never ends
 * one sink    is an HTTP server that takes whatever it is told (load_sink.c)
 *
 * get and upload print one line of JSON; hold says when all stand and goes on until its stdin
 * closes; sink prints its port, and what came when its stdin closes.
 */
#include "load.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "base/text.h"

static const char usage[] =
    "usage: bench-load get --port N --list FILE [--links N] [--threads N] [--ms N] [--warm-ms N]\n"
    "       bench-load upload --port N --list FILE [--skip N] [--links N] [--ms N] [--warm-ms N] "
    "PHOTO...\n"
    "       bench-load hold --port N --list FILE [--skip N] --links N PHOTO\n"
    "       bench-load sink [--port N] [--list LOG]\n";

void load_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("bench-load: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

/* ---- files ---- */

struct span load_file_read(const char *path)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        load_die("cannot open %s", path);
    size_t size = (size_t)st.st_size, got = 0;
    uint8_t *data = malloc(size + 1);
    for (ssize_t n = 1; data && got < size && n > 0; got += (size_t)(n > 0 ? n : 0))
        n = read(fd, data + got, size - got);
    if (!data || got != size)
        load_die("cannot read %s", path);
    data[size] = 0;
    return (struct span){data, size};
}

struct load_lines load_lines_read(const char *path)
{
    struct load_lines lines = {0};
    struct span text = load_file_read(path);
    for (size_t i = 0; i < text.len; i++)
        lines.count += text.data[i] == '\n';
    lines.line = calloc(lines.count + 1, sizeof *lines.line);
    if (!lines.line)
        load_die("out of memory");
    char *rest = (char *)text.data;
    for (size_t i = 0; i < lines.count; i++)
        lines.line[i] = strsep(&rest, "\n");
    return lines;
}

/* ---- figures ---- */

struct load_window load_window_now(const struct load_options *options)
{
    int64_t now = link_clock_us();
    return (struct load_window){now + options->warm_ms * 1000, now + options->run_ms * 1000};
}

static void reserve(struct load_tally *tally, size_t room)
{
    if (room <= tally->room)
        return;
    tally->room = room < 2 * tally->room ? 2 * tally->room : room + 4096;
    tally->us = realloc(tally->us, tally->room * sizeof *tally->us);
    if (!tally->us)
        load_die("out of memory");
}

void load_tally_add(struct load_tally *tally, const struct load_window *window, int64_t us,
                    uint64_t bytes)
{
    int64_t now = link_clock_us();
    tally->all++;
    if (now < window->from || now >= window->until)
        return;
    reserve(tally, tally->counted + 1);
    tally->us[tally->counted++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
    tally->bytes += bytes;
}

void load_tally_merge(struct load_tally *tally, const struct load_tally *more)
{
    reserve(tally, tally->counted + more->counted);
    if (more->counted > 0)
        memcpy(tally->us + tally->counted, more->us, more->counted * sizeof *more->us);
    tally->counted += more->counted;
    tally->all += more->all;
    tally->bytes += more->bytes;
}

void load_tally_free(struct load_tally *tally)
{
    free(tally->us);
    *tally = (struct load_tally){0};
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static unsigned quantile(const struct load_tally *tally, unsigned percent)
{
    return tally->counted ? tally->us[(tally->counted - 1) * percent / 100] : 0;
}

void load_tally_print(struct load_tally *tally, const struct load_window *window,
                      const char *prefix)
{
    double seconds = (double)(window->until - window->from) / 1e6;
    if (tally->counted > 0)
        qsort(tally->us, tally->counted, sizeof *tally->us, by_size);
    printf(
        "\"%sall\": %llu, \"%srate\": %.2f, \"%sbytes\": %llu, \"%sp50_us\": %u, \"%sp99_us\": %u",
        prefix, (unsigned long long)tally->all, prefix, (double)tally->counted / seconds, prefix,
        (unsigned long long)tally->bytes, prefix, quantile(tally, 50), prefix, quantile(tally, 99));
}

/* ---- options ---- */

enum { OPT_PORT = 1, OPT_LINKS, OPT_THREADS, OPT_MS, OPT_WARM, OPT_LIST, OPT_SKIP };

static bool take_number(struct load_options *options, int option, uint64_t number)
{
    switch (option) {
    case OPT_PORT:
        options->port = (uint16_t)number;
        return number <= UINT16_MAX;
    case OPT_LINKS:
        options->links = (unsigned)number;
        return number > 0;
    case OPT_THREADS:
        options->threads = (unsigned)number;
        return number > 0 && number <= LOAD_THREADS_MAX;
    case OPT_MS:
        options->run_ms = (int64_t)number;
        return true;
    case OPT_WARM:
        options->warm_ms = (int64_t)number;
        return true;
    case OPT_SKIP:
        options->skip = number;
        return true;
    default:
        return false;
    }
}

static bool read_options(int argc, char **argv, struct load_options *options)
{
    static const struct option table[] = {
        {"port", required_argument, NULL, OPT_PORT},
        {"links", required_argument, NULL, OPT_LINKS},
        {"threads", required_argument, NULL, OPT_THREADS},
        {"ms", required_argument, NULL, OPT_MS},
        {"warm-ms", required_argument, NULL, OPT_WARM},
        {"list", required_argument, NULL, OPT_LIST},
        {"skip", required_argument, NULL, OPT_SKIP},
        {0},
    };
    uint64_t number;
    for (int option; (option = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        if (option == OPT_LIST)
            options->list = optarg;
        else if (option == '?' || !text_to_u64(optarg, 0, 100000000, &number) ||
                 !take_number(options, option, number))
            return false;
    }
    options->photos = argv + optind;
    options->photo_count = (size_t)(argc - optind);
    return options->warm_ms < options->run_ms && options->photo_count <= LOAD_PHOTOS_MAX;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const struct load_options *options);
        bool wants_target; /* a port and a list */
        bool wants_photos;
    } modes[] = {{"get", load_get, true, false},
                 {"upload", load_upload, true, true},
                 {"hold", load_hold, true, true},
                 {"sink", load_sink, false, false}};
    struct load_options options = {.links = 16, .threads = 1, .run_ms = 3000, .warm_ms = 300};
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; argc > 1 && i < ARRAY_LEN(modes); i++) {
        if (strcmp(argv[1], modes[i].name) != 0)
            continue;
        if (read_options(argc - 1, argv + 1, &options) &&
            modes[i].wants_photos == (options.photo_count > 0) &&
            (!modes[i].wants_target || (options.port && options.list)))
            return modes[i].run(&options);
    }
    fputs(usage, stderr);
    return 2;
}
