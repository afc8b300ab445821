/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that lives as long as one request or one job: allocate freely, free once. Every arena has
 * a ceiling, so that one request cannot eat the machine. Not thread-safe: an arena belongs to one
 * thread at a time.
 */
#ifndef PORCHLIGHT_ARENA_H
#define PORCHLIGHT_ARENA_H

#include "base/base.h"

struct arena;

/* A new arena that will hand out at most `ceiling` bytes in all; NULL when memory is short. Takes
 * no block until used. */
struct arena *arena_new(size_t ceiling);

/* What it will hand out in all. */
size_t arena_ceiling(const struct arena *arena);

/* Frees everything ever handed out. NULL is harmless; *arena becomes NULL. */
void arena_free(struct arena **arena);

/* Forgets everything handed out but keeps the first block for the next use. */
void arena_reset(struct arena *arena);

/* `size` zeroed bytes, aligned for any type; NULL when the ceiling or memory is reached (the caller
 * answers 5xx). */
void *arena_alloc(struct arena *arena, size_t size) MUST_CHECK;

/* Copies, always NUL-terminated; NULL as above. arena_strdup(NULL) is NULL. */
char *arena_strdup(struct arena *arena, const char *text) MUST_CHECK;
char *arena_strndup(struct arena *arena, const char *text, size_t len) MUST_CHECK;
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3) MUST_CHECK;

#endif
