/* SPDX-License-Identifier: Apache-2.0
 *
 * judge-files [--repeat N] OUTDIR FILE...: judges each file as the worker would, prints a line of
 * facts, and writes NAME.jpg and NAME.preview.jpg to OUTDIR ("-": nothing is written). For trying
 * real photos and for measuring; with
 * --repeat each is judged N times and the line gives the CPU time of the quickest round. Exits 0
 * when every file could be read, whatever the verdicts.
 */
#include <sys/stat.h>
#include <time.h>

#include "base/text.h"
#include "photo/judge.h"

enum { FILE_MAX = 64 << 20, REPEAT_MAX = 10000 };

static bool read_file(const char *path, uint8_t **data_out, size_t *len_out)
{
    struct stat about;
    AUTO_FCLOSE FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &about) != 0 || about.st_size > FILE_MAX)
        return false;
    *data_out = malloc((size_t)about.st_size + 1);
    *len_out = *data_out ? fread(*data_out, 1, (size_t)about.st_size, file) : 0;
    return *data_out && *len_out == (size_t)about.st_size;
}

static void write_file(const char *folder, const char *name, const char *suffix, struct span bytes)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);
    AUTO_FCLOSE FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes.data, 1, bytes.len, file) != bytes.len)
        fprintf(stderr, "judge-files: cannot write %s\n", path);
}

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void print_facts(const char *name, const struct photo_facts *f, double ms)
{
    printf("%s %s %s from=%ux%u to=%ux%u bytes=%u preview=%ux%u/%u orientation=%u dark=%u sharp=%u "
           "notes=%x fingerprint=%016llx ms=%.2f\n",
           name, photo_verdict_slug(f->verdict), photo_path_slug(f->path), f->source_width,
           f->source_height, f->width, f->height, f->posted_len, f->preview_width,
           f->preview_height, f->preview_len, f->orientation, f->darkness, f->sharpness, f->notes,
           (unsigned long long)f->fingerprint, ms);
}

static bool judge_file(const char *path, const char *folder, uint64_t repeat)
{
    static const struct judge_limits limits = JUDGE_LIMITS_DEFAULT;
    AUTO_FREE uint8_t *data = NULL;
    size_t len = 0;
    if (!read_file(path, &data, &len))
        return false;
    struct judge_room room = {.posted_room = len + JUDGE_ROOM_EXTRA,
                              .preview_room = limits.preview_bytes_max};
    AUTO_FREE uint8_t *posted = room.posted = malloc(room.posted_room);
    AUTO_FREE uint8_t *preview = room.preview = malloc(room.preview_room);
    if (!posted || !preview)
        return false;
    struct photo_facts facts = {0};
    double best = 1e9;
    int result = 0;
    for (uint64_t i = 0; i < repeat; i++) {
        double start = cpu_ms();
        result = judge_photo((struct span){data, len}, &limits, &room, &facts);
        double took = cpu_ms() - start;
        best = took < best ? took : best;
    }
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    print_facts(name, &facts, best);
    if (result == 0 && strcmp(folder, "-") != 0) {
        write_file(folder, name, "", (struct span){posted, facts.posted_len});
        write_file(folder, name, ".preview.jpg", (struct span){preview, facts.preview_len});
    }
    return true;
}

int main(int argc, char **argv)
{
    uint64_t repeat = 1;
    int first = 1;
    if (argc > 3 && strcmp(argv[1], "--repeat") == 0) {
        if (!text_to_u64(argv[2], 1, REPEAT_MAX, &repeat))
            return 2;
        first = 3;
    }
    if (argc < first + 2) {
        fputs("usage: judge-files [--repeat N] OUTDIR|- FILE...\n", stderr);
        return 2;
    }
    int failed = 0;
    judge_warm();
    for (int i = first + 1; i < argc; i++) {
        if (!judge_file(argv[i], argv[first], repeat)) {
            fprintf(stderr, "judge-files: cannot read %s\n", argv[i]);
            failed = 1;
        }
    }
    return failed;
}
