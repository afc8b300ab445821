/* SPDX-License-Identifier: Apache-2.0
 *
 * Checkpoints (C2SP tlog-checkpoint): the head of a log as text of three lines (origin, size, root
 * in base64), which a note signs. Lines after those are extensions, and are passed over. Pure.
 */
#ifndef PORCHLIGHT_CHECKPOINT_H
#define PORCHLIGHT_CHECKPOINT_H

#include "ledger/note.h"
#include "ledger/tree.h"

/* Room for the text of one of ours, with its NUL. */
enum { CHECKPOINT_ROOM = NOTE_NAME_ROOM + 80 };

struct checkpoint {
    char origin[NOTE_NAME_ROOM];
    struct tree_head head;
};

/* Writes the text, without signatures. */
void checkpoint_format(const struct checkpoint *checkpoint, char out[CHECKPOINT_ROOM]);

/* Reads the text of a note. False: not a checkpoint. */
bool checkpoint_parse(struct span text, struct checkpoint *checkpoint_out) MUST_CHECK;

/* Reads a note whose text is a checkpoint of the log that has this key: its origin is the key's
 * name, and it is signed with it. False otherwise. */
bool checkpoint_open(struct span bytes, const struct note_key *log, struct note *note_out,
                     struct checkpoint *checkpoint_out) MUST_CHECK;

/* Reads one line of ASCII up to `end`, without its line break, into `out` (NUL-terminated), and
 * moves *at behind it. False: no line break, too long, or a NUL in it. For the formats of lines
 * that are built around checkpoints. */
bool checkpoint_line(const uint8_t **at, const uint8_t *end, char *out, size_t room) MUST_CHECK;

#endif
