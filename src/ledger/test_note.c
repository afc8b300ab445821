/* SPDX-License-Identifier: Apache-2.0
 *
 * Notes, keys, checkpoints, proofs as files, policies and tiles' paths. The signatures below were
 * made by other programs: that of PeterNeumann by Go's note package, whose example it is; the
 * others by openssl with the seed 00 01 02 … 1f.
 */
#include "base/tap.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "ledger/tile.h"
#include "ledger/tlog_policy.h"
#include "ledger/tlog_proof.h"

#define LOG_KEY "photos.example/log+2c817a51+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
#define W1_KEY  "witness.example/w1+e75f6532+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
#define TEXT    "photos.example/log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
#define LOG_LINE                                                                                   \
    "— photos.example/log "                                                                      \
    "LIF6UX2GaWWm5u+Vq/"                                                                           \
    "R07jU5s6tUDw9ieA9IxiBAsL9IjIvE6hGZ1kpRFatr4awkmdaCDnkehyIyQG9EmODyOQPsPQw=\n"
#define W1_LINE                                                                                    \
    "— witness.example/w1 "                                                                      \
    "519lMgAAAABpJIEALbNTu6v2ruRwA9777pAU/"                                                        \
    "LlAmxc56AXQ1LP8dnZBE1VpyHTsgbS8c0IEY/85d3lmjFhSrxYWcPwY7+u08nEPBA==\n"

static struct note note;
static struct tlog_policy policy;

static struct note_key key_of(const char *text)
{
    struct note_key key = {.name = ""};
    CHECK_INT(crypto_init(), 0);
    CHECK(note_key_parse(text, &key));
    return key;
}

TEST(keys_are_read_and_written)
{
    static const char *const refused[] = {
        "",
        "photos.example/log",
        "photos.example/log+2c817a51",
        "+2c817a51+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        "photos.example/log+2c817a52+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        "photos.example/lag+2c817a51+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        "photos.example/log+2c817a51+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG5",
        "photos.example/log+2c817a51+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTE",
        "photos example+2c817a51+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        "photos.example/log+2C817A51+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        LOG_KEY " ",
        LOG_KEY "+",
    };
    char again[NOTE_KEY_ROOM];
    struct note_key key = key_of(LOG_KEY);
    CHECK_INT(key.type, NOTE_LOG);
    note_key_format(&key, again);
    CHECK_STR(again, LOG_KEY);
    key = key_of(W1_KEY);
    CHECK_INT(key.type, NOTE_WITNESS);
    note_key_format(&key, again);
    CHECK_STR(again, W1_KEY);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        CHECK(!note_key_parse(refused[i], &key));
}

