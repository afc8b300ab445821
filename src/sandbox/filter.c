/* SPDX-License-Identifier: Apache-2.0
 *
 * The seccomp filter of a locked-down process: take and give back memory, read the clock, exit. No
 * read, no write: its input and output are mapped. No mapping is ever executable, and none is
 * backed by a file. Everything else, and every call by the numbers of another architecture (x32
 * included), kills the whole process at once; io_uring, which goes round per-call rules, is part of
 * everything else.
 *
 * libseccomp compiles the rules into a program for the kernel; that takes a millisecond and is done
 * once. The program is plain data that each child installs with one system call.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/log.h"
#include "sandbox/parts.h"
#include "sandbox/sandbox.h"

struct sandbox_filter {
    struct sock_fprog program; /* .filter is owned */
};

#ifndef SANDBOX_SANITIZED
static int add_rules(scmp_filter_ctx rules)
{
    static const int plain[] = {
        SCMP_SYS(munmap), SCMP_SYS(mremap),        SCMP_SYS(madvise),
        SCMP_SYS(brk),    SCMP_SYS(clock_gettime), SCMP_SYS(exit_group),
    };
    int result = seccomp_attr_set(rules, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    for (size_t i = 0; i < ARRAY_LEN(plain) && result == 0; i++)
        result = seccomp_rule_add(rules, SCMP_ACT_ALLOW, plain[i], 0);
    if (result == 0)
        result = seccomp_rule_add(rules, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                                  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
                                  SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
    return result;
}

/* libseccomp 2.5 writes a program to a descriptor only: it goes through a memfd. */
static int export_program(scmp_filter_ctx rules, struct sock_fprog *out)
{
    AUTO_CLOSE int fd = memfd_create("filter", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    int result = seccomp_export_bpf(rules, fd);
    if (result < 0)
        return result;
    struct stat about;
    if (fstat(fd, &about) < 0)
        return -errno;
    size_t size = (size_t)about.st_size, one = sizeof(struct sock_filter);
    if (size == 0 || size % one != 0 || size / one > BPF_MAXINSNS)
        return -EINVAL;
    AUTO_FREE struct sock_filter *code = malloc(size);
    if (!code)
        return -ENOMEM;
    if (pread(fd, code, size, 0) != (ssize_t)size)
        return -EIO;
    *out = (struct sock_fprog){.len = (unsigned short)(size / one), .filter = code};
    code = NULL;
    return 0;
}

static int compile(struct sock_fprog *out)
{
    scmp_filter_ctx rules = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!rules)
        return -ENOMEM;
    int result = add_rules(rules);
    if (result == 0)
        result = export_program(rules, out);
    seccomp_release(rules);
    return result;
}

int sandbox_filter_new(struct sandbox_filter **out)
{
    *out = NULL;
    struct sock_fprog program = {0};
    int result = compile(&program);
    if (result < 0)
        return log_fault("sandbox.filter", result, "cannot compile the seccomp filter");
    struct sandbox_filter *filter = malloc(sizeof *filter);
    if (!filter) {
        free(program.filter);
        return log_fault("sandbox.filter", -ENOMEM, "out of memory");
    }
    filter->program = program;
    *out = filter;
    return 0;
}
#else
int sandbox_filter_new(struct sandbox_filter **out)
{
    *out = NULL;
    return 0;
}
#endif

void sandbox_filter_free(struct sandbox_filter **filter)
{
    if (!*filter)
        return;
    free((*filter)->program.filter);
    free(*filter);
    *filter = NULL;
}

int sandbox_filter_install(const struct sandbox_filter *filter)
{
    return syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter->program) == 0 ? 0 : -errno;
}
