/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks in a list, newest first; allocation is a bump in the newest. A request larger than a block
 * gets a block of its own size. The ceiling counts what the caller asked for plus alignment, not
 * the slack of the last block.
 */
#include "base/arena.h"

#include <stdarg.h>

enum { BLOCK_SIZE = 4096, ALIGNMENT = 16 };

struct block {
    struct block *older;
    size_t size; /* of data */
    size_t used;
    _Alignas(ALIGNMENT) uint8_t data[];
};

struct arena {
    struct block *newest;
    size_t ceiling;
    size_t given; /* <= ceiling */
};

struct arena *arena_new(size_t ceiling)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena)
        arena->ceiling = ceiling;
    return arena;
}

size_t arena_ceiling(const struct arena *arena)
{
    return arena->ceiling;
}

static void free_blocks(struct block *block)
{
    while (block) {
        struct block *older = block->older;
        free(block);
        block = older;
    }
}

void arena_free(struct arena **arena)
{
    if (!*arena)
        return;
    free_blocks((*arena)->newest);
    free(*arena);
    *arena = NULL;
}

void arena_reset(struct arena *arena)
{
    struct block *keep = arena->newest;
    while (keep && keep->older) {
        struct block *older = keep->older;
        free(keep);
        keep = older;
    }
    if (keep)
        keep->used = 0;
    arena->newest = keep;
    arena->given = 0;
}

static struct block *add_block(struct arena *arena, size_t need)
{
    size_t size = need > BLOCK_SIZE ? need : BLOCK_SIZE;
    struct block *block = malloc(sizeof *block + size);
    if (!block)
        return NULL;
    *block = (struct block){.older = arena->newest, .size = size};
    arena->newest = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX - ALIGNMENT)
        return NULL;
    size_t need = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (need > arena->ceiling - arena->given)
        return NULL;
    struct block *block = arena->newest;
    if (!block || need > block->size - block->used)
        block = add_block(arena, need);
    if (!block)
        return NULL;
    void *memory = block->data + block->used;
    block->used += need;
    arena->given += need;
    return memset(memory, 0, size);
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
    char *copy = len < SIZE_MAX ? arena_alloc(arena, len + 1) : NULL;
    if (copy && len > 0) /* of nothing, `text` may be NULL */
        memcpy(copy, text, len);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : arena_alloc(arena, (size_t)len + 1);
    if (!text)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}
