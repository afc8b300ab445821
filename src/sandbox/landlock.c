/* SPDX-License-Identifier: Apache-2.0
 *
 * Landlock, as much of it as the running kernel knows. A ruleset names the actions it handles;
 * handling one without a rule that allows it forbids it everywhere. So the more we name the better,
 * but naming an action the kernel has not heard of is refused: the table below says which version
 * brought what.
 *
 * The constants stand here as numbers because the kernel headers of the oldest system we build on
 * end at version 2.
 */
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "sandbox/parts.h"

#ifndef __NR_landlock_create_ruleset
#define __NR_landlock_create_ruleset 444
#define __NR_landlock_add_rule       445
#define __NR_landlock_restrict_self  446
#endif

enum { ASK_VERSION = 1 };

/* The kernel's struct landlock_ruleset_attr; an older kernel takes it when what it does not know is
 * zero. */
struct ruleset {
    uint64_t files;
    uint64_t network;
    uint64_t scoped;
};

static const struct step {
    uint32_t abi;
    struct ruleset adds;
} steps[] = {
    {1, {.files = 0x1fff}},            /* execute, write, read, read a folder, remove, make … */
    {2, {.files = UINT64_C(1) << 13}}, /* link and rename across folders */
    {3, {.files = UINT64_C(1) << 14}}, /* truncate */
    {4, {.network = 0x3}},             /* bind and connect TCP */
    {5, {.files = UINT64_C(1) << 15}}, /* ioctl on devices */
    {6, {.scoped = 0x3}},              /* abstract sockets and signals to the outside */
};

uint32_t sandbox_landlock_abi(void)
{
    long abi = syscall(__NR_landlock_create_ruleset, NULL, 0, ASK_VERSION);
    return abi > 0 ? (uint32_t)abi : 0;
}

/* The kernel's struct landlock_path_beneath_attr. */
struct beneath {
    uint64_t allowed;
    int32_t folder;
} __attribute__((packed));

enum { RULE_BENEATH = 1, MAY_READ = 1 << 2 | 1 << 3 };

/* A folder that is not there needs no rule. */
static bool allow_reading(int ruleset, const char *path)
{
    AUTO_CLOSE int folder = open(path, O_PATH | O_CLOEXEC | O_DIRECTORY);
    struct beneath rule = {MAY_READ, folder};
    return folder < 0 || syscall(__NR_landlock_add_rule, ruleset, RULE_BENEATH, &rule, 0) == 0;
}

bool sandbox_landlock_apply(void)
{
    return sandbox_landlock_apply_reading(NULL);
}

bool sandbox_landlock_apply_reading(const char *const *folders)
{
    uint32_t abi = sandbox_landlock_abi();
    if (abi == 0)
        return false;
    struct ruleset all = {0};
    for (size_t i = 0; i < ARRAY_LEN(steps) && steps[i].abi <= abi; i++) {
        all.files |= steps[i].adds.files;
        all.network |= steps[i].adds.network;
        all.scoped |= steps[i].adds.scoped;
    }
    AUTO_CLOSE int fd = (int)syscall(__NR_landlock_create_ruleset, &all, sizeof all, 0);
    for (; fd >= 0 && folders && *folders; folders++)
        if (!allow_reading(fd, *folders))
            return false;
    return fd >= 0 && syscall(__NR_landlock_restrict_self, fd, 0) == 0;
}
