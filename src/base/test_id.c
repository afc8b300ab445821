/* SPDX-License-Identifier: Apache-2.0
 * Ids: form, round trip, order in time, refusals. */
#include "base/id.h"
#include "base/tap.h"

TEST(an_id_has_its_form)
{
    char id[ID_ROOM];
    id_new(ID_DELIVERY, id);
    CHECK_INT(strlen(id), ID_TEXT_LEN);
    CHECK(id_is(ID_DELIVERY, id));
    CHECK(!id_is(ID_PHOTO, id));
}

TEST(bytes_and_text_go_both_ways)
{
    for (int round = 0; round < 1000; round++) {
        char id[ID_ROOM], again[ID_ROOM];
        uint8_t bytes[16];
        id_new(ID_PHOTO, id);
        CHECK(id_to_bytes(id, bytes));
        id_from_bytes(ID_PHOTO, bytes, again);
        CHECK_STR(again, id);
    }
    uint8_t ones[16], back[16];
    char id[ID_ROOM];
    memset(ones, 0xff, 16);
    id_from_bytes(ID_CASE, ones, id);
    CHECK_STR(id, "cas_7zzzzzzzzzzzzzzzzzzzzzzzzz");
    CHECK(id_to_bytes(id, back) && memcmp(ones, back, 16) == 0);
}

TEST(later_ids_sort_later_within_a_millisecond_too)
{
    char before[ID_ROOM], after[ID_ROOM];
    id_new(ID_JOB, before);
    for (int i = 0; i < 100000; i++) {
        id_new(ID_JOB, after);
        if (strcmp(before, after) >= 0)
            break;
        memcpy(before, after, ID_ROOM);
    }
    CHECK_STR(before, after);
}

TEST(other_texts_are_refused)
{
    static const char *const bad[] = {"",
                                      "dlv_",
                                      "dlv_0000000000000000000000000",
                                      "dlv_000000000000000000000000000",
                                      "dlv_8zzzzzzzzzzzzzzzzzzzzzzzzz",
                                      "dlv_0000000000000000000000000I",
                                      "dlv-00000000000000000000000000",
                                      "dlv_0000000000000000000000000A",
                                      "DLV_00000000000000000000000000"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(!id_is(ID_DELIVERY, bad[i]));
    CHECK(id_is(ID_DELIVERY, "dlv_00000000000000000000000000"));
}

TAP_MAIN(TAP(an_id_has_its_form), TAP(bytes_and_text_go_both_ways),
         TAP(later_ids_sort_later_within_a_millisecond_too), TAP(other_texts_are_refused))
