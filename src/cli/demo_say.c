/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines are broken between words, counted in characters, not bytes.
 */
#include "cli/demo_say.h"

#include <stdarg.h>

enum { COLUMNS = 79, TEXT_ROOM = 1200, NAME_COLUMNS = 12 };

/* Characters of UTF-8 text. */
static size_t width_of(const char *text, size_t len)
{
    size_t width = 0;
    for (size_t i = 0; i < len; i++)
        width += ((unsigned char)text[i] & 0xc0) != 0x80;
    return width;
}

static void wrap(const char *first, const char *indent, const char *text)
{
    size_t column = width_of(indent, strlen(indent));
    bool fresh = true;
    fputs(first, stdout);
    while (*text) {
        size_t len = strcspn(text, " "), width = width_of(text, len);
        if (!fresh && column + 1 + width > COLUMNS) {
            printf("\n%s", indent);
            column = width_of(indent, strlen(indent));
            fresh = true;
        }
        printf("%s%.*s", fresh ? "" : " ", (int)len, text);
        column += width + (fresh ? 0 : 1);
        fresh = false;
        text += len;
        text += *text == ' ';
    }
    putchar('\n');
    fflush(stdout);
}

#define FORMATTED(text)                                                                            \
    char text[TEXT_ROOM];                                                                          \
    va_list args;                                                                                  \
    va_start(args, format);                                                                        \
    vsnprintf(text, sizeof text, format, args);                                                    \
    va_end(args)

void demo_say_title(const char *format, ...)
{
    FORMATTED(text);
    bool terminal = isatty(STDOUT_FILENO);
    printf("\n%s%s%s\n", terminal ? "\033[1m" : "", text, terminal ? "\033[0m" : "");
    fflush(stdout);
}

void demo_say_done(const char *format, ...)
{
    FORMATTED(text);
    wrap("  ✓ ", "    ", text);
}

void demo_say(const char *format, ...)
{
    FORMATTED(text);
    wrap("", "", text);
}

void demo_say_item(const char *name, const char *format, ...)
{
    FORMATTED(text);
    printf("  %-*s %s\n", NAME_COLUMNS, name, text);
    fflush(stdout);
}
