/* SPDX-License-Identifier: Apache-2.0
 *
 * Tiles (C2SP tlog-tiles): the tree cut into pieces of 256 hashes, eight rows of it a level, and
 * the entries in bundles of 256; and the paths under which they are asked for:
 *
 *     <level>/x001/x234/067        a full tile
 *     <level>/x001/x234/067.p/17   the first 17 hashes of one that was not full yet
 *     entries/x001/x234/067[.p/17] the same of entries
 *
 * Pure.
 */
#ifndef PORCHLIGHT_TILE_H
#define PORCHLIGHT_TILE_H

#include "base/base.h"

enum {
    TILE_WIDTH = 256,
    TILE_ROWS = 8,     /* of the tree in a level */
    TILE_LEVELS = 6,   /* 8 rows each, up to TREE_HEIGHT */
    TILE_ENTRIES = -1, /* the level that stands for the entries */
    TILE_PATH_ROOM = 64,
};

struct tile {
    int level; /* or TILE_ENTRIES */
    uint64_t number;
    unsigned width; /* 1 to TILE_WIDTH */
};

/* The path of the tile as it is asked for. */
void tile_format(const struct tile *tile, char out[TILE_PATH_ROOM]);
/* Takes such a path apart; each tile has one path only. False: not the path of a tile. */
bool tile_parse(const char *path, struct tile *tile_out) MUST_CHECK;

/* How many hashes, or entries, a level has in a tree of this size. */
uint64_t tile_level_size(int level, uint64_t size);

#endif
