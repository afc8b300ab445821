/* SPDX-License-Identifier: Apache-2.0
 *
 * Which changes are events, what their data say, and whom they are handed to.
 */
#include "notify/tell.h"

#include <errno.h>

#include "store/delivery.h"
#include "store/test_help.h"

/* --- the stage -------------------------------------------------------------------------------- */

/* A channel that tells a target of everything, and another of looks only. */
static int address(void *context, struct db_tx *tx, const struct tell_about *about,
                   struct notice_list *list)
{
    char target[ID_ROOM];
    CHECK_STR(about->delivery->id, about->event->delivery_id);
    int result = notice_add(list, &(struct notice_to){.target = help_id(ID_WEBHOOK, 1, target)});
    if (result == 0 && about->event->kind == EVENT_PHOTO_LOOKED)
        result =
            notice_add(list, &(struct notice_to){help_id(ID_WEBHOOK, 2, target), "looked", 5000});
    return result;
}

static int heard_count;
static char heard_id[ID_ROOM];

static void heard(void *context, const char *delivery_id)
{
    heard_count++;
    snprintf(heard_id, sizeof heard_id, "%s", delivery_id);
}

static const struct channel channels[] = {{.is = CHANNEL_WEBHOOK, .address = address}};
static const struct tell tell = {.channels = channels, .channel_count = 1, .heard = heard};

static struct delivery added(struct db_tx *tx)
{
    struct delivery delivery = help_delivery(1);
    delivery.reference = "R-1";
    CHECK_INT(store_delivery_insert(tx, &delivery), 0);
    return delivery;
}

static struct store_events all(struct db_tx *tx, struct arena *arena)
{
    char shipper[ID_ROOM];
    struct store_events events = {0};
    struct store_event_filter filter = {help_id(ID_SHIPPER, 1, shipper), NULL};
    CHECK_INT(store_event_list(tx, &filter, &(struct store_page){NULL, 100}, arena, &events), 0);
    return events;
}

/* What the last move told, as "kind kind". */
static const char *told(struct db_tx *tx, struct arena *arena, const struct delivery *before,
                        const struct delivery *after)
{
    struct telling telling = {&tell, arena, NULL};
    int known = all(tx, arena).count;
    char *kinds = arena_strdup(arena, "");
    CHECK_INT(tell_moved(tx, &telling, &(struct tell_move){before, after, 100}), 0);
    struct store_events events = all(tx, arena);
    for (int i = known; i < events.count; i++)
        kinds = arena_printf(arena, "%s%s%s", kinds, *kinds ? " " : "",
                             words_name(&words_event_kind, (int)events.items[i].kind));
    return kinds;
}

static struct delivery with(const struct delivery *delivery, enum delivery_state state,
                            enum photo_state photo, const char *reason)
{
    struct delivery after = *delivery;
    after.state = state;
    after.photo_state = photo;
    after.photo_reason = reason;
    return after;
}

/* --- moves ------------------------------------------------------------------------------------ */

STORE_TEST(a_new_delivery_is_told_with_what_becomes_of_its_photo)
{
    struct delivery delivery = added(tx);
    CHECK_STR(told(tx, arena, NULL, &delivery), "delivery.created photo.expected");
    struct delivery other = with(&delivery, DELIVERY_CREATED, PHOTO_NONE, "not_asked");
    CHECK_STR(told(tx, arena, NULL, &other), "delivery.created");
    other = with(&delivery, DELIVERY_CREATED, PHOTO_NONE, "protected");
    CHECK_STR(told(tx, arena, NULL, &other), "delivery.created photo.missing");
    other = with(&delivery, DELIVERY_CREATED, PHOTO_DECLINED, "by_recipient");
    CHECK_STR(told(tx, arena, NULL, &other), "delivery.created photo.missing");
}

STORE_TEST(each_state_is_told_once)
{
    struct delivery now = added(tx), next;
    CHECK_STR(told(tx, arena, &now, &now), "");
    next = with(&now, DELIVERY_OUT_FOR_DELIVERY, PHOTO_EXPECTED, NULL);
    CHECK_STR(told(tx, arena, &now, &next), "delivery.out_for_delivery");
    now = next;
    next = with(&now, DELIVERY_ATTEMPTED, PHOTO_EXPECTED, NULL);
    CHECK_STR(told(tx, arena, &now, &next), "delivery.attempted");
    now = next;
    next = with(&now, DELIVERY_OUT_FOR_DELIVERY, PHOTO_EXPECTED, NULL);
    next.attempt = 2;
    CHECK_STR(told(tx, arena, &now, &next), "delivery.out_for_delivery photo.expected");
    now = next;
    next = with(&now, DELIVERY_DELIVERED, PHOTO_MISSING, "other_proof");
    CHECK_STR(told(tx, arena, &now, &next), "delivery.delivered photo.missing");
    next = with(&now, DELIVERY_CANCELLED, PHOTO_NONE, "cancelled");
    CHECK_STR(told(tx, arena, &now, &next), "delivery.cancelled photo.missing");
    next = with(&now, DELIVERY_RETURNED, PHOTO_NONE, "cancelled");
    CHECK_STR(told(tx, arena, &now, &next), "delivery.returned photo.missing");
}

