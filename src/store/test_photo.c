/* SPDX-License-Identifier: Apache-2.0
 *
 * Photos: one live one an attempt, and the lists of what is still to be done with them.
 */
#include <errno.h>

#include "store/photo.h"
#include "store/test_help.h"

static struct photo make_photo(unsigned n)
{
    struct photo photo = {
        .attempt = 1,
        .state = PHOTO_RECEIVED,
        .size = 300000,
        .captured_at = 10,
        .received_at = 20 + (int64_t)n,
        .place = PLACE_UNKNOWN,
        .fingerprint = UINT64_C(0xf000000000000000) + n,
        .staging_slot = (int64_t)n,
        .key_slot = -1,
    };
    help_id(ID_PHOTO, n, photo.id);
    help_id(ID_DELIVERY, n, photo.delivery_id);
    help_id(ID_DRIVER, 1, photo.driver_id);
    help_id(ID_DEVICE, 1, photo.device_id);
    help_id(ID_UPLOAD, n, photo.upload_id);
    memset(photo.sha256, (int)n + 1, sizeof photo.sha256);
    return photo;
}

static void post(struct db_tx *tx, struct photo *photo)
{
    photo->state = PHOTO_POSTED;
    photo->posted_at = 30;
    photo->delete_by = 1000 + photo->received_at;
    memset(photo->posted_sha256, 0xab, sizeof photo->posted_sha256);
    photo->posted_size = 299000;
    photo->preview_size = 15000;
    photo->width = 1512;
    photo->height = 2016;
    photo->place = PLACE_WITHIN;
    photo->flags = 1u << FLAG_DARK | 1u << FLAG_LATE;
    photo->darkness = 17;
    photo->sharpness = -3;
    photo->anyway = "It is night.";
    photo->key_slot = photo->staging_slot + 100;
    photo->staging_slot = -1;
    CHECK_INT(store_photo_update(tx, photo), 0);
}

static void check_same(const struct photo *got, const struct photo *want)
{
    CHECK_STR(got->id, want->id);
    CHECK_STR(got->delivery_id, want->delivery_id);
    CHECK_STR(got->driver_id, want->driver_id);
    CHECK_STR(got->device_id, want->device_id);
    CHECK_STR(got->upload_id, want->upload_id);
    CHECK_INT(got->attempt, want->attempt);
    CHECK_INT(got->state, want->state);
    CHECK_STR(got->reason, want->reason);
    CHECK(memcmp(got->sha256, want->sha256, 32) == 0);
    CHECK_INT(got->size, want->size);
    CHECK_INT(got->captured_at, want->captured_at);
    CHECK_INT(got->received_at, want->received_at);
    CHECK_INT(got->posted_at, want->posted_at);
    CHECK_INT(got->delete_by, want->delete_by);
    CHECK(memcmp(got->posted_sha256, want->posted_sha256, 32) == 0);
    CHECK_INT(got->posted_size, want->posted_size);
    CHECK_INT(got->preview_size, want->preview_size);
    CHECK_INT(got->width, want->width);
    CHECK_INT(got->height, want->height);
    CHECK_INT(got->place, want->place);
    CHECK_INT(got->flags, want->flags);
    CHECK(got->fingerprint == want->fingerprint);
    CHECK_INT(got->darkness, want->darkness);
    CHECK_INT(got->sharpness, want->sharpness);
    CHECK_STR(got->anyway, want->anyway);
    CHECK_INT(got->staging_slot, want->staging_slot);
    CHECK_INT(got->key_slot, want->key_slot);
}

STORE_TEST(the_newest_photo_of_an_attempt_says_what_became_of_it)
{
    struct photo photo = make_photo(1), next = make_photo(2), other = make_photo(3);
    enum photo_state state;
    CHECK_INT(store_photo_of_attempt(tx, photo.delivery_id, 1, &state), 0);
    CHECK_INT(state, PHOTO_EXPECTED);
    CHECK_INT(store_photo_insert(tx, &photo), 0);
    photo.state = PHOTO_REJECTED;
    photo.reason = "truncated";
    CHECK_INT(store_photo_update(tx, &photo), 0);
    CHECK_INT(store_photo_of_attempt(tx, photo.delivery_id, 1, &state), 0);
    CHECK_INT(state, PHOTO_REJECTED);
    memcpy(next.delivery_id, photo.delivery_id, ID_ROOM);
    CHECK_INT(store_photo_insert(tx, &next), 0);
    post(tx, &next);
    CHECK_INT(store_photo_insert(tx, &other), 0);
    CHECK_INT(store_photo_of_attempt(tx, photo.delivery_id, 1, &state), 0);
    CHECK_INT(state, PHOTO_POSTED);
    CHECK_INT(store_photo_of_attempt(tx, photo.delivery_id, 2, &state), 0);
    CHECK_INT(state, PHOTO_EXPECTED);
}

