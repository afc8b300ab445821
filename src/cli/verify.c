/* SPDX-License-Identifier: Apache-2.0
 *
 * `porchlight verify FILE.zip --key KEY`: checks evidence offline, with no data and no server. The
 * key comes from the caller, never from the archive; with --policy the witnesses do too. What holds
 * is told line by line, and so is what it does not prove. Exit 1 when it does not hold, or when the
 * policy asks for more witnesses than have signed.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "ledger/evidence.h"

/* Reads a whole file. 0 or CLI_FAILED, said. */
static int read_file(const char *path, size_t ceiling, struct buf *out)
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
    return out->failed ? cli_fail("%s is larger than any that Porchlight writes", path) : 0;
}

static void tell_time(const struct evidence_found *found, const char *what, const char *key)
{
    char value[64];
    if (evidence_value(found->manifest, key, value, sizeof value))
        printf("            %s %s\n", what, value);
}

static void tell_found(const struct evidence_found *found)
{
    char delivery[64] = "?", step[64] = "?", at[64] = "?";
    if (!evidence_value(found->manifest, "delivery", delivery, sizeof delivery) ||
        !evidence_value(found->manifest, "step", step, sizeof step) ||
        !evidence_value(found->manifest, "at", at, sizeof at))
        puts("note        the manifest leaves out delivery, step or time");
    puts("ok  photo       photo.jpg is the photo that the manifest names");
    printf("ok  manifest    the log's entry commits to it: %s %s %s\n", delivery, step, at);
    tell_time(found, "    taken, by the phone's clock:", "captured_at");
    tell_time(found, "    received, by the server's:  ", "received_at");
    printf("ok  log         it is entry %llu of %llu in %s\n", (unsigned long long)found->index,
           (unsigned long long)found->checkpoint.head.size, found->checkpoint.origin);
    puts("ok  signature   the log's checkpoint is signed with the key that was given");
}

/* What the witnesses come to. True: the policy has enough. */
static bool tell_witnesses(const struct tlog_policy *policy, const struct evidence_found *found)
{
    struct tlog_seen seen = {.enough = true};
    char when[CLOCK_TEXT_ROOM];
    if (policy)
        tlog_policy_ask(policy, &found->note, &seen);
    if (seen.witnesses > 0) {
        clock_format(seen.time * CLOCK_SECOND, when);
        printf("%s  witnesses   %d of the policy's have seen this checkpoint, the first at %s\n",
               seen.enough ? "ok" : "NO", seen.witnesses, when);
    } else if (!seen.enough) {
        puts("NO  witnesses   none of the policy's has seen this checkpoint");
    } else {
        puts("--  witnesses   none: the log's operator could show others another log");
    }
    return seen.enough;
}

static int tell_verdict(const struct tlog_policy *policy, const struct evidence_found *found)
{
    tell_found(found);
    bool enough = tell_witnesses(policy, found);
    bool witnessed = policy && policy->quorum >= 0 && enough;
    puts("--  time stamp  none: the times are the operator's and the phone's word\n");
    if (!enough) {
        puts("The evidence is consistent, and the policy's quorum of witnesses has not seen it.");
        return CLI_FAILED;
    }
    printf("The evidence holds: consistent, %s. It says which bytes the server took for this\n"
           "delivery and what it said of them, not what was in front of the camera.\n",
           witnessed ? "witnessed" : "not witnessed");
    return 0;
}

/* The key as it is, or the first line of the file that @ names. */
static int read_key(const char *text, struct note_key *key)
{
    struct buf bytes AUTO_BUF;
    buf_init(&bytes, NOTE_KEY_ROOM);
    if (*text == '@') {
        int result = read_file(text + 1, NOTE_KEY_ROOM, &bytes);
        if (result != 0)
            return result;
        if (bytes.len && bytes.data[bytes.len - 1] == '\n')
            bytes.data[bytes.len - 1] = '\0';
        text = bytes.len ? (const char *)bytes.data : "";
    }
    return note_key_parse(text, key) && key->type == NOTE_LOG
               ? 0
               : cli_usage("this is not the key of a log; it looks like name+01234567+AQ…, and "
                           "/log/key of the server has it");
}

static int read_policy(const char *path, struct tlog_policy *policy)
{
    struct buf bytes AUTO_BUF;
    int result = read_file(path, TLOG_POLICY_CEILING, &bytes);
    if (result != 0)
        return result;
    int line = tlog_policy_parse((struct span){bytes.data, bytes.len}, policy);
    return line == 0 ? 0 : cli_usage("line %d of %s is not right", line, path);
}

/* Room for what is checked: large, and one a run. */
struct room {
    struct evidence_found found;
    struct tlog_policy policy;
    struct note_key key;
    struct buf archive;
};

static int verify(struct room *room, const char *file, const char *key, const char *policy)
{
    int result = read_key(key, &room->key);
    if (result == 0 && policy)
        result = read_policy(policy, &room->policy);
    if (result == 0)
        result = read_file(file, EVIDENCE_CEILING, &room->archive);
    if (result != 0)
        return result;
    enum evidence_outcome outcome = evidence_check(
        (struct span){room->archive.data, room->archive.len}, &room->key, &room->found);
    if (outcome == EVIDENCE_HOLDS)
        return tell_verdict(policy ? &room->policy : NULL, &room->found);
    return cli_fail("%s DOES NOT HOLD: %s", file, evidence_outcome_text(outcome));
}

int verify_run(int argc, char **argv)
{
    struct settings settings;
    const char *key = NULL, *policy = NULL;
    const struct cli_flag flags[] = {
        {"key", &key, NULL}, {"policy", &policy, NULL}, {NULL, NULL, NULL}};
    int result = cli_load(&settings, &argc, argv, flags);
    if (result != 0)
        return result;
    if (argc != 2 || !key)
        return cli_usage("`porchlight verify` wants FILE.zip and --key KEY");
    AUTO_FREE struct room *room = calloc(1, sizeof *room);
    if (!room)
        return cli_fail("there is no memory");
    result = verify(room, argv[1], key, policy);
    buf_free(&room->archive);
    return result;
}
