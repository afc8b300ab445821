/* SPDX-License-Identifier: Apache-2.0
 *
 * The settings file: whatever it holds, it is read or refused with a message, and what was read
 * prints as a file that reads the same.
 */
#include "settings/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The settings as a file; the caller frees it. */
static char *print(const struct settings *settings, size_t *len_out)
{
    char *text = NULL;
    FILE *to = open_memstream(&text, len_out);
    if (!to)
        abort();
    settings_print(settings, to);
    if (fclose(to) != 0)
        abort();
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct settings settings;
    char error[SETTINGS_ERROR_ROOM] = "";
    settings_defaults(&settings);
    if (settings_read_ini(&settings, (struct span){data, size}, "fuzz", error, sizeof error)) {
        if (error[0] == '\0')
            abort();
        return 0;
    }
    size_t len, len_again;
    AUTO_FREE char *text = print(&settings, &len);
    settings_defaults(&settings);
    if (settings_read_ini(&settings, (struct span){(uint8_t *)text, len}, "printed", error,
                          sizeof error))
        abort();
    AUTO_FREE char *again = print(&settings, &len_again);
    if (strcmp(text, again) != 0)
        abort();
    return 0;
}