TEST(a_note_that_others_signed_is_accepted)
{
    static const char example[] =
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— PeterNeumann "
        "x08go/ZJkuBS9UG/"
        "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    struct note_key peter =
        key_of("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    CHECK(note_parse(HASH_TEXT(example), &note));
    CHECK(note_is_signed(&note, &peter, NULL));
}

TEST(a_checkpoint_and_its_witness)
{
    static const char bytes[] = TEXT "\n" LOG_LINE W1_LINE;
    struct note_key log = key_of(LOG_KEY), witness = key_of(W1_KEY);
    struct checkpoint checkpoint;
    int64_t time = 0;
    CHECK(checkpoint_open(HASH_TEXT(bytes), &log, &note, &checkpoint));
    CHECK_INT(checkpoint.head.size, 8);
    CHECK_STR(checkpoint.origin, "photos.example/log");
    CHECK(note_is_signed(&note, &witness, &time));
    CHECK_INT(time, 1764000000);
}

TEST(we_sign_as_openssl_does)
{
    uint8_t seed[SIGN_SEED];
    struct sign_key secret;
    struct note_key key = key_of(LOG_KEY), made;
    struct buf out AUTO_BUF;
    for (int i = 0; i < SIGN_SEED; i++)
        seed[i] = (uint8_t)i;
    sign_from_seed(seed, &secret);
    CHECK(note_key_make("photos.example/log", NOTE_LOG, secret.public, &made));
    CHECK(memcmp(made.id, key.id, NOTE_KEY_ID) == 0);
    buf_init(&out, NOTE_CEILING);
    note_sign(&out, HASH_TEXT(TEXT), &made, &secret);
    CHECK_STR((const char *)out.data, TEXT "\n" LOG_LINE);
}

TEST(every_flipped_byte_of_a_checkpoint_is_caught)
{
    char bytes[] = TEXT "\n" LOG_LINE;
    struct note_key log = key_of(LOG_KEY);
    struct checkpoint checkpoint;
    for (size_t i = 0; i < sizeof bytes - 1; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
            CHECK(!checkpoint_open((struct span){(uint8_t *)bytes, sizeof bytes - 1}, &log, &note,
                                   &checkpoint));
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
        }
}

TEST(what_is_no_note_is_refused)
{
    static const char *const refused[] = {
        "",
        "text\n",
        "text\n\n",
        "text\n\n— name\n",
        "text\n\n— name AAAAAAA\n",
        "text\n\n— name AAAA\n",
        "text\n\n- name AAAAAAA=\n",
        "text\n\n—  AAAAAAA=\n",
        "text\n\n— name AAAAAAA=",
        "text\r\n\n— name AAAAAAA=\n",
        "text\n\n— name AAAAAAA=\nmore\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        CHECK(!note_parse(HASH_TEXT(refused[i]), &note));
    CHECK(note_parse(HASH_TEXT("text\n\n— name AAAAAAA=\n"), &note));
}

TEST(what_is_no_checkpoint_is_refused)
{
    static const char *const refused[] = {
        "",
        "log\n8\n",
        "\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n",
        "log\n08\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n",
        "log\n-8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n",
        "log\n999999999999999999999\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n",
        "log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg\n",
        "log\n8\nXcna\n",
        "log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=",
    };
    struct checkpoint checkpoint;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        CHECK(!checkpoint_parse(HASH_TEXT(refused[i]), &checkpoint));
    CHECK(checkpoint_parse(
        HASH_TEXT("log\n0\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\nextension\n"),
        &checkpoint));
}

TEST(proofs_are_files)
{
    static const char file[] =
        "c2sp.org/tlog-proof@v1\nindex 4\n"
        "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n" TEXT "\n" LOG_LINE;
    static const char *const refused[] = {
        "c2sp.org/tlog-proof@v2\nindex 4\n\nx\n",
        "c2sp.org/tlog-proof@v1\nindex 04\n\nx\n",
        "c2sp.org/tlog-proof@v1\nindex\n\nx\n",
        "c2sp.org/tlog-proof@v1\n\nx\n",
        "c2sp.org/tlog-proof@v1\nindex 4\nXcna\n\nx\n",
        "c2sp.org/tlog-proof@v1\nindex 4\n",
        "c2sp.org/tlog-proof@v1\nindex 4\n\n",
        "c2sp.org/tlog-proof@v1\nextra *\nindex 4\n\nx\n",
    };
    struct tlog_proof proof;
    struct buf out AUTO_BUF;
    buf_init(&out, TLOG_PROOF_CEILING);
    CHECK(tlog_proof_parse(HASH_TEXT(file), &proof));
    CHECK_INT(proof.index, 4);
    CHECK_INT(proof.path.count, 1);
    tlog_proof_write(&proof, &out);
    CHECK_STR((const char *)out.data, file);
    CHECK(
        tlog_proof_parse(HASH_TEXT("c2sp.org/tlog-proof@v1\nextra AAAA\nindex 4\n\nx\n"), &proof));
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        CHECK(!tlog_proof_parse(HASH_TEXT(refused[i]), &proof));
}

TEST(a_policy_counts_its_witnesses)
{
    static const char bytes[] = TEXT "\n" LOG_LINE W1_LINE;
    struct tlog_seen seen;
    CHECK_INT(crypto_init(), 0);
    CHECK(note_parse(HASH_TEXT(bytes), &note));
    CHECK_INT(tlog_policy_parse(HASH_TEXT("# ours\nlog " LOG_KEY "\nwitness w1 " W1_KEY
                                          " https://w1.example/\nquorum w1\n"),
                                &policy),
              0);
    CHECK_STR(policy.members[0].url, "https://w1.example/");
    tlog_policy_ask(&policy, &note, &seen);
    CHECK(seen.enough && seen.witnesses == 1 && seen.time == 1764000000);
    /* the log's own key as a second witness, which has signed nothing as such */
    CHECK_INT(tlog_policy_parse(
                  HASH_TEXT("log " LOG_KEY "\nwitness w1 " W1_KEY "\n"
                            "witness w2 "
                            "PeterNeumann+8c6b2a59+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n"
                            "group any any w1 w2\ngroup all all w1 w2\nquorum all\n"),
                  &policy),
              3); /* the id is not this key's */
    CHECK_INT(
        tlog_policy_parse(
            HASH_TEXT("log " LOG_KEY "\nwitness w1 " W1_KEY "\ngroup g 1 w1\nquorum g\n"), &policy),
        0);
    tlog_policy_ask(&policy, &note, &seen);
    CHECK(seen.enough);
    CHECK_INT(tlog_policy_parse(HASH_TEXT("log " LOG_KEY "\nquorum none\n"), &policy), 0);
    tlog_policy_ask(&policy, &note, &seen);
    CHECK(seen.enough && seen.witnesses == 0);
}

TEST(a_policy_that_is_none_names_its_line)
{
    static const struct {
        const char *text;
        int line;
    } refused[] = {
        {"", 1},
        {"log " LOG_KEY "\n", 2},
        {"log " LOG_KEY "\nquorum w1\n", 2},
        {"log " W1_KEY "\nquorum none\n", 1},
        {"log " LOG_KEY "\nwitness w1 " LOG_KEY "\nquorum w1\n", 2},
        {"witness none " W1_KEY "\nquorum none\n", 1},
        {"witness w " W1_KEY "\nwitness w " W1_KEY "\nquorum w\n", 2},
        {"witness w " W1_KEY "\ngroup g 2 w\nquorum g\n", 2},
        {"witness w " W1_KEY "\ngroup g 0 w\nquorum g\n", 2},
        {"witness w " W1_KEY "\ngroup g 1 g\nquorum g\n", 2},
        {"quorum none\nquorum none\n", 2},
        {"quorum none", 1},
        {"query none\n", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        CHECK_INT(tlog_policy_parse(HASH_TEXT(refused[i].text), &policy), refused[i].line);
}

TEST(tiles_have_one_path_each)
{
    static const struct {
        const char *path;
        struct tile tile;
    } known[] = {
        {"0/000", {0, 0, 256}},
        {"0/000.p/1", {0, 0, 1}},
        {"1/x001/067", {1, 1067, 256}},
        {"2/x001/x234/067.p/255", {2, 1234067, 255}},
        {"entries/x001/x234/067", {TILE_ENTRIES, 1234067, 256}},
        {"entries/999.p/17", {TILE_ENTRIES, 999, 17}},
    };
    static const char *const refused[] = {
        "",        "0",           "0/0",       "0/00",      "0/0000",      "0/x000/001",
        "0/x001",  "0/000.p",     "0/000.p/",  "0/000.p/0", "0/000.p/256", "0/000.p/01",
        "6/000",   "-1/000",      "00/000",    "0//000",    "0/../000",    "entries/1",
        "entries", "0/x001/067/", "0/001/067", "0/x1/067",  "0/000.q/1",   "0/000/1",
    };
    char path[TILE_PATH_ROOM];
    struct tile tile;
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        tile_format(&known[i].tile, path);
        CHECK_STR(path, known[i].path);
        CHECK(tile_parse(path, &tile));
        CHECK(tile.level == known[i].tile.level && tile.number == known[i].tile.number &&
              tile.width == known[i].tile.width);
    }
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        CHECK(!tile_parse(refused[i], &tile));
}

TAP_MAIN(TAP(keys_are_read_and_written), TAP(a_note_that_others_signed_is_accepted),
         TAP(a_checkpoint_and_its_witness), TAP(we_sign_as_openssl_does),
         TAP(every_flipped_byte_of_a_checkpoint_is_caught), TAP(what_is_no_note_is_refused),
         TAP(what_is_no_checkpoint_is_refused), TAP(proofs_are_files),
         TAP(a_policy_counts_its_witnesses), TAP(a_policy_that_is_none_names_its_line),
         TAP(tiles_have_one_path_each))
