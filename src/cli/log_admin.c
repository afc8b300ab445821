/* SPDX-License-Identifier: Apache-2.0
 *
 * A new log is opened with data and keys locked, so no server can run meanwhile.
 */
#include "cli/log_admin.h"

#include <jansson.h>

#include "cli/cli.h"
#include "cli/data.h"
#include "store/store.h"

static const char *const state_words[] = {
    [LEDGER_SIGNS] = "signs",
    [LEDGER_OFF] = "off",
    [LEDGER_BEHIND] = "behind",
    [LEDGER_DAMAGED] = "damaged",
};

static int fail_keys(const struct settings *settings, int outcome)
{
    return cli_fail("cannot use the key folder %s: %s", settings->server.keys,
                    outcome == KEYS_IN_USE ? "the server is running on it: stop it first"
                                           : keys_outcome_text(outcome));
}

int log_admin_peek(const struct settings *settings, struct ledger_facts *facts_out,
                   struct note_key *key_out)
{
    char name[DATA_NAME_ROOM];
    struct db *db = NULL;
    struct keys *keys = NULL;
    struct keys_config config = data_keys(settings, KEYS_MUST_EXIST);
    int result = data_open(settings, DATA_MUST_EXIST, &db);
    if (result != 0)
        return result;
    result = keys_open_secrets(&config, &keys);
    if (result != 0)
        result = fail_keys(settings, result);
    if (result == 0) {
        struct ledger_config ledger = data_ledger(settings, db, keys, name);
        result = ledger_peek(&ledger, facts_out, key_out);
        if (result != 0)
            result = cli_fail("cannot read the ledger: %s", cli_fault_text(result));
    }
    keys_close(&keys);
    db_close(&db);
    return result;
}

static int print_facts(const struct ledger_facts *facts, const struct note_key *key)
{
    char text[NOTE_KEY_ROOM] = "";
    if (facts->number > 0)
        note_key_format(key, text);
    json_t *json = json_pack("{s:s, s:s, s:i, s:I, s:I, s:s?}", "state", state_words[facts->state],
                             "says", ledger_state_text(facts->state), "log", facts->number,
                             "entries", (json_int_t)facts->size, "waiting",
                             (json_int_t)facts->queued, "log_key", *text ? text : NULL);
    if (!json)
        return cli_fail("there is no memory");
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(json);
    return 0;
}

int log_admin_show(const struct settings *settings, const char *unused)
{
    (void)unused;
    struct ledger_facts facts;
    struct note_key key;
    int result = log_admin_peek(settings, &facts, &key);
    return result == 0 ? print_facts(&facts, &key) : result;
}

/* With everything open and locked. */
static int continue_with(const struct settings *settings, struct db *db, struct keys *keys)
{
    char name[DATA_NAME_ROOM];
    struct ledger *ledger = NULL;
    struct ledger_facts facts = {.state = LEDGER_OFF};
    struct note_key key = {.name = ""};
    struct ledger_config config = data_ledger(settings, db, keys, name);
    int result = ledger_open(&config, &ledger);
    if (result == 0)
        result = ledger_continue(ledger);
    if (result == 0)
        result = ledger_look(ledger, &facts);
    if (result == 0 && !ledger_key(ledger, &key))
        result = LEDGER_ABSENT;
    ledger_free(&ledger);
    if (result == LEDGER_ABSENT)
        return cli_fail(
            "ledger-continue: the log signs as it is, or the ledger is off: nothing was "
            "changed");
    return result == 0 ? print_facts(&facts, &key)
                       : cli_fail("ledger-continue: %s", cli_fault_text(result));
}

int log_admin_continue(const struct settings *settings, const char *unused)
{
    (void)unused;
    int lock = -1;
    struct db *db = NULL;
    struct keys *keys = NULL;
    struct keys_config config = data_keys(settings, KEYS_MUST_EXIST);
    int result = data_open(settings, DATA_MUST_EXIST, &db);
    if (result != 0)
        return result;
    result = data_lock(settings, &lock);
    if (result == 0) {
        int outcome = keys_open(&config, &keys);
        result = outcome == 0 ? continue_with(settings, db, keys) : fail_keys(settings, outcome);
        keys_close(&keys);
        close(lock);
    }
    db_close(&db);
    return result;
}
