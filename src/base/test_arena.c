/* SPDX-License-Identifier: Apache-2.0
 * Arenas: alignment, zeroing, growth over blocks, and the ceiling. */
#include "base/arena.h"
#include "base/tap.h"

TEST(memory_is_aligned_and_zeroed)
{
    struct arena *arena = arena_new(1 << 16);
    for (size_t size = 1; size < 100; size++) {
        uint8_t *memory = arena_alloc(arena, size);
        CHECK(memory && (uintptr_t)memory % 16 == 0);
        for (size_t i = 0; i < size; i++)
            CHECK(memory[i] == 0);
        memset(memory, 0xff, size);
    }
    arena_free(&arena);
    CHECK(arena == NULL);
    arena_free(&arena);
}

TEST(large_pieces_get_their_own_block)
{
    struct arena *arena = arena_new(1 << 20);
    char *small = arena_strdup(arena, "small");
    uint8_t *large = arena_alloc(arena, 100000);
    CHECK(small && large);
    memset(large, 1, 100000);
    CHECK_STR(small, "small");
    arena_free(&arena);
}

TEST(the_ceiling_holds)
{
    struct arena *arena = arena_new(64);
    CHECK_INT(arena_ceiling(arena), 64);
    CHECK(arena_alloc(arena, 48) != NULL);
    CHECK(arena_alloc(arena, 17) == NULL);
    CHECK(arena_alloc(arena, 16) != NULL);
    CHECK(arena_alloc(arena, 1) == NULL);
    CHECK(arena_alloc(arena, SIZE_MAX) == NULL);
    arena_reset(arena);
    CHECK(arena_alloc(arena, 64) != NULL);
    arena_free(&arena);
}

TEST(text_is_copied_and_formatted)
{
    struct arena *arena = arena_new(4096);
    CHECK(arena_strdup(arena, NULL) == NULL);
    CHECK_STR(arena_strndup(arena, "abcdef", 3), "abc");
    CHECK_STR(arena_printf(arena, "%s-%d", "x", 7), "x-7");
    arena_free(&arena);
}

TAP_MAIN(TAP(memory_is_aligned_and_zeroed), TAP(large_pieces_get_their_own_block),
         TAP(the_ceiling_holds), TAP(text_is_copied_and_formatted))
