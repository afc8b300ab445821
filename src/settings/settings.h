/* SPDX-License-Identifier: Apache-2.0
 *
 * The settings of one run. They come, the later the stronger, from the defaults, the INI file named
 * by --config, and flags. All of them are declared in settings.def; a name, a section or a value
 * that is not right is refused before anything is started, with the place and the range in the
 * message.
 *
 * struct settings is plain data: it owns nothing, may be copied, and does not change after it was
 * loaded.
 */
#ifndef PORCHLIGHT_SETTINGS_H
#define PORCHLIGHT_SETTINGS_H

#include "base/base.h"
#include "lang/lang.h"

#define SETTINGS_FIELD_INTEGER(name, max) int64_t name;
#define SETTINGS_FIELD_BOOLEAN(name, max) bool name;
#define SETTINGS_FIELD_WORD(name, max)    int name; /* position in the setting's words */
#define SETTINGS_FIELD_TEXT(name, max)    char name[(max) + 1];
#define SETTINGS_FIELD_LIST(name, max)    char name[(max) + 1];

/* settings.photo.max_bytes, settings.server.listen … */
struct settings {
#define SECTION(section, help) struct {
#define SETTING(section, name, kind, fallback, min, max, form, help)                               \
    SETTINGS_FIELD_##kind(name, max)
#define SECTION_END(section)                                                                       \
    }                                                                                              \
    section;
#include "settings/settings.def"
#undef SECTION
#undef SETTING
#undef SECTION_END
};

enum settings_result {
    SETTINGS_REFUSED = 1, /* something is not right; the error text says what and where */
};

enum { SETTINGS_ERROR_ROOM = 512 }; /* room that every error text fits in */

/* The defaults alone, nothing filled in that depends on the machine. */
void settings_defaults(struct settings *out);

/* Loads the settings from the flags in argv[1..*argc) and the file that --config names. Flags are
 * `--photo-slots 2`, `--photo-slots=2`, and for a yes-or-no setting `--photo-allow-weaker-sandbox`
 * alone; those of [server] go without their section: `--listen`. What is no setting stays in argv,
 * in order, with *argc its new count: the subcommand's own flags and words, which it must check.
 * After `--` nothing is a flag; the `--` stays.
 *
 * Filled in when left empty: server.keys (from server.data) and photo.slots (from the cores).
 * 0, or SETTINGS_REFUSED with a sentence in `error`; then *out and argv are of no use. */
int settings_load(struct settings *out, int *argc, char **argv, char *error,
                  size_t room) MUST_CHECK;

/* Sets what `text`, the content of an INI file, says, on top of what *out holds. `file` is only for
 * messages. 0 or SETTINGS_REFUSED. Relations between settings are not checked. */
int settings_read_ini(struct settings *out, struct span text, const char *file, char *error,
                      size_t room) MUST_CHECK;

/* Checks what no single range can say: the key folder is not within the data folder, a default is
 * not over its limit … 0 or SETTINGS_REFUSED. settings_load has done it. */
int settings_check(const struct settings *settings, char *error, size_t room) MUST_CHECK;

/* The language for people who want none of ours: server.language. */
const struct lang *settings_lang(const struct settings *settings);

/* Prints every setting with its value, help, range and default, in a form that is itself a valid
 * settings file. */
void settings_print(const struct settings *settings, FILE *to);

/* Prints the SETTINGS section of the manual page (man macros). */
void settings_print_manual(FILE *to);

/* Takes the items of a LIST one by one: start with *cursor at the list; each call copies the next
 * item, without the spaces around it, to `item` and returns true; false at the end. */
bool settings_list_next(const char **cursor, char *item, size_t room);

#endif
