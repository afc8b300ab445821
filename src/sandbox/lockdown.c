/* SPDX-License-Identifier: Apache-2.0
 *
 * The cheap second half of the cage, run by each child before it touches a stranger's byte: a dozen
 * system calls. The order matters: descriptors first, while closing is still allowed; the filter
 * last, since after it nothing more can be done, by us either.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/log.h"
#include "sandbox/parts.h"
#include "sandbox/sandbox.h"

enum {
    STACK_SIZE = 1 << 20,
/* A sanitizer reports to descriptor 2. */
#ifdef SANDBOX_SANITIZED
    FIRST_CLOSED = 3,
#else
    FIRST_CLOSED = 0,
#endif
};

#ifndef SANDBOX_SANITIZED
static int set_limits(const struct sandbox_limits *limits)
{
    /* At the soft limit of time the kernel sends SIGXCPU, so that "too slow" can be told from other
     * ends. */
    const struct {
        int what;
        rlim_t soft, hard;
    } table[] = {
        {RLIMIT_CPU, limits->cpu_seconds, limits->cpu_seconds + 1},
        {RLIMIT_AS, limits->address_space, limits->address_space},
        {RLIMIT_STACK, STACK_SIZE, STACK_SIZE},
        {RLIMIT_NOFILE, 0, 0},
        {RLIMIT_NPROC, 0, 0},
        {RLIMIT_FSIZE, 0, 0},
        {RLIMIT_MEMLOCK, 0, 0},
        {RLIMIT_MSGQUEUE, 0, 0},
        {RLIMIT_CORE, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct rlimit now, limit = {.rlim_cur = table[i].soft, .rlim_max = table[i].hard};
        if (getrlimit((__rlimit_resource_t)table[i].what, &now) < 0)
            return -errno;
        /* A stricter limit that we came with stays. */
        if (now.rlim_max < limit.rlim_max)
            limit.rlim_max = now.rlim_max;
        if (limit.rlim_cur > limit.rlim_max)
            limit.rlim_cur = limit.rlim_max;
        if (setrlimit((__rlimit_resource_t)table[i].what, &limit) < 0)
            return -errno;
    }
    return 0;
}
#endif

int sandbox_lock_down(const struct sandbox_filter *filter, const struct sandbox_limits *limits)
{
    if (syscall(SYS_close_range, FIRST_CLOSED, UINT_MAX, 0) < 0)
        return -errno;
#ifndef SANDBOX_SANITIZED
    int result = set_limits(limits);
    if (result < 0)
        return result;
#endif
    return filter ? sandbox_filter_install(filter) : 0;
}

/* How the child of a trial ends when nothing stops it. */
enum { TRIAL_FAILED = 10, TRIAL_LIMITED = 11 };

uint32_t sandbox_trial(const struct sandbox_filter *filter, const struct sandbox_limits *limits)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (sandbox_lock_down(filter, limits) < 0)
            _exit(TRIAL_FAILED);
        syscall(SYS_getppid);
        _exit(TRIAL_LIMITED);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return 0;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        return (SANDBOX_LIMITS | SANDBOX_SECCOMP) & SANDBOX_POSSIBLE;
    if (WIFEXITED(status) && WEXITSTATUS(status) == TRIAL_LIMITED)
        return SANDBOX_LIMITS & SANDBOX_POSSIBLE;
    return 0;
}
