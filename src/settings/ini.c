/* SPDX-License-Identifier: Apache-2.0
 *
 * The settings file, read by inih. What inih would let pass in silence is refused here, because a
 * setting that is not heard is worse than one that is refused: unknown sections and names, a
 * setting given twice, a line longer than inih's buffer, which it would cut in two.
 *
 * inih tells its handler no line numbers, but asks for one line at a time and calls the handler
 * before it asks for the next: the number of the last line handed out is the number meant.
 */
#include <ini.h>

#include "settings/table.h"

struct ini_reading {
    struct settings *out;
    struct span rest; /* what was not handed out yet */
    const char *file;
    int line;        /* number of the line last handed out */
    bool continued;  /* that line is indented: it goes on with the setting before it */
    int first_error; /* the line that `error` speaks of, 0 while there is none */
    char *error;
    size_t room;
    int given[SETTING_COUNT]; /* the line that set it, 0 = not yet */
};

static bool refuse_line(struct ini_reading *reading, const char *what, const char *why)
{
    if (reading->first_error == 0) {
        reading->first_error = reading->line;
        snprintf(reading->error, reading->room, "%s:%d: %s%s%s", reading->file, reading->line, what,
                 *what && *why ? ": " : "", why);
    }
    return false;
}

static bool take_value(struct ini_reading *reading, const struct setting *setting,
                       const char *value)
{
    char why[SETTINGS_ERROR_ROOM - 128], what[96];
    size_t index = (size_t)(setting - settings_table);
    snprintf(what, sizeof what, "[%s] %s", setting->section, setting->name);
    if (index == SETTING_INDEX_server_config)
        return refuse_line(reading, what, "this can only be a flag");
    if (reading->given[index] && !(reading->continued && setting->kind == SETTING_LIST)) {
        snprintf(why, sizeof why,
                 reading->continued ? "this cannot go on over several lines (line %d)"
                                    : "this was set already, in line %d",
                 reading->given[index]);
        return refuse_line(reading, what, why);
    }
    int result = reading->given[index]
                     ? setting_append(setting, value, reading->out, why, sizeof why)
                     : setting_parse(setting, value, reading->out, why, sizeof why);
    reading->given[index] = reading->line;
    return result == 0 || refuse_line(reading, what, why);
}

/* inih's handler: true when the pair was right. */
static int take_pair(void *user, const char *section, const char *name, const char *value)
{
    struct ini_reading *reading = user;
    const struct setting *setting = settings_find(section, name);
    char what[160];
    if (setting)
        return take_value(reading, setting, value);
    if (*section == '\0')
        return refuse_line(reading, "settings stand under a [section]", "");
    snprintf(what, sizeof what, "[%.50s] has no setting \"%.50s\"", section, name);
    return refuse_line(reading, what, "");
}

/* inih calls the handler for settings only: a section without one is looked at here. */
static void check_section(struct ini_reading *reading, const char *line)
{
    char name[64], what[128];
    line += strspn(line, " \t");
    if (*line != '[')
        return;
    size_t len = strcspn(line + 1, "]");
    if (line[1 + len] != ']') {
        refuse_line(reading, "the section's ] is missing", "");
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)len, line + 1);
    if (settings_section_named(name))
        return;
    snprintf(what, sizeof what, "there is no section [%.50s]", name);
    refuse_line(reading, what, "");
}

/* inih's reader, like fgets. */
static char *next_line(char *line, int room, void *user)
{
    struct ini_reading *reading = user;
    struct span *rest = &reading->rest;
    if (rest->len == 0 || room < 2 || reading->first_error)
        return NULL;
    reading->line++;
    const uint8_t *newline = memchr(rest->data, '\n', rest->len);
    size_t len = newline ? (size_t)(newline - rest->data) + 1 : rest->len;
    if (len > (size_t)room - 1) {
        char what[64];
        snprintf(what, sizeof what, "the line is longer than %d bytes", room - 3);
        refuse_line(reading, what, "");
        return NULL;
    }
    if (memchr(rest->data, '\0', len)) {
        refuse_line(reading, "the line holds a zero byte", "");
        return NULL;
    }
    memcpy(line, rest->data, len);
    line[len] = '\0';
    rest->data += len;
    rest->len -= len;
    reading->continued = line[0] == ' ' || line[0] == '\t';
    check_section(reading, line);
    return line;
}

int settings_read_ini(struct settings *out, struct span text, const char *file, char *error,
                      size_t room)
{
    struct ini_reading reading = {
        .out = out, .rest = text, .file = file, .error = error, .room = room};
    int bad_line = ini_parse_stream(next_line, &reading, take_pair, &reading);
    if (reading.first_error)
        return SETTINGS_REFUSED;
    if (bad_line == 0)
        return 0;
    reading.line = bad_line;
    refuse_line(&reading, "this is neither [section] nor name = value", "");
    return SETTINGS_REFUSED;
}
