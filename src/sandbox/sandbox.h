/* SPDX-License-Identifier: Apache-2.0
 *
 * A cage for a process that reads strangers' bytes. It is put up in two steps, because the
 * expensive part can be done once for many short-lived processes:
 *
 *   sandbox_enclose    in the keeper of the cage, once: namespaces, an empty root, an unprivileged
 * identity, no capability, no core dump, no_new_privs, Landlock. Everything forked later inherits
 * it. sandbox_lock_down  in each child, before it touches a stranger's byte: every descriptor
 * closed, resource limits that cannot be raised again, and a seccomp filter that leaves memory
 * calls and exit. Whatever else it calls kills it.
 *
 * Each layer has a name and a bit, so that a missing one is seen and never silently gone.
 * SANDBOX_REQUIRED are the layers without which strangers' bytes must not be read; the others are
 * walls behind those walls, which some places refuse (a container without user namespaces). The
 * caller decides what to do when one is missing: this folder only tells the truth about it.
 *
 * A build with a sanitizer (-Db_sanitize=…) leaves out the layers a sanitizer cannot live under:
 * seccomp, the limits, Landlock and the empty root. That is decided when the program is built,
 * never when it runs: two builds, one that tests the cage and one that tests the code inside it.
 */
#ifndef PORCHLIGHT_SANDBOX_H
#define PORCHLIGHT_SANDBOX_H

#include <sys/types.h>

#include "base/base.h"

/* Every layer: its name in the enum, its name for people, and what it takes away. */
#define SANDBOX_LAYERS(X)                                                                          \
    X(USER_NAMESPACE, "user_namespace", "a user namespace of its own")                             \
    X(NETWORK_NAMESPACE, "network_namespace", "a network of its own, without any interface up")    \
    X(MOUNT_NAMESPACE, "mount_namespace", "mounts of its own")                                     \
    X(IPC_NAMESPACE, "ipc_namespace", "System V IPC and message queues of its own")                \
    X(UTS_NAMESPACE, "uts_namespace", "a host name of its own")                                    \
    X(CGROUP_NAMESPACE, "cgroup_namespace", "a cgroup tree of its own")                            \
    X(PID_NAMESPACE, "pid_namespace", "sees no other process, and dies with its keeper")           \
    X(EMPTY_ROOT, "empty_root", "a root folder with nothing in it")                                \
    X(IDENTITY, "identity", "an unprivileged user id and no capability")                           \
    X(UNDUMPABLE, "undumpable", "no core file, and no other process may look inside")              \
    X(NO_NEW_PRIVS, "no_new_privs", "no program can give it privileges")                           \
    X(LANDLOCK, "landlock", "no file may be opened, no address bound or connected to")             \
    X(LIMITS, "limits", "memory, time, files and processes bounded by the kernel")                 \
    X(SECCOMP, "seccomp", "any system call but memory and exit kills it")

enum sandbox_layer_index {
#define X(name, text, meaning) SANDBOX_INDEX_##name,
    SANDBOX_LAYERS(X)
#undef X
        SANDBOX_LAYER_COUNT
};

enum sandbox_layer {
#define X(name, text, meaning) SANDBOX_##name = 1 << SANDBOX_INDEX_##name,
    SANDBOX_LAYERS(X)
#undef X
};

enum { SANDBOX_ALL = (1 << SANDBOX_LAYER_COUNT) - 1 };

/* The layers a build can have at all, and those it must have. */
#ifdef SANDBOX_SANITIZED
enum {
    SANDBOX_POSSIBLE =
        SANDBOX_ALL & ~(SANDBOX_LANDLOCK | SANDBOX_LIMITS | SANDBOX_SECCOMP | SANDBOX_EMPTY_ROOT),
    SANDBOX_REQUIRED = SANDBOX_IDENTITY | SANDBOX_UNDUMPABLE | SANDBOX_NO_NEW_PRIVS,
};
#else
enum {
    SANDBOX_POSSIBLE = SANDBOX_ALL,
    SANDBOX_REQUIRED = SANDBOX_IDENTITY | SANDBOX_UNDUMPABLE | SANDBOX_NO_NEW_PRIVS |
                       SANDBOX_LANDLOCK | SANDBOX_LIMITS | SANDBOX_SECCOMP,
};
#endif

