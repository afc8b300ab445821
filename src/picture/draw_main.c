/* SPDX-License-Identifier: Apache-2.0
 *
 * draw-picture OUT [options]: writes one drawn doorstep to a file. For tests, benchmarks and
 * whoever wants to see what the demo's pictures are made of.
 */
#include <getopt.h>

#include "base/text.h"
#include "picture/draw.h"

static const char usage[] =
    "usage: draw-picture OUT [--seed N] [--size WxH] [--orientation 1-8] [--quality N]\n"
    "    [--sampling 420|422|444|440|411] [--profile srgb|p3|adobe] [--exif] [--gps] "
    "[--thumbnail]\n"
    "    [--clutter] [--progressive] [--restarts] [--gray] [--rgb] [--dark] [--blurred] "
    "[--no-parcel]\n";

enum {
    OPT_SEED = 256,
    OPT_SIZE,
    OPT_ORIENTATION,
    OPT_QUALITY,
    OPT_SAMPLING,
    OPT_PROFILE,
    OPT_FLAG
};

/* Options that are one bit of draw_options.flags; their value is OPT_FLAG plus the place in this
 * table. */
static const struct {
    const char *name;
    uint32_t flag;
} flags[] = {
    {"exif", DRAW_EXIF},           {"gps", DRAW_GPS},
    {"thumbnail", DRAW_THUMBNAIL}, {"clutter", DRAW_CLUTTER},
    {"gray", DRAW_GRAY},           {"progressive", DRAW_PROGRESSIVE},
    {"restarts", DRAW_RESTARTS},   {"rgb", DRAW_RGB},
    {"dark", DRAW_DARK},           {"blurred", DRAW_BLURRED},
    {"no-parcel", DRAW_NO_PARCEL},
};

static bool read_number(const char *text, uint64_t low, uint64_t high, uint64_t *out)
{
    return text_to_u64(text, low, high, out);
}

static bool read_size(char *text, struct draw_options *o)
{
    uint64_t width = 0;
    uint64_t height = 0;
    char *by = strchr(text, 'x');
    if (!by)
        return false;
    *by = '\0';
    if (!read_number(text, 16, 8192, &width) || !read_number(by + 1, 16, 8192, &height))
        return false;
    o->width = (uint32_t)width;
    o->height = (uint32_t)height;
    return true;
}

/* The place of `word` in a list that ends with NULL; -1 when it is not there. */
static int find_word(const char *word, const char *const *words)
{
    for (int i = 0; words[i]; i++) {
        if (strcmp(word, words[i]) == 0)
            return i;
    }
    return -1;
}

static bool read_option(int option, char *value, struct draw_options *o)
{
    static const char *const samplings[] = {"420", "422", "444", "440", "411", NULL};
    static const char *const profiles[] = {"none", "srgb", "p3", "adobe", NULL};
    uint64_t number = 0;
    int word;
    switch (option) {
    case OPT_SEED:
        return read_number(value, 0, UINT64_MAX, &o->seed);
    case OPT_SIZE:
        return read_size(value, o);
    case OPT_ORIENTATION:
        if (!read_number(value, 1, 8, &number))
            return false;
        o->orientation = (int)number;
        return true;
    case OPT_QUALITY:
        if (!read_number(value, 1, 100, &number))
            return false;
        o->quality = (int)number;
        return true;
    case OPT_SAMPLING:
        word = find_word(value, samplings);
        o->sampling = word < 0 ? DRAW_420 : (enum draw_sampling)word;
        return word >= 0;
    case OPT_PROFILE:
        word = find_word(value, profiles);
        o->profile = word < 0 ? DRAW_PROFILE_NONE : (enum draw_profile)word;
        return word >= 0;
    default:
        if (option < OPT_FLAG)
            return false;
        o->flags |= flags[option - OPT_FLAG].flag;
        return true;
    }
}

static bool read_options(int argc, char **argv, struct draw_options *o)
{
    struct option table[6 + ARRAY_LEN(flags) + 1] = {
        {"seed", required_argument, NULL, OPT_SEED},
        {"size", required_argument, NULL, OPT_SIZE},
        {"orientation", required_argument, NULL, OPT_ORIENTATION},
        {"quality", required_argument, NULL, OPT_QUALITY},
        {"sampling", required_argument, NULL, OPT_SAMPLING},
        {"profile", required_argument, NULL, OPT_PROFILE},
    };
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        table[6 + i] = (struct option){flags[i].name, no_argument, NULL, OPT_FLAG + (int)i};
    for (int option; (option = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        if (!read_option(option, optarg, o))
            return false;
    }
    return optind + 1 == argc;
}

int main(int argc, char **argv)
{
    struct draw_options options = {.seed = 1};
    if (!read_options(argc, argv, &options)) {
        fputs(usage, stderr);
        return 2;
    }
    AUTO_FREE uint8_t *jpeg = NULL;
    size_t len = 0;
    if (draw_picture(&options, &jpeg, &len) != 0) {
        fputs("draw-picture: cannot draw this\n", stderr);
        return 1;
    }
    AUTO_FCLOSE FILE *file = fopen(argv[optind], "wb");
    if (!file || fwrite(jpeg, 1, len, file) != len || fflush(file) != 0) {
        fprintf(stderr, "draw-picture: cannot write %s\n", argv[optind]);
        return 1;
    }
    return 0;
}
