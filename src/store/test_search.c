/* SPDX-License-Identifier: Apache-2.0
 *
 * Deliveries found by their words: one shipper's alone, and nothing of them once they are blank.
 */
#include "store/search.h"

#include "store/delivery.h"
#include "store/retention.h"
#include "store/test_help.h"

static void insert(struct db_tx *tx, unsigned n, unsigned shipper, const char *name)
{
    struct delivery delivery = help_delivery(n);
    char reference[20];
    snprintf(reference, sizeof reference, "REF-%u", n);
    delivery.reference = reference;
    delivery.recipient_name = name;
    delivery.recipient_phone = n % 2 ? "+4917012345678" : NULL;
    help_id(ID_SHIPPER, shipper, delivery.shipper_id);
    CHECK_INT(store_delivery_insert(tx, &delivery), 0);
}

static int found(struct db_tx *tx, unsigned shipper, const char *text, struct search_found *out)
{
    char id[ID_ROOM];
    struct search_asked asked;
    struct arena *scratch = arena_new(1 << 20);
    memset(out, 0, sizeof *out);
    CHECK_INT(search_words_asked(text, &asked), 0);
    CHECK_INT(store_search(tx, help_id(ID_SHIPPER, shipper, id), &asked, scratch, out), 0);
    arena_free(&scratch);
    return out->count;
}

STORE_TEST(words_find_one_shippers_deliveries)
{
    struct search_found out;
    char id[ID_ROOM];
    (void)arena;
    insert(tx, 1, 1, "Ada Example");
    insert(tx, 2, 1, "Ada Lovelace");
    insert(tx, 3, 2, "Ada Example");
    CHECK_INT(found(tx, 1, "ada", &out), 2);
    CHECK_STR(out.hits[0].delivery_id, help_id(ID_DELIVERY, 2, id));
    CHECK_INT(found(tx, 2, "ada", &out), 1);
    CHECK_INT(found(tx, 1, "ada love", &out), 1);
    CHECK_INT(found(tx, 1, "love ada", &out), 1);
    CHECK_INT(found(tx, 1, "love example", &out), 0);
    CHECK_INT(found(tx, 1, "0170 123 456 78", &out), 1);
    CHECK_INT(found(tx, 1, "ref-2", &out), 1);
    CHECK(out.hits[0].exact);
    CHECK_INT(found(tx, 1, "ref", &out), 2);
    CHECK(!out.hits[0].exact);
    CHECK_INT(found(tx, 3, "ada", &out), 0);
}

STORE_TEST(a_change_changes_the_words)
{
    struct search_found out;
    struct delivery delivery;
    char id[ID_ROOM];
    insert(tx, 1, 1, "Ada Example");
    CHECK_INT(store_delivery_get(tx, help_id(ID_DELIVERY, 1, id), arena, &delivery), 0);
    delivery.recipient_name = "Grace Example";
    delivery.recipient_email = "grace@example.org";
    CHECK_INT(store_delivery_update(tx, &delivery), 0);
    CHECK_INT(found(tx, 1, "ada exam", &out), 0);
    CHECK_INT(found(tx, 1, "grace exam", &out), 1);
}

static const char sql_all[] = "SELECT count(*) FROM search_word";

static int64_t count_all(struct db_tx *tx)
{
    struct db_stmt *stmt;
    CHECK_INT(db_query(tx, sql_all, &stmt), 0);
    CHECK_INT(db_step(stmt), DB_ROW);
    int64_t count = db_int(stmt, 0);
    db_done(stmt);
    return count;
}

STORE_TEST(a_blank_delivery_has_no_words)
{
    char id[ID_ROOM];
    (void)arena;
    insert(tx, 1, 1, "Ada Example");
    CHECK(count_all(tx) >= 5);
    CHECK_INT(store_personal_blank(tx, help_id(ID_DELIVERY, 1, id)), 0);
    CHECK_INT(count_all(tx), 0);
}

STORE_TEST(a_walk_makes_words_of_what_was_there_before)
{
    struct search_found out;
    char after[ID_ROOM] = "";
    int walked = 0;
    for (unsigned n = 1; n <= 5; n++)
        insert(tx, n, 1, "Ada Example");
    char id[ID_ROOM];
    CHECK_INT(store_personal_blank(tx, help_id(ID_DELIVERY, 5, id)), 0);
    CHECK_INT(store_search_forget(tx, help_id(ID_DELIVERY, 1, id)), 0);
    CHECK_INT(store_search_forget(tx, help_id(ID_DELIVERY, 4, id)), 0);
    CHECK_INT(found(tx, 1, "ada", &out), 2);
    CHECK_INT(store_search_walk(tx, after, 3, arena, &walked), 0);
    CHECK_INT(walked, 3);
    CHECK_INT(found(tx, 1, "ada", &out), 3);
    CHECK_INT(store_search_walk(tx, after, 3, arena, &walked), 0);
    CHECK_INT(walked, 2);
    CHECK_INT(found(tx, 1, "ada", &out), 4);
}

STORE_TEST(a_search_is_bounded)
{
    struct search_found out;
    (void)arena;
    for (unsigned n = 1; n <= SEARCH_TRIED + 5; n++)
        insert(tx, n, 1, n == 1 ? "Ada Zuse" : "Ada Example");
    CHECK_INT(found(tx, 1, "ada", &out), SEARCH_FOUND);
    CHECK(out.more);
    CHECK_INT(found(tx, 1, "ada example", &out), SEARCH_FOUND);
    CHECK(out.more);
    CHECK_INT(found(tx, 1, "ada zuse", &out), 1);
    CHECK(!out.more);
}

TAP_MAIN(TAP(words_find_one_shippers_deliveries), TAP(a_change_changes_the_words),
         TAP(a_blank_delivery_has_no_words), TAP(a_walk_makes_words_of_what_was_there_before),
         TAP(a_search_is_bounded))
