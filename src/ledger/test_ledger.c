/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole ledger on a disk: rounds, proofs, crashes between any two of its steps, and data that
 * was restored from an older copy.
 */
#include <sys/wait.h>

#include "crypto/hash.h"
#include "ledger/checkpoint.h"
#include "ledger/test_ledger_help.h"
#include "ledger/tlog_proof.h"

static struct note note;

/* The head that everyone is told, checked as others check it. */
static struct tree_head told(struct site *site)
{
    struct checkpoint checkpoint = {.origin = ""};
    struct note_key key;
    struct buf bytes AUTO_BUF;
    buf_init(&bytes, NOTE_CEILING);
    CHECK(ledger_key(site->ledger, &key));
    CHECK_INT(ledger_checkpoint(site->ledger, &bytes), 0);
    CHECK(checkpoint_open((struct span){bytes.data, bytes.len}, &key, &note, &checkpoint));
    return checkpoint.head;
}

static struct ledger_facts facts_of(struct site *site)
{
    struct ledger_facts facts;
    CHECK_INT(ledger_look(site->ledger, &facts), 0);
    return facts;
}

static void record_many(struct site *site, int count)
{
    struct photo photo = site_photo(site);
    for (int i = 0; i < count; i++)
        site_record(site, STEP_POSTED, &photo);
}

/* True when entry `seq` is proven by its own proof. */
static bool is_proven(struct site *site, int64_t seq)
{
    uint8_t commitment[1][STORE_HASH];
    char entry[STEP_ENTRY_ROOM];
    int count = 0;
    struct tlog_proof proof;
    struct checkpoint checkpoint;
    struct ledger_proof found;
    tree_hash leaf;
    AUTO_DB_READ struct db_tx *tx = NULL;
    CHECK_INT(db_read_begin(site->db, &tx), 0);
    CHECK_INT(store_entry_commitments(tx, seq - 1, 1, commitment, &count), 0);
    CHECK_INT(count, 1);
    int result = ledger_prove(site->ledger, seq, &found);
    step_entry(commitment[0], entry);
    tree_leaf(HASH_TEXT(entry), leaf);
    bool ok = result == 0 &&
              tlog_proof_parse((struct span){found.proof.data, found.proof.len}, &proof) &&
              checkpoint_open(proof.checkpoint, &found.key, &note, &checkpoint) &&
              tree_check(&proof.path, &checkpoint.head, proof.index, leaf);
    ledger_proof_free(&found);
    return ok;
}

TEST(a_new_ledger_publishes_an_empty_log)
{
    struct site site;
    site_new(&site);
    CHECK_INT(told(&site).size, 0);
    CHECK_INT(facts_of(&site).state, LEDGER_SIGNS);
    site_end(&site);
}

TEST(what_is_queued_is_taken_up_in_order_and_proven)
{
    struct site site;
    site_new(&site);
    record_many(&site, 3);
    CHECK_INT(facts_of(&site).queued, 3);
    CHECK(!is_proven(&site, 1));
    CHECK_INT(ledger_round(site.ledger), 0);
    CHECK_INT(told(&site).size, 3);
    CHECK_INT(facts_of(&site).queued, 0);
    record_many(&site, 300);
    CHECK_INT(ledger_round(site.ledger), 0);
    CHECK_INT(told(&site).size, 303);
    for (int64_t seq = 1; seq <= 303; seq += 43)
        CHECK(is_proven(&site, seq));
    CHECK(is_proven(&site, 303));
    site_close(&site);
    site_open(&site);
    CHECK_INT(facts_of(&site).state, LEDGER_SIGNS);
    CHECK_INT(told(&site).size, 303);
    record_many(&site, 1);
    CHECK_INT(ledger_round(site.ledger), 0);
    CHECK_INT(told(&site).size, 304);
    CHECK(is_proven(&site, 17));
    site_end(&site);
}

