/* SPDX-License-Identifier: Apache-2.0
 *
 * Sheet and picture go in, and the PDF comes out, by memory that both processes have: there is no
 * pipe on which either could wait for the other. What comes back is a stranger's: its size is
 * bounded by the kernel, and nothing of it is read here but its first bytes.
 */
#include "paper/paper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/log.h"

#define PROGRAM "porchlight-paper"

enum { PATH_ROOM = 4096, HEAD_ROOM = 64 };

/* Beside the running program, in its build folder, or where it is installed. */
static void find_program(const char *configured, char out[PATH_ROOM + 64])
{
    static const char *const near[] = {"/" PROGRAM, "/src/paper/" PROGRAM};
    char self[PATH_ROOM];
    if (*configured) {
        snprintf(out, PATH_ROOM, "%s", configured);
        return;
    }
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    self[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = '\0';
    for (size_t i = 0; slash && i < ARRAY_LEN(near); i++) {
        snprintf(out, PATH_ROOM + 64, "%s%s", self, near[i]);
        if (access(out, X_OK) == 0)
            return;
    }
    snprintf(out, PATH_ROOM, "%s", PAPER_LIBEXECDIR "/" PROGRAM);
}

/* What the program reads: a line with both lengths, the sheet, the picture. A descriptor, or a
 * negated errno. */
static int write_input(const struct paper_job *job)
{
    char head[HEAD_ROOM];
    int fd = memfd_create("sheet", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    int len =
        snprintf(head, sizeof head, "porchlight-paper %zu %zu\n", job->sheet.len, job->jpeg.len);
    int result = file_write(fd, (struct span){(const uint8_t *)head, (size_t)len});
    if (result == 0)
        result = file_write(fd, job->sheet);
    if (result == 0)
        result = file_write(fd, job->jpeg);
    if (result == 0 && lseek(fd, 0, SEEK_SET) < 0)
        result = -errno;
    if (result != 0)
        close(fd);
    return result == 0 ? fd : result;
}

static int spawn(const char *program, int in, int out, pid_t *pid_out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t plan;
    sigset_t none, all;
    char *const arguments[] = {(char *)PROGRAM, NULL}, *const environment[] = {NULL};
    sigemptyset(&none);
    sigfillset(&all);
    int result = posix_spawn_file_actions_init(&actions);
    if (result != 0)
        return -result;
    result = posix_spawnattr_init(&plan);
    if (result == 0) {
        posix_spawnattr_setsigmask(&plan, &none);
        posix_spawnattr_setsigdefault(&plan, &all);
        posix_spawnattr_setflags(&plan, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                            POSIX_SPAWN_SETSID);
        result = posix_spawn_file_actions_adddup2(&actions, in, 0);
        if (result == 0)
            result = posix_spawn_file_actions_adddup2(&actions, out, 1);
        if (result == 0)
            result = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
        if (result == 0)
            result = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
        if (result == 0)
            result = posix_spawn(pid_out, program, &actions, &plan, arguments, environment);
        posix_spawnattr_destroy(&plan);
    }
    posix_spawn_file_actions_destroy(&actions);
    return -result;
}

/* Waits for the end, and makes it after the time. True: it ended well. */
static bool wait_for(pid_t pid, int64_t timeout_ms)
{
    int status = 0;
    AUTO_CLOSE int handle = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd ends = {.fd = handle, .events = POLLIN};
    if (handle < 0 || poll(&ends, 1, (int)timeout_ms) != 1)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        log_event(LOG_WARN, "paper.failed", "exit=%d signal=%d",
                  WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                  WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int read_output(int fd, const struct paper_job *job, struct buf *out)
{
    static const char magic[] = "%PDF-";
    uint8_t piece[64 << 10];
    struct stat about;
    buf_init(out, job->jpeg.len + PAPER_ADDS_MOST);
    if (fstat(fd, &about) < 0)
        return log_fault("paper.read", -errno, "what=size");
    for (off_t at = 0; at < about.st_size && !out->failed;) {
        ssize_t n = pread(fd, piece, sizeof piece, at);
        if (n <= 0)
            return log_fault("paper.read", n < 0 ? -errno : -EIO, "what=bytes");
        buf_add(out, piece, (size_t)n);
        at += n;
    }
    bool good = !out->failed && out->len > sizeof magic && !memcmp(out->data, magic, 5);
    if (!good)
        log_event(LOG_WARN, "paper.failed", "what=output size=%lld", (long long)about.st_size);
    return good ? 0 : PAPER_FAILED;
}

int paper_make(const struct paper_job *job, struct buf *out)
{
    char program[PATH_ROOM + 64];
    pid_t pid = -1;
    buf_init(out, 0);
    find_program(job->program, program);
    AUTO_CLOSE int in = job->sheet.len <= PAPER_SHEET_MOST ? write_input(job) : -E2BIG;
    if (in < 0)
        return log_fault("paper.make", in, "what=sheet");
    AUTO_CLOSE int made = memfd_create("pdf", MFD_CLOEXEC);
    if (made < 0)
        return log_fault("paper.make", -errno, "what=memory");
    int result = spawn(program, in, made, &pid);
    if (result != 0) {
        log_event(LOG_ERROR, "paper.failed", "what=start error=%d", -result);
        return PAPER_FAILED;
    }
    return wait_for(pid, job->timeout_ms) ? read_output(made, job, out) : PAPER_FAILED;
}
