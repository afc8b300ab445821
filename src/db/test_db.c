/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading, values in and out, migrations, and what is refused when a database is opened.
 */
#include <errno.h>

#include "db/test_help.h"

/* --- reading --------------------------------------------------------------------------------- */

TEST(a_reader_sees_one_unmoving_state)
{
    help_fresh("snapshot");
    struct db *db = help_open((struct db_config){0});
    struct db_tx *before = NULL;
    int64_t n = 1;
    CHECK_INT(db_read_begin(db, &before), 0);
    CHECK_INT(help_count_in(before), 0);
    CHECK_INT(db_write(db, help_insert, &n), 0);
    CHECK_INT(help_count_in(before), 0);
    CHECK_INT(help_count(db), 1);
    db_read_end(&before);
    CHECK(before == NULL);
    CHECK_INT(help_count(db), 1);
    db_close(&db);
}

TEST(a_reader_cannot_write)
{
    help_fresh("readonly");
    struct db *db = help_open((struct db_config){0});
    struct db_tx *tx = NULL;
    CHECK_INT(db_read_begin(db, &tx), 0);
    CHECK_INT(help_insert_in(tx, 1), -EROFS);
    db_read_end(&tx);
    CHECK(db_is_sound(db));
    CHECK_INT(help_count(db), 0);
    db_close(&db);
}

TEST(readers_are_bounded)
{
    help_fresh("readers");
    struct db *db = help_open((struct db_config){.readers = 2, .busy_ms = 30});
    struct db_tx *one = NULL, *two = NULL, *three = NULL;
    CHECK_INT(db_read_begin(db, &one), 0);
    CHECK_INT(db_read_begin(db, &two), 0);
    CHECK_INT(db_read_begin(db, &three), -EBUSY);
    CHECK(three == NULL);
    db_read_end(&one);
    CHECK_INT(db_read_begin(db, &three), 0);
    db_read_end(&two);
    db_read_end(&three);
    db_close(&db);
}

static const char sql_walk[] = "SELECT n, note, raw FROM number ORDER BY n";
static const char sql_raw[] = "INSERT INTO number (n, note, raw) VALUES (?1, ?2, ?3)";

static int insert_raw(struct db_tx *tx, void *arg)
{
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_raw, &stmt);
    if (fault)
        return fault;
    db_bind_int(stmt, 1, INT64_MIN);
    db_bind_text(stmt, 2, "gr\xc3\xbc\xc3\x9f");
    db_bind_blob(stmt, 3, "\0\1\2\3", 4);
    fault = db_run(stmt);
    if (fault || (fault = db_query(tx, sql_raw, &stmt)) != 0)
        return fault;
    db_bind_int(stmt, 1, INT64_MAX); /* text and blob of the run before are not seen again */
    return db_run(stmt);
}

TEST(values_come_back_as_they_went)
{
    help_fresh("values");
    struct db *db = help_open((struct db_config){0});
    struct arena *arena = arena_new(64);
    struct db_tx *tx = NULL;
    struct db_stmt *stmt;
    uint8_t raw[4], wrong[5];
    CHECK_INT(db_write(db, insert_raw, NULL), 0);
    CHECK_INT(db_read_begin(db, &tx), 0);
    CHECK_INT(db_query(tx, sql_walk, &stmt), 0);
    CHECK_INT(db_step(stmt), DB_ROW);
    CHECK(db_int(stmt, 0) == INT64_MIN);
    CHECK_STR(db_text(stmt, 1, arena), "gr\xc3\xbc\xc3\x9f");
    db_blob_fixed(stmt, 2, raw, 4);
    CHECK(memcmp(raw, "\0\1\2\3", 4) == 0);
    CHECK_INT(db_fault(stmt), 0);
    CHECK_INT(db_step(stmt), DB_ROW);
    CHECK(db_int(stmt, 0) == INT64_MAX);
    CHECK(db_text(stmt, 1, arena) == NULL);
    CHECK(db_is_null(stmt, 2));
    CHECK_INT(db_step(stmt), 0);
    CHECK_INT(db_query(tx, sql_walk, &stmt), 0); /* ended, so it may begin again */
    CHECK_INT(db_step(stmt), DB_ROW);
    db_blob_fixed(stmt, 2, wrong, 5);
    CHECK_INT(db_fault(stmt), -EBADMSG);
    CHECK_INT(db_step(stmt), -EBADMSG);
    struct arena *tiny = arena_new(4);
    CHECK_INT(db_query(tx, sql_walk, &stmt), 0);
    CHECK_INT(db_step(stmt), DB_ROW);
    CHECK(db_text(stmt, 1, tiny) == NULL);
    CHECK_INT(db_fault(stmt), -ENOMEM);
    db_read_end(&tx); /* ends the statement too */
    arena_free(&tiny);
    arena_free(&arena);
    db_close(&db);
}