STORE_TEST(every_field_comes_back)
{
    struct photo photo = make_photo(0), got; /* slot 0 is a slot */
    CHECK_INT(store_photo_insert(tx, &photo), 0);
    CHECK_INT(store_photo_get(tx, photo.id, arena, &got), 0);
    check_same(&got, &photo);
    post(tx, &photo);
    CHECK_INT(store_photo_get(tx, photo.id, arena, &got), 0);
    check_same(&got, &photo);
}

STORE_TEST(an_attempt_has_one_live_photo)
{
    struct photo first = make_photo(1), second = make_photo(2);
    struct store_photos list;
    memcpy(second.delivery_id, first.delivery_id, ID_ROOM);
    CHECK_INT(store_photo_insert(tx, &first), 0);
    CHECK_INT(store_photo_insert(tx, &second), STORE_EXISTS);
    first.state = PHOTO_REJECTED;
    first.reason = "truncated";
    CHECK_INT(store_photo_update(tx, &first), 0);
    CHECK_INT(store_photo_live(tx, first.delivery_id, arena, &list), 0);
    CHECK_INT(list.count, 0);
    CHECK_INT(store_photo_insert(tx, &second), 0);
    CHECK_INT(store_photo_live(tx, first.delivery_id, arena, &list), 0);
    CHECK_INT(list.count, 1);
    CHECK_STR(list.items[0].id, second.id);
    first.state = PHOTO_RECEIVED;
    CHECK_INT(store_photo_update(tx, &first), STORE_EXISTS);
}

STORE_TEST(a_second_attempt_has_its_own_and_the_first_one_stays)
{
    struct photo first = make_photo(1), second = make_photo(2), other = make_photo(3);
    struct store_photos list;
    memcpy(second.delivery_id, first.delivery_id, ID_ROOM);
    second.attempt = 2;
    help_id(ID_DELIVERY, 77, other.delivery_id);
    CHECK_INT(store_photo_insert(tx, &other), 0);
    CHECK_INT(store_photo_insert(tx, &first), 0);
    CHECK_INT(store_photo_insert(tx, &second), 0);
    CHECK_INT(store_photo_live(tx, first.delivery_id, arena, &list), 0);
    CHECK_INT(list.count, 2);
    CHECK_STR(list.items[0].id, second.id);
    CHECK_STR(list.items[1].id, first.id);
    second.state = PHOTO_ERASED;
    CHECK_INT(store_photo_update(tx, &second), 0);
    CHECK_INT(store_photo_live(tx, first.delivery_id, arena, &list), 0);
    CHECK_INT(list.count, 1);
    CHECK_STR(list.items[0].id, first.id);
}

STORE_TEST(an_erased_photo_keeps_no_fingerprint)
{
    struct photo photo = make_photo(1), got;
    struct store_fingerprints list;
    CHECK_INT(store_photo_insert(tx, &photo), 0);
    post(tx, &photo);
    CHECK_INT(store_photo_fingerprints(tx, photo.driver_id, 10, arena, &list), 0);
    CHECK_INT(list.count, 1);
    CHECK(list.items[0].fingerprint == photo.fingerprint);
    CHECK_STR(list.items[0].delivery_id, photo.delivery_id);
    photo.state = PHOTO_ERASED;
    CHECK_INT(store_photo_update(tx, &photo), 0);
    CHECK_INT(store_photo_get(tx, photo.id, arena, &got), 0);
    CHECK(got.fingerprint == 0);
    CHECK_INT(store_photo_fingerprints(tx, photo.driver_id, 10, arena, &list), 0);
    CHECK_INT(list.count, 0);
}

