/* SPDX-License-Identifier: Apache-2.0
 *
 * What the modes of bench-load share: their options, the files they are given, and the figures that
 * they print.
 */
#ifndef PORCHLIGHT_BENCH_LOAD_H
#define PORCHLIGHT_BENCH_LOAD_H

#include "link.h"

enum { LOAD_PHOTOS_MAX = 1024, LOAD_THREADS_MAX = 16 };

struct load_options {
    uint16_t port;
    unsigned links, threads;
    int64_t run_ms, warm_ms; /* the first warm_ms of run_ms do not count */
    const char *list;        /* of targets, or of stops */
    size_t skip;             /* lines of the list used before */
    char **photos;           /* what is left of the command line */
    size_t photo_count;
};

/* Answers counted: how many, and how long each took. Ends the program when memory is short. */
struct load_tally {
    uint64_t all, counted; /* `counted` after the warming up and before the end */
    uint64_t bytes;        /* of the counted */
    uint32_t *us;          /* of each counted one */
    size_t room;
};

/* When a run began, when it counts from, and when it ends, on link_clock_us. */
struct load_window {
    int64_t from, until;
};

struct load_window load_window_now(const struct load_options *options);

/* Counts one answer that came now. */
void load_tally_add(struct load_tally *tally, const struct load_window *window, int64_t us,
                    uint64_t bytes);
void load_tally_merge(struct load_tally *tally, const struct load_tally *more);
void load_tally_free(struct load_tally *tally);

/* Prints `"all": …, "rate": …, "bytes": …, "p50_us": …, "p99_us": …` without braces; the name is
 * put before each. Sorts the tally. */
void load_tally_print(struct load_tally *tally, const struct load_window *window,
                      const char *prefix);

/* Reads a text file and splits it into its lines, in place. Ends the program when it cannot. */
struct load_lines {
    char **line;
    size_t count;
};
struct load_lines load_lines_read(const char *path);
struct span load_file_read(const char *path);

/* Gives up with a message. */
void load_die(const char *format, ...) PRINTF_LIKE(1, 2) __attribute__((noreturn));

/* The modes: 0 or 1, to be main's result. */
int load_get(const struct load_options *options);
int load_upload(const struct load_options *options);
int load_hold(const struct load_options *options);
int load_sink(const struct load_options *options);

#endif
