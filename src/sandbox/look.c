/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads /proc of a caged process and judges what stands there. Each fact is one small reading with
 * one line of text. What we may not read, or do not find, stays unseen.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "base/text.h"
#include "sandbox/look.h"

enum { PROC_FILE_ROOM = 8192 };

struct looking {
    pid_t pid;
    struct sandbox_view *view;
    char status[PROC_FILE_ROOM];
    char limits[PROC_FILE_ROOM];
};

static void tell(struct looking *look, enum sandbox_fact_index index, enum sandbox_seen seen,
                 const char *format, ...) PRINTF_LIKE(4, 5);
static void tell(struct looking *look, enum sandbox_fact_index index, enum sandbox_seen seen,
                 const char *format, ...)
{
    struct sandbox_fact *fact = &look->view->facts[index];
    fact->seen = seen;
    va_list args;
    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it loses sight of va_start above. */
    vsnprintf(fact->text, sizeof fact->text, format, args);
    va_end(args);
}

static void tell_bool(struct looking *look, enum sandbox_fact_index index, bool holds,
                      const char *text)
{
    tell(look, index, holds ? SANDBOX_HOLDS : SANDBOX_BROKEN, "%s", text);
}

/* Reads /proc/PID/`name` whole, NUL-terminated; the number of bytes, or a negated errno. */
static int read_proc(pid_t pid, const char *name, char *out, size_t room)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    size_t len = 0;
    while (len < room - 1) {
        ssize_t got = read(fd, out + len, room - 1 - len);
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    out[len] = '\0';
    return (int)len;
}

/* Copies what follows `label` on its line, blanks and tabs folded to one space; false when there is
 * no such line. */
static bool line_after(const char *text, const char *label, char *out, size_t room)
{
    const char *at = text;
    size_t label_len = strlen(label), len = 0;
    while (at && strncmp(at, label, label_len) != 0) {
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    if (!at)
        return false;
    for (at += label_len; *at && *at != '\n' && len + 1 < room; at++) {
        char c = *at == '\t' ? ' ' : *at;
        if (c != ' ' || (len > 0 && out[len - 1] != ' '))
            out[len++] = c;
    }
    while (len > 0 && out[len - 1] == ' ')
        len--;
    out[len] = '\0';
    return true;
}

static void look_status(struct looking *look)
{
    char text[80];
    if (line_after(look->status, "Seccomp:", text, sizeof text))
        tell(look, SANDBOX_FACT_SECCOMP, strcmp(text, "2") == 0 ? SANDBOX_HOLDS : SANDBOX_BROKEN,
             "mode %s (2: filter)", text);
    if (line_after(look->status, "NoNewPrivs:", text, sizeof text))
        tell_bool(look, SANDBOX_FACT_NO_NEW_PRIVS, strcmp(text, "1") == 0, text);
    /* Real, effective, saved and file-system id: none may be root's. */
    bool root = false;
    if (line_after(look->status, "Uid:", text, sizeof text)) {
        char padded[84];
        snprintf(padded, sizeof padded, " %s ", text);
        root = strstr(padded, " 0 ") != NULL;
        tell_bool(look, SANDBOX_FACT_USER, !root, text);
    }
    char effective[32], permitted[32];
    if (line_after(look->status, "CapEff:", effective, sizeof effective) &&
        line_after(look->status, "CapPrm:", permitted, sizeof permitted))
        tell(look, SANDBOX_FACT_CAPABILITIES,
             strspn(effective, "0") == strlen(effective) &&
                     strspn(permitted, "0") == strlen(permitted)
                 ? SANDBOX_HOLDS
                 : SANDBOX_BROKEN,
             "effective %s, permitted %s", effective, permitted);
    /* The kernel gives the files of an undumpable process to root. */
    char path[64];
    struct stat about;
    snprintf(path, sizeof path, "/proc/%d/status", (int)look->pid);
    if (stat(path, &about) == 0 && !root)
        tell(look, SANDBOX_FACT_UNDUMPABLE, about.st_uid == 0 ? SANDBOX_HOLDS : SANDBOX_BROKEN,
             "its /proc belongs to user %u", (unsigned)about.st_uid);
}

/* A limit must be `want`, or, with want NULL, anything but unlimited. */
static void look_limit(struct looking *look, enum sandbox_fact_index index, const char *label,
                       const char *want)
{
    char text[80];
    if (!line_after(look->limits, label, text, sizeof text))
        return;
    bool holds = want ? strncmp(text, want, strlen(want)) == 0 : !strstr(text, "unlimited");
    tell_bool(look, index, holds, text);
}

static void look_limits(struct looking *look)
{
    look_limit(look, SANDBOX_FACT_LIMIT_FILES, "Max open files", "0 0 ");
    look_limit(look, SANDBOX_FACT_LIMIT_PROCESSES, "Max processes", "0 0 ");
    look_limit(look, SANDBOX_FACT_LIMIT_MEMORY, "Max address space", NULL);
    look_limit(look, SANDBOX_FACT_LIMIT_CPU, "Max cpu time", NULL);
    look_limit(look, SANDBOX_FACT_LIMIT_CORE, "Max core file size", "0 0 ");
}

/* Entries of a folder of /proc/PID, "." and ".." not counted; negated errno. */
static int count_entries(pid_t pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    DIR *folder = opendir(path);
    if (!folder)
        return -errno;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}

static void look_entries(struct looking *look, enum sandbox_fact_index index, const char *name)
{
    int count = count_entries(look->pid, name);
    if (count >= 0)
        tell(look, index, count == 0 ? SANDBOX_HOLDS : SANDBOX_BROKEN, "%d entries", count);
}

static void look_namespace(struct looking *look, enum sandbox_fact_index index, const char *name)
{
    char path[64], theirs[64], ours[64];
    snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)look->pid, name);
    ssize_t theirs_len = readlink(path, theirs, sizeof theirs - 1);
    snprintf(path, sizeof path, "/proc/self/ns/%s", name);
    ssize_t ours_len = readlink(path, ours, sizeof ours - 1);
    if (theirs_len < 0 || ours_len < 0)
        return;
    theirs[theirs_len] = ours[ours_len] = '\0';
    bool own = strcmp(theirs, ours) != 0;
    tell(look, index, own ? SANDBOX_HOLDS : SANDBOX_BROKEN, "%s%s", theirs,
         own ? "" : ", the same as ours");
}