STORE_TEST(a_photo_that_will_not_come_or_will_again_is_told)
{
    struct delivery now = added(tx), next;
    next = with(&now, now.state, PHOTO_DECLINED, "by_recipient");
    CHECK_STR(told(tx, arena, &now, &next), "photo.missing");
    CHECK_STR(told(tx, arena, &next, &now), "photo.expected");
    next = with(&now, now.state, PHOTO_NONE, "not_asked");
    CHECK_STR(told(tx, arena, &now, &next), "photo.missing");
    next = with(&now, now.state, PHOTO_RECEIVED, NULL);
    CHECK_STR(told(tx, arena, &now, &next), "");
}

STORE_TEST(a_photos_states_are_told_and_those_that_are_nobodys_business_not)
{
    static const char *const wanted[PHOTO_STATE_COUNT] = {
        [PHOTO_DECLINED] = "photo.missing",  [PHOTO_MISSING] = "photo.missing",
        [PHOTO_POSTED] = "photo.posted",     [PHOTO_WITHHELD] = "photo.withheld",
        [PHOTO_REJECTED] = "photo.rejected", [PHOTO_ERASED] = "photo.erased",
    };
    struct delivery delivery = added(tx);
    struct telling telling = {&tell, arena, NULL};
    for (int state = 0; state < PHOTO_STATE_COUNT; state++) {
        struct photo photo = {.attempt = 1, .state = (enum photo_state)state};
        help_id(ID_PHOTO, 9, photo.id);
        int known = all(tx, arena).count;
        CHECK_INT(tell_photo(tx, &telling, &(struct tell_photo){&delivery, &photo, 100}), 0);
        struct store_events events = all(tx, arena);
        CHECK_INT(events.count - known, wanted[state] ? 1 : 0);
        if (wanted[state] && events.count > known)
            CHECK_STR(words_name(&words_event_kind, (int)events.items[known].kind), wanted[state]);
    }
}

/* --- data, notices, wakes -----------------------------------------------------------------------
 */

STORE_TEST(the_data_are_ids_states_and_reasons)
{
    struct delivery delivery = added(tx);
    struct telling telling = {&tell, arena, NULL};
    struct photo photo = {
        .attempt = 1, .state = PHOTO_POSTED, .place = PLACE_WITHIN, .anyway = "too \"dark\""};
    struct store_case of_case = {.number = 7, .kind = CASE_DAMAGED, .reason = "Ada Example says"};
    struct store_look look = {.reason = LOOK_OTHER, .text = "to see Ada's door"};
    help_id(ID_PHOTO, 9, photo.id);
    help_id(ID_CASE, 3, of_case.id);
    help_id(ID_LOOK, 4, look.id);
    memcpy(look.photo_id, photo.id, ID_ROOM);
    memcpy(look.case_id, of_case.id, ID_ROOM);
    delivery.state = DELIVERY_DELIVERED;
    delivery.left_at = LEFT_FRONT_DOOR;
    CHECK_INT(tell_moved(tx, &telling, &(struct tell_move){NULL, &delivery, 100}), 0);
    CHECK_INT(tell_photo(tx, &telling, &(struct tell_photo){&delivery, &photo, 100}), 0);
    struct event looked = {.kind = EVENT_PHOTO_LOOKED,
                           .delivery = &delivery,
                           .photo = &photo,
                           .of_case = &of_case,
                           .look = &look,
                           .at = 100};
    CHECK_INT(tell_event(tx, &telling, &looked), 0);
    struct event opened = {.kind = EVENT_CASE_OPENED,
                           .delivery = &delivery,
                           .of_case = &of_case,
                           .by = SIDE_AGENT,
                           .at = 100};
    CHECK_INT(tell_event(tx, &telling, &opened), 0);
    struct store_events events = all(tx, arena);
    CHECK_INT(events.count, 5);
    CHECK_STR(events.items[0].data,
              "{\"state\":\"delivered\",\"attempt\":1,\"left_at\":\"front_door\","
              "\"photo\":{\"state\":\"expected\"}}");
    CHECK_STR(events.items[1].data, "{\"attempt\":1,\"state\":\"expected\"}");
    CHECK_STR(events.items[2].data,
              arena_printf(arena,
                           "{\"photo_id\":\"%s\",\"attempt\":1,\"state\":\"posted\","
                           "\"place\":\"within\"}",
                           photo.id));
    CHECK_STR(events.items[3].data,
              arena_printf(arena,
                           "{\"photo_id\":\"%s\",\"look_id\":\"%s\",\"case_id\":\"%s\","
                           "\"kind\":\"photo\",\"agent_number\":0,\"reason\":\"other\"}",
                           photo.id, look.id, of_case.id));
    CHECK_STR(events.items[4].data,
              arena_printf(arena,
                           "{\"case_id\":\"%s\",\"case_number\":7,\"kind\":\"damaged\","
                           "\"state\":\"open\",\"by\":\"agent\"}",
                           of_case.id));
    for (int i = 0; i < events.count; i++)
        CHECK(!strstr(events.items[i].data, "Ada") && !strstr(events.items[i].data, "dark"));
}

