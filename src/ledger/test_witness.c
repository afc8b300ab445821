/* SPDX-License-Identifier: Apache-2.0
 *
 * The words that are exchanged with a witness. A whole exchange: tests/e2e/witness.test.js.
 */
#include "ledger/witness.h"

#include <errno.h>

#include "base/log.h"
#include "base/tap.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"

#define TEXT "photos.example/log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
#define LOG_LINE                                                                                   \
    "— photos.example/log "                                                                      \
    "LIF6UX2GaWWm5u+Vq/"                                                                           \
    "R07jU5s6tUDw9ieA9IxiBAsL9IjIvE6hGZ1kpRFatr4awkmdaCDnkehyIyQG9EmODyOQPsPQw=\n"
#define W1_KEY "witness.example/w1+e75f6532+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
#define W1_LINE                                                                                    \
    "— witness.example/w1 "                                                                      \
    "519lMgAAAABpJIEALbNTu6v2ruRwA9777pAU/"                                                        \
    "LlAmxc56AXQ1LP8dnZBE1VpyHTsgbS8c0IEY/85d3lmjFhSrxYWcPwY7+u08nEPBA==\n"

/* The tree of eight entries that the checkpoint is of, and its proof, are not needed for the words:
 * any reader does. */
static int read_zeros(void *context, unsigned height, uint64_t index, tree_hash out)
{
    (void)context;
    (void)height;
    (void)index;
    memset(out, 0, TREE_HASH);
    return 0;
}

static int read_fault(void *context, unsigned height, uint64_t index, tree_hash out)
{
    (void)context;
    (void)height;
    (void)index;
    (void)out;
    return -EIO;
}

TEST(a_request_names_what_is_known_and_proves_the_rest)
{
    struct tree_reader reader = {read_zeros, NULL}, broken = {read_fault, NULL};
    struct witness_checkpoint checkpoint = {HASH_TEXT("note\n"), {.size = 8}, &reader};
    struct buf out AUTO_BUF;
    buf_init(&out, 4096);
    CHECK_INT(witness_request(&checkpoint, 0, &out), 0);
    CHECK_STR((const char *)out.data, "old 0\n\nnote\n");
    buf_free(&out);
    CHECK_INT(witness_request(&checkpoint, 8, &out), 0);
    CHECK_STR((const char *)out.data, "old 8\n\nnote\n");
    buf_free(&out);
    CHECK_INT(witness_request(&checkpoint, 4, &out), 0);
    CHECK_STR((const char *)out.data,
              "old 4\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nnote\n");
    checkpoint.reader = &broken;
    CHECK_INT(witness_request(&checkpoint, 3, &out), -EIO);
}

TEST(a_size_is_a_line)
{
    uint64_t size = 0;
    CHECK(witness_read_size(HASH_TEXT("4097\n"), &size));
    CHECK_INT(size, 4097);
    CHECK(!witness_read_size(HASH_TEXT("4097"), &size));
    CHECK(!witness_read_size(HASH_TEXT("4097\n\n"), &size));
    CHECK(!witness_read_size(HASH_TEXT("-1\n"), &size));
    CHECK(!witness_read_size(HASH_TEXT("\n"), &size));
    CHECK(!witness_read_size(HASH_TEXT(""), &size));
}

TEST(lines_of_the_witness_are_taken_and_others_left)
{
    struct tree_reader reader = {read_zeros, NULL};
    struct witness_checkpoint checkpoint = {HASH_TEXT(TEXT "\n" LOG_LINE), {.size = 8}, &reader};
    struct note_key witness;
    struct buf out AUTO_BUF;
    CHECK_INT(crypto_init(), 0);
    CHECK(note_key_parse(W1_KEY, &witness));
    buf_init(&out, 4096);
    CHECK(witness_read_lines(HASH_TEXT(W1_LINE), &checkpoint, &witness, &out));
    CHECK_STR((const char *)out.data, W1_LINE);
    buf_free(&out);
    CHECK(witness_read_lines(HASH_TEXT("— someone.else AAAAAAA=\n" W1_LINE), &checkpoint, &witness,
                             &out));
    CHECK_STR((const char *)out.data, W1_LINE);
    CHECK(!witness_read_lines(HASH_TEXT(""), &checkpoint, &witness, &out));
    CHECK(!witness_read_lines(HASH_TEXT("garbage"), &checkpoint, &witness, &out));
    CHECK(!witness_read_lines(HASH_TEXT(LOG_LINE), &checkpoint, &witness, &out));
    checkpoint.note =
        HASH_TEXT("another\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n" LOG_LINE);
    CHECK(!witness_read_lines(HASH_TEXT(W1_LINE), &checkpoint, &witness, &out));
}

TAP_MAIN(TAP(a_request_names_what_is_known_and_proves_the_rest), TAP(a_size_is_a_line),
         TAP(lines_of_the_witness_are_taken_and_others_left))