TEST(the_statement_cache_is_bounded)
{
    static char sql[300][48];
    help_fresh("cache");
    struct db *db = help_open((struct db_config){0});
    struct db_tx *tx = NULL;
    CHECK_INT(db_read_begin(db, &tx), 0);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 300; i++) {
            struct db_stmt *stmt;
            snprintf(sql[i], sizeof sql[i], "SELECT %d", i);
            CHECK_INT(db_query(tx, sql[i], &stmt), 0);
            CHECK_INT(db_step(stmt), DB_ROW);
            CHECK_INT(db_int(stmt, 0), i);
            db_done(stmt);
        }
    }
    db_read_end(&tx);
    db_close(&db);
}

/* --- migrations ------------------------------------------------------------------------------ */

static int64_t loudness(struct db *db)
{
    static const char sql[] = "SELECT loud FROM letter";
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct db_stmt *stmt;
    if (db_read_begin(db, &tx) || db_query(tx, sql, &stmt) || db_step(stmt) != DB_ROW)
        return -1;
    return db_int(stmt, 0);
}

TEST(every_older_version_migrates)
{
    for (int version = 0; version <= 3; version++) {
        help_fresh(version == 0 ? "m0" : version == 1 ? "m1" : version == 2 ? "m2" : "m3");
        struct db *db =
            help_open((struct db_config){.migrations = help_steps, .migration_count = version});
        CHECK_INT(db_version(db), version);
        db_close(&db);
        db = help_open((struct db_config){.migrations = help_steps, .migration_count = 3});
        CHECK_INT(db_version(db), 3);
        CHECK_INT(loudness(db), 7);
        db_close(&db);
    }
}

TEST(a_newer_schema_is_refused)
{
    help_fresh("newer");
    struct db *db = help_open((struct db_config){.migrations = help_steps, .migration_count = 3});
    db_close(&db);
    struct db_config config = {.path = help_path, .migrations = help_steps, .migration_count = 2};
    CHECK_INT(db_open(&config, &db), -EPROTO);
    CHECK(db == NULL);
}

TEST(a_failed_migration_leaves_the_version_before_it)
{
    static const struct db_migration broken[] = {
        {"fine", {"CREATE TABLE number (n INTEGER PRIMARY KEY, note TEXT, raw BLOB);"}},
        {"broken", {"CREATE TABLE half (n INTEGER); INSERT INTO nowhere VALUES (1);"}},
    };
    help_fresh("halfway");
    struct db *db = NULL;
    struct db_config config = {
        .path = help_path, .create = true, .migrations = broken, .migration_count = 2};
    CHECK_INT(db_open(&config, &db), -EINVAL);
    config.migration_count = 1;
    CHECK_INT(db_open(&config, &db), 0);
    CHECK_INT(db_version(db), 1);
    CHECK_INT(help_count(db), 0);
    db_close(&db);
}

TEST(an_absent_file_is_made_only_when_asked)
{
    help_fresh("absent");
    struct db *db = NULL;
    struct db_config config = {.path = help_path, .migrations = help_steps, .migration_count = 1};
    CHECK_INT(db_open(&config, &db), -ENOENT);
    db = help_open((struct db_config){0});
    struct stat made;
    CHECK_INT(stat(help_path, &made), 0);
    CHECK_INT(made.st_mode & 0777, 0600);
    char found[200];
    CHECK_INT(db_check(db, found, sizeof found), 0);
    CHECK_STR(found, "sound, journal mode wal");
    db_close(&db);
}

TEST(a_file_that_is_no_database_is_refused)
{
    help_fresh("garbage");
    FILE *file = fopen(help_path, "w");
    for (int i = 0; file && i < 2000; i++)
        fputs("not a database ", file);
    fclose(file);
    struct db *db = NULL;
    struct db_config config = {
        .path = help_path, .create = true, .migrations = help_steps, .migration_count = 1};
    CHECK_INT(db_open(&config, &db), -EIO);
}

HELP_MAIN(TAP(a_reader_sees_one_unmoving_state), TAP(a_reader_cannot_write),
          TAP(readers_are_bounded), TAP(values_come_back_as_they_went),
          TAP(the_statement_cache_is_bounded), TAP(every_older_version_migrates),
          TAP(a_newer_schema_is_refused), TAP(a_failed_migration_leaves_the_version_before_it),
          TAP(an_absent_file_is_made_only_when_asked), TAP(a_file_that_is_no_database_is_refused))
