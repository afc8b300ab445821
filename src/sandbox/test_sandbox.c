/* SPDX-License-Identifier: Apache-2.0
 *
 * The cage around a process of our own: what it can still do, and what kills it. What a real worker
 * looks like from outside is tested with the pool. A test that needs a layer the build or the
 * machine cannot have says so and passes.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/tap.h"
#include "sandbox/look.h"
#include "sandbox/sandbox.h"

static const struct sandbox_identity nobody = {SANDBOX_DEFAULT_ID, SANDBOX_DEFAULT_ID};

/* Skips the test where one of these layers cannot be had. */
static bool lacks(uint32_t layers)
{
    struct sandbox_state state;
    if (sandbox_probe(&nobody, &state) == 0 && (state.layers & layers) == layers)
        return false;
    char names[SANDBOX_NAMES_ROOM], why[SANDBOX_NAMES_ROOM + 64];
    sandbox_layer_names(layers, names, sizeof names);
    snprintf(why, sizeof why, "this build or machine has not all of %s", names);
    tap_skip(why);
    return true;
}

/* Ends as a child ended: its code, or 128 and its signal. */
static void end_like(pid_t pid) __attribute__((noreturn));
static void end_like(pid_t pid)
{
    int status = 0;
    waitpid(pid, &status, 0);
    _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

/* Runs `act` in a locked-down child of an enclosed keeper, as photos are; its code, or 128 and its
 * signal. */
static int locked_down(void (*act)(void))
{
    struct sandbox_filter *filter = NULL;
    if (sandbox_filter_new(&filter) < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        struct sandbox_state state;
        struct sandbox_limits limits = {.address_space = sandbox_address_space() + (32u << 20),
                                        .cpu_seconds = 1};
        if (sandbox_enclose(&nobody, &state) < 0)
            _exit(99);
        pid_t worker = fork();
        if (worker != 0)
            end_like(worker);
        if (sandbox_lock_down(filter, &limits) < 0)
            _exit(98);
        act();
        _exit(0);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    sandbox_filter_free(&filter);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void use_memory(void)
{
    for (int round = 0; round < 3; round++) {
        uint8_t *small = malloc(1000), *large = malloc(8u << 20);
        if (!small || !large)
            _exit(1);
        memset(large, 1, 8u << 20);
        uint8_t *larger = realloc(large, 12u << 20);
        free(larger ? larger : large);
        free(small);
    }
}

static void *volatile sink;

static void open_file(void)
{
    open("/etc/passwd", O_RDONLY);
}
static void make_socket(void)
{
    socket(AF_INET, SOCK_STREAM, 0);
}
static void fork_off(void)
{
    fork();
}
static void write_out(void)
{
    if (write(1, "x", 1) < 0)
        return;
}
static void map_code(void)
{
    sink = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static void map_file(void)
{
    sink = mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3, 0);
}
static void protect_code(void)
{
    static _Alignas(4096) char page[4096];
    mprotect(page, sizeof page, PROT_READ | PROT_EXEC);
}
static void ring(void)
{
    syscall(SYS_io_uring_setup, 8, NULL);
}
static void trace(void)
{
    ptrace(PTRACE_TRACEME, 0, 0, 0);
}
static void signal_keeper(void)
{
    kill(1, SIGKILL);
}
static void raise_limit(void)
{
    syscall(SYS_prlimit64, 0, 7, NULL, NULL);
}
#ifdef __x86_64__
static void x32_call(void)
{
    syscall(0x40000000 | SYS_getpid);
}
static void i386_call(void)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
}
#endif
static void run_away(void)
{
    for (volatile unsigned i = 0;; i++)
        ;
}

TEST(memory_is_all_it_has)
{
    CHECK_INT(locked_down(use_memory), 0);
}

TEST(every_other_call_kills)
{
    if (lacks(SANDBOX_SECCOMP))
        return;
    static const struct {
        const char *name;
        void (*act)(void);
    } acts[] = {
        {"open", open_file},        {"socket", make_socket},  {"fork", fork_off},
        {"write", write_out},       {"map code", map_code},   {"map a file", map_file},
        {"mprotect", protect_code}, {"io_uring", ring},       {"ptrace", trace},
        {"kill", signal_keeper},    {"prlimit", raise_limit},
#ifdef __x86_64__
        {"x32", x32_call},          {"i386", i386_call},
#endif
    };
    for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
        int end = locked_down(acts[i].act);
        if (end != 128 + SIGSYS)
            printf("# %s:\n", acts[i].name);
        CHECK_INT(end, 128 + SIGSYS);
    }
}

static void take_too_much(void)
{
    void *volatile much = malloc(64u << 20); /* volatile, or the compiler takes it for granted */
    _exit(much ? 1 : 42);
}

TEST(memory_and_time_are_bounded)
{
    if (lacks(SANDBOX_LIMITS))
        return;
    CHECK_INT(locked_down(take_too_much), 42);
    CHECK_INT(locked_down(run_away), 128 + SIGXCPU);
}

/* With Landlock and an empty root alone, before seccomp. */
TEST(enclosed_without_seccomp_no_file_opens)
{
    if (lacks(SANDBOX_LANDLOCK))
        return;
    pid_t pid = fork();
    if (pid == 0) {
        struct sandbox_state state;
        if (sandbox_enclose(&nobody, &state) < 0)
            _exit(99);
        bool root = open("/", O_RDONLY | O_DIRECTORY) >= 0;
        bool file = open("/etc/passwd", O_RDONLY) >= 0;
        bool made = open("/tmp/porchlight-test", O_RDWR | O_CREAT, 0600) >= 0;
        _exit((root ? 1 : 0) | (file ? 2 : 0) | (made ? 4 : 0) | (setuid(0) == 0 ? 8 : 0));
    }
    int status = -1;
    waitpid(pid, &status, 0);
    CHECK_INT(status, 0);
}

TEST(the_probe_names_what_it_has)
{
    struct sandbox_state state;
    CHECK_INT(sandbox_probe(&nobody, &state), 0);
    CHECK_INT(state.layers & ~(uint32_t)SANDBOX_POSSIBLE, 0);
    char names[SANDBOX_NAMES_ROOM];
    sandbox_layer_names(state.layers, names, sizeof names);
    printf("# landlock abi %u, layers %s\n", state.landlock_abi, names);
    sandbox_layer_names(SANDBOX_POSSIBLE & ~state.layers, names, sizeof names);
    printf("# missing: %s\n", names);
    CHECK(state.layers & SANDBOX_NO_NEW_PRIVS);
    CHECK(state.layers & SANDBOX_IDENTITY);
}

/* As in a container that refuses namespaces: less is had, it is said, and what is required still
 * stands. */
TEST(refused_namespaces_are_reported)
{
    if (lacks(SANDBOX_REQUIRED))
        return;
    uint32_t *layers =
        mmap(NULL, sizeof *layers, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pid = fork();
    if (pid == 0) {
        scmp_filter_ctx refuse = seccomp_init(SCMP_ACT_ALLOW);
        struct sandbox_state state;
        if (seccomp_rule_add(refuse, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 0) < 0 ||
            seccomp_load(refuse) < 0 || sandbox_probe(&nobody, &state) < 0)
            _exit(1);
        *layers = state.layers;
        _exit(0);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    CHECK_INT(status, 0);
    CHECK_INT(*layers, SANDBOX_REQUIRED);
    munmap(layers, sizeof *layers);
}

TEST(names_are_complete_and_cut_to_size)
{
    char all[SANDBOX_NAMES_ROOM], small[8];
    sandbox_layer_names(SANDBOX_ALL, all, sizeof all);
    CHECK(strlen(all) < sizeof all - 1);
    CHECK(strstr(all, "seccomp") != NULL);
    sandbox_layer_names(SANDBOX_ALL, small, sizeof small);
    CHECK(strlen(small) < sizeof small);
    sandbox_layer_names(0, all, sizeof all);
    CHECK_STR(all, "none");
    CHECK(sandbox_layer_name(SANDBOX_LAYER_COUNT) == NULL);
    CHECK(sandbox_layer_meaning(0) != NULL);
}

/* Ourselves, uncaged: the look must not find a cage where there is none. */
TEST(looking_at_an_uncaged_process_finds_it_so)
{
    struct sandbox_view view;
    sandbox_look(getpid(), &view);
    CHECK_INT(view.facts[SANDBOX_FACT_SECCOMP].seen == SANDBOX_HOLDS, 0);
    CHECK_INT(view.facts[SANDBOX_FACT_DESCRIPTORS].seen, SANDBOX_BROKEN);
    CHECK_INT(view.facts[SANDBOX_FACT_NAMESPACE_NETWORK].seen, SANDBOX_BROKEN);
    CHECK_INT(view.facts[SANDBOX_FACT_LIMIT_FILES].seen, SANDBOX_BROKEN);
    sandbox_look(-1, &view);
    for (int i = 0; i < SANDBOX_FACT_COUNT; i++)
        CHECK_INT(view.facts[i].seen, SANDBOX_UNSEEN);
}

#ifndef SANDBOX_SANITIZED
/* What a confined reader can do, in bits; killed for a call that is forbidden: its signal. */
static int as_reader(void (*act)(void))
{
    static const char *const folders[] = {"/usr/share", "/nowhere", NULL};
    static const struct sandbox_reader_limits limits = {
        .address_space = UINT64_C(1) << 30, .output = 1000, .cpu_seconds = 2};
    pid_t pid = fork();
    if (pid == 0) {
        if (sandbox_confine_reader(folders, &limits) != 0)
            _exit(99);
        if (act)
            act();
        bool inside = open("/usr/share", O_RDONLY | O_DIRECTORY) >= 0;
        bool outside = open("/etc/passwd", O_RDONLY) >= 0;
        bool folder = open("/etc", O_RDONLY | O_DIRECTORY) >= 0;
        bool made = open("/usr/share/porchlight-test", O_RDWR | O_CREAT, 0600) >= 0;
        _exit((inside ? 1 : 0) | (outside ? 2 : 0) | (folder ? 4 : 0) | (made ? 8 : 0));
    }
    int status = -1;
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void start_program(void)
{
    execl("/bin/true", "true", NULL);
}

static void *do_nothing(void *arg)
{
    return arg;
}

static void start_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, do_nothing, NULL) != 0 || pthread_join(thread, NULL) != 0)
        _exit(98);
}

static void a_confined_reader_reads_its_folders_and_does_no_more(void)
{
    CHECK_INT(as_reader(NULL), 1);
    CHECK_INT(as_reader(start_thread), 1);
    CHECK_INT(as_reader(fork_off), -SIGSYS);
    CHECK_INT(as_reader(make_socket), -SIGSYS);
    CHECK_INT(as_reader(start_program), -SIGSYS);
}
#else
static void a_confined_reader_reads_its_folders_and_does_no_more(void)
{
    CHECK(true); /* a sanitizer cannot live under it */
}
#endif

TAP_MAIN(TAP(memory_is_all_it_has), TAP(a_confined_reader_reads_its_folders_and_does_no_more),
         TAP(every_other_call_kills), TAP(memory_and_time_are_bounded),
         TAP(enclosed_without_seccomp_no_file_opens), TAP(the_probe_names_what_it_has),
         TAP(refused_namespaces_are_reported), TAP(names_are_complete_and_cut_to_size),
         TAP(looking_at_an_uncaged_process_finds_it_so))
