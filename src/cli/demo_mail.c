/* SPDX-License-Identifier: Apache-2.0
 *
 * A message counts once its name ends in .eml; it is removed when it has been read.
 */
#include "cli/demo_mail.h"

#include <ctype.h>
#include <dirent.h>
#include <sys/stat.h>

#include "base/clock.h"

enum { PATH = 1400, MESSAGE = 16384, PAUSE_US = 20000 };

/* The path of the oldest message. */
static bool find_oldest(const char *folder, char out[PATH])
{
    DIR *open = opendir(folder);
    struct timespec oldest = {0};
    bool found = false;
    for (struct dirent *entry; open && (entry = readdir(open)) != NULL;) {
        char path[PATH];
        struct stat st;
        size_t len = strlen(entry->d_name);
        snprintf(path, sizeof path, "%.1000s/%.255s", folder, entry->d_name);
        if (len < 5 || strcmp(entry->d_name + len - 4, ".eml") != 0 || stat(path, &st) != 0)
            continue;
        if (found && (st.st_mtim.tv_sec > oldest.tv_sec ||
                      (st.st_mtim.tv_sec == oldest.tv_sec && st.st_mtim.tv_nsec >= oldest.tv_nsec)))
            continue;
        found = true;
        oldest = st.st_mtim;
        memcpy(out, path, sizeof path);
    }
    if (open)
        closedir(open);
    return found;
}

static void find_to(const char *message, char out[255])
{
    const char *line = strncmp(message, "To:", 3) == 0 ? message : strstr(message, "\nTo:");
    out[0] = '\0';
    if (!line)
        return;
    line = strchr(line, ':') + 1;
    const char *end = line + strcspn(line, "\r\n"),
               *angle = memchr(line, '<', (size_t)(end - line));
    line = angle ? angle + 1 : line;
    line += strspn(line, " ");
    snprintf(out, 255, "%.*s", (int)strcspn(line, "> \r\n"), line);
}

static void find_subject(const char *message, char out[100])
{
    const char *line = strstr(message, "\nSubject: ");
    out[0] = '\0';
    if (line)
        snprintf(out, 100, "%.*s", (int)strcspn(line + 10, "\r\n"), line + 10);
}

/* Eight digits in the body, as one run or as two of four. */
static void find_code(const char *message, char out[9])
{
    const char *at = strstr(message, "\r\n\r\n");
    size_t digits = 0;
    out[0] = '\0';
    for (at = at ? at : message; *at; at++) {
        if (isdigit((unsigned char)*at)) {
            if (digits < 8)
                out[digits] = *at;
            digits++;
        } else if (digits == 8) {
            break;
        } else if (digits != 4 || (*at != ' ' && *at != '-')) {
            digits = 0;
        }
    }
    out[digits == 8 ? 8 : 0] = '\0';
}

bool demo_mail_take(const char *folder, struct demo_mail *mail_out)
{
    char path[PATH], message[MESSAGE + 1];
    if (!find_oldest(folder, path))
        return false;
    AUTO_FCLOSE FILE *file = fopen(path, "r");
    if (!file)
        return false;
    message[fread(message, 1, MESSAGE, file)] = '\0';
    unlink(path);
    find_to(message, mail_out->to);
    find_subject(message, mail_out->subject);
    mail_out->code[0] = '\0';
    if (strstr(mail_out->subject, "code")) /* other messages have links, with digits in them */
        find_code(message, mail_out->code);
    return true;
}

bool demo_mail_wait(const char *folder, const char *to, int ms, char code_out[9])
{
    struct demo_mail mail;
    for (int64_t end = clock_steady() + ms; clock_steady() < end; usleep(PAUSE_US))
        while (demo_mail_take(folder, &mail))
            if (strcmp(mail.to, to) == 0 && *mail.code) {
                memcpy(code_out, mail.code, sizeof mail.code);
                return true;
            }
    return false;
}
