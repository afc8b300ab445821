/* SPDX-License-Identifier: Apache-2.0
 *
 * `porchlight admin`: the table of actions. All but key-rotate work beside a running server, for
 * they need the database and the secrets only.
 */
#include "cli/admin.h"

#include <errno.h>
#include <stdarg.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/channels.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/data.h"
#include "cli/log_admin.h"
#include "cli/secrets.h"
#include "cli/texts.h"
#include "crypto/crypto.h"
#include "store/store.h"

enum { ARENA_CEILING = 16 << 20 };

/* Flags that an action knows beside the settings. */
enum own_flag {
    FLAG_NAME = 1,
    FLAG_SHIPPER = 2,
    FLAG_NEXT_MASTER = 4,
    FLAG_ROLE = 8,
    FLAG_SHIPPERS = 16
};

struct action {
    const char *name;
    const char
        *words[ADMIN_WORDS]; /* what it wants, in order; one that ends in "...": any number */
    unsigned flags;
    const char *help;
    admin_preparation *prepare; /* NULL: nothing */
    admin_action *run;          /* NULL: `alone` */
    /* Does all of it itself, prints what it has to say, and gives the exit status. `word` is its
     * first word, or without one the argument of --next-master-file. */
    int (*alone)(const struct settings *settings, const char *word);
};

/* An action without flags or preparation. */
#define PLAIN(name, help, run, ...)                                                                \
    {                                                                                              \
        name, {__VA_ARGS__}, 0, help, NULL, run, NULL                                              \
    }

static int rotate(const struct settings *settings, const char *next_master_file);

static const struct action actions[] = {
    PLAIN("shipper-add", "a shipper with its first API key", people_add_shipper, "NAME"),
    PLAIN("shipper-list", "all shippers, their settings and keys", people_list_shippers, NULL),
    {"api-key-add", {"SHIPPER"}, FLAG_NAME, "one more API key", NULL, people_add_key, NULL},
    PLAIN("api-key-revoke", "ends an API key (the key, or its mark)", people_revoke_key, "API-KEY"),
    PLAIN("driver-add", "a driver with a pairing code", people_add_driver, "SHIPPER", "NAME"),
    PLAIN("driver-list", "its drivers and their devices", rounds_list_drivers, "SHIPPER"),
    PLAIN("driver-revoke", "shuts a driver out at once", people_revoke_driver, "DRIVER"),
    PLAIN("device-revoke", "shuts one phone out at once", rounds_revoke_device, "DEVICE"),
    {"agent-add",
     {"EMAIL"},
     FLAG_NAME | FLAG_SHIPPER | FLAG_SHIPPERS | FLAG_ROLE,
     "support, or --role dispatcher or administrator; without --shipper, of every shipper",
     people_prepare_agent,
     people_add_agent,
     NULL},
    PLAIN("agent-list", "all agents, with the numbers that recipients read", people_list_agents,
          NULL),
    {"agent-reset",
     {"EMAIL"},
     0,
     "ends an agent's passkeys, password and sessions; a new invitation",
     people_prepare_reset,
     people_reset_agent,
     NULL},
    PLAIN("agent-disable", "shuts an agent out at once", people_disable_agent, "EMAIL"),
    PLAIN("agent-unbind", "forgets who the agent is at the sign-in provider", people_unbind_agent,
          "EMAIL"),
    {"deliveries-import",
     {"FILE"},
     FLAG_SHIPPER,
     "a CSV file of deliveries, all or none",
     rounds_prepare_import,
     rounds_import,
     NULL},
    PLAIN("round-set", "a driver's round, in this order, and nothing else", rounds_set_round,
          "DRIVER", "DELIVERY..."),
    PLAIN("round-show", "a driver's open stops, in order", rounds_show_round, "DRIVER"),
    PLAIN("delivery-tracking", "the tracking link of a delivery", work_tracking, "DELIVERY"),
    PLAIN("tracking-renew", "a new tracking link; the older ones are unknown at once",
          work_renew_tracking, "DELIVERY"),
    PLAIN("photo-list", "photos that were set aside", work_list_set_aside, NULL),
    PLAIN("photo-retry", "judges a photo that was set aside again", work_retry_photo, "PHOTO"),
    PLAIN("photo-drop", "erases a photo that was set aside", work_drop_photo, "PHOTO"),
    PLAIN("webhook-list", "where a shipper's systems are told of events", webhooks_list_of,
          "SHIPPER"),
    PLAIN("webhook-stop", "stops a webhook; its shipper cannot start it", webhooks_stop, "WEBHOOK"),
    PLAIN("webhook-start", "starts a webhook again, however it stopped", webhooks_start, "WEBHOOK"),
    PLAIN("job-list", "work of every kind that was set aside", work_list_jobs, NULL),
    PLAIN("job-retry", "has work that was set aside tried again", work_retry_job, "JOB"),
    PLAIN("notice-list", "notices that were set aside", work_list_notices, NULL),
    PLAIN("notice-retry", "has a notice that was set aside sent again", work_retry_notice,
          "NOTICE"),
    {"key-rotate",
     {NULL},
     FLAG_NEXT_MASTER,
     "a new master key; the server must be stopped",
     NULL,
     NULL,
     rotate},
    {"erasures",
     {"SINCE"},
     0,
     "the journal of erasures since a day, as text, to be kept elsewhere",
     NULL,
     NULL,
     erasures_print},
    {"erase-again",
     {"RECEIPT"},
     0,
     "erases a photo that a restore brought back, by the receipt of its erasure",
     erasures_prepare,
     erasures_again,
     NULL},
    {"ledger-show",
     {NULL},
     0,
     "the evidence log, and whether it signs",
     NULL,
     NULL,
     log_admin_show},
    {"ledger-continue",
     {NULL},
     0,
     "a new log after a restore; the server must be stopped",
     NULL,
     NULL,
     log_admin_continue},
    PLAIN("stats", "what waits, and how much there is", work_stats, NULL),
};