/* 30 photos: 0 to 9 received, 10 to 19 posted, 20 to 24 set aside, 25 to 29 erased. */
static void insert_thirty(struct db_tx *tx)
{
    for (unsigned n = 0; n < 30; n++) {
        struct photo photo = make_photo(n);
        CHECK_INT(store_photo_insert(tx, &photo), 0);
        if (n >= 10)
            post(tx, &photo);
        photo.state = n < 10   ? PHOTO_RECEIVED
                      : n < 20 ? PHOTO_POSTED
                      : n < 25 ? PHOTO_SET_ASIDE
                               : PHOTO_ERASED;
        if (n >= 25)
            photo.key_slot = -1;
        CHECK_INT(store_photo_update(tx, &photo), 0);
    }
}

STORE_TEST(waiting_photos_are_listed_and_counted)
{
    int64_t count = -1;
    struct store_photos list;
    insert_thirty(tx);
    CHECK_INT(store_photo_count(tx, PHOTO_RECEIVED, &count), 0);
    CHECK_INT(count, 10);
    CHECK_INT(store_photo_count(tx, PHOTO_SET_ASIDE, &count), 0);
    CHECK_INT(count, 5);
    CHECK_INT(store_photo_count(tx, PHOTO_POSTED, &count), -EINVAL);
    struct store_page page = {.limit = 6};
    CHECK_INT(store_photo_waiting(tx, PHOTO_RECEIVED, &page, arena, &list), 0);
    CHECK_INT(list.count, 6);
    CHECK(list.more);
    page.after = list.items[5].id;
    CHECK_INT(store_photo_waiting(tx, PHOTO_RECEIVED, &page, arena, &list), 0);
    CHECK_INT(list.count, 4);
    CHECK(!list.more);
}

STORE_TEST(due_photos_come_the_longest_due_first)
{
    struct store_photos list;
    insert_thirty(tx);
    CHECK_INT(store_photo_due(tx, 1000, 100, arena, &list), 0);
    CHECK_INT(list.count, 0);
    CHECK_INT(store_photo_due(tx, 1032, 100, arena, &list), 0); /* n = 10, 11, 12 */
    CHECK_INT(list.count, 3);
    CHECK_INT(list.items[0].delete_by, 1030);
    CHECK_INT(store_photo_due(tx, 9999, 100, arena, &list), 0); /* erased ones never */
    CHECK_INT(list.count, 15);
}

STORE_TEST(fingerprints_are_the_newest_of_the_driver)
{
    char other[ID_ROOM];
    struct store_fingerprints list;
    struct photo photo = make_photo(0);
    insert_thirty(tx);
    CHECK_INT(store_photo_fingerprints(tx, photo.driver_id, 4, arena, &list), 0);
    CHECK_INT(list.count, 4);
    CHECK(list.items[0].fingerprint == UINT64_C(0xf000000000000000) + 19);
    CHECK(list.items[3].fingerprint == UINT64_C(0xf000000000000000) + 16);
    CHECK_INT(store_photo_fingerprints(tx, help_id(ID_DRIVER, 2, other), 4, arena, &list), 0);
    CHECK_INT(list.count, 0);
}

STORE_TEST(slots_in_use_are_walked)
{
    struct store_slots list;
    insert_thirty(tx);
    CHECK_INT(store_photo_slots(tx, STORE_SLOT_STAGING, -1, arena, &list), 0);
    CHECK_INT(list.count, 10);
    CHECK_INT(list.items[0].slot, 0);
    CHECK_INT(store_photo_slots(tx, STORE_SLOT_KEY, -1, arena, &list), 0);
    CHECK_INT(list.count, 15);
    CHECK(!list.more);
    CHECK_INT(list.items[9].slot, 119);
    CHECK_INT(store_photo_slots(tx, STORE_SLOT_KEY, 119, arena, &list), 0);
    CHECK_INT(list.count, 5);
}

TAP_MAIN(TAP(every_field_comes_back), TAP(the_newest_photo_of_an_attempt_says_what_became_of_it),
         TAP(an_attempt_has_one_live_photo),
         TAP(a_second_attempt_has_its_own_and_the_first_one_stays),
         TAP(an_erased_photo_keeps_no_fingerprint), TAP(waiting_photos_are_listed_and_counted),
         TAP(due_photos_come_the_longest_due_first), TAP(fingerprints_are_the_newest_of_the_driver),
         TAP(slots_in_use_are_walked))
