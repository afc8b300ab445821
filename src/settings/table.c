/* SPDX-License-Identifier: Apache-2.0
 *
 * settings.def made into rows, and the ways to find one: by its place in a file or by its flag.
 */
#include "settings/table.h"

#define SECTION(section, help)
#define SECTION_END(section)
#define SETTING(section, name, kind, fallback, min, max, form, help)                               \
    {#section, #name, SETTING_##kind,                                                              \
     fallback, min,   max,                                                                         \
     form,     help,  offsetof(struct settings, section.name)},
const struct setting settings_table[SETTING_COUNT] = {
#include "settings/settings.def"
};
#undef SECTION
#undef SECTION_END
#undef SETTING

#define SECTION(section, help) {#section, help},
#define SECTION_END(section)
#define SETTING(...)
static const struct settings_section sections[] = {
#include "settings/settings.def"
};
#undef SECTION
#undef SECTION_END
#undef SETTING

const struct settings_section *settings_section_at(size_t index)
{
    return index < ARRAY_LEN(sections) ? &sections[index] : NULL;
}

const struct settings_section *settings_section_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
        if (strcmp(sections[i].name, name) == 0)
            return &sections[i];
    }
    return NULL;
}

const struct setting *settings_find(const char *section, const char *name)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        if (strcmp(setting->section, section) == 0 && strcmp(setting->name, name) == 0)
            return setting;
    }
    return NULL;
}

void settings_flag(const struct setting *setting, char out[SETTING_FLAG_ROOM])
{
    bool plain = strcmp(setting->section, "server") == 0;
    snprintf(out, SETTING_FLAG_ROOM, "--%s%s%s", plain ? "" : setting->section, plain ? "" : "-",
             setting->name);
    for (char *at = out; *at; at++) {
        if (*at == '_')
            *at = '-';
    }
}

const struct setting *settings_find_flag(const char *flag, size_t len)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char name[SETTING_FLAG_ROOM];
        settings_flag(&settings_table[i], name);
        if (strlen(name + 2) == len && memcmp(name + 2, flag, len) == 0)
            return &settings_table[i];
    }
    return NULL;
}
