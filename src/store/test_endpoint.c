/* SPDX-License-Identifier: Apache-2.0
 *
 * Endpoints and the log of what was sent to them.
 */
#include "base/clock.h"
#include "store/endpoint.h"
#include "store/test_help.h"

static struct store_endpoint endpoint_of(unsigned shipper, unsigned n)
{
    struct store_endpoint endpoint = {
        .url = "https://shop.example/hooks", .key_version = 1, .created_at = 1000 + (int64_t)n};
    help_id(ID_WEBHOOK, n, endpoint.id);
    help_id(ID_SHIPPER, shipper, endpoint.shipper_id);
    return endpoint;
}

STORE_TEST(what_is_written_reads_back)
{
    struct store_endpoint endpoint = endpoint_of(1, 1), got;
    endpoint.kinds = 1u << EVENT_PHOTO_POSTED | 1u << EVENT_CASE_RESOLVED;
    endpoint.old_keys_until = 7;
    CHECK_INT(store_endpoint_insert(tx, &endpoint), 0);
    CHECK_INT(store_endpoint_insert(tx, &endpoint), STORE_EXISTS);
    CHECK_INT(store_endpoint_get(tx, endpoint.id, arena, &got), 0);
    CHECK_STR(got.url, endpoint.url);
    CHECK_STR(got.shipper_id, endpoint.shipper_id);
    CHECK_INT(got.kinds, endpoint.kinds);
    CHECK_INT(got.key_version, 1);
    CHECK_INT(got.old_keys_until, 7);
    CHECK_INT(got.created_at, 1001);
    CHECK_INT(got.stopped_at, 0);
    CHECK_INT(got.stop, STOP_NONE);
    CHECK(store_endpoint_wants(&got, EVENT_PHOTO_POSTED));
    CHECK(!store_endpoint_wants(&got, EVENT_PHOTO_ERASED));
    got.kinds = 0;
    got.url = "https://shop.example/other";
    got.key_version = 2;
    CHECK_INT(store_endpoint_update(tx, &got), 0);
    CHECK_INT(store_endpoint_get(tx, endpoint.id, arena, &got), 0);
    CHECK_STR(got.url, "https://shop.example/other");
    CHECK(store_endpoint_wants(&got, EVENT_PHOTO_ERASED));
    CHECK_INT(store_endpoint_delete(tx, endpoint.id), 0);
    CHECK_INT(store_endpoint_delete(tx, endpoint.id), STORE_NOT_FOUND);
    CHECK_INT(store_endpoint_update(tx, &got), STORE_NOT_FOUND);
    CHECK_INT(store_endpoint_get(tx, endpoint.id, arena, &got), STORE_NOT_FOUND);
    CHECK_INT(store_endpoint_get(tx, "whk_x", arena, &got), STORE_NOT_FOUND);
}

STORE_TEST(all_kinds_fit)
{
    struct store_endpoint endpoint = endpoint_of(1, 1), got;
    endpoint.kinds = (uint32_t)((UINT64_C(1) << EVENT_KIND_COUNT) - 1);
    CHECK_INT(store_endpoint_insert(tx, &endpoint), 0);
    CHECK_INT(store_endpoint_get(tx, endpoint.id, arena, &got), 0);
    CHECK_INT(got.kinds, endpoint.kinds);
}

static const char sql_later[] = "UPDATE endpoint SET kinds = 'parcel.sang'";

STORE_TEST(a_kind_of_a_later_program_is_passed_over)
{
    struct store_endpoint endpoint = endpoint_of(1, 1), got;
    struct store_targets targets;
    struct db_stmt *stmt;
    CHECK_INT(store_endpoint_insert(tx, &endpoint), 0);
    CHECK_INT(db_query(tx, sql_later, &stmt), 0);
    CHECK_INT(db_run(stmt), 0);
    for (int i = 0; i < 2; i++) { /* also when it was written back */
        CHECK_INT(store_endpoint_get(tx, endpoint.id, arena, &got), 0);
        for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
            CHECK(!store_endpoint_wants(&got, (enum event_kind)kind));
        CHECK_INT(store_endpoint_targets(tx, got.shipper_id, EVENT_PHOTO_POSTED, &targets), 0);
        CHECK_INT(targets.count, 0);
        CHECK_INT(store_endpoint_update(tx, &got), 0);
    }
}

STORE_TEST(lists_are_a_shippers_own_in_order)
{
    struct store_endpoints list;
    char shipper[ID_ROOM];
    for (unsigned n = 1; n <= 5; n++) {
        struct store_endpoint endpoint = endpoint_of(n == 3 ? 2 : 1, n);
        CHECK_INT(store_endpoint_insert(tx, &endpoint), 0);
    }
    help_id(ID_SHIPPER, 1, shipper);
    CHECK_INT(store_endpoint_list(tx, shipper, &(struct store_page){NULL, 3}, arena, &list), 0);
    CHECK_INT(list.count, 3);
    CHECK(list.more);
    CHECK_INT(
        store_endpoint_list(tx, shipper, &(struct store_page){list.items[2].id, 3}, arena, &list),
        0);
    CHECK_INT(list.count, 1);
    CHECK(!list.more);
}

