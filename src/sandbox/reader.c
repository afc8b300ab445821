/* SPDX-License-Identifier: Apache-2.0
 *
 * The cage of a short-lived process that needs libraries which open files while they work, such as
 * those that look for fonts: it may read the folders that it names, and nothing else of the file
 * system; it can start no program and no process, and reach no network and no other process.
 *
 * Its seccomp filter is a list of what is forbidden, since such libraries make calls of many kinds,
 * and threads; Landlock forbids the files.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/log.h"
#include "sandbox/parts.h"
#include "sandbox/sandbox.h"

#ifndef SANDBOX_SANITIZED
static bool limit(int what, rlim_t value)
{
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)what, &now) != 0)
        return false;
    rlim_t most = now.rlim_max < value ? now.rlim_max : value;
    return setrlimit((__rlimit_resource_t)what, &(struct rlimit){most, most}) == 0;
}

static int forbid_calls(void)
{
    static const int forbidden[] = {
        SCMP_SYS(execve),
        SCMP_SYS(execveat),
        SCMP_SYS(socket),
        SCMP_SYS(socketpair),
        SCMP_SYS(connect),
        SCMP_SYS(bind),
        SCMP_SYS(listen),
        SCMP_SYS(accept4),
        SCMP_SYS(sendmsg),
        SCMP_SYS(recvmsg),
        SCMP_SYS(fork),
        SCMP_SYS(vfork),
        SCMP_SYS(ptrace),
        SCMP_SYS(process_vm_readv),
        SCMP_SYS(process_vm_writev),
        SCMP_SYS(pidfd_getfd),
        SCMP_SYS(mount),
        SCMP_SYS(unshare),
        SCMP_SYS(setns),
        SCMP_SYS(bpf),
        SCMP_SYS(perf_event_open),
        SCMP_SYS(keyctl),
        SCMP_SYS(io_uring_setup),
        SCMP_SYS(userfaultfd),
        SCMP_SYS(kill),
        SCMP_SYS(tkill),
        SCMP_SYS(pidfd_send_signal),
        SCMP_SYS(rt_sigqueueinfo),
        SCMP_SYS(rt_tgsigqueueinfo),
        SCMP_SYS(shmget),
        SCMP_SYS(msgget),
        SCMP_SYS(chmod),
        SCMP_SYS(fchmod),
        SCMP_SYS(fchmodat),
        SCMP_SYS(chown),
        SCMP_SYS(utimensat),
    };
    static const struct scmp_arg_cmp no_thread = {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0};
    scmp_filter_ctx rules = seccomp_init(SCMP_ACT_ALLOW);
    int result =
        rules ? seccomp_attr_set(rules, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) : -ENOMEM;
    for (size_t i = 0; result == 0 && i < ARRAY_LEN(forbidden); i++)
        result = seccomp_rule_add(rules, SCMP_ACT_KILL_PROCESS, forbidden[i], 0);
    /* Threads, and no processes. What clone3 is asked for cannot be seen here: the C library then
     * makes its threads with clone. */
    if (result == 0)
        result =
            seccomp_rule_add_array(rules, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1, &no_thread);
    if (result == 0)
        result = seccomp_rule_add(rules, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    if (result == 0)
        result = seccomp_load(rules);
    seccomp_release(rules);
    return result;
}
#endif

int sandbox_confine_reader(const char *const *folders, const struct sandbox_reader_limits *limits)
{
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -errno;
#ifndef SANDBOX_SANITIZED
    if (!limit(RLIMIT_AS, limits->address_space) || !limit(RLIMIT_CPU, limits->cpu_seconds) ||
        !limit(RLIMIT_FSIZE, limits->output) || !limit(RLIMIT_CORE, 0) || !limit(RLIMIT_NOFILE, 64))
        return -errno;
    if (!sandbox_landlock_apply_reading(folders))
        return -ENOSYS;
    return forbid_calls();
#else
    (void)folders, (void)limits;
    return 0;
#endif
}
