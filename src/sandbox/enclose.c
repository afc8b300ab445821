/* SPDX-License-Identifier: Apache-2.0
 *
 * The expensive first half of the cage, put up once around the keeper of many short-lived
 * processes.
 *
 * There are two ways to namespaces: root may make them; anyone else first makes a user namespace
 * and is root in there. A container may refuse either. So what can be had is tried twice, before
 * and after the user namespace, and each layer is noted when it stands. Root gives its identity up
 * in between.
 *
 * Every power gained on the way (to mount, to map ids) is dropped at the end, and no_new_privs
 * keeps it so.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/log.h"
#include "sandbox/parts.h"
#include "sandbox/sandbox.h"

static const struct {
    int flag;
    uint32_t layer;
} namespaces[] = {
    {CLONE_NEWNET, SANDBOX_NETWORK_NAMESPACE},   {CLONE_NEWNS, SANDBOX_MOUNT_NAMESPACE},
    {CLONE_NEWIPC, SANDBOX_IPC_NAMESPACE},       {CLONE_NEWUTS, SANDBOX_UTS_NAMESPACE},
    {CLONE_NEWCGROUP, SANDBOX_CGROUP_NAMESPACE}, {CLONE_NEWPID, SANDBOX_PID_NAMESPACE},
};

/* Puts an empty read-only folder in the place of "/". The old root is let go as a whole; what is
 * mapped already (our own code) stays mapped. Only ever called in a mount namespace of our own. */
static bool empty_root(void)
{
#ifdef SANDBOX_SANITIZED
    return false; /* a sanitizer's report reads /proc/self/maps */
#endif
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", "/proc", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY,
                 "mode=0555,size=4096") == 0 &&
           chdir("/proc") == 0 && syscall(SYS_pivot_root, ".", ".") == 0 &&
           umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

/* Tries each namespace that is still missing. */
static void isolate(uint32_t *layers)
{
    for (size_t i = 0; i < ARRAY_LEN(namespaces); i++)
        if (!(*layers & namespaces[i].layer) && unshare(namespaces[i].flag) == 0)
            *layers |= namespaces[i].layer;
    if ((*layers & SANDBOX_MOUNT_NAMESPACE) && !(*layers & SANDBOX_EMPTY_ROOT) && empty_root())
        *layers |= SANDBOX_EMPTY_ROOT;
}

static void write_line(const char *path, const char *line)
{
    AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write(fd, line, strlen(line)) < 0)
        return; /* an unmapped id works too: it only looks odd from inside */
}

/* A user namespace with nobody in it but ourselves. */
static void own_user_namespace(uint32_t *layers)
{
    unsigned uid = geteuid(), gid = getegid();
    if (unshare(CLONE_NEWUSER) < 0)
        return;
    *layers |= SANDBOX_USER_NAMESPACE;
    char line[64];
    write_line("/proc/self/setgroups", "deny");
    snprintf(line, sizeof line, "%u %u 1", uid, uid);
    write_line("/proc/self/uid_map", line);
    snprintf(line, sizeof line, "%u %u 1", gid, gid);
    write_line("/proc/self/gid_map", line);
}

/* Root becomes someone who owns nothing; anyone else stays who they are. */
static bool give_up_root(const struct sandbox_identity *identity)
{
    if (geteuid() != 0 && getuid() != 0)
        return true;
    return identity->uid != 0 && identity->gid != 0 && setgroups(0, NULL) == 0 &&
           setresgid(identity->gid, identity->gid, identity->gid) == 0 &&
           setresuid(identity->uid, identity->uid, identity->uid) == 0;
}

static bool drop_capabilities(void)
{
    for (unsigned long cap = 0; cap < 64; cap++)
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
            break; /* past the last one, or not ours to drop: the sets below are what counts */
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct __user_cap_header_struct who = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capset, &who, none) == 0;
}

/* The process that stays outside the process namespace: it holds nothing and ends as the first one
 * inside ends. */
static void guard(pid_t first) __attribute__((noreturn));
static void guard(pid_t first)
{
    syscall(SYS_close_range, 0, UINT_MAX, 0);
    int status = 0;
    while (waitpid(first, &status, 0) < 0 && errno == EINTR)
        ;
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int sandbox_enclose(const struct sandbox_identity *identity, struct sandbox_state *out)
{
    *out = (struct sandbox_state){.landlock_abi = sandbox_landlock_abi()};
    uint32_t *layers = &out->layers;
    if (geteuid() == 0)
        isolate(layers);
    bool unprivileged = give_up_root(identity);
    own_user_namespace(layers);
    isolate(layers);
    if (drop_capabilities() && unprivileged)
        *layers |= SANDBOX_IDENTITY;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        *layers |= SANDBOX_NO_NEW_PRIVS;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
        *layers |= SANDBOX_UNDUMPABLE;
#ifndef SANDBOX_SANITIZED
    if (sandbox_landlock_apply())
        *layers |= SANDBOX_LANDLOCK;
#endif
    /* Changing identity forgets this, so it comes late; the guard has it too, and a fork starts
     * without. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        return log_fault("sandbox.enclose", -errno, "cannot ask to die with the parent");
    if (!(*layers & SANDBOX_PID_NAMESPACE))
        return 0;
    pid_t first = fork();
    if (first < 0)
        return log_fault("sandbox.enclose", -errno, "cannot fork into the process namespace");
    if (first > 0)
        guard(first);
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ? -errno : 0;
}
