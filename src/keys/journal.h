/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal of erasures: which photos were erased, when, and why, and nothing of anybody. It is
 * what a restore is held against: a copy of the data from before an erasure, restored together with
 * a copy of the keys from before it, would bring the photo back, if nothing remembered.
 *
 *     KEYS/erasures-2026-11-24     one file a day, appended to, a line an erasure:
 *     pho_… 2026-11-24T10:00:00.000Z by_recipient
 *
 * A line is on the disk before a receipt says that the photo is erased. A line that a crash cut
 * short is none, and is taken away by the next one. The files may be copied at any time, the
 * server running; put back beside those that are there, or into them, they are replayed at the next
 * start (cli/replay.h).
 *
 * A mark says how far the journal was: "2026-11-24 4711", the day's file and its length. The data
 * remembers the mark that it has come to; lines behind it are what it has not heard of.
 */
#ifndef PORCHLIGHT_JOURNAL_H
#define PORCHLIGHT_JOURNAL_H

#include "base/id.h"
#include "keys/keys.h"

#define JOURNAL_PREFIX "erasures-" /* of the files' names */

enum { JOURNAL_REASON_ROOM = 32, JOURNAL_MARK_ROOM = 40, JOURNAL_LINE_ROOM = 96 };

struct journal_line {
    char photo_id[ID_ROOM];
    int64_t at;
    char reason[JOURNAL_REASON_ROOM]; /* a word of a-z and _ */
};

/* Appends lines, durably, and gives the mark behind them (JOURNAL_MARK_ROOM bytes). Thread-safe.
 * KEYS_FULL, and then none of them is there, or a fault, after which no more is taken. */
int journal_add(struct keys *keys, const struct journal_line *lines, size_t count,
                char *mark_out) MUST_CHECK;

/* Calls `visit` for each whole line behind the mark ("" or NULL: from the beginning), oldest first,
 * with the mark behind it; non-zero ends the round and is returned. A line that is none is passed
 * over. For keys_open_secrets, too. */
typedef int journal_visit(void *context, const struct journal_line *line, const char *mark);
int journal_each(struct keys *keys, const char *mark, journal_visit *visit,
                 void *context) MUST_CHECK;

/* One line, without its line break, to text (JOURNAL_LINE_ROOM bytes) and back. False: it is none.
 */
void journal_format(const struct journal_line *line, char *out);
bool journal_parse(const char *text, struct journal_line *line_out) MUST_CHECK;

/* Removes the files of days before that of `before`. 0 or a fault. */
int journal_sweep(struct keys *keys, int64_t before) MUST_CHECK;

#endif
