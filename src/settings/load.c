/* SPDX-License-Identifier: Apache-2.0
 *
 * From defaults, file and flags to the settings of a run, in this order, each over the one before;
 * then what was left empty is filled in from the machine, and what two settings say together is
 * checked.
 */
#include <errno.h>
#include <sched.h>

#include "settings/table.h"

enum { FILE_CEILING = 256 << 10 }; /* bytes of a settings file */

static int refuse(char *error, size_t room, const char *what, const char *why)
{
    snprintf(error, room, "%s: %s", what, why);
    return SETTINGS_REFUSED;
}

void settings_defaults(struct settings *out)
{
    char error[SETTINGS_ERROR_ROOM];
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        /* The table is ours: a default outside its own range is a bug that a test finds. */
        if (setting_parse(&settings_table[i], settings_table[i].fallback, out, error, sizeof error))
            abort();
    }
}

static int read_file(struct settings *out, char *error, size_t room)
{
    const char *path = out->server.config;
    AUTO_FCLOSE FILE *file = fopen(path, "rb");
    if (!file)
        return refuse(error, room, path, strerror(errno));
    AUTO_FREE uint8_t *text = malloc(FILE_CEILING);
    if (!text)
        return refuse(error, room, path, strerror(ENOMEM));
    size_t len = fread(text, 1, FILE_CEILING, file);
    if (ferror(file))
        return refuse(error, room, path, strerror(errno));
    if (len == FILE_CEILING)
        return refuse(error, room, path, "longer than a settings file can be (256 KB)");
    return settings_read_ini(out, (struct span){text, len}, path, error, room);
}

/* One pass over the flags. */
struct flag_pass {
    struct settings *out;
    const struct setting *only; /* look for this setting alone, and leave argv as it is; or NULL */
    char *error;
    size_t room;
    bool given[SETTING_COUNT];
};

/* Takes the setting that `*arg` names, with its value, and moves *arg to the last argument used. 0,
 * or SETTINGS_REFUSED. */
static int take_flag(struct flag_pass *pass, const struct setting *setting, char ***arg)
{
    char name[SETTING_FLAG_ROOM], why[SETTINGS_ERROR_ROOM - SETTING_FLAG_ROOM - 8];
    const char *value = strchr(**arg, '=');
    size_t index = (size_t)(setting - settings_table);
    settings_flag(setting, name);
    if (value)
        value++;
    else if (setting->kind == SETTING_BOOLEAN)
        value = "yes";
    else
        value = *++*arg;
    if (pass->only && pass->only != setting)
        return 0;
    if (!value)
        return refuse(pass->error, pass->room, name, "a value must follow");
    if (pass->given[index])
        return refuse(pass->error, pass->room, name, "given twice");
    pass->given[index] = true;
    if (setting_parse(setting, value, pass->out, why, sizeof why))
        return refuse(pass->error, pass->room, name, why);
    return 0;
}

static int take_flags(struct flag_pass *pass, int *argc, char **argv)
{
    char **kept = argv + 1;
    char **arg = argv + 1;
    for (; arg < argv + *argc && *arg; arg++) {
        if (strcmp(*arg, "--") == 0)
            break;
        const struct setting *setting = NULL;
        if (strncmp(*arg, "--", 2) == 0)
            setting = settings_find_flag(*arg + 2, strcspn(*arg + 2, "="));
        if (setting) {
            int result = take_flag(pass, setting, &arg);
            if (result || !*arg)
                return result;
        } else if (!pass->only) {
            *kept++ = *arg;
        }
    }
    if (pass->only)
        return 0;
    while (arg < argv + *argc && *arg)
        *kept++ = *arg++;
    *kept = NULL;
    *argc = (int)(kept - argv);
    return 0;
}

static unsigned count_cores(void)
{
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0)
        return 1;
    return (unsigned)CPU_COUNT(&cores);
}

