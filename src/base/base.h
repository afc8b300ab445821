/* SPDX-License-Identifier: Apache-2.0
 *
 * What every file needs and nothing more: the cleanup macros, a view of bytes, and the banned
 * functions.
 *
 * AUTO_* run when the variable's block ends. They do not run across longjmp, and a goto must not
 * jump over one
 * (-Wjump-misses-init); a function uses either them or one goto ladder, never both.
 */
#ifndef PORCHLIGHT_BASE_H
#define PORCHLIGHT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes owned by someone else. `data` may be NULL only when `len` is 0. */
struct span {
    const uint8_t *data;
    size_t len;
};

#define ARRAY_LEN(a)            (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define MUST_CHECK              __attribute__((warn_unused_result))

static inline void base_auto_free(void *p)
{
    void *owned = *(void **)p;
    free(owned);
}

static inline void base_auto_close(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void base_auto_fclose(FILE **file)
{
    if (*file)
        fclose(*file);
}

/* A heap pointer, a descriptor, a FILE *: declared as NULL, -1, NULL or as owned. */
#define AUTO_FREE   __attribute__((cleanup(base_auto_free)))
#define AUTO_CLOSE  __attribute__((cleanup(base_auto_close)))
#define AUTO_FCLOSE __attribute__((cleanup(base_auto_fclose)))

/* Functions that cannot be told how much room there is, or that lose errors: they do not compile
 * here. */
#undef sprintf /* glibc makes macros of these two for clang */
#undef vsprintf
#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets atoi atol atof

#endif