TEST(a_closing_ledger_takes_up_what_waits)
{
    struct site site;
    site_new(&site);
    CHECK_INT(ledger_start(site.ledger), 0);
    record_many(&site, 5);
    site_close(&site);
    site_open(&site);
    CHECK_INT(told(&site).size, 5);
    site_end(&site);
}

/* ---- copies of the data ---- */

/* Runs commands in the test's folder. */
static void shell(const char *commands, const struct site *site)
{
    char command[4 * TAP_FOLDER_ROOM];
    snprintf(command, sizeof command, "cd %s && %s", site->folder, commands);
    int status = system(command);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Goes on from an older copy of the data, with the keys as they are. */
static void restore(struct site *site)
{
    site_close(site);
    shell("rm -rf data && cp -a copy data", site);
    site_open(site);
}

static void keep_copy(struct site *site)
{
    site_close(site);
    shell("rm -rf copy && cp -a data copy", site);
    site_open(site);
}

TEST(older_data_is_noticed_and_nothing_is_signed)
{
    struct site site;
    site_new(&site);
    record_many(&site, 10);
    CHECK_INT(ledger_round(site.ledger), 0);
    keep_copy(&site);
    record_many(&site, 10);
    CHECK_INT(ledger_round(site.ledger), 0);
    restore(&site);
    CHECK_INT(facts_of(&site).state, LEDGER_BEHIND);
    CHECK_INT(told(&site).size, 20); /* what was published stays published */
    record_many(&site, 30);
    CHECK_INT(ledger_round(site.ledger), 0);
    CHECK_INT(told(&site).size, 20);
    CHECK(!is_proven(&site, 15));
    CHECK(is_proven(&site, 5)); /* by the checkpoint of its own time */
    site_close(&site);
    site_open(&site); /* more entries than were published, and others */
    CHECK_INT(facts_of(&site).state, LEDGER_BEHIND);
    site_end(&site);
}

TEST(a_new_log_continues_the_old_one_and_names_it)
{
    struct site site;
    struct buf entry AUTO_BUF;
    struct tile tile;
    struct note_key key;
    buf_init(&entry, 4096);
    site_new(&site);
    record_many(&site, 10);
    CHECK_INT(ledger_round(site.ledger), 0);
    keep_copy(&site);
    record_many(&site, 10);
    CHECK_INT(ledger_round(site.ledger), 0);
    restore(&site);
    record_many(&site, 7);
    CHECK_INT(ledger_continue(site.ledger), 0);
    CHECK_INT(ledger_round(site.ledger), 0);
    CHECK_INT(told(&site).size, 8); /* the one that names the old log, and the 7 after the 10 */
    CHECK(ledger_key(site.ledger, &key));
    CHECK_STR(key.name, "photos.example/log/2");
    CHECK_INT(ledger_tile(site.ledger, "entries/000.p/1", &tile, &entry), 0);
    CHECK(memmem(entry.data, entry.len, "continues\nphotos.example/log\n20\n", 32) != NULL);
    for (int64_t seq = 1; seq <= 17; seq++)
        CHECK(is_proven(&site, seq));
    site_close(&site);
    site_open(&site);
    CHECK_INT(facts_of(&site).state, LEDGER_SIGNS);
    CHECK_INT(ledger_continue(site.ledger), LEDGER_ABSENT);
    CHECK_INT(facts_of(&site).number, 2);
    CHECK(is_proven(&site, 3));
    CHECK(is_proven(&site, 17));
    restore(&site); /* the copy knows nothing of the second log */
    CHECK_INT(facts_of(&site).state, LEDGER_BEHIND);
    CHECK_INT(ledger_continue(site.ledger), 0);
    CHECK(ledger_key(site.ledger, &key));
    CHECK_STR(key.name, "photos.example/log/3");
    site_end(&site);
}

TEST(lost_files_are_noticed_and_a_new_log_takes_all_up_again)
{
    struct site site;
    site_new(&site);
    record_many(&site, 10);
    CHECK_INT(ledger_round(site.ledger), 0);
    site_close(&site);
    shell("rm -rf data/log", &site);
    site_open(&site);
    CHECK_INT(facts_of(&site).state, LEDGER_BEHIND);
    CHECK_INT(ledger_continue(site.ledger), 0);
    CHECK_INT(ledger_round(site.ledger), 0);
    CHECK_INT(told(&site).size, 11);
    CHECK(is_proven(&site, 1));
    site_end(&site);
}

TEST(a_flipped_byte_in_a_tile_is_noticed)
{
    struct site site;
    site_new(&site);
    record_many(&site, 10);
    CHECK_INT(ledger_round(site.ledger), 0);
    site_close(&site);
    shell("printf x | dd of=data/log/1/tile/0/000.part bs=1 seek=40 conv=notrunc 2>/dev/null",
          &site);
    site_open(&site);
    CHECK_INT(facts_of(&site).state, LEDGER_DAMAGED);
    site_end(&site);
}

/* ---- crashes ---- */

TEST(a_crash_before_the_checkpoint_was_kept_changes_nothing)
{
    struct site site;
    site_new(&site);
    record_many(&site, 250);
    CHECK_INT(ledger_round(site.ledger), 0);
    site_close(&site);
    shell("cp -a data/log/1/checkpoint c && cp -a keys/published p", &site);
    site_open(&site);
    record_many(&site, 20);
    CHECK_INT(ledger_round(site.ledger), 0);
    site_close(&site);
    shell("cp -a c data/log/1/checkpoint && cp -a p keys/published", &site);
    site_open(&site); /* the files are ahead; nobody was told */
    CHECK_INT(facts_of(&site).state, LEDGER_SIGNS);
    CHECK_INT(told(&site).size, 250);
    CHECK_INT(ledger_round(site.ledger), 0);
    CHECK_INT(told(&site).size, 270);
    CHECK(is_proven(&site, 256) && is_proven(&site, 257) && is_proven(&site, 1));
    site_close(&site);
    shell("cp -a c data/log/1/checkpoint", &site); /* kept, and not yet published */
    site_open(&site);
    CHECK_INT(facts_of(&site).state, LEDGER_SIGNS);
    CHECK_INT(told(&site).size, 270);
    site_end(&site);
}

TEST(a_ledger_that_is_off_records_nothing)
{
    struct site site;
    struct ledger *off = NULL;
    int64_t seq = -1;
    site_new(&site);
    struct photo photo = site_photo(&site);
    struct ledger_config config = {.db = site.db,
                                   .keys = site.keys,
                                   .data_folder = site.data,
                                   .name = "photos.example/log",
                                   .interval_ms = 10,
                                   .off = true};
    CHECK_INT(ledger_open(&config, &off), 0);
    ledger_free(&site.ledger);
    site.ledger = off;
    site_record(&site, STEP_POSTED, &photo);
    CHECK_INT(ledger_start(off), 0);
    CHECK_INT(facts_of(&site).state, LEDGER_OFF);
    AUTO_DB_READ struct db_tx *tx = NULL;
    CHECK_INT(db_read_begin(site.db, &tx), 0);
    CHECK_INT(store_entry_count(tx, &seq), 0);
    CHECK_INT(seq, 0);
    db_read_end(&tx);
    site_end(&site);
}

TAP_MAIN(TAP(a_new_ledger_publishes_an_empty_log),
         TAP(what_is_queued_is_taken_up_in_order_and_proven),
         TAP(a_closing_ledger_takes_up_what_waits),
         TAP(older_data_is_noticed_and_nothing_is_signed),
         TAP(a_new_log_continues_the_old_one_and_names_it),
         TAP(lost_files_are_noticed_and_a_new_log_takes_all_up_again),
         TAP(a_flipped_byte_in_a_tile_is_noticed),
         TAP(a_crash_before_the_checkpoint_was_kept_changes_nothing),
         TAP(a_ledger_that_is_off_records_nothing))
