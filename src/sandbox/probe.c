/* SPDX-License-Identifier: Apache-2.0
 *
 * What the cage is called and what of it can be had here. The probe goes through both halves for
 * real in a throw-away process; asking the kernel for versions would only tell what might work.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/text.h"
#include "sandbox/sandbox.h"

static const struct {
    const char *name, *meaning;
} layers_table[] = {
#define X(name, text, meaning) {text, meaning},
    SANDBOX_LAYERS(X)
#undef X
};

const char *sandbox_layer_name(unsigned index)
{
    return index < SANDBOX_LAYER_COUNT ? layers_table[index].name : NULL;
}

const char *sandbox_layer_meaning(unsigned index)
{
    return index < SANDBOX_LAYER_COUNT ? layers_table[index].meaning : NULL;
}

void sandbox_layer_names(uint32_t layers, char *out, size_t room)
{
    size_t at = 0;
    snprintf(out, room, "none");
    for (unsigned i = 0; i < SANDBOX_LAYER_COUNT && at < room; i++)
        if (layers & (1u << i))
            at +=
                (size_t)snprintf(out + at, room - at, "%s%s", at ? "," : "", layers_table[i].name);
}

uint64_t sandbox_address_space(void)
{
    AUTO_CLOSE int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    char text[64] = "";
    if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
        return 0;
    text[strcspn(text, " ")] = '\0';
    uint64_t pages = 0;
    return text_to_u64(text, 1, UINT64_MAX >> 20, &pages) ? pages * (uint64_t)getpagesize() : 0;
}

static void probe_child(const struct sandbox_identity *identity, struct sandbox_state *out)
    __attribute__((noreturn));
static void probe_child(const struct sandbox_identity *identity, struct sandbox_state *out)
{
    struct sandbox_limits limits = {.address_space = sandbox_address_space() + (64u << 20),
                                    .cpu_seconds = 1};
    struct sandbox_filter *filter = NULL;
    struct sandbox_state state;
    if (sandbox_filter_new(&filter) < 0 || sandbox_enclose(identity, &state) < 0)
        _exit(1);
    uint32_t proven = sandbox_trial(filter, &limits);
    if (!(proven & SANDBOX_SECCOMP))
        proven |= sandbox_trial(NULL, &limits);
    state.layers |= proven;
    *out = state;
    _exit(0);
}

int sandbox_probe(const struct sandbox_identity *identity, struct sandbox_state *out)
{
    struct sandbox_state *page =
        mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return log_fault("sandbox.probe", -errno, "no memory to share");
    pid_t pid = fork();
    if (pid == 0)
        probe_child(identity, page);
    int result = pid < 0 ? -errno : 0, status = 0;
    if (pid > 0 && (waitpid(pid, &status, 0) != pid || status != 0))
        result = -EIO;
    *out = *page;
    munmap(page, sizeof *page);
    return result < 0 ? log_fault("sandbox.probe", result, "the trial process failed") : 0;
}
