/* SPDX-License-Identifier: Apache-2.0
 *
 * Forking is cheap from a small process and dear from a large one, and a decoder is quick only when
 * its code is paged in and its tables are made: so one small process does all that once, and every
 * photo's own process starts from there.
 *
 * Everything a child inherits is decided here: the namespaces, the identity, Landlock. The child
 * adds what cannot be inherited by a process that still forks (worker.c).
 *
 * The server is trusted, and its records are checked all the same: a record out of place means two
 * builds that do not fit together, and the only answer is to end. Whatever ends the zygote ends its
 * children: they are told to die with it, and die with its process namespace where there is one.
 */
#include "photo/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/log.h"
#include "photo/worker.h"
#include "sandbox/sandbox.h"

struct child {
    pid_t pid; /* 0: free place */
    uint64_t number;
};

struct zygote {
    int socket;
    int ended; /* signalfd: readable when a child has ended */
    struct protocol_setup setup;
    struct judge_limits limits;
    struct sandbox_state sandbox;
    struct sandbox_filter *filter;
    uint64_t address_space;
    struct child children[PROTOCOL_SLOTS_MAX];
};
/* 1. The places with a pid are those children that were forked and not yet reaped; their pids
 * cannot be anyone else's.
 * 2. No more of them than setup.slots. */

/* What goes wrong here the server has to hear on its log, if it kept our stderr. */
static int give_up(const char *why)
{
    log_event(LOG_ERROR, "photo.zygote", "reason=%s", why);
    return 1;
}

/* ---- start ---- */

static bool take_settings(struct zygote *zygote)
{
    struct protocol_record record;
    int fds[PROTOCOL_FDS_MAX];
    if (protocol_receive(zygote->socket, PROTOCOL_FROM_SERVER, &record, fds) != 0 ||
        record.type != PROTOCOL_SETUP)
        return false;
    zygote->setup = record.setup;
    if (protocol_receive(zygote->socket, PROTOCOL_FROM_SERVER, &record, fds) != 0 ||
        record.type != PROTOCOL_LIMITS)
        return false;
    protocol_limits_get(&record, &zygote->limits);
    return true;
}

/* Encloses this process and proves on a child what a photo's process will get. The warm-up comes
 * first: on some machines the decoder asks /proc what the processor can do. */
static int take_cover(struct zygote *zygote)
{
    const struct sandbox_identity identity = {zygote->setup.uid, zygote->setup.gid};
    judge_warm();
    int result = sandbox_filter_new(&zygote->filter);
    zygote->address_space = sandbox_address_space();
    if (result < 0 || zygote->address_space == 0)
        return give_up("no_filter");
    if (sandbox_enclose(&identity, &zygote->sandbox) < 0)
        return give_up("no_enclosure");
    struct sandbox_limits limits = {.address_space = zygote->address_space + (16u << 20),
                                    .cpu_seconds = 1};
    uint32_t proven = sandbox_trial(zygote->filter, &limits);
    if (!(proven & SANDBOX_SECCOMP) && zygote->filter) {
        sandbox_filter_free(&zygote->filter);
        proven = sandbox_trial(NULL, &limits);
    }
    zygote->sandbox.layers |= proven;
    return 0;
}

static bool watch_children(struct zygote *zygote)
{
    sigset_t ended;
    sigemptyset(&ended);
    sigaddset(&ended, SIGCHLD);
    zygote->ended = -1;
    if (sigprocmask(SIG_BLOCK, &ended, NULL) == 0)
        zygote->ended = signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK);
    return zygote->ended >= 0;
}

static bool say_ready(struct zygote *zygote)
{
    struct protocol_record record = protocol_record_new(PROTOCOL_READY, 0);
    record.ready.layers = zygote->sandbox.layers;
    record.ready.landlock_abi = zygote->sandbox.landlock_abi;
    return protocol_send(zygote->socket, &record, NULL, 0) == 0;
}

/* ---- jobs ---- */

static bool is_memory(int fd, uint64_t size, int sealed_any, int sealed_all)
{
    struct stat about;
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & sealed_all) == sealed_all &&
           (sealed_any == 0 || (seals & sealed_any)) && fstat(fd, &about) == 0 &&
           (uint64_t)about.st_size == size;
}

/* The child with this process id; with 0, a free place. */
static struct child *find_pid(struct zygote *zygote, pid_t pid)
{
    for (unsigned i = 0; i < zygote->setup.slots; i++)
        if (zygote->children[i].pid == pid)
            return &zygote->children[i];
    return NULL;
}

static struct child *find_number(struct zygote *zygote, uint64_t number)
{
    for (unsigned i = 0; i < zygote->setup.slots; i++)
        if (zygote->children[i].pid != 0 && zygote->children[i].number == number)
            return &zygote->children[i];
    return NULL;
}

/* A probe's child is shown to the server by a descriptor of its process: its number means nothing
 * out there. */
