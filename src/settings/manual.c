/* SPDX-License-Identifier: Apache-2.0
 *
 * A program of the build: copies the manual page's source from its standard input to its standard
 * output and puts the settings where a line says @SETTINGS@, and the version where one says
 * @VERSION@. So the manual cannot miss a setting.
 */
#include "settings/settings.h"

int main(int argc, char **argv)
{
    char line[1024];
    if (argc != 2) {
        fputs("usage: settings-manual VERSION <porchlight.1.in >porchlight.1\n", stderr);
        return 2;
    }
    while (fgets(line, sizeof line, stdin)) {
        char *at = strstr(line, "@VERSION@");
        if (strcmp(line, "@SETTINGS@\n") == 0)
            settings_print_manual(stdout);
        else if (at)
            printf("%.*s%s%s", (int)(at - line), line, argv[1], at + strlen("@VERSION@"));
        else
            fputs(line, stdout);
    }
    return ferror(stdin) || fflush(stdout) != 0;
}
