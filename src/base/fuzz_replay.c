/* SPDX-License-Identifier: Apache-2.0
 *
 * Replays a fuzzer's seeds as an ordinary test, with no fuzzing engine: every file of the folders
 * given, then a seeded set of small mutations of each (a flipped bit, a cut, a doubled piece). A
 * crash or a sanitizer's report is the failure.
 */
#include <dirent.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEED_CEILING = 1 << 20, MUTATIONS = 200 };

static uint32_t dice = 0x2545F491;

static uint32_t roll(uint32_t sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 17;
    dice ^= dice << 5;
    return dice % sides;
}

static void mutate_and_run(const uint8_t *seed, size_t len)
{
    uint8_t *copy = malloc(len * 2 + 1);
    if (!copy)
        abort();
    for (int i = 0; i < MUTATIONS && len > 0; i++) {
        size_t copy_len = len;
        memcpy(copy, seed, len);
        switch (roll(3)) {
        case 0:
            for (uint32_t flips = 1 + roll(4); flips > 0; flips--)
                copy[roll((uint32_t)len)] ^= (uint8_t)(1u << roll(8));
            break;
        case 1:
            copy_len = roll((uint32_t)len);
            break;
        default: {
            size_t from = roll((uint32_t)len);
            memcpy(copy + len, seed + from, len - from);
            copy_len = len + (len - from);
        }
        }
        LLVMFuzzerTestOneInput(copy, copy_len);
    }
    free(copy);
}

static bool replay_file(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    AUTO_FCLOSE FILE *file = fopen(path, "rb");
    AUTO_FREE uint8_t *data = malloc(SEED_CEILING);
    if (!file || !data)
        return false;
    size_t len = fread(data, 1, SEED_CEILING, file);
    /* An exact copy, so that a read past the end is seen. */
    AUTO_FREE uint8_t *exact = malloc(len ? len : 1);
    if (!exact)
        return false;
    memcpy(exact, data, len);
    LLVMFuzzerTestOneInput(exact, len);
    mutate_and_run(exact, len);
    return true;
}

int main(int argc, char **argv)
{
    int count = 0;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (!folder)
            continue;
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            if (entry->d_name[0] == '.')
                continue;
            bool ok = replay_file(argv[i], entry->d_name);
            printf("%s %d - %s\n", ok ? "ok" : "not ok", ++count, entry->d_name);
        }
        closedir(folder);
    }
    if (count == 0)
        printf("not ok %d - no seeds found\n", ++count);
    printf("1..%d\n", count);
    return 0;
}