/* Fills in what was left empty. */
static int fill_in(struct settings *settings, char *error, size_t room)
{
    char *data = settings->server.data, *keys = settings->server.keys;
    for (size_t len = strlen(data); len > 1 && data[len - 1] == '/'; len--)
        data[len - 1] = '\0';
    if (*data && !*keys) {
        int len = snprintf(keys, sizeof settings->server.keys, "%s.keys", data);
        if (len < 0 || (size_t)len >= sizeof settings->server.keys)
            return refuse(error, room, "--data", "too long to name a key folder after");
    }
    if (settings->photo.slots == 0) {
        unsigned cores = count_cores();
        settings->photo.slots = cores < 64 ? cores : 64;
    }
    return 0;
}

int settings_load(struct settings *out, int *argc, char **argv, char *error, size_t room)
{
    settings_defaults(out);
    struct flag_pass pass = {.out = out,
                             .only = &settings_table[SETTING_INDEX_server_config],
                             .error = error,
                             .room = room};
    if (take_flags(&pass, argc, argv))
        return SETTINGS_REFUSED;
    if (out->server.config[0] && read_file(out, error, room))
        return SETTINGS_REFUSED;
    pass = (struct flag_pass){.out = out, .error = error, .room = room};
    if (take_flags(&pass, argc, argv) || fill_in(out, error, room))
        return SETTINGS_REFUSED;
    return settings_check(out, error, room);
}

/* True when `path` is `folder` or lies below it, as far as their texts tell. */
static bool is_within(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return len > 0 && strncmp(path, folder, len) == 0 &&
           (path[len] == '\0' || path[len] == '/' || folder[len - 1] == '/');
}

/* The key folder is a place of its own: a copy of the data must never take the keys along (R9).
 * What links and dots hide is found when the key folder is opened. */
static int check_folders(const struct settings *settings, char *error, size_t room)
{
    const char *data = settings->server.data;
    if (is_within(settings->server.keys, data))
        return refuse(error, room, "--keys", "the key folder must not lie within the data folder");
    if (is_within(settings->server.master_key_file, data))
        return refuse(error, room, "--master-key-file",
                      "the master key must not lie within the data folder");
    return 0;
}

int settings_check(const struct settings *settings, char *error, size_t room)
{
    const struct {
        int64_t low, high;
        const char *low_name, *high_name;
    } pairs[] = {
        {settings->api.list_default, settings->api.list_limit, "[api] list_default",
         "[api] list_limit"},
        {settings->photo.preview_side, settings->photo.long_side, "[photo] preview_side",
         "[photo] long_side"},
        {settings->photo.min_side, settings->photo.max_side, "[photo] min_side",
         "[photo] max_side"},
        {settings->photo.decode_memory, settings->photo.worker_memory, "[photo] decode_memory",
         "[photo] worker_memory"},
        {settings->intake.uploads_per_device, settings->intake.uploads_open,
         "[intake] uploads_per_device", "[intake] uploads_open"},
        {settings->auth.session_idle_days, settings->auth.session_days, "[auth] session_idle_days",
         "[auth] session_days"},
        {settings->auth.agent_idle_minutes, settings->auth.agent_session_hours * 60,
         "[auth] agent_idle_minutes", "[auth] agent_session_hours"},
        {settings->jobs.backoff_ms, settings->jobs.backoff_max_ms, "[jobs] backoff_ms",
         "[jobs] backoff_max_ms"},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        if (pairs[i].low > pairs[i].high) {
            snprintf(error, room, "%s must not be over %s", pairs[i].low_name, pairs[i].high_name);
            return SETTINGS_REFUSED;
        }
    }
    const struct lang *lang = lang_find(settings->server.language);
    if (!lang || lang->pseudo)
        return refuse(error, room, "[server] language", "is none that there are words for");
    if (settings->oidc.issuer[0] && !settings->oidc.client_id[0])
        return refuse(error, room, "[oidc] issuer", "needs [oidc] client_id");
    if (settings->mail.smtp_user[0] && !settings->mail.smtp_password_file[0])
        return refuse(error, room, "[mail] smtp_user", "needs [mail] smtp_password_file");
    return check_folders(settings, error, room);
}

const struct lang *settings_lang(const struct settings *settings)
{
    const struct lang *lang = lang_find(settings->server.language);
    return lang ? lang : LANG_ENGLISH;
}
