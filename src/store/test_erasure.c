/* SPDX-License-Identifier: Apache-2.0
 *
 * Erasures: noted once, ended once, and without the photo's hashes afterwards.
 */
#include "store/erasure.h"

#include "store/photo.h"
#include "store/test_help.h"

static struct photo photo_of(int attempt)
{
    struct photo photo = {.state = PHOTO_ERASED,
                          .reason = "retention",
                          .attempt = attempt,
                          .sha256 = {1},
                          .posted_sha256 = {2},
                          .staging_slot = -1,
                          .key_slot = -1};
    id_new(ID_PHOTO, photo.id);
    help_id(ID_DELIVERY, 1, photo.delivery_id);
    help_id(ID_DRIVER, 1, photo.driver_id);
    id_new(ID_DEVICE, photo.device_id);
    id_new(ID_UPLOAD, photo.upload_id);
    return photo;
}

STORE_TEST(an_erasure_is_noted_and_ended_once)
{
    static const uint8_t none[STORE_HASH];
    struct photo photo = photo_of(1), found;
    struct store_erasure erasure;
    CHECK_INT(store_photo_insert(tx, &photo), 0);
    CHECK_INT(store_erasure_get(tx, photo.id, &erasure), STORE_NOT_FOUND);
    CHECK_INT(store_erasure_add(tx, photo.id, 1000), 0);
    CHECK_INT(store_erasure_add(tx, photo.id, 2000), 0);
    CHECK_INT(store_erasure_get(tx, photo.id, &erasure), 0);
    CHECK_INT(erasure.asked_at, 1000);
    CHECK_INT(erasure.destroyed_at, 0);
    CHECK_INT(store_erasure_done(tx, photo.id, 3000, 4000), 0);
    CHECK_INT(store_erasure_done(tx, photo.id, 5000, 6000), 0);
    CHECK_INT(store_erasure_get(tx, photo.id, &erasure), 0);
    CHECK_INT(erasure.destroyed_at, 3000);
    CHECK_INT(erasure.copies_until, 4000);
    CHECK_INT(store_photo_get(tx, photo.id, arena, &found), 0);
    CHECK(memcmp(found.sha256, none, sizeof none) == 0);
    CHECK(memcmp(found.posted_sha256, none, sizeof none) == 0);
}

STORE_TEST(the_erased_photo_of_an_attempt_is_found_and_without_one_the_newest)
{
    struct photo first = photo_of(1), second = photo_of(3), found;
    char other[ID_ROOM];
    CHECK_INT(store_photo_erased(tx, first.delivery_id, 0, arena, &found), STORE_NOT_FOUND);
    CHECK_INT(store_photo_insert(tx, &first), 0);
    CHECK_INT(store_photo_insert(tx, &second), 0);
    CHECK_INT(store_photo_erased(tx, first.delivery_id, 0, arena, &found), 0);
    CHECK_STR(found.id, second.id);
    CHECK_INT(store_photo_erased(tx, first.delivery_id, 1, arena, &found), 0);
    CHECK_STR(found.id, first.id);
    CHECK_INT(store_photo_erased(tx, first.delivery_id, 2, arena, &found), STORE_NOT_FOUND);
    CHECK_INT(store_photo_erased(tx, help_id(ID_DELIVERY, 2, other), 0, arena, &found),
              STORE_NOT_FOUND);
}

STORE_TEST(how_far_the_journal_was_heard_of_is_remembered)
{
    const char *mark = NULL;
    CHECK_INT(store_erasure_mark(tx, arena, &mark), 0);
    CHECK_STR(mark, "");
    CHECK_INT(store_erasure_set_mark(tx, "2026-11-24 70"), 0);
    CHECK_INT(store_erasure_set_mark(tx, "2026-11-25 140"), 0);
    CHECK_INT(store_erasure_mark(tx, arena, &mark), 0);
    CHECK_STR(mark, "2026-11-25 140");
}

TAP_MAIN(TAP(an_erasure_is_noted_and_ended_once),
         TAP(the_erased_photo_of_an_attempt_is_found_and_without_one_the_newest),
         TAP(how_far_the_journal_was_heard_of_is_remembered))