void sandbox_look(pid_t pid, struct sandbox_view *out)
{
    static const struct sandbox_fact blank[] = {
#define X(name, text, layer) {text, layer, SANDBOX_UNSEEN, "not visible to this user"},
        SANDBOX_FACTS(X)
#undef X
    };
    memcpy(out->facts, blank, sizeof out->facts);
    struct looking look = {.pid = pid, .view = out};
    if (read_proc(pid, "status", look.status, sizeof look.status) > 0)
        look_status(&look);
    if (read_proc(pid, "limits", look.limits, sizeof look.limits) > 0)
        look_limits(&look);
    char first[2];
    int environment = read_proc(pid, "environ", first, sizeof first);
    if (environment >= 0)
        tell_bool(&look, SANDBOX_FACT_ENVIRONMENT, environment == 0,
                  environment == 0 ? "empty" : "not empty");
    look_entries(&look, SANDBOX_FACT_DESCRIPTORS, "fd");
    look_entries(&look, SANDBOX_FACT_ROOT_FOLDER, "root");
    look_namespace(&look, SANDBOX_FACT_NAMESPACE_USER, "user");
    look_namespace(&look, SANDBOX_FACT_NAMESPACE_NETWORK, "net");
    look_namespace(&look, SANDBOX_FACT_NAMESPACE_MOUNT, "mnt");
    look_namespace(&look, SANDBOX_FACT_NAMESPACE_IPC, "ipc");
    look_namespace(&look, SANDBOX_FACT_NAMESPACE_UTS, "uts");
    look_namespace(&look, SANDBOX_FACT_NAMESPACE_CGROUP, "cgroup");
    look_namespace(&look, SANDBOX_FACT_NAMESPACE_PID, "pid");
}
