/* SPDX-License-Identifier: Apache-2.0
 *
 * What a verifier trusts (C2SP tlog-policy): logs, witnesses, and how many witnesses must have seen
 * a checkpoint. One a line; a line that begins with '#' and an empty one are passed over:
 *
 *     log <key>
 *     witness <name> <key> [url]
 *     group <name> <number>|any|all <witness or group>...
 *     quorum <witness or group>|none
 *
 * Names are those of lines above. Exactly one quorum. Pure.
 */
#ifndef PORCHLIGHT_TLOG_POLICY_H
#define PORCHLIGHT_TLOG_POLICY_H

#include "ledger/checkpoint.h"

enum {
    TLOG_POLICY_CEILING = 64 << 10, /* bytes of a policy */
    TLOG_POLICY_LOGS = 8,
    TLOG_POLICY_MEMBERS = 32, /* witnesses and groups together */
    TLOG_POLICY_NAME = 64,    /* a name with its NUL */
    TLOG_POLICY_URL = 512,
};

/* A witness, or a group of members above it in the list. */
struct tlog_member {
    char name[TLOG_POLICY_NAME];
    bool is_group;
    struct note_key key;       /* a witness's */
    char url[TLOG_POLICY_URL]; /* a witness's, or "" */
    int threshold;             /* a group's */
    uint32_t members;          /* a group's: bit i is member i of the policy */
};

struct tlog_policy {
    int log_count, member_count;
    struct note_key logs[TLOG_POLICY_LOGS];
    struct tlog_member members[TLOG_POLICY_MEMBERS];
    int quorum; /* a member, or -1 for none */
};

/* 0, or the number of the line that is wrong; the line after the last one stands for a quorum that
 * is not there. `policy_out` is large: not for a small stack. */
int tlog_policy_parse(struct span text, struct tlog_policy *policy_out) MUST_CHECK;

/* Writes a policy of one log, with the witnesses, groups and quorum of `policy`; NULL: none. */
void tlog_policy_write(const struct tlog_policy *policy, const struct note_key *log,
                       struct buf *out);

/* How many of the policy's witnesses have signed the note, and whether they are enough. */
struct tlog_seen {
    int witnesses;
    bool enough;
    int64_t time; /* of the earliest of their signatures: seconds since 1970; 0: there is none */
};
void tlog_policy_ask(const struct tlog_policy *policy, const struct note *note,
                     struct tlog_seen *seen_out);

#endif