static bool say_started(struct zygote *zygote, const struct child *child)
{
    struct protocol_record record = protocol_record_new(PROTOCOL_STARTED, child->number);
    AUTO_CLOSE int process = (int)syscall(SYS_pidfd_open, child->pid, 0);
    return process >= 0 && protocol_send(zygote->socket, &record, &process, 1) == 0;
}

static uint64_t microseconds(const struct timeval *time)
{
    return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

static bool say_done(struct zygote *zygote, uint64_t number, int status, const struct rusage *used)
{
    struct protocol_record record = protocol_record_new(PROTOCOL_DONE, number);
    record.done.wait_status = (uint32_t)status;
    if (used) {
        record.done.cpu_us = microseconds(&used->ru_utime) + microseconds(&used->ru_stime);
        record.done.peak_rss_kb = (uint32_t)used->ru_maxrss;
    }
    return protocol_send(zygote->socket, &record, NULL, 0) == 0;
}

static bool begin(struct zygote *zygote, const struct protocol_record *record, const int *fds)
{
    struct child *place = find_pid(zygote, 0);
    struct protocol_room room = protocol_room_of(&record->job);
    if (!place || find_number(zygote, record->number) ||
        !is_memory(fds[0], record->job.input_size, F_SEAL_WRITE | F_SEAL_FUTURE_WRITE,
                   F_SEAL_SHRINK | F_SEAL_GROW) ||
        !is_memory(fds[1], room.size, 0, F_SEAL_SHRINK | F_SEAL_GROW))
        return false;
    const struct worker_task task = {
        .type = (enum protocol_type)record->type,
        .job = &record->job,
        .limits = &zygote->limits,
        .filter = zygote->filter,
        .nice = zygote->setup.nice,
        .address_space = zygote->address_space,
        .input = fds[0],
        .room = fds[1],
    };
    pid_t pid = fork();
    if (pid == 0)
        worker_run(&task);
    if (pid < 0)
        return say_done(zygote, record->number, PROTOCOL_EXIT_LOCK_DOWN << 8, NULL);
    *place = (struct child){.pid = pid, .number = record->number};
    return record->type != PROTOCOL_PROBE || say_started(zygote, place);
}

/* A job that has ended already is no mistake: the two messages crossed. */
static void kill_child(struct zygote *zygote, uint64_t number)
{
    struct child *child = find_number(zygote, number);
    if (child)
        kill(child->pid, SIGKILL);
}

static bool reap(struct zygote *zygote)
{
    struct signalfd_siginfo info;
    while (read(zygote->ended, &info, sizeof info) > 0)
        ;
    for (;;) {
        int status = 0;
        struct rusage used;
        pid_t pid = wait4(-1, &status, WNOHANG, &used);
        if (pid <= 0)
            return true;
        struct child *child = find_pid(zygote, pid);
        if (!child)
            continue;
        uint64_t number = child->number;
        *child = (struct child){0};
        if (!say_done(zygote, number, status, &used))
            return false;
    }
}

/* One record from the server; 0 to go on, else PROTOCOL_CLOSED or PROTOCOL_BAD. */
static int obey(struct zygote *zygote)
{
    struct protocol_record record;
    int fds[PROTOCOL_FDS_MAX];
    int result = protocol_receive(zygote->socket, PROTOCOL_FROM_SERVER, &record, fds);
    if (result != 0)
        return result == PROTOCOL_CLOSED ? PROTOCOL_CLOSED : PROTOCOL_BAD;
    if (record.type == PROTOCOL_JUDGE || record.type == PROTOCOL_PROBE ||
        record.type == PROTOCOL_MARK) {
        result = begin(zygote, &record, fds) ? 0 : PROTOCOL_BAD;
        close(fds[0]);
        close(fds[1]);
    } else if (record.type == PROTOCOL_KILL) {
        kill_child(zygote, record.number);
    } else {
        result = PROTOCOL_BAD;
    }
    return result;
}

static int serve(struct zygote *zygote)
{
    for (;;) {
        struct pollfd ready[] = {{zygote->socket, POLLIN, 0}, {zygote->ended, POLLIN, 0}};
        if (poll(ready, ARRAY_LEN(ready), -1) < 0 && errno != EINTR)
            return give_up("poll");
        if (ready[1].revents && !reap(zygote))
            return give_up("cannot_report");
        if (!ready[0].revents)
            continue;
        int result = obey(zygote);
        if (result == PROTOCOL_CLOSED)
            return 0;
        if (result != 0)
            return give_up("protocol");
    }
}

int zygote_run(int socket)
{
    static struct zygote zygote;
    zygote.socket = socket;
    if (!take_settings(&zygote))
        return give_up("settings");
    if (take_cover(&zygote) != 0)
        return 1;
    if ((zygote.sandbox.layers & SANDBOX_REQUIRED) != SANDBOX_REQUIRED &&
        !(zygote.setup.flags & PROTOCOL_ALLOW_WEAKER)) {
        say_ready(&zygote); /* so that the server can say what is missing */
        return give_up("weak_sandbox");
    }
    if (!watch_children(&zygote) || !say_ready(&zygote))
        return give_up("start");
    return serve(&zygote);
}
