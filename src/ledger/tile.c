/* SPDX-License-Identifier: Apache-2.0
 *
 * A path is parsed by taking its number, writing the path anew, and comparing: so a second way to
 * write one cannot be let in.
 */
#include "ledger/tile.h"

#include <inttypes.h>

#include "base/text.h"

static void add_number(uint64_t number, char *out, size_t room)
{
    size_t len = strlen(out);
    if (number >= 1000) {
        uint64_t groups[7];
        int count = 0;
        for (uint64_t rest = number / 1000; rest > 0; rest /= 1000)
            groups[count++] = rest % 1000;
        while (count > 0) {
            snprintf(out + len, room - len, "x%03" PRIu64 "/", groups[--count]);
            len += strlen(out + len);
        }
    }
    snprintf(out + len, room - len, "%03" PRIu64, number % 1000);
}

void tile_format(const struct tile *tile, char out[TILE_PATH_ROOM])
{
    if (tile->level == TILE_ENTRIES)
        snprintf(out, TILE_PATH_ROOM, "entries/");
    else
        snprintf(out, TILE_PATH_ROOM, "%d/", tile->level);
    add_number(tile->number, out, TILE_PATH_ROOM);
    size_t len = strlen(out);
    if (tile->width < TILE_WIDTH)
        snprintf(out + len, TILE_PATH_ROOM - len, ".p/%u", tile->width);
}

/* "x001/x234/067" up to the end or ".p/". */
static bool read_number(const char *text, uint64_t *out, const char **rest_out)
{
    uint64_t number = 0;
    for (int groups = 0; groups < 6; groups++) {
        bool more = *text == 'x';
        text += more;
        for (int i = 0; i < 3; i++, text++) {
            if (*text < '0' || *text > '9')
                return false;
            number = number * 10 + (uint64_t)(*text - '0');
        }
        if (!more) {
            *out = number;
            *rest_out = text;
            return true;
        }
        if (*text++ != '/')
            return false;
    }
    return false;
}

bool tile_parse(const char *path, struct tile *tile_out)
{
    char again[TILE_PATH_ROOM];
    struct tile tile = {.width = TILE_WIDTH};
    const char *slash = strchr(path, '/'), *rest;
    uint64_t width;
    if (!slash || strlen(path) >= TILE_PATH_ROOM)
        return false;
    if (strncmp(path, "entries/", 8) == 0)
        tile.level = TILE_ENTRIES;
    else if (slash == path + 1 && *path >= '0' && *path < '0' + TILE_LEVELS)
        tile.level = *path - '0';
    else
        return false;
    if (!read_number(slash + 1, &tile.number, &rest))
        return false;
    if (strncmp(rest, ".p/", 3) == 0) {
        if (!text_to_u64(rest + 3, 1, TILE_WIDTH - 1, &width))
            return false;
        tile.width = (unsigned)width;
    }
    tile_format(&tile, again);
    if (strcmp(again, path) != 0)
        return false;
    *tile_out = tile;
    return true;
}

uint64_t tile_level_size(int level, uint64_t size)
{
    return level == TILE_ENTRIES ? size : size >> (TILE_ROWS * level);
}
