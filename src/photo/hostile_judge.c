/* SPDX-License-Identifier: Apache-2.0
 *
 * A judge that has been taken over. The program porchlight-photo-hostile is porchlight-photo with
 * this in the place of judge.c: a photo that is one of the words of hostile.h makes it do that; any
 * other gets a small good answer. It is built for the tests and never installed.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "photo/hostile.h"
#include "photo/judge.h"
#include "photo/mark.h"
#include "photo/protocol.h"

struct scene {
    struct span photo;
    const struct judge_room *room;
};

static volatile int sink;

static void open_file(const struct scene *scene)
{
    sink = open("/etc/passwd", O_RDONLY);
}
static void read_descriptor(const struct scene *scene)
{
    char byte;
    sink = (int)read(PROTOCOL_SOCKET, &byte, 1);
}
static void write_descriptor(const struct scene *scene)
{
    sink = (int)write(2, "x", 1);
}
static void make_socket(const struct scene *scene)
{
    sink = socket(AF_UNIX, SOCK_STREAM, 0);
}
static void connect_out(const struct scene *scene)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    sink = connect(PROTOCOL_SOCKET, (struct sockaddr *)&address, sizeof address);
}
static void fork_off(const struct scene *scene)
{
    sink = fork();
}
static void execute(const struct scene *scene)
{
    char *const none[] = {NULL};
    sink = execve("/bin/sh", none, none);
}
static void trace(const struct scene *scene)
{
    sink = (int)ptrace(PTRACE_ATTACH, 1, 0, 0);
}
static void map_code(const struct scene *scene)
{
    sink = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) == MAP_FAILED;
}
static void map_descriptor(const struct scene *scene)
{
    sink = mmap(NULL, 4096, PROT_READ, MAP_SHARED, PROTOCOL_SOCKET, 0) == MAP_FAILED;
}
static void make_code(const struct scene *scene)
{
    static _Alignas(4096) char page[4096];
    sink = mprotect(page, sizeof page, PROT_READ | PROT_EXEC);
}
static void use_io_uring(const struct scene *scene)
{
    sink = (int)syscall(SYS_io_uring_setup, 8, NULL);
}
static void kill_zygote(const struct scene *scene)
{
    sink = kill(1, SIGKILL);
}
static void kill_everyone(const struct scene *scene)
{
    sink = kill(-1, SIGKILL);
}
static void raise_limit(const struct scene *scene)
{
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    sink = setrlimit(RLIMIT_NOFILE, &limit);
}
static void wait_asleep(const struct scene *scene)
{
    sink = nanosleep(&(struct timespec){.tv_sec = 60}, NULL);
}
static void abort_itself(const struct scene *scene)
{
    abort();
}

static void touch_nothing(const struct scene *scene)
{
    volatile uint8_t *volatile nothing = (volatile uint8_t *)(uintptr_t)sink; /* 0 */
    sink = *nothing;
}

static int deeper(volatile char *above)
{
    volatile char here[4096];
    here[0] = (char)(above[0] + 1);
    return here[0] == 0 ? 0 : deeper(here) + here[0];
}
static void recurse(const struct scene *scene)
{
    volatile char start[1] = {1};
    for (;;)
        sink = deeper(start);
}

static void write_past_room(const struct scene *scene)
{
    for (volatile uint8_t *at = scene->room->posted;; at++)
        *at = 0xff;
}
static void write_to_input(const struct scene *scene)
{
    *(volatile uint8_t *)(uintptr_t)scene->photo.data = 'x';
}
static void take_all_memory(const struct scene *scene)
{
    for (char *piece; (piece = malloc(1 << 20)) != NULL;)
        memset(piece, 1, 1 << 20);
    _exit(PROTOCOL_EXIT_NO_MEMORY);
}
static void exit_with_code(const struct scene *scene)
{
    _exit(7);
}
static void exit_silently(const struct scene *scene)
{
    _exit(0);
}
static void exit_with_garbage(const struct scene *scene)
{
    memset(scene->room->preview - PROTOCOL_ROOM_HEAD, 0xa5, PROTOCOL_ROOM_HEAD);
    _exit(0);
}
static void never_answer(const struct scene *scene)
{
    for (;;)
        sink++;
}

static const struct {
    const char *word;
    void (*act)(const struct scene *scene);
} acts[] = {
#define X(name) {#name, name},
    HOSTILE_CALLS(X)
#undef X
#define X(name, result) {#name, name},
        HOSTILE_ENDS(X)
#undef X
};

static bool says(struct span photo, const char *word)
{
    return photo.len == strlen(word) && memcmp(photo.data, word, photo.len) == 0;
}

/* Both pictures are the shortest there are; the frame is all the server looks at. */
static void good_answer(const struct judge_room *room, struct photo_facts *facts)
{
    static const uint8_t picture[] = {0xff, 0xd8, 0xff, 0xd9};
    memcpy(room->posted, picture, sizeof picture);
    memcpy(room->preview, picture, sizeof picture);
    *facts = (struct photo_facts){.verdict = PHOTO_OK,
                                  .width = 64,
                                  .height = 48,
                                  .source_width = 64,
                                  .source_height = 48,
                                  .posted_len = sizeof picture,
                                  .preview_len = sizeof picture,
                                  .preview_width = 64,
                                  .preview_height = 48,
                                  .orientation = 1};
}

int judge_photo(struct span jpeg, const struct judge_limits *limits, const struct judge_room *room,
                struct photo_facts *facts)
{
    const struct scene scene = {jpeg, room};
    good_answer(room, facts);
    for (size_t i = 0; i < ARRAY_LEN(acts); i++)
        if (says(jpeg, acts[i].word))
            acts[i].act(&scene);
#define X(name, field, lie)                                                                        \
    if (says(jpeg, #name))                                                                         \
        facts->field = (typeof(facts->field))(lie);
    HOSTILE_LIES(X)
#undef X
    return 0;
}

/* The shortest picture that a marked photo can be: a frame of 16 by 8, a scan of nothing. */
static uint32_t good_mark(struct mark_room room)
{
    static const uint8_t picture[] = {0xff, 0xd8, 0xff, 0xc0, 0, 11,   8,    0, 8,    0,
                                      16,   1,    1,    0x11, 0, 0xff, 0xda, 0, 8,    1,
                                      1,    0,    0,    63,   0, 0xff, 0,    1, 0xff, 0xd9};
    memcpy(room.data, picture, sizeof picture);
    return sizeof picture;
}

int mark_photo(struct span jpeg, const char *text, const struct judge_limits *limits,
               struct mark_room room, struct photo_facts *facts)
{
    const struct judge_room whole = {
        .posted = room.data, .posted_room = room.len, .preview = room.data - 1};
    const struct scene scene = {jpeg, &whole};
    *facts = (struct photo_facts){.width = 16, .height = 8, .posted_len = good_mark(room)};
    if (text[0] == '\0')
        abort();
    for (size_t i = 0; i < ARRAY_LEN(acts); i++)
        if (says(jpeg, acts[i].word))
            acts[i].act(&scene);
#define X(name, field, lie)                                                                        \
    if (says(jpeg, #name))                                                                         \
        facts->field = (typeof(facts->field))(lie);
    HOSTILE_MARK_LIES(X)
#undef X
#define X(name, at, byte)                                                                          \
    if (says(jpeg, #name))                                                                         \
        room.data[at] = byte;
    HOSTILE_MARK_BYTES(X)
#undef X
    return 0;
}

void judge_warm(void)
{
}
