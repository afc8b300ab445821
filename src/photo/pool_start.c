/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds porchlight-photo, starts it with nothing but a socket, tells it what to be and hears
 * whether it is. A worker that lacks a required layer of its sandbox is not used, unless the
 * setting allow_weaker_sandbox says so, and then the log says so too, each time.
 *
 * Must run on the keeper's thread: the worker asks to be killed when the *thread* that started it
 * ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "photo/pool_inside.h"

enum { START_MS = 10000, END_MS = 200, PATH_ROOM = 4096 };

#define WORKER_NAME "porchlight-photo"

/* ---- where it is ---- */

char *pool_find_worker(const char *configured)
{
    if (configured && *configured)
        return strdup(configured);
    /* Beside the running program; in its build folder; where it is installed. */
    char self[PATH_ROOM], path[PATH_ROOM + 64];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    self[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash) {
        static const char *const near[] = {"/" WORKER_NAME, "/src/photo/" WORKER_NAME};
        *slash = '\0';
        for (size_t i = 0; i < ARRAY_LEN(near); i++) {
            snprintf(path, sizeof path, "%s%s", self, near[i]);
            if (access(path, X_OK) == 0)
                return strdup(path);
        }
    }
    return strdup(PHOTO_LIBEXECDIR "/" WORKER_NAME);
}

/* ---- starting the program ---- */

static int plan_descriptors(posix_spawn_file_actions_t *actions, int socket, unsigned flags)
{
    int result = posix_spawn_file_actions_adddup2(actions, socket, PROTOCOL_SOCKET);
    int nulls = flags & POOL_KEEP_STDERR ? 2 : 3;
    for (int fd = 0; fd < nulls && result == 0; fd++)
        result = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
    if (result == 0)
        result = posix_spawn_file_actions_addclosefrom_np(actions, PROTOCOL_SOCKET + 1);
    return result;
}

/* A session of its own, so that Ctrl-C reaches the server only; and no signal blocked or ignored by
 * inheritance. */
static int plan_signals(posix_spawnattr_t *plan)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int result = posix_spawnattr_setsigmask(plan, &none);
    if (result == 0)
        result = posix_spawnattr_setsigdefault(plan, &all);
    if (result == 0)
        result = posix_spawnattr_setflags(plan, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETSID);
    return result;
}

static int spawn(const struct photo_pool *pool, int socket, pid_t *pid_out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t plan;
    char *const arguments[] = {(char *)WORKER_NAME, NULL}, *const environment[] = {NULL};
    int result = posix_spawn_file_actions_init(&actions);
    if (result != 0)
        return -result;
    result = posix_spawnattr_init(&plan);
    if (result == 0) {
        result = plan_descriptors(&actions, socket, pool->config.flags);
        if (result == 0)
            result = plan_signals(&plan);
        if (result == 0)
            result =
                posix_spawn(pid_out, pool->worker_path, &actions, &plan, arguments, environment);
        posix_spawnattr_destroy(&plan);
    }
    posix_spawn_file_actions_destroy(&actions);
    return -result;
}

/* ---- first words ---- */

static int send_settings(const struct photo_pool *pool, int socket)
{
    const struct photo_pool_config *config = &pool->config;
    struct protocol_record record = protocol_record_new(PROTOCOL_SETUP, 0);
    record.setup = (struct protocol_setup){
        .uid = config->identity.uid,
        .gid = config->identity.gid,
        .slots = config->slots + config->mark_slots,
        .nice = config->nice,
        .flags = config->flags & POOL_ALLOW_WEAKER_SANDBOX ? PROTOCOL_ALLOW_WEAKER : 0,
    };
    int result = protocol_send(socket, &record, NULL, 0);
    if (result < 0)
        return result;
    record = protocol_record_new(PROTOCOL_LIMITS, 0);
    protocol_limits_put(&record, &config->limits);
    return protocol_send(socket, &record, NULL, 0);
}

