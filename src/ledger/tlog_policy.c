/* SPDX-License-Identifier: Apache-2.0
 *
 * A group's members stand above it, so one pass from the top answers every group.
 */
#include "ledger/tlog_policy.h"

#include "base/text.h"

enum { LINE = 4096, WORDS = 2 + TLOG_POLICY_MEMBERS + 1 };

/* Parts a line at its white space. -1: too many words. */
static int split(char *line, char *words[WORDS])
{
    int count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
        if (count == WORDS)
            return -1;
        words[count++] = word;
    }
    return count;
}

static int member_named(const struct tlog_policy *policy, const char *name)
{
    for (int i = 0; i < policy->member_count; i++)
        if (strcmp(policy->members[i].name, name) == 0)
            return i;
    return -1;
}

/* A new member with a name of its own, or NULL. */
static struct tlog_member *add_member(struct tlog_policy *policy, const char *name)
{
    if (policy->member_count == TLOG_POLICY_MEMBERS || strlen(name) >= TLOG_POLICY_NAME ||
        strcmp(name, "none") == 0 || member_named(policy, name) >= 0)
        return NULL;
    struct tlog_member *member = &policy->members[policy->member_count];
    *member = (struct tlog_member){.is_group = false};
    memcpy(member->name, name, strlen(name) + 1);
    return member;
}

static bool take_log(struct tlog_policy *policy, char **words, int count)
{
    return count == 2 && policy->log_count < TLOG_POLICY_LOGS &&
           note_key_parse(words[1], &policy->logs[policy->log_count]) &&
           policy->logs[policy->log_count++].type == NOTE_LOG;
}

static bool take_witness(struct tlog_policy *policy, char **words, int count)
{
    struct tlog_member *member = count == 3 || count == 4 ? add_member(policy, words[1]) : NULL;
    if (!member || !note_key_parse(words[2], &member->key) || member->key.type != NOTE_WITNESS ||
        (count == 4 && strlen(words[3]) >= TLOG_POLICY_URL))
        return false;
    if (count == 4)
        memcpy(member->url, words[3], strlen(words[3]) + 1);
    policy->member_count++;
    return true;
}

static bool take_group(struct tlog_policy *policy, char **words, int count)
{
    struct tlog_member *group = count >= 4 ? add_member(policy, words[1]) : NULL;
    uint64_t threshold = 1;
    if (!group)
        return false;
    group->is_group = true;
    for (int i = 3; i < count; i++) {
        int member = member_named(policy, words[i]);
        if (member < 0 || group->members >> member & 1)
            return false;
        group->members |= UINT32_C(1) << member;
    }
    if (strcmp(words[2], "all") == 0)
        threshold = (uint64_t)count - 3;
    else if (strcmp(words[2], "any") != 0 &&
             !text_to_u64(words[2], 1, (uint64_t)count - 3, &threshold))
        return false;
    group->threshold = (int)threshold;
    policy->member_count++;
    return true;
}

static bool take_quorum(struct tlog_policy *policy, char **words, int count, bool *has_quorum)
{
    if (count != 2 || *has_quorum)
        return false;
    *has_quorum = true;
    policy->quorum = member_named(policy, words[1]);
    return policy->quorum >= 0 || strcmp(words[1], "none") == 0;
}

static bool take_line(struct tlog_policy *policy, char *line, bool *has_quorum)
{
    char *words[WORDS];
    int count = split(line, words);
    if (count == 0 || (count > 0 && words[0][0] == '#'))
        return true;
    if (count < 0)
        return false;
    if (strcmp(words[0], "log") == 0)
        return take_log(policy, words, count);
    if (strcmp(words[0], "witness") == 0)
        return take_witness(policy, words, count);
    if (strcmp(words[0], "group") == 0)
        return take_group(policy, words, count);
    return strcmp(words[0], "quorum") == 0 && take_quorum(policy, words, count, has_quorum);
}

int tlog_policy_parse(struct span text, struct tlog_policy *policy_out)
{
    char line[LINE];
    const uint8_t *at = text.data, *end = text.data + text.len;
    bool has_quorum = false;
    int number = 1;
    policy_out->log_count = policy_out->member_count = 0;
    policy_out->quorum = -1;
    if (text.len > TLOG_POLICY_CEILING || !text_is_clean((const char *)text.data, text.len, true))
        return number;
    for (; at < end; number++)
        if (!checkpoint_line(&at, end, line, sizeof line) ||
            !take_line(policy_out, line, &has_quorum))
            return number;
    return has_quorum ? 0 : number;
}

static void write_member(const struct tlog_policy *policy, const struct tlog_member *member,
                         struct buf *out)
{
    char key[NOTE_KEY_ROOM];
    if (!member->is_group) {
        note_key_format(&member->key, key);
        buf_printf(out, "witness %s %s%s%s\n", member->name, key, *member->url ? " " : "",
                   member->url);
        return;
    }
    buf_printf(out, "group %s %d", member->name, member->threshold);
    for (int i = 0; i < policy->member_count; i++)
        if (member->members >> i & 1)
            buf_printf(out, " %s", policy->members[i].name);
    buf_byte(out, '\n');
}

void tlog_policy_write(const struct tlog_policy *policy, const struct note_key *log,
                       struct buf *out)
{
    char key[NOTE_KEY_ROOM];
    note_key_format(log, key);
    buf_printf(out, "log %s\n", key);
    for (int i = 0; policy && i < policy->member_count; i++)
        write_member(policy, &policy->members[i], out);
    buf_printf(out, "quorum %s\n",
               policy && policy->quorum >= 0 ? policy->members[policy->quorum].name : "none");
}

void tlog_policy_ask(const struct tlog_policy *policy, const struct note *note,
                     struct tlog_seen *seen_out)
{
    uint32_t have = 0;
    *seen_out = (struct tlog_seen){0};
    for (int i = 0; i < policy->member_count; i++) {
        const struct tlog_member *member = &policy->members[i];
        int64_t time = 0;
        bool yes;
        if (member->is_group) {
            yes = __builtin_popcount(have & member->members) >= member->threshold;
        } else {
            yes = note_is_signed(note, &member->key, &time);
            seen_out->witnesses += yes;
            if (yes && (seen_out->time == 0 || time < seen_out->time))
                seen_out->time = time;
        }
        have |= (uint32_t)yes << i;
    }
    seen_out->enough = policy->quorum < 0 || have >> policy->quorum & 1;
}
