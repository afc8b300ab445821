/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests: the system calls that change files, made to break on purpose. Include it in one file
 * of a test program; its definitions then stand before the C library's for everything linked in.
 * Every call of one of them is a step, and the step numbered `tap_break.at` is the one that breaks:
 * with an error, or by killing the process on the spot, after which a parent looks at what is left.
 * A write that is to fail with ENOSPC first writes half, as a disk filling up does.
 */
#ifndef PORCHLIGHT_TAP_BREAK_H
#define PORCHLIGHT_TAP_BREAK_H

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/base.h"

enum { TAP_BREAK_KILL = 0, TAP_BREAK_STATUS = 77 };

static struct {
    _Atomic unsigned steps; /* taken so far */
    unsigned at;            /* 0: never */
    int error;              /* TAP_BREAK_KILL, or an errno */
    bool for_good;          /* every step from `at` on */
    _Atomic unsigned syncs; /* fsync and fdatasync calls so far */
} tap_break;

/* Breaks the n-th step from now. */
static inline void tap_break_at(unsigned n, int error)
{
    tap_break.steps = 0;
    tap_break.at = n;
    tap_break.error = error;
    tap_break.for_good = false;
}

/* True when this step is to fail, with errno set. */
static inline bool tap_break_now(void)
{
    unsigned step = ++tap_break.steps;
    bool now =
        tap_break.at != 0 && (step == tap_break.at || (tap_break.for_good && step > tap_break.at));
    if (now && tap_break.error == TAP_BREAK_KILL)
        _exit(TAP_BREAK_STATUS);
    if (now)
        errno = tap_break.error;
    return now;
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
    if (!tap_break_now())
        return syscall(SYS_pwrite64, fd, data, len, offset);
    if (tap_break.error == ENOSPC && len > 1 && !tap_break.for_good) {
        tap_break.at = tap_break.steps + 1; /* the rest does not fit */
        return syscall(SYS_pwrite64, fd, data, len / 2, offset);
    }
    return -1;
}

ssize_t write(int fd, const void *data, size_t len)
{
    if (fd == STDERR_FILENO || fd == STDOUT_FILENO || !tap_break_now())
        return syscall(SYS_write, fd, data, len);
    if (tap_break.error == ENOSPC && len > 1 && !tap_break.for_good) {
        tap_break.at = tap_break.steps + 1;
        return syscall(SYS_write, fd, data, len / 2);
    }
    return -1;
}

int fsync(int fd)
{
    tap_break.syncs++;
    return tap_break_now() ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    tap_break.syncs++;
    return tap_break_now() ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int ftruncate(int fd, off_t len)
{
    return tap_break_now() ? -1 : (int)syscall(SYS_ftruncate, fd, len);
}

int renameat(int from, const char *name, int to, const char *new_name)
{
    return tap_break_now() ? -1 : (int)syscall(SYS_renameat, from, name, to, new_name);
}

int unlinkat(int folder, const char *name, int flags)
{
    return tap_break_now() ? -1 : (int)syscall(SYS_unlinkat, folder, name, flags);
}

int mkdirat(int folder, const char *name, mode_t mode)
{
    return tap_break_now() ? -1 : (int)syscall(SYS_mkdirat, folder, name, mode);
}

#endif
