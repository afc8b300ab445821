/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of settings.def at run time, for the files of this folder: the file's reader, the flags'
 * reader, the checks and the two printers all go through them.
 */
#ifndef PORCHLIGHT_SETTINGS_TABLE_H
#define PORCHLIGHT_SETTINGS_TABLE_H

#include "settings/settings.h"

enum setting_kind { SETTING_INTEGER, SETTING_BOOLEAN, SETTING_WORD, SETTING_TEXT, SETTING_LIST };

struct setting {
    const char *section, *name;
    enum setting_kind kind;
    const char *fallback; /* the default, as written in a file */
    int64_t min, max;     /* of an INTEGER's value, or of a text's length in bytes */
    const char *form;     /* unit, words, or the form of a text */
    const char *help;
    size_t offset; /* of its field in struct settings */
};

struct settings_section {
    const char *name, *help;
};

#define SETTING(section, name, ...) SETTING_INDEX_##section##_##name,
#define SECTION(section, help)
#define SECTION_END(section)
enum setting_index {
#include "settings/settings.def"
    SETTING_COUNT
};
#undef SETTING
#undef SECTION
#undef SECTION_END

extern const struct setting settings_table[SETTING_COUNT];

/* The section of this name, or NULL; and the section number `index`, or NULL past the last. */
const struct settings_section *settings_section_named(const char *name);
const struct settings_section *settings_section_at(size_t index);

/* The setting of this name in a section, or NULL. */
const struct setting *settings_find(const char *section, const char *name);

/* The setting whose flag (without the leading "--") is the first `len` bytes of `flag`, or NULL. */
const struct setting *settings_find_flag(const char *flag, size_t len);

/* Writes the flag of a setting, "--photo-slots", to `out`. */
enum { SETTING_FLAG_ROOM = 64 };
void settings_flag(const struct setting *setting, char out[SETTING_FLAG_ROOM]);

/* Parses `text` as the value of a setting and stores it in *out. 0, or SETTINGS_REFUSED with what
 * is wrong and what would be right in `error`; then *out is untouched. */
int setting_parse(const struct setting *setting, const char *text, struct settings *out,
                  char *error, size_t room) MUST_CHECK;

/* Adds one more line to a LIST, as if it stood after a comma. As setting_parse. */
int setting_append(const struct setting *setting, const char *text, struct settings *out,
                   char *error, size_t room) MUST_CHECK;

/* Writes the value of a setting to `out`, so that setting_parse reads it back. */
enum { SETTING_VALUE_ROOM = 1024 };
void setting_format(const struct setting *setting, const struct settings *settings,
                    char out[SETTING_VALUE_ROOM]);

/* Writes what a setting may be, "1 to 64 threads", to `out`. */
enum { SETTING_RANGE_ROOM = 160 };
void setting_range(const struct setting *setting, char out[SETTING_RANGE_ROOM]);

#endif