STORE_TEST(a_reason_that_is_no_word_is_a_fault)
{
    struct delivery delivery = added(tx);
    struct telling telling = {&tell, arena, NULL};
    delivery.photo_reason = "so \"called\"";
    log_set_level((enum log_level) - 1);
    CHECK_INT(tell_moved(tx, &telling, &(struct tell_move){NULL, &delivery, 100}), -EBADMSG);
    CHECK_INT(all(tx, arena).count, 0);
}

STORE_TEST(each_channel_is_asked_in_the_same_transaction)
{
    struct delivery delivery = added(tx);
    struct telling telling = {&tell, arena, NULL};
    struct store_look look = {.reason = LOOK_OTHER};
    struct store_notice_counts counts;
    struct store_notice got;
    struct store_notice_take take = {CHANNEL_WEBHOOK, NULL, 1, 4999};
    char target[ID_ROOM];
    struct event looked = {
        .kind = EVENT_PHOTO_LOOKED, .delivery = &delivery, .look = &look, .at = 100};
    CHECK_INT(tell_event(tx, &telling, &looked), 0);
    CHECK_INT(store_notice_count(tx, CHANNEL_WEBHOOK, &counts), 0);
    CHECK_INT(counts.queued, 2);
    take.target = help_id(ID_WEBHOOK, 2, target);
    CHECK_INT(store_notice_take(tx, &take, arena, &got), STORE_NOT_FOUND);
    take.now = 5000;
    CHECK_INT(store_notice_take(tx, &take, arena, &got), 0);
    CHECK_STR(got.payload, "looked");
    CHECK_STR(got.delivery_id, delivery.id);
    CHECK_STR(got.event_id, all(tx, arena).items[0].id);
}

STORE_TEST(those_who_listen_hear_of_each_delivery_once)
{
    struct delivery delivery = added(tx);
    struct telling telling = {&tell, arena, NULL};
    heard_count = 0;
    tell_wake(&telling);
    CHECK_INT(heard_count, 0);
    CHECK_INT(tell_moved(tx, &telling, &(struct tell_move){NULL, &delivery, 100}), 0);
    tell_wake(&telling);
    CHECK_INT(heard_count, 1);
    CHECK_STR(heard_id, delivery.id);
}

STORE_TEST(who_tells_nobody_writes_nothing)
{
    struct delivery delivery = added(tx);
    struct telling telling = {0};
    CHECK_INT(tell_moved(tx, &telling, &(struct tell_move){NULL, &delivery, 100}), 0);
    CHECK_INT(all(tx, arena).count, 0);
    tell_wake(&telling);
}

TAP_MAIN(TAP(a_new_delivery_is_told_with_what_becomes_of_its_photo), TAP(each_state_is_told_once),
         TAP(a_photo_that_will_not_come_or_will_again_is_told),
         TAP(a_photos_states_are_told_and_those_that_are_nobodys_business_not),
         TAP(the_data_are_ids_states_and_reasons), TAP(a_reason_that_is_no_word_is_a_fault),
         TAP(each_channel_is_asked_in_the_same_transaction),
         TAP(those_who_listen_hear_of_each_delivery_once), TAP(who_tells_nobody_writes_nothing))
