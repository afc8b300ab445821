/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory runs short at the first allocation, the second, the third, until the photo gets through:
 * each time the judge says -ENOMEM, or does without, and leaks nothing. This program's malloc
 * stands before the C library's for libjpeg too. The sanitizers bring a malloc of their own, so
 * with them there is nothing to test.
 */
#include <errno.h>

#include "photo/test_judge.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t size);
void __libc_free(void *p);

static long allocations_left = -1; /* below 0: no end */
static long blocks_held;

void *malloc(size_t size)
{
    if (allocations_left == 0)
        return NULL;
    if (allocations_left > 0)
        allocations_left--;
    void *p = __libc_malloc(size);
    blocks_held += p != NULL;
    return p;
}

void free(void *p)
{
    blocks_held -= p != NULL;
    __libc_free(p);
}

static void run_short(const struct draw_options *options)
{
    struct photo photo = photo_of(options);
    struct judge_room room = {test_posted, TEST_ROOM, test_preview, TEST_ROOM};
    struct photo_facts facts;
    int result = -ENOMEM;
    long n = 0;
    for (; result != 0 && n < 1000; n++) {
        long held = blocks_held;
        allocations_left = n;
        result = judge_photo((struct span){photo.data, photo.len}, &test_limits, &room, &facts);
        allocations_left = -1;
        CHECK(result == 0 || result == -ENOMEM);
        CHECK_INT(blocks_held, held);
        CHECK(result == 0 || facts.source_width == 0);
    }
    CHECK_INT(result, 0);
    CHECK(n > 5);
    printf("# got through with %ld allocations\n", n - 1);
    free(photo.data);
}

TEST(every_allocation_may_fail)
{
    static const struct draw_options ways[] = {
        {.seed = 1, .width = 96, .height = 64},
        {.seed = 1, .width = 96, .height = 64, .orientation = 6},
        {.seed = 1, .width = 96, .height = 64, .flags = DRAW_PROGRESSIVE},
        {.seed = 1, .width = 90, .height = 60, .orientation = 7},
        {.seed = 1, .width = 90, .height = 60, .profile = DRAW_PROFILE_ADOBE},
        {.seed = 1, .width = 2200, .height = 64, .orientation = 3},
    };
    for (size_t i = 0; i < ARRAY_LEN(ways); i++)
        run_short(&ways[i]);
}

TAP_MAIN(TAP(every_allocation_may_fail))
#else
int main(void)
{
    puts("1..0 # SKIP the sanitizer has a malloc of its own");
    return 0;
}
#endif
