/* SPDX-License-Identifier: Apache-2.0
 *
 * What a test program prints: this one runs a program of tests in a child and reads it.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "base/tap.h"

static void passes(void)
{
    CHECK(true);
    CHECK_INT(1, 1);
    CHECK_STR("a", "a");
}

static void fails(void)
{
    CHECK_INT(1, 2);
}

static void is_skipped(void)
{
    tap_skip("no such machine");
}

static void fails_and_is_skipped(void)
{
    CHECK(false);
    tap_skip("too late");
}

/* The output of a program with these tests, notes left out; its status. */
static int run(const struct tap_test *tests, size_t count, char *out, size_t room)
{
    int ends[2], status = -1;
    fflush(stdout);
    if (pipe(ends) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        int result = tap_run(tests, count);
        fflush(stdout);
        _exit(result);
    }
    close(ends[1]);
    FILE *in = fdopen(ends[0], "r");
    char line[256];
    size_t len = 0;
    out[0] = '\0';
    while (in && fgets(line, sizeof line, in))
        if (line[0] != '#' && len + strlen(line) < room)
            len += (size_t)snprintf(out + len, room - len, "%s", line);
    if (in)
        fclose(in);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(passed_failed_and_skipped_are_told_apart)
{
    char text[1024];
    static const struct tap_test tests[] = {TAP(passes), TAP(fails), TAP(is_skipped),
                                            TAP(fails_and_is_skipped), TAP(passes)};
    CHECK_INT(run(tests, ARRAY_LEN(tests), text, sizeof text), 1);
    CHECK_STR(text, "1..5\nok 1 - passes\nnot ok 2 - fails\n"
                    "ok 3 - is_skipped # SKIP no such machine\n"
                    "not ok 4 - fails_and_is_skipped\nok 5 - passes\n");
}

TEST(skipped_tests_do_not_fail_a_program)
{
    char text[1024];
    static const struct tap_test tests[] = {TAP(is_skipped), TAP(passes)};
    CHECK_INT(run(tests, ARRAY_LEN(tests), text, sizeof text), 0);
    CHECK_STR(text, "1..2\nok 1 - is_skipped # SKIP no such machine\nok 2 - passes\n");
}

TAP_MAIN(TAP(passed_failed_and_skipped_are_told_apart), TAP(skipped_tests_do_not_fail_a_program))