/* ---- for the actions ---- */

int admin_refuse(struct admin_call *call, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(call->refusal, sizeof call->refusal, format, args);
    va_end(args);
    return ADMIN_REFUSED;
}

int admin_answer(struct admin_call *call, json_t *answer)
{
    json_decref(call->answer);
    call->answer = answer;
    return answer ? 0 : log_fault("admin.answer", -ENOMEM, "what=memory");
}

struct performance {
    admin_action *action;
    struct admin_call *call;
};

static int perform(struct db_tx *tx, void *arg)
{
    struct performance *performance = arg;
    return performance->action(tx, performance->call);
}

int admin_perform(struct db *db, admin_preparation *prepare, admin_action *action,
                  struct admin_call *call)
{
    struct performance performance = {action, call};
    int result = prepare ? prepare(call) : 0;
    if (result == 0)
        result = db_write(db, perform, &performance);
    crypto_wipe(&call->login, sizeof call->login);
    return result > 0 && !*call->refusal ? admin_refuse(call, "there is no such one") : result;
}

/* ---- the command ---- */

static int list_actions(void)
{
    puts("porchlight admin --data FOLDER ACTION; each prints one JSON object:\n");
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        char line[120] = "";
        const struct action *action = &actions[i];
        snprintf(line, sizeof line, "%s%s%s%s%s%s%s%s%s", action->name, action->words[0] ? " " : "",
                 action->words[0] ? action->words[0] : "", action->words[1] ? " " : "",
                 action->words[1] ? action->words[1] : "",
                 action->flags & FLAG_NAME ? " [--name]" : "",
                 action->flags & FLAG_SHIPPERS  ? " [--shipper...]"
                 : action->flags & FLAG_SHIPPER ? " [--shipper]"
                                                : "",
                 action->flags & FLAG_ROLE ? " [--role]" : "",
                 action->flags & FLAG_NEXT_MASTER ? " [--next-master-file]" : "");
        printf("  %-46s %s\n", line, action->help);
    }
    return 0;
}

/* What is said of a key folder that does not open. */
static int fail_keys(const struct settings *settings, int outcome)
{
    if (outcome == KEYS_IN_USE)
        return cli_fail("the server is running on %s: stop it first", settings->server.keys);
    return cli_fail("cannot use the key folder %s: %s", settings->server.keys,
                    keys_outcome_text(outcome));
}

static int rotate(const struct settings *settings, const char *next_master_file)
{
    struct keys *keys;
    struct keys_facts facts;
    char mark[2 * KEYS_MARK + 1];
    struct keys_config config = data_keys(settings, KEYS_MUST_EXIST);
    int result = keys_open(&config, &keys);
    if (result != 0)
        return fail_keys(settings, result);
    result = keys_rotate(keys, next_master_file);
    keys_look(keys, &facts);
    keys_close(&keys);
    if (result == KEYS_ABSENT)
        return cli_fail("the master key is handed in from outside: name the file with the next one "
                        "with --next-master-file");
    if (result == KEYS_WRONG_MASTER)
        return cli_fail("the master key is Porchlight's own here: leave --next-master-file away");
    if (result != 0)
        return cli_fail("the master key was not changed: %s", keys_outcome_text(result));
    for (size_t i = 0; i < KEYS_MARK; i++)
        snprintf(mark + 2 * i, 3, "%02x", facts.master_mark[i]);
    printf("{\"master_mark\": \"%s\", \"keys\": %llu, \"replace_master_key_file\": %s}\n", mark,
           (unsigned long long)facts.slots_used, facts.rotation_awaits_master ? "true" : "false");
    return 0;
}