/* READY within its time, or POOL_NO_WORKER. */
static int hear_ready(struct pool_zygote *zygote)
{
    struct pollfd ready = {zygote->socket, POLLIN, 0};
    int64_t end = clock_steady() + START_MS;
    int64_t left;
    while ((left = end - clock_steady()) > 0) {
        int got = poll(&ready, 1, (int)left);
        if (got < 0 && errno != EINTR)
            return -errno;
        if (got > 0)
            break;
    }
    struct protocol_record record;
    int fds[PROTOCOL_FDS_MAX];
    if (left <= 0 || protocol_receive(zygote->socket, PROTOCOL_FROM_ZYGOTE, &record, fds) != 0 ||
        record.type != PROTOCOL_READY)
        return POOL_NO_WORKER;
    zygote->sandbox = (struct sandbox_state){record.ready.layers, record.ready.landlock_abi};
    return 0;
}

/* Says what the sandbox is and whether that will do. */
static int accept_sandbox(const struct photo_pool *pool, const struct sandbox_state *state)
{
    char names[SANDBOX_NAMES_ROOM];
    uint32_t missing = SANDBOX_ALL & ~state->layers;
    sandbox_layer_names(missing, names, sizeof names);
    bool weak = (missing & SANDBOX_REQUIRED) != 0;
    log_event(missing ? LOG_WARN : LOG_INFO, "photo.sandbox", "landlock=%u missing=%s",
              state->landlock_abi, names);
    if (missing & ~(uint32_t)SANDBOX_POSSIBLE)
        log_event(LOG_WARN, "photo.sandbox_weak",
                  "reason=sanitizer_build strangers' photos are not safe with this build");
    if (!weak)
        return 0;
    sandbox_layer_names(missing & SANDBOX_REQUIRED, names, sizeof names);
    if (!(pool->config.flags & POOL_ALLOW_WEAKER_SANDBOX)) {
        log_event(LOG_ERROR, "photo.sandbox_refused", "missing=%s setting=allow_weaker_sandbox",
                  names);
        return POOL_WEAK_SANDBOX;
    }
    log_event(LOG_ERROR, "photo.sandbox_weak",
              "missing=%s reason=allow_weaker_sandbox strangers' photos are read without it",
              names);
    return 0;
}

int pool_zygote_start(const struct photo_pool *pool, struct pool_zygote *out)
{
    int ends[2];
    *out = (struct pool_zygote){.socket = -1, .pid = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return log_fault("photo.start", -errno, "no socket");
    out->socket = ends[0];
    int result = spawn(pool, ends[1], &out->pid);
    close(ends[1]);
    if (result < 0) {
        log_fault("photo.start", result, "cannot run %s", WORKER_NAME);
        out->pid = -1;
        result = POOL_NO_WORKER;
    }
    if (result == 0)
        result = send_settings(pool, out->socket) < 0 ? POOL_NO_WORKER : 0;
    if (result == 0)
        result = hear_ready(out);
    if (result == POOL_NO_WORKER)
        log_event(LOG_ERROR, "photo.start", "reason=no_answer_from_worker");
    if (result == 0)
        result = accept_sandbox(pool, &out->sandbox);
    if (result != 0)
        pool_zygote_end(out);
    return result;
}

/* The closed socket asks it to end; one that does not is killed. What it forked dies with it. */
void pool_zygote_end(struct pool_zygote *zygote)
{
    if (zygote->socket >= 0)
        close(zygote->socket);
    int64_t end = clock_steady() + END_MS;
    bool gone = zygote->pid < 0;
    while (!gone && clock_steady() < end) {
        pid_t got = waitpid(zygote->pid, NULL, WNOHANG);
        gone = got == zygote->pid || (got < 0 && errno == ECHILD);
        if (!gone)
            poll(NULL, 0, 2);
    }
    if (!gone) {
        kill(zygote->pid, SIGKILL);
        while (waitpid(zygote->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    *zygote = (struct pool_zygote){.socket = -1, .pid = -1};
}
