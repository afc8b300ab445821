/* SPDX-License-Identifier: Apache-2.0
 *
 * `porchlight verify FILE.zip --key KEY`: checks evidence offline, with no data and no server. The
 * key comes from the caller, never from the archive; with --policy the witnesses do too, and with
 * --tsa-ca the time-stamping authority. What holds is told line by line, and so is what it does not
 * prove. Exit 1 when it does not hold, when the policy asks for more witnesses than have signed, or
 * when the time stamp is not one of this checkpoint.
 */
#include <errno.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "crypto/stamp.h"
#include "ledger/evidence.h"

/* Whom the caller trusts beside the log. */
struct trust {
    const struct tlog_policy *policy; /* NULL: no witness is asked for */
    const char *tsa_ca;               /* NULL: no authority is trusted */
};

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
    if (found->without_photo)
        puts("--  photo       none: this proves that someone looked, and shows nothing");
    else
        puts("ok  photo       photo.jpg is the photo that the manifest names");
    printf("ok  manifest    the log's entry commits to it: %s %s %s\n", delivery, step, at);
    tell_time(found, "    taken, by the phone's clock:", "captured_at");
    tell_time(found, "    received, by the server's:  ", "received_at");
    tell_time(found, "    looked: agent", "agent");
    tell_time(found, "    under case", "case_number");
    tell_time(found, "    without a case:", "break_glass");
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

/* What the time stamp comes to: 0, or CLI_FAILED when it is there and wrong. */
static int tell_stamp(const struct evidence_found *found, const char *ca_file, bool *stamped_out)
{
    int64_t time;
    char when[CLOCK_TEXT_ROOM];
    struct stamp_check check = {found->note.text, NULL, ca_file};
    *stamped_out = false;
    if (found->stamp.len == 0) {
        puts("--  time stamp  none: the times are the operator's and the phone's word");
        return 0;
    }
    int result = stamp_read(found->stamp, &check, &time);
    if (result < 0)
        return cli_fail("the certificates in %s cannot be read", ca_file);
    if (result > 0) {
        printf("NO  time stamp  checkpoint.tsr: %s\n", stamp_outcome_text(result));
        return CLI_FAILED;
    }
    clock_format(time, when);
    *stamped_out = ca_file != NULL;
    printf("%s  time stamp  the log held this entry at %s%s\n", ca_file ? "ok" : "--", when,
           ca_file ? "" : ", says whoever: --tsa-ca FILE would check the authority");
    return 0;
}

static int tell_verdict(const struct trust *trust, const struct evidence_found *found)
{
    bool stamped, enough;
    tell_found(found);
    enough = tell_witnesses(trust->policy, found);
    int result = tell_stamp(found, trust->tsa_ca, &stamped);
    bool witnessed = trust->policy && trust->policy->quorum >= 0 && enough;
    putchar('\n');
    if (result != 0 || !enough) {
        puts("The photo and its log are consistent, but what is marked NO above does not hold.");
        return CLI_FAILED;
    }
    printf("The evidence holds: consistent, %switnessed, %stime-stamped. It says which bytes the\n"
           "server took for this delivery and what it said of them, not what was in front of the\n"
           "camera.\n",
           witnessed ? "" : "not ", stamped ? "" : "not ");
    return 0;
}

/* The key as it is, or the first line of the file that @ names. */
static int read_key(const char *text, struct note_key *key)
{
    struct buf bytes AUTO_BUF;
    buf_init(&bytes, NOTE_KEY_ROOM);
    if (*text == '@') {
        int result = cli_read_file(text + 1, NOTE_KEY_ROOM, &bytes);
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
    int result = cli_read_file(path, TLOG_POLICY_CEILING, &bytes);
    if (result != 0)
        return result;
    int line = tlog_policy_parse((struct span){bytes.data, bytes.len}, policy);
    return line == 0 ? 0 : cli_usage("line %d of %s is not right", line, path);
}

/* The files that the caller names beside the archive; NULL where not given. */
struct files {
    const char *policy, *tsa_ca;
};

/* Room for what is checked: large, and one a run. */
struct room {
    struct evidence_found found;
    struct tlog_policy policy;
    struct note_key key;
    struct buf archive;
};

static int verify(struct room *room, const char *file, const char *key, const struct files *files)
{
    int result = read_key(key, &room->key);
    if (result == 0 && files->policy)
        result = read_policy(files->policy, &room->policy);
    if (result == 0)
        result = cli_read_file(file, EVIDENCE_CEILING, &room->archive);
    if (result != 0)
        return result;
    enum evidence_outcome outcome = evidence_check(
        (struct span){room->archive.data, room->archive.len}, &room->key, &room->found);
    if (outcome == EVIDENCE_HOLDS)
        return tell_verdict(&(struct trust){files->policy ? &room->policy : NULL, files->tsa_ca},
                            &room->found);
    return cli_fail("%s DOES NOT HOLD: %s", file, evidence_outcome_text(outcome));
}

int verify_run(int argc, char **argv)
{
    struct settings settings;
    const char *key = NULL;
    struct files files = {NULL, NULL};
    const struct cli_flag flags[] = {{"key", &key, NULL},
                                     {"policy", &files.policy, NULL},
                                     {"tsa-ca", &files.tsa_ca, NULL},
                                     {NULL, NULL, NULL}};
    int result = cli_load(&settings, &argc, argv, flags);
    if (result != 0)
        return result;
    if (argc != 2 || !key)
        return cli_usage("`porchlight verify` wants FILE.zip and --key KEY");
    AUTO_FREE struct room *room = calloc(1, sizeof *room);
    if (!room)
        return cli_fail("there is no memory");
    result = verify(room, argv[1], key, &files);
    buf_free(&room->archive);
    return result;
}
