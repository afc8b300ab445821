/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of settings shown to people: `porchlight settings`, whose output is a settings file,
 * and the SETTINGS section of the manual page.
 */
#include "settings/table.h"

/* Prints a text as comment lines of at most 88 columns. */
static void print_comment(FILE *to, const char *text)
{
    enum { WIDTH = 86 };
    while (*text) {
        size_t len = strlen(text);
        if (len > WIDTH) {
            len = WIDTH;
            while (len > 0 && text[len] != ' ')
                len--;
            if (len == 0)
                len = WIDTH;
        }
        fprintf(to, "# %.*s\n", (int)len, text);
        text += len;
        text += strspn(text, " ");
    }
}

/* Prints the lines that set one setting; a list one item a line, since a line of the file is
 * short. */
static void print_setting(FILE *to, const struct setting *setting, const struct settings *settings)
{
    char value[SETTING_VALUE_ROOM], item[SETTING_VALUE_ROOM];
    setting_format(setting, settings, value);
    if (setting->kind != SETTING_LIST) {
        fprintf(to, "%s =%s%s\n", setting->name, *value ? " " : "", value);
        return;
    }
    const char *cursor = value;
    fprintf(to, "%s =", setting->name);
    for (bool first = true; settings_list_next(&cursor, item, sizeof item); first = false)
        fprintf(to, first ? " %s" : "\n    %s", item);
    fputc('\n', to);
}

void settings_print(const struct settings *settings, FILE *to)
{
    const struct settings_section *section;
    for (size_t s = 0; (section = settings_section_at(s)) != NULL; s++) {
        fprintf(to, "%s", s > 0 ? "\n" : "");
        print_comment(to, section->help);
        fprintf(to, "[%s]\n", section->name);
        for (size_t i = 0; i < SETTING_COUNT; i++) {
            const struct setting *setting = &settings_table[i];
            char range[SETTING_RANGE_ROOM], line[SETTING_RANGE_ROOM + 64];
            if (strcmp(setting->section, section->name) != 0 || i == SETTING_INDEX_server_config)
                continue;
            fputc('\n', to);
            print_comment(to, setting->help);
            setting_range(setting, range);
            snprintf(line, sizeof line, "(%s; %s%s)", range,
                     *setting->fallback ? "default " : "empty by default", setting->fallback);
            print_comment(to, line);
            print_setting(to, setting, settings);
        }
    }
}

/* Prints text for troff: a backslash and a dash are not what they seem, nor is a leading dot. */
static void print_troff(FILE *to, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", to);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", to);
        else if (*text == '-')
            fputs("\\-", to);
        else
            fputc(*text, to);
    }
}

void settings_print_manual(FILE *to)
{
    const struct settings_section *section;
    for (size_t s = 0; (section = settings_section_at(s)) != NULL; s++) {
        fprintf(to, ".SS [%s]\n", section->name);
        print_troff(to, section->help);
        fputc('\n', to);
        for (size_t i = 0; i < SETTING_COUNT; i++) {
            const struct setting *setting = &settings_table[i];
            char flag[SETTING_FLAG_ROOM], range[SETTING_RANGE_ROOM];
            if (strcmp(setting->section, section->name) != 0)
                continue;
            settings_flag(setting, flag);
            setting_range(setting, range);
            fprintf(to, ".TP\n.BR %s \" (\" ", setting->name);
            print_troff(to, flag);
            fputs(")\n", to);
            print_troff(to, setting->help);
            fputs("\n.br\n", to);
            print_troff(to, range);
            fputs(*setting->fallback ? "; default " : "; empty by default", to);
            print_troff(to, setting->fallback);
            fputs(".\n", to);
        }
    }
}
