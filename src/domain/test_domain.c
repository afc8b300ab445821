/* SPDX-License-Identifier: Apache-2.0
 * Words, the arrows between delivery states, and distances. */
#include <math.h>

#include "base/tap.h"
#include "domain/delivery.h"
#include "domain/states.h"

TEST(words_go_both_ways)
{
    static const struct words *const lists[] = {&words_delivery_state,  &words_photo_state,
                                                &words_confidentiality, &words_photo_want,
                                                &words_consent,         &words_left_at,
                                                &words_proof,           &words_attempt_reason,
                                                &words_place,           &words_photo_flag,
                                                &words_case_kind,       &words_case_state,
                                                &words_look_reason,     &words_confidential_photos,
                                                &words_event_kind,      &words_notice_channel,
                                                &words_notice_class,    &words_language,
                                                &words_ledger_step,     &words_proof_check,
                                                &words_refusal_kind};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (int value = 0; value < lists[i]->count; value++)
            CHECK_INT(words_find(lists[i], words_name(lists[i], value)), value);
    CHECK_STR(words_name(&words_place, -1), "?");
    CHECK_STR(words_name(&words_place, PLACE_COUNT), "?");
    CHECK_INT(words_find(&words_place, "Within"), -1);
}

TEST(states_follow_the_drawing)
{
    static const char drawing[DELIVERY_STATE_COUNT][DELIVERY_STATE_COUNT + 1] = {
        /* to: created out delivered attempted returned cancelled */
        [DELIVERY_CREATED] = ".ooo.o",   [DELIVERY_OUT_FOR_DELIVERY] = "..oooo",
        [DELIVERY_DELIVERED] = "......", [DELIVERY_ATTEMPTED] = ".o..oo",
        [DELIVERY_RETURNED] = "......",  [DELIVERY_CANCELLED] = "......",
    };
    for (int from = 0; from < DELIVERY_STATE_COUNT; from++)
        for (int to = 0; to < DELIVERY_STATE_COUNT; to++)
            CHECK_INT(states_may_follow((enum delivery_state)from, (enum delivery_state)to),
                      drawing[from][to] == 'o');
    CHECK(states_is_final(DELIVERY_DELIVERED) && !states_is_final(DELIVERY_ATTEMPTED));
}

TEST(a_waiting_photo_ends_with_its_delivery)
{
    const char *reason = NULL;
    CHECK_INT(states_photo_after(DELIVERY_CANCELLED, PHOTO_EXPECTED, false, &reason), PHOTO_NONE);
    CHECK_STR(reason, "cancelled");
    CHECK_INT(states_photo_after(DELIVERY_DELIVERED, PHOTO_EXPECTED, true, &reason), PHOTO_MISSING);
    CHECK_STR(reason, "other_proof");
    reason = NULL;
    CHECK_INT(states_photo_after(DELIVERY_DELIVERED, PHOTO_EXPECTED, false, &reason),
              PHOTO_EXPECTED);
    CHECK_INT(states_photo_after(DELIVERY_CANCELLED, PHOTO_POSTED, false, &reason), PHOTO_POSTED);
    CHECK(reason == NULL);
}

TEST(distances_are_in_metres)
{
    CHECK(delivery_distance(52.5, 13.4, 52.5, 13.4) == 0);
    CHECK(fabs(delivery_distance(52.5200, 13.4050, 48.8566, 2.3522) - 878000) < 2000);
    CHECK(fabs(delivery_distance(0, 179.9995, 0, -179.9995) - 111) < 1);
    CHECK(fabs(delivery_distance(90, 0, -90, 0) - 20015087) < 1000);
}

TAP_MAIN(TAP(words_go_both_ways), TAP(states_follow_the_drawing),
         TAP(a_waiting_photo_ends_with_its_delivery), TAP(distances_are_in_metres))
