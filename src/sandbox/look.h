/* SPDX-License-Identifier: Apache-2.0
 *
 * A caged process seen from outside: what the kernel says of it in /proc. This believes nothing the
 * process or its keeper claims. What the kernel does not let us see (most of /proc of an undumpable
 * process, unless we are root) is reported as unseen, which is neither good nor bad.
 */
#ifndef PORCHLIGHT_SANDBOX_LOOK_H
#define PORCHLIGHT_SANDBOX_LOOK_H

#include "sandbox/sandbox.h"

/* Every fact: its name in the enum, its name for people, and the layer it shows (0: no single
 * layer). */
#define SANDBOX_FACTS(X)                                                                           \
    X(SECCOMP, "seccomp", SANDBOX_SECCOMP)                                                         \
    X(NO_NEW_PRIVS, "no_new_privs", SANDBOX_NO_NEW_PRIVS)                                          \
    X(USER, "user", SANDBOX_IDENTITY)                                                              \
    X(CAPABILITIES, "capabilities", SANDBOX_IDENTITY)                                              \
    X(UNDUMPABLE, "undumpable", SANDBOX_UNDUMPABLE)                                                \
    X(ENVIRONMENT, "environment", 0)                                                               \
    X(DESCRIPTORS, "open_descriptors", SANDBOX_LIMITS)                                             \
    X(LIMIT_FILES, "limit_files", SANDBOX_LIMITS)                                                  \
    X(LIMIT_PROCESSES, "limit_processes", SANDBOX_LIMITS)                                          \
    X(LIMIT_MEMORY, "limit_memory", SANDBOX_LIMITS)                                                \
    X(LIMIT_CPU, "limit_cpu", SANDBOX_LIMITS)                                                      \
    X(LIMIT_CORE, "limit_core", SANDBOX_LIMITS)                                                    \
    X(NAMESPACE_USER, "namespace_user", SANDBOX_USER_NAMESPACE)                                    \
    X(NAMESPACE_NETWORK, "namespace_network", SANDBOX_NETWORK_NAMESPACE)                           \
    X(NAMESPACE_MOUNT, "namespace_mount", SANDBOX_MOUNT_NAMESPACE)                                 \
    X(NAMESPACE_IPC, "namespace_ipc", SANDBOX_IPC_NAMESPACE)                                       \
    X(NAMESPACE_UTS, "namespace_uts", SANDBOX_UTS_NAMESPACE)                                       \
    X(NAMESPACE_CGROUP, "namespace_cgroup", SANDBOX_CGROUP_NAMESPACE)                              \
    X(NAMESPACE_PID, "namespace_pid", SANDBOX_PID_NAMESPACE)                                       \
    X(ROOT_FOLDER, "root_folder", SANDBOX_EMPTY_ROOT)

enum sandbox_fact_index {
#define X(name, text, layer) SANDBOX_FACT_##name,
    SANDBOX_FACTS(X)
#undef X
        SANDBOX_FACT_COUNT
};

enum sandbox_seen { SANDBOX_UNSEEN, SANDBOX_HOLDS, SANDBOX_BROKEN };

struct sandbox_fact {
    const char *name;
    uint32_t layer;
    enum sandbox_seen seen;
    char text[96]; /* one printable line: "filter mode 2", "not visible to this user" */
};

struct sandbox_view {
    struct sandbox_fact facts[SANDBOX_FACT_COUNT];
};

/* Looks at process `pid`, which should be a locked-down child of ours that is waiting. Fills every
 * fact. */
void sandbox_look(pid_t pid, struct sandbox_view *out);

#endif
