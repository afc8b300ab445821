/* SPDX-License-Identifier: Apache-2.0
 *
 * A test program in one header: it prints TAP for `meson test`. A test is a function; a failed
 * CHECK says where and lets the test go on, so that one run shows all that is wrong. What this
 * machine cannot test is skipped, and tools/test-run says so: it is not counted as passed.
 *
 *     TEST(empty_input_is_refused) { CHECK(!parse("", &x)); }
 *     TAP_MAIN(empty_input_is_refused, ...)
 */
#ifndef PORCHLIGHT_TAP_H
#define PORCHLIGHT_TAP_H

#include "base/base.h"

static int tap_failures;      /* of the test now running */
static char tap_skipped[400]; /* why it was skipped, or "" */

#define TEST(name) static void name(void)

#define CHECK(cond)          tap_check((cond), #cond, __FILE__, __LINE__)
#define CHECK_STR(got, want) tap_check_text((got), (want), __FILE__, __LINE__)
#define CHECK_INT(got, want) tap_check_number((int64_t)(got), (int64_t)(want), __FILE__, __LINE__)

static inline void tap_check(bool ok, const char *what, const char *file, int line)
{
    if (ok)
        return;
    tap_failures++;
    printf("# %s:%d: %s\n", file, line, what);
}

__attribute__((unused)) static void tap_check_text(const char *got, const char *want,
                                                   const char *file, int line)
{
    if (got && want ? strcmp(got, want) == 0 : got == want)
        return;
    tap_failures++;
    printf("# %s:%d: got \"%s\", want \"%s\"\n", file, line, got ? got : "(null)",
           want ? want : "(null)");
}

__attribute__((unused)) static void tap_check_number(int64_t got, int64_t want, const char *file,
                                                     int line)
{
    if (got == want)
        return;
    tap_failures++;
    printf("# %s:%d: got %lld, want %lld\n", file, line, (long long)got, (long long)want);
}

/* For a test that cannot be made here: skip it, then return. What it had found wrong before counts.
 */
__attribute__((unused)) static void tap_skip(const char *why)
{
    snprintf(tap_skipped, sizeof tap_skipped, "%s", why);
}

struct tap_test {
    const char *name;
    void (*run)(void);
};

static inline int tap_run(const struct tap_test *tests, size_t count)
{
    int failed = 0;
    printf("1..%zu\n", count);
    for (size_t i = 0; i < count; i++) {
        tap_failures = 0;
        tap_skipped[0] = '\0';
        tests[i].run();
        bool skipped = tap_skipped[0] && !tap_failures;
        printf("%s %zu - %s%s%s\n", tap_failures ? "not ok" : "ok", i + 1, tests[i].name,
               skipped ? " # SKIP " : "", skipped ? tap_skipped : "");
        fflush(stdout);
        failed += tap_failures ? 1 : 0;
    }
    return failed ? 1 : 0;
}

/* Up to 32 tests; each is listed once with TAP(name). */
#define TAP(name)                                                                                  \
    {                                                                                              \
#name, name                                                                                \
    }
#define TAP_MAIN(...)                                                                              \
    int main(void)                                                                                 \
    {                                                                                              \
        static const struct tap_test tests[] = {__VA_ARGS__};                                      \
        return tap_run(tests, sizeof tests / sizeof tests[0]);                                     \
    }

#endif