/* Opens what an action needs, performs it and prints the object. */
static int perform_action(const struct settings *settings, const struct action *action,
                          struct admin_call *call)
{
    struct recorder recorder;
    struct api api = {
        .settings = settings, .origin = settings->server.public_url, .recorder = &recorder};
    struct keys *keys = NULL;
    struct db *db = NULL;
    int result = data_open(settings, DATA_MUST_EXIST, &db);
    if (result != 0)
        return result;
    struct keys_config config = data_keys(settings, KEYS_MUST_EXIST);
    result = keys_open_secrets(&config, &keys);
    if (result != 0) {
        db_close(&db);
        return fail_keys(settings, result);
    }
    secrets_fill(keys, &api);
    secrets_lend(keys, db);
    ledger_recorder_fill(keys, &recorder);
    recorder.off = !settings->ledger.on;
    keys_close(&keys);
    struct channel channels[NOTICE_CHANNEL_COUNT];
    struct channel_parts parts = {.settings = settings};
    if (texts_open(settings, &api, &parts.sms, &parts.relay) != 0) {
        db_close(&db);
        crypto_wipe(&api, sizeof api);
        crypto_wipe(&recorder, sizeof recorder);
        return CLI_FAILED;
    }
    struct tell tell = {.channels = channels, .channel_count = channels_fill(&parts, channels)};
    /* cppcheck-suppress autoVariables ; taken back below */
    call->api = &api;
    call->telling = (struct telling){.tell = &tell, .arena = call->arena};
    call->now = clock_now();
    result = admin_perform(db, action->prepare, action->run, call);
    call->api = NULL;
    call->telling = (struct telling){0};
    texts_close(&parts.sms, &parts.relay);
    db_close(&db);
    crypto_wipe(&api, sizeof api);
    crypto_wipe(&recorder, sizeof recorder);
    if (result == ADMIN_REFUSED)
        return cli_fail("%s: %s", action->name, call->refusal);
    if (result != 0)
        return cli_fail("%s: %s", action->name, cli_fault_text(result));
    json_dumpf(call->answer, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
    return 0;
}

static const struct action *action_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(actions); i++)
        if (strcmp(name, actions[i].name) == 0)
            return &actions[i];
    return NULL;
}

static bool is_many(const char *word)
{
    size_t len = strlen(word);
    return len > 3 && strcmp(word + len - 3, "...") == 0;
}

/* Every word that is wanted, and no other. */
static int take_words(const struct action *action, int argc, char **argv, struct admin_call *call)
{
    int taken = 0;
    for (; taken < ADMIN_WORDS && action->words[taken]; taken++) {
        if (is_many(action->words[taken])) {
            call->rest = (const char *const *)argv + taken + 2;
            call->rest_count = argc - taken - 2;
            return 0;
        }
        if (taken + 2 >= argc)
            return cli_usage("`admin %s` wants %s", action->name, action->words[taken]);
        call->words[taken] = argv[taken + 2];
    }
    return argc > taken + 2 ? cli_usage("`admin %s` takes no further word such as \"%s\"",
                                        action->name, argv[taken + 2])
                            : 0;
}

int admin_run(int argc, char **argv)
{
    struct settings settings;
    struct admin_call call = {0};
    const char *next_master = NULL;
    bool has_name = false, has_shipper = false, has_next = false, has_role = false;
    const struct cli_flag flags[] = {{"name", &call.name, &has_name},
                                     {"shipper...", call.shippers, &has_shipper},
                                     {"role", &call.role, &has_role},
                                     {"next-master-file", &next_master, &has_next},
                                     {NULL, NULL, NULL}};
    if (argc == 1)
        return list_actions();
    int result = cli_load(&settings, &argc, argv, flags);
    if (result != 0)
        return result;
    if (argc < 2)
        return list_actions();
    const struct action *action = action_named(argv[1]);
    if (!action)
        return cli_usage("there is no `admin %s`; `porchlight admin` lists what there is", argv[1]);
    unsigned given = (has_name ? FLAG_NAME : 0u) | (has_shipper ? FLAG_SHIPPER : 0u) |
                     (has_next ? FLAG_NEXT_MASTER : 0u) | (has_role ? FLAG_ROLE : 0u);
    if (given & ~action->flags)
        return cli_usage("`admin %s` takes no %s", action->name,
                         given & ~action->flags & FLAG_NAME      ? "--name"
                         : given & ~action->flags & FLAG_SHIPPER ? "--shipper"
                         : given & ~action->flags & FLAG_ROLE    ? "--role"
                                                                 : "--next-master-file");
    if (call.shippers[0] && call.shippers[1] && !(action->flags & FLAG_SHIPPERS))
        return cli_usage("`admin %s` takes one --shipper", action->name);
    result = take_words(action, argc, argv, &call);
    if (result != 0)
        return result;
    if (action->alone)
        return action->alone(&settings, call.words[0] ? call.words[0] : next_master);
    call.arena = arena_new(ARENA_CEILING);
    result = call.arena ? perform_action(&settings, action, &call) : cli_fail("there is no memory");
    json_decref(call.answer);
    arena_free(&call.arena);
    return result;
}
