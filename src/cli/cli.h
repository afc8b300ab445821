/* SPDX-License-Identifier: Apache-2.0
 *
 * What the subcommands share: reading a command line, and saying what went wrong.
 */
#ifndef PORCHLIGHT_CLI_H
#define PORCHLIGHT_CLI_H

#include "base/buf.h"
#include "settings/settings.h"

enum { CLI_FAILED = 1, CLI_USAGE = 2 };

/* Prints "porchlight: …" and a newline on stderr: what happened, and what to do about it. Gives
 * CLI_FAILED. */
int cli_fail(const char *format, ...) PRINTF_LIKE(1, 2);
/* The same for a command line that is not right; gives CLI_USAGE. */
int cli_usage(const char *format, ...) PRINTF_LIKE(1, 2);

/* What a fault means to the person who runs the program: "the disk is full", or strerror's words.
 */
const char *cli_fault_text(int fault);

/* A flag of a subcommand's own, beside the settings. */
enum { CLI_MANY = 200 };

struct cli_flag {
    const char *name;   /* without "--"; one that ends in "...": may be given CLI_MANY times */
    const char **value; /* set to the flag's argument; NULL: the flag stands alone. Of one that may
                           be given often, the first of CLI_MANY and a NULL behind them */
    bool *set;          /* set to true when the flag is there; may be NULL */
};

/* Loads the settings, then the subcommand's own flags, and leaves its words in argv[1..*argc). Also
 * sets the log's level. 0 or CLI_USAGE, said. `flags` ends with a NULL name. */
int cli_load(struct settings *settings, int *argc, char **argv, const struct cli_flag *flags);

/* Refuses words that are left: CLI_USAGE, said, or 0. */
int cli_no_words(int argc, char **argv);

/* Reads a whole file into `out`, which is to be freed in any case. 0 or CLI_FAILED, said. */
int cli_read_file(const char *path, size_t ceiling, struct buf *out);

#endif
