/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-proof FOLDER ENTRIES: how long a proof of one entry takes in a log of so many. The log's
 * tiles are made here, since appending would sync each of them; entries are not, for a proof reads
 * none. Prints {"proof_us": median, "proof_p99_us": …}: whole proofs, made from the tiles on the
 * disk and checked.
 */
#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "base/base.h"
#include "base/file.h"
#include "crypto/crypto.h"
#include "ledger/log_files.h"

enum { PROOFS = 2000 };

static const char *folder;

/* One level's tile that grows. */
static struct growing {
    uint64_t number;
    size_t len;
    uint8_t bytes[TILE_WIDTH * TREE_HASH];
} levels[TILE_LEVELS];

static void fail(const char *what)
{
    fprintf(stderr, "bench-proof: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void write_tile(int level, const struct growing *tile)
{
    char name[TILE_PATH_ROOM], path[LOG_PATH_ROOM];
    tile_format(&(struct tile){level, tile->number, TILE_WIDTH}, name);
    snprintf(path, sizeof path, "%s/tile/%s%s", folder, name,
             tile->len < sizeof tile->bytes ? ".part" : "");
    for (char *slash = strchr(path + strlen(folder) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            fail(path);
        *slash = '/';
    }
    AUTO_FCLOSE FILE *file = fopen(path, "wb");
    if (!file || fwrite(tile->bytes, 1, tile->len, file) != tile->len)
        fail(path);
}

static void take(void *context, unsigned height, const tree_hash hash)
{
    (void)context;
    if (height % TILE_ROWS != 0)
        return;
    struct growing *tile = &levels[height / TILE_ROWS];
    memcpy(tile->bytes + tile->len, hash, TREE_HASH);
    tile->len += TREE_HASH;
    if (tile->len == sizeof tile->bytes) {
        write_tile((int)(height / TILE_ROWS), tile);
        tile->number++;
        tile->len = 0;
    }
}

static void leaf_of(uint64_t index, tree_hash out)
{
    char text[96];
    int len = snprintf(text, sizeof text, "porchlight-evidence/v1\ncommit %044llu\n",
                       (unsigned long long)index);
    tree_leaf((struct span){(const uint8_t *)text, (size_t)len}, out);
}

static int by_value(const void *a, const void *b)
{
    double one = *(const double *)a, two = *(const double *)b;
    return (one > two) - (one < two);
}

static double now_us(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e6 + (double)at.tv_nsec / 1e3;
}

static double prove(struct tree_head *head, uint64_t index)
{
    struct tree_reader reader = {log_files_node, (void *)(uintptr_t)folder};
    struct tree_proof proof;
    tree_hash leaf;
    leaf_of(index, leaf);
    double begun = now_us();
    if (tree_prove(&reader, head->size, index, &proof) != 0 ||
        !tree_check(&proof, head, index, leaf))
        fail("a proof that is none");
    return now_us() - begun;
}

int main(int argc, char **argv)
{
    static double times[PROOFS];
    static struct tree_edge edge;
    tree_hash leaf;
    struct tree_head head = {.size = argc == 3 ? strtoull(argv[2], NULL, 10) : 0};
    if (head.size == 0 || crypto_init() != 0)
        return 2;
    folder = argv[1];
    for (uint64_t i = 0; i < head.size; i++) {
        leaf_of(i, leaf);
        tree_append(&edge, leaf, take, NULL);
    }
    for (int level = 0; level < TILE_LEVELS; level++)
        if (levels[level].len > 0)
            write_tile(level, &levels[level]);
    tree_edge_root(&edge, head.root);
    for (int i = 0; i < PROOFS; i++)
        times[i] = prove(&head, (uint64_t)i * 2654435761u % head.size);
    qsort(times, PROOFS, sizeof *times, by_value);
    printf("{\"proof_us\": %.1f, \"proof_p99_us\": %.1f}\n", times[PROOFS / 2],
           times[PROOFS * 99 / 100]);
    return 0;
}
