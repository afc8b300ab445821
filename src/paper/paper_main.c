/* SPDX-License-Identifier: Apache-2.0
 *
 * porchlight-paper: a sheet on standard input, a PDF on standard output. It confines itself before
 * it reads the first byte: from then on it may read fonts and what is needed to find them, and
 * nothing else.
 */
#include "base/text.h"
#include "paper/draw.h"
#include "paper/paper.h"
#include "sandbox/sandbox.h"

enum { PICTURE_MOST = 64 << 20, CONFINED = 3, UNREADABLE = 4, UNDRAWN = 5 };

static const char *const fonts[] = {"/usr/share/fonts",      "/usr/local/share/fonts", "/etc/fonts",
                                    "/usr/share/fontconfig", "/var/cache/fontconfig",  NULL};

/* Exactly `len` bytes of standard input and a NUL; NULL when they are not there. */
static uint8_t *take(size_t len)
{
    uint8_t *bytes = malloc(len + 1);
    size_t have = 0;
    while (bytes && have < len) {
        ssize_t n = read(0, bytes + have, len - have);
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    if (bytes && have == len) {
        bytes[len] = '\0';
        return bytes;
    }
    free(bytes);
    return NULL;
}

static bool take_lengths(size_t *sheet_out, size_t *picture_out)
{
    char head[64];
    size_t len = 0;
    static const char name[] = "porchlight-paper ";
    uint64_t sheet = 0, picture = 0;
    while (len + 1 < sizeof head && read(0, head + len, 1) == 1 && head[len] != '\n')
        len++;
    head[len] = '\0';
    char *gap = strrchr(head, ' ');
    if (strncmp(head, name, strlen(name)) != 0 || !gap || gap < head + strlen(name))
        return false;
    *gap = '\0';
    if (!text_to_u64(head + strlen(name), 0, PAPER_SHEET_MOST, &sheet) ||
        !text_to_u64(gap + 1, 0, PICTURE_MOST, &picture))
        return false;
    *sheet_out = (size_t)sheet;
    *picture_out = (size_t)picture;
    return true;
}

int main(void)
{
    static const struct sandbox_reader_limits limits = {.address_space = UINT64_C(1) << 30,
                                                        .output = PICTURE_MOST + PAPER_ADDS_MOST,
                                                        .cpu_seconds = 20};
    size_t sheet_len, picture_len;
    if (sandbox_confine_reader(fonts, &limits) != 0)
        return CONFINED;
    if (!take_lengths(&sheet_len, &picture_len))
        return UNREADABLE;
    AUTO_FREE uint8_t *text = take(sheet_len);
    AUTO_FREE uint8_t *picture = take(picture_len);
    json_t *sheet = text && picture ? json_loadb((const char *)text, sheet_len, 0, NULL) : NULL;
    if (!json_is_object(sheet))
        return UNREADABLE;
    bool good = draw_sheet(sheet, (struct span){picture, picture_len}, 1);
    json_decref(sheet);
    _exit(good ? 0 : UNDRAWN); /* the libraries keep their caches to the end */
}
