/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks the database how it would run each statement of the store. All statements are noted in a
 * section of the program (STORE_SQL), so that none can be forgotten. A statement may read a whole
 * table or sort only where the list below says so, and why.
 */
#include "store/row.h"
#include "store/test_help.h"

extern const char *const __start_store_sql[], *const __stop_store_sql[];

/* What is admitted: a plan's step, in a statement that begins so. */
static const struct {
    const char *step, *statement, *because;
} admitted[] = {
    {"SCAN job", "UPDATE job SET lease_owner = NULL, run_at = ?2 WHERE lease_owner IS NOT NULL",
     "once at start, over open work only"},
    {"SCAN notice", "UPDATE notice SET lease_owner = NULL, run_at = ?2 WHERE lease_owner IS NOT",
     "once at start, over open work and what was set aside"},
    {"SCAN notice_line", "UPDATE notice_line SET closed_until = CASE",
     "once at start, over open work only"},
    {"SCAN upload USING COVERING INDEX upload_open", "SELECT count(*)",
     "open ones only, up to a ceiling"},
    {"SCAN waiting", "SELECT count(*)", "counts what was found"},
    {"SCAN counted", "SELECT count(*)", "counts what was found"},
};

static bool is_admitted(const char *step, const char *statement)
{
    for (size_t i = 0; i < ARRAY_LEN(admitted); i++) {
        if (strncmp(step, admitted[i].step, strlen(admitted[i].step)) == 0 &&
            strncmp(statement, admitted[i].statement, strlen(admitted[i].statement)) == 0)
            return true;
    }
    return false;
}

static int explain(struct db_tx *tx, struct arena *arena, const char *sql, bool show)
{
    const char *text = arena_printf(arena, "EXPLAIN QUERY PLAN %s", sql);
    int found = 0, result;
    struct db_stmt *stmt;
    CHECK_INT(db_query(tx, text, &stmt), 0);
    while ((result = db_step(stmt)) == DB_ROW) {
        const char *step = db_text_here(stmt, 3);
        bool reads_all = strncmp(step, "SCAN", 4) == 0 || strstr(step, "AUTOMATIC");
        bool sorts = strstr(step, "TEMP B-TREE") != NULL;
        if (show)
            printf("#   %s\n", step);
        if ((reads_all || sorts) && !is_admitted(step, sql)) {
            printf("# %s\n#   is run as: %s\n", sql, step);
            found++;
        }
    }
    CHECK_INT(result, 0);
    return found;
}

STORE_TEST(no_statement_reads_a_whole_table_or_sorts)
{
    int count = 0;
    bool show = getenv("PORCHLIGHT_SHOW_PLANS") != NULL;
    for (const char *const *sql = __start_store_sql; sql < __stop_store_sql; sql++) {
        if (show)
            printf("# %s\n", *sql);
        CHECK_INT(explain(tx, arena, *sql, show), 0);
        count++;
    }
    CHECK(count > 80);
    printf("# %d statements\n", count);
}

static const char sql_scan[] = "SELECT id FROM delivery WHERE instructions = ?1";
static const char sql_sort[] = "SELECT id FROM shipper ORDER BY name";

STORE_TEST(the_test_itself_notices)
{
    printf("# two complaints are wanted here:\n");
    CHECK_INT(explain(tx, arena, sql_scan, false), 1);
    CHECK(explain(tx, arena, sql_sort, false) >= 1);
}

TAP_MAIN(TAP(no_statement_reads_a_whole_table_or_sorts), TAP(the_test_itself_notices))
