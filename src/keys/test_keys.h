/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of this folder share: a place for keys and data, opening it, and keys that are
 * told apart by a number.
 */
#ifndef PORCHLIGHT_TEST_KEYS_H
#define PORCHLIGHT_TEST_KEYS_H

#include <sys/stat.h>

#include "base/tap.h"
#include "base/tap_break.h"
#include "base/tap_folder.h"
#include "keys/keys.h"

struct place {
    char root[TAP_FOLDER_ROOM], data[TAP_FOLDER_ROOM + 16], keys[TAP_FOLDER_ROOM + 16];
    struct keys_config config;
};

static inline void place_new(struct place *place)
{
    tap_folder_new(place->root);
    snprintf(place->data, sizeof place->data, "%s/data", place->root);
    snprintf(place->keys, sizeof place->keys, "%s/data.keys", place->root);
    mkdir(place->data, 0700);
    place->config = (struct keys_config){
        .folder = place->keys, .data_folder = place->data, .make = KEYS_MAKE_MISSING};
}

static inline struct keys *place_open(const struct place *place)
{
    struct keys *keys = NULL;
    int result = keys_open(&place->config, &keys);
    CHECK_INT(result, 0);
    if (!keys)
        abort(); /* nothing after this could run */
    return keys;
}

/* What opening answers; nothing stays open. */
static inline int place_try(const struct place *place)
{
    struct keys *keys = NULL;
    int result = keys_open(&place->config, &keys);
    keys_close(&keys);
    return result;
}

/* PLACE/data.keys/NAME; one result at a time. */
static inline const char *place_path(const struct place *place, const char *name)
{
    static char path[2 * TAP_FOLDER_ROOM];
    snprintf(path, sizeof path, "%s/%s", place->keys, name);
    return path;
}

/* Reads a file of the place, up to `room` bytes; their number. */
static inline size_t place_read(const struct place *place, const char *name, uint8_t *out,
                                size_t room)
{
    FILE *file = fopen(place_path(place, name), "rb");
    size_t len = file ? fread(out, 1, room, file) : 0;
    if (file)
        fclose(file);
    return len;
}

/* Writes a file at `path` with a mode. */
static inline void write_file(const char *path, const void *bytes, size_t len, mode_t mode)
{
    unlink(path);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, len, file) != len || fclose(file) != 0 || chmod(path, mode) != 0)
        abort();
}

/* The id with this number. */
struct test_id {
    uint8_t bytes[KEYS_ID];
};

static inline struct test_id test_id(unsigned number)
{
    struct test_id id = {{0x70, 0x68, 0x6f}};
    memcpy(id.bytes + 12, &number, 4);
    return id;
}

#endif
