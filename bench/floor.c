/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-floor --processes N --seconds S FOLDER PHOTO…: what nobody can save. For each photo, again
 * and again: one judge_photo (decode, rebuild, preview), one SHA-256 of what came in, one sealing
 * of posted photo and preview, and one durable put (write, fsync, rename, fsync of the folder). No
 * network, no database, no sandbox, no receipt, no second copy. More processes than cores, so that
 * the cores work while the disk syncs; processes and not threads, because malloc's locks are not
 * part of the work.
 *
 * Prints {"photos", "seconds", "cpu_us"} as one line of JSON; cpu_us is for each photo.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "blob/blob_files.h"
#include "blob/seal.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "photo/judge.h"

enum { PROCESSES_MAX = 64, PHOTOS_MAX = 1024, PREVIEW_ROOM = 64 * 1024 };

struct floor {
    unsigned processes, seconds;
    struct blob_store *store; /* opened once, since opening it clears away unfinished puts */
    struct span photos[PHOTOS_MAX];
    size_t count, longest;
    int64_t until;            /* clock_steady */
    _Atomic uint64_t *judged; /* shared by all processes */
};

static bool read_file(const char *path, struct span *out)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0)
        return false;
    /* The page cache is shared by all processes, as the phones' bytes would be by none. */
    void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (at == MAP_FAILED)
        return false;
    *out = (struct span){at, (size_t)st.st_size};
    return true;
}

static bool do_one(struct blob_store *store, struct span jpeg, const struct judge_room *room)
{
    static const struct judge_limits limits = JUDGE_LIMITS_DEFAULT;
    struct photo_facts facts;
    uint8_t hash[HASH_SHA256_LEN], key[SEALED_KEY];
    char name[ID_ROOM];
    if (judge_photo(jpeg, &limits, room, &facts) != 0)
        return false;
    hash_sha256(jpeg, hash);
    crypto_random(key, sizeof key);
    id_new(ID_PHOTO, name);
    struct sealed_section sections[] = {
        {SEALED_PREVIEW, {room->preview, facts.preview_len}},
        {SEALED_POSTED, {room->posted, facts.posted_len}},
    };
    return sealed_put(store, name, key, sections, ARRAY_LEN(sections)) == 0;
}

static int run_process(const struct floor *floor, unsigned number)
{
    struct judge_room room = {.posted_room = floor->longest + JUDGE_ROOM_EXTRA,
                              .preview_room = PREVIEW_ROOM};
    room.posted = malloc(room.posted_room);
    room.preview = malloc(room.preview_room);
    int result = room.posted && room.preview ? 0 : 1;
    for (size_t next = number; result == 0 && clock_steady() < floor->until; next++) {
        if (do_one(floor->store, floor->photos[next % floor->count], &room))
            atomic_fetch_add(floor->judged, 1);
        else
            result = 1;
    }
    free(room.posted);
    free(room.preview);
    return result;
}

static bool read_options(int argc, char **argv, struct floor *floor, const char **folder_out)
{
    static const struct option table[] = {{"processes", required_argument, NULL, 'p'},
                                          {"seconds", required_argument, NULL, 's'},
                                          {0}};
    uint64_t number;
    floor->processes = 4;
    floor->seconds = 3;
    for (int option; (option = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        if (option == '?' || !text_to_u64(optarg, 1, option == 'p' ? PROCESSES_MAX : 3600, &number))
            return false;
        *(option == 'p' ? &floor->processes : &floor->seconds) = (unsigned)number;
    }
    if (argc - optind < 2 || argc - optind - 1 > PHOTOS_MAX)
        return false;
    *folder_out = argv[optind++];
    for (; optind < argc; optind++) {
        struct span *photo = &floor->photos[floor->count++];
        if (!read_file(argv[optind], photo)) {
            fprintf(stderr, "bench-floor: cannot read %s\n", argv[optind]);
            return false;
        }
        floor->longest = photo->len > floor->longest ? photo->len : floor->longest;
    }
    return true;
}

static double cpu_us_of_children(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return 1e6 * (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* The processes are told apart by where they start in the row of photos. */
static bool run_all(struct floor *floor)
{
    bool ok = true;
    int64_t start = clock_steady();
    floor->until = start + floor->seconds * CLOCK_SECOND;
    for (unsigned i = 0; i < floor->processes; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(run_process(floor, i * (unsigned)floor->count / floor->processes));
        ok = ok && pid > 0;
    }
    for (int status; wait(&status) > 0 || errno == EINTR;)
        ok = ok && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    double seconds = (double)(clock_steady() - start) / 1000;
    uint64_t judged = atomic_load(floor->judged);
    if (ok && judged > 0)
        printf("{\"photos\": %llu, \"seconds\": %.3f, \"cpu_us\": %.1f}\n",
               (unsigned long long)judged, seconds, cpu_us_of_children() / (double)judged);
    return ok && judged > 0;
}

int main(int argc, char **argv)
{
    static struct floor floor;
    const char *folder;
    if (!read_options(argc, argv, &floor, &folder)) {
        fputs("usage: bench-floor [--processes N] [--seconds S] FOLDER PHOTO...\n", stderr);
        return 2;
    }
    floor.judged =
        mmap(NULL, sizeof *floor.judged, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (floor.judged == MAP_FAILED || crypto_init() != 0 ||
        blob_files_open(folder, &floor.store) != 0)
        return 1;
    judge_warm();
    fflush(stdout);
    int result = run_all(&floor) ? 0 : 1;
    blob_store_free(&floor.store);
    return result;
}