/* What is in force. */
struct sandbox_state {
    uint32_t layers;       /* bits of enum sandbox_layer */
    uint32_t landlock_abi; /* what the running kernel speaks; 0: no Landlock */
};

/* The name of layer number `index` ("seccomp") and one sentence on it; NULL beyond the last. */
const char *sandbox_layer_name(unsigned index);
const char *sandbox_layer_meaning(unsigned index);

/* Writes the names of the layers in `layers` to `out`, separated by commas, or "none"; cut to
 * `room` bytes. */
enum { SANDBOX_NAMES_ROOM = 256 };
void sandbox_layer_names(uint32_t layers, char *out, size_t room);

/* Who a caged process is when its keeper is started by root: an id that no account has, so that
 * nothing on the machine belongs to it. When it is not started by root it stays who it is. */
enum { SANDBOX_DEFAULT_ID = 64937 };
struct sandbox_identity {
    uid_t uid;
    gid_t gid;
};

/* Encloses the calling process, for good, and says which layers it got. It must have one thread.
 * Where a process namespace can be had the call returns in a new process: the caller's own stays
 * behind as a guard with no descriptor left, which only waits for it and ends as it ended. The
 * enclosed process is killed when its parent ends. 0, or a fault when not even the first steps
 * could be taken; a missing layer is not a fault. */
int sandbox_enclose(const struct sandbox_identity *identity, struct sandbox_state *out) MUST_CHECK;

/* The seccomp program, compiled once and installed by each child. */
struct sandbox_filter;

/* Compiles the program for the running architecture. NULL to `*out` in a sanitizer build (0 is
 * returned). */
int sandbox_filter_new(struct sandbox_filter **out) MUST_CHECK;
void sandbox_filter_free(struct sandbox_filter **filter);

/* What one locked-down process may use. */
struct sandbox_limits {
    uint64_t address_space; /* bytes, all mappings included */
    uint32_t cpu_seconds;
};

/* Locks down the calling process: closes every descriptor, sets the limits, installs the filter. 0,
 * or a negated errno: then the caller must _exit at once, for it is only half locked down. Nothing
 * is logged, since there is no descriptor left to log to. `filter` is NULL only where sandbox_trial
 * said that seccomp cannot be had. */
int sandbox_lock_down(const struct sandbox_filter *filter,
                      const struct sandbox_limits *limits) MUST_CHECK;

/* Sends a child through sandbox_lock_down and has it make a forbidden call: SANDBOX_LIMITS and
 * SANDBOX_SECCOMP as far as they were proven. The caller must have no other child. */
uint32_t sandbox_trial(const struct sandbox_filter *filter, const struct sandbox_limits *limits);

/* Tries everything in a throw-away process and says what could be had here. 0 or a fault. */
int sandbox_probe(const struct sandbox_identity *identity, struct sandbox_state *out) MUST_CHECK;

/* Confines a process that must go on opening files: it may read below `folders` (a list that ends
 * with NULL), write what it has open, `output` bytes of a file at most, and allocate; no other
 * file, no network, no program, no other process. 0, or a negated errno: then it must _exit at
 * once. */
struct sandbox_reader_limits {
    uint64_t address_space, output; /* bytes */
    uint32_t cpu_seconds;
};
int sandbox_confine_reader(const char *const *folders,
                           const struct sandbox_reader_limits *limits) MUST_CHECK;

/* The address space the calling process takes now, in bytes; 0 when it cannot be read. */
uint64_t sandbox_address_space(void);

#endif
