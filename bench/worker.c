/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-worker PROGRAM TIMES PHOTO: has the sandboxed worker judge one photo, as the server would,
 * a number of times, and prints what that took as one line of JSON: {"width", "height", "cpu_us",
 * "peak_rss_kb"}, with the size of the posted photo, the median of the worker's processor time and
 * the most memory that it ever had, everything mapped and touched, input and output included.
 */
#include "base/log.h"
#include "base/text.h"
#include "photo/pool.h"

static bool fill(struct photo_pool *pool, const char *path, struct photo_input *input)
{
    AUTO_FCLOSE FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        return false;
    long size = ftell(file);
    rewind(file);
    return size > 0 && photo_input_open(pool, (size_t)size, input) == 0 &&
           fread(input->data, 1, (size_t)size, file) == (size_t)size;
}

enum { TIMES_MAX = 10000 };

struct figures {
    uint64_t cpu_us[TIMES_MAX];
    uint32_t width, height, peak_rss_kb;
};

static bool judge(struct photo_pool *pool, const char *path, struct figures *figures, size_t number)
{
    struct photo_input input = {0};
    struct photo_outcome outcome = {0};
    int result = fill(pool, path, &input) ? photo_pool_judge(pool, &input, &outcome) : -1;
    bool ok = result == 0 && outcome.facts.verdict == PHOTO_OK;
    if (!ok)
        fprintf(stderr, "bench-worker: %s: %s\n", path, photo_pool_result_name(result));
    figures->cpu_us[number] = outcome.cpu_us;
    figures->width = outcome.facts.width;
    figures->height = outcome.facts.height;
    if (outcome.peak_rss_kb > figures->peak_rss_kb)
        figures->peak_rss_kb = outcome.peak_rss_kb;
    photo_outcome_free(&outcome);
    photo_input_close(&input);
    return ok;
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static struct figures figures;
    uint64_t times;
    if (argc != 4 || !text_to_u64(argv[2], 1, TIMES_MAX, &times)) {
        fputs("usage: bench-worker PROGRAM TIMES PHOTO\n", stderr);
        return 2;
    }
    struct photo_pool_config config = {
        .worker_path = argv[1], .slots = 1, .deadline_ms = 60000, .nice = 0};
    struct photo_pool *pool;
    log_set_level(LOG_ERROR);
    if (photo_pool_new(&config, &pool) != 0)
        return 1;
    bool ok = true;
    for (size_t i = 0; ok && i < times; i++)
        ok = judge(pool, argv[3], &figures, i);
    photo_pool_free(&pool);
    qsort(figures.cpu_us, times, sizeof figures.cpu_us[0], by_size);
    if (ok)
        printf("{\"width\": %u, \"height\": %u, \"cpu_us\": %llu, \"peak_rss_kb\": %u}\n",
               figures.width, figures.height, (unsigned long long)figures.cpu_us[times / 2],
               figures.peak_rss_kb);
    return ok ? 0 : 1;
}
