/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes: the judge does not crash, and what it lets pass is a photo that it lets pass again,
 * unchanged.
 */
#include "photo/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 4 << 20 };

static void promise(bool kept)
{
    if (!kept)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t posted[ROOM], again[ROOM], preview[ROOM];
    struct judge_limits limits = JUDGE_LIMITS_DEFAULT;
    struct photo_facts first, second;
    struct judge_room room = {posted, ROOM, preview, ROOM};
    limits.pixels_max = 1 << 18; /* the same code at the speed that fuzzing needs */
    limits.memory_max = 16 << 20;
    limits.posted_side_max = 200;
    limits.preview_side_max = 80;
    limits.side_min = 1;

    int verdict = judge_photo((struct span){data, size}, &limits, &room, &first);
    promise(verdict >= 0 && first.verdict == (uint32_t)verdict);
    promise(photo_facts_plausible(&first));
    if (verdict != PHOTO_OK)
        return 0;
    promise(first.posted_len <= ROOM && first.preview_len <= limits.preview_bytes_max);
    promise(first.width <= 200 && first.height <= 200);

    room.posted = again;
    verdict = judge_photo((struct span){posted, first.posted_len}, &limits, &room, &second);
    promise(verdict == PHOTO_OK && second.path == PHOTO_REBUILT);
    promise(second.posted_len == first.posted_len && memcmp(posted, again, first.posted_len) == 0);
    return 0;
}