STORE_TEST(targets_are_those_that_want_a_kind_and_are_told)
{
    struct store_targets targets;
    char shipper[ID_ROOM], id[ID_ROOM];
    for (unsigned n = 1; n <= 5; n++) {
        struct store_endpoint endpoint = endpoint_of(n == 3 ? 2 : 1, n);
        endpoint.kinds = n == 2 ? 1u << EVENT_PHOTO_POSTED : 0;
        endpoint.stopped_at = n == 4 ? 9 : 0;
        CHECK_INT(store_endpoint_insert(tx, &endpoint), 0);
    }
    help_id(ID_SHIPPER, 1, shipper);
    CHECK_INT(store_endpoint_targets(tx, shipper, EVENT_PHOTO_POSTED, &targets), 0);
    CHECK_INT(targets.count, 3);
    CHECK_STR(targets.id[1], help_id(ID_WEBHOOK, 2, id));
    CHECK_INT(store_endpoint_targets(tx, shipper, EVENT_PHOTO_ERASED, &targets), 0);
    CHECK_INT(targets.count, 2);
    CHECK_STR(targets.id[1], help_id(ID_WEBHOOK, 5, id));
    CHECK_INT(store_endpoint_targets(tx, "", EVENT_PHOTO_ERASED, &targets), 0);
    CHECK_INT(targets.count, 0);
}

STORE_TEST(it_is_stopped_once_and_knows_how_it_went)
{
    struct store_endpoint endpoint = endpoint_of(1, 1), got;
    CHECK_INT(store_endpoint_insert(tx, &endpoint), 0);
    CHECK_INT(store_endpoint_failed(tx, endpoint.id, 5000), 0);
    CHECK_INT(store_endpoint_failed(tx, endpoint.id, 6000), 0);
    CHECK_INT(store_endpoint_get(tx, endpoint.id, arena, &got), 0);
    CHECK_INT(got.failing_since, 5000);
    CHECK_INT(store_endpoint_succeeded(tx, endpoint.id, 7000), 0);
    CHECK_INT(store_endpoint_succeeded(tx, endpoint.id, 8000), 0);
    CHECK_INT(store_endpoint_get(tx, endpoint.id, arena, &got), 0);
    CHECK_INT(got.failing_since, 0);
    CHECK_INT(got.succeeded_at, 7000);
    CHECK_INT(store_endpoint_succeeded(tx, endpoint.id, 7000 + CLOCK_MINUTE), 0);
    CHECK_INT(store_endpoint_get(tx, endpoint.id, arena, &got), 0);
    CHECK_INT(got.succeeded_at, 7000 + CLOCK_MINUTE);
    CHECK_INT(store_endpoint_stop(tx, endpoint.id, STOP_GONE, 9000), 0);
    CHECK_INT(store_endpoint_stop(tx, endpoint.id, STOP_FAILING, 9001), STORE_NOT_FOUND);
    CHECK_INT(store_endpoint_get(tx, endpoint.id, arena, &got), 0);
    CHECK_INT(got.stop, STOP_GONE);
    CHECK_INT(got.stopped_at, 9000);
}

STORE_TEST(attempts_are_listed_newest_first_and_swept_by_age)
{
    struct store_webhook_attempts list;
    char endpoint[ID_ROOM];
    int deleted;
    help_id(ID_WEBHOOK, 1, endpoint);
    for (unsigned n = 1; n <= 5; n++) {
        struct store_webhook_attempt attempt = {.type = "photo.posted",
                                                .number = (int)n,
                                                .at = n,
                                                .status = n == 2 ? 500 : 0,
                                                .took_ms = n == 1 ? -1 : 0,
                                                .outcome = "later",
                                                .reason = n == 5 ? NULL : "status_500",
                                                .next_at = n == 4 ? 99 : 0};
        help_id(ID_ATTEMPT, n, attempt.id);
        help_id(ID_EVENT, n, attempt.event_id);
        help_id(ID_WEBHOOK, n == 3 ? 2 : 1, attempt.endpoint_id);
        CHECK_INT(store_webhook_attempt_insert(tx, &attempt), 0);
        CHECK_INT(store_webhook_attempt_insert(tx, &attempt), STORE_EXISTS);
    }
    CHECK_INT(store_webhook_attempt_list(tx, endpoint, &(struct store_page){NULL, 2}, arena, &list),
              0);
    CHECK_INT(list.count, 2);
    CHECK_INT(list.items[0].number, 5);
    CHECK(!list.items[0].reason);
    CHECK_INT(list.items[0].took_ms, 0);
    CHECK_INT(list.items[1].next_at, 99);
    CHECK_INT(store_webhook_attempt_list(tx, endpoint, &(struct store_page){list.items[1].id, 9},
                                         arena, &list),
              0);
    CHECK_INT(list.count, 2);
    CHECK_INT(list.items[0].status, 500);
    CHECK_INT(list.items[1].took_ms, -1);
    CHECK_INT(store_webhook_attempt_sweep(tx, 4, 2, &deleted), 0);
    CHECK_INT(deleted, 2);
    CHECK_INT(store_webhook_attempt_sweep(tx, 4, 2, &deleted), 0);
    CHECK_INT(deleted, 1);
    CHECK_INT(store_webhook_attempt_list(tx, endpoint, &(struct store_page){NULL, 9}, arena, &list),
              0);
    CHECK_INT(list.count, 2);
}

TAP_MAIN(TAP(what_is_written_reads_back), TAP(all_kinds_fit),
         TAP(a_kind_of_a_later_program_is_passed_over), TAP(lists_are_a_shippers_own_in_order),
         TAP(targets_are_those_that_want_a_kind_and_are_told),
         TAP(it_is_stopped_once_and_knows_how_it_went),
         TAP(attempts_are_listed_newest_first_and_swept_by_age))
