/* SPDX-License-Identifier: Apache-2.0
 *
 * Two events and one message: a delivery and its photo a moment later are one mail. A photo that
 * comes after that mail went out has one of its own.
 */
#include "notify/mail_news.h"

#include "base/arena.h"
#include "base/clock.h"
#include "domain/preference.h"
#include "store/case.h"
#include "store/photo.h"

/* A word of the event's data, in the arena, or NULL. */
static const char *data_text(const struct store_event *event, const char *name, struct arena *arena)
{
    json_t *data = event->data ? json_loads(event->data, 0, NULL) : NULL;
    const char *text = json_string_value(json_object_get(data, name));
    char *copy = text ? arena_strdup(arena, text) : NULL;
    json_decref(data);
    return copy;
}

static bool is_by_agent(const struct store_event *event)
{
    json_t *data = event->data ? json_loads(event->data, 0, NULL) : NULL;
    const char *by = json_string_value(json_object_get(data, "by"));
    bool agent = by && strcmp(by, words_name(&words_case_side, SIDE_AGENT)) == 0;
    json_decref(data);
    return agent;
}

static int64_t together(const struct settings *settings)
{
    return settings->mail.together_seconds * CLOCK_SECOND;
}

static bool has_ended(const struct delivery *delivery)
{
    return delivery->state == DELIVERY_DELIVERED || delivery->state == DELIVERY_ATTEMPTED;
}

bool mail_news_is(const struct settings *settings, const struct tell_about *about, int64_t *at_out)
{
    const struct store_event *event = about->event;
    *at_out = event->at;
    switch (event->kind) {
    case EVENT_DELIVERY_CREATED:
        return settings->mail.first_message;
    case EVENT_DELIVERY_DELIVERED:
    case EVENT_DELIVERY_ATTEMPTED:
        *at_out = event->at + together(settings);
        return true;
    case EVENT_PHOTO_POSTED:
        return has_ended(about->delivery) && about->delivery->photo_state == PHOTO_POSTED &&
               event->at >= about->delivery->delivered_received_at + together(settings);
    case EVENT_CASE_OPENED:
    case EVENT_CASE_ANSWERED:
    case EVENT_CASE_RESOLVED:
        return is_by_agent(event);
    case EVENT_PHOTO_MISSING:
        return false;
    default:
        return preference_class(event->kind) >= 0;
    }
}

/* ---- at the moment of sending ---- */

/* The delivery's own mail went out at its time, or at the end of the quiet hours that this fell
 * into. A photo that was there by then was told in it. */
static bool was_told_together(const struct mail_moment *moment)
{
    int64_t told = quiet_until(moment->quiet, moment->delivery->delivered_received_at +
                                                  together(moment->settings));
    return moment->event->at < told;
}

static int photo_letter(const struct mail_moment *moment)
{
    const struct delivery *delivery = moment->delivery;
    return has_ended(delivery) && delivery->photo_state == PHOTO_POSTED &&
                   !was_told_together(moment)
               ? 0
               : MAIL_NEWS_STALE;
}

/* Was a photo of the delivery withheld after the event? */
static int withheld_since(struct db_tx *tx, const struct store_event *event, struct arena *arena,
                          bool *out)
{
    struct store_events later;
    struct store_event_filter filter = {event->shipper_id, event->delivery_id};
    int result = store_event_list(tx, &filter, &(struct store_page){event->id, STORE_PAGE_LIMIT},
                                  arena, &later);
    *out = false;
    for (int i = 0; result == 0 && i < later.count; i++)
        *out |= later.items[i].kind == EVENT_PHOTO_WITHHELD;
    return result;
}

/* Of a photo that is there: posted, or kept for support since before the look. */
static int look_letter(struct db_tx *tx, const struct mail_moment *moment, struct arena *arena)
{
    struct photo photo;
    const char *id = data_text(moment->event, "photo_id", arena);
    int result = id ? store_photo_get(tx, id, arena, &photo) : STORE_NOT_FOUND;
    if (result != 0)
        return result < 0 ? result : MAIL_NEWS_STALE;
    bool since = false;
    if (photo.state == PHOTO_WITHHELD)
        result = withheld_since(tx, moment->event, arena, &since);
    if (result < 0)
        return result;
    bool there = photo.state == PHOTO_POSTED || (photo.state == PHOTO_WITHHELD && !since);
    return there ? 0 : MAIL_NEWS_STALE;
}

/* An answer is news as long as the case is open; that it is resolved tells more. */
static int case_letter(struct db_tx *tx, const struct mail_moment *moment, struct arena *arena,
                       enum case_state wanted)
{
    struct store_case row;
    const char *id = data_text(moment->event, "case_id", arena);
    int result = id ? store_case_get(tx, id, arena, &row) : STORE_NOT_FOUND;
    if (result != 0)
        return result < 0 ? result : MAIL_NEWS_STALE;
    return row.state == wanted ? 0 : MAIL_NEWS_STALE;
}

static int state_letter(const struct mail_moment *moment, enum delivery_state wanted)
{
    return moment->delivery->state == wanted ? 0 : MAIL_NEWS_STALE;
}

static int first_letter(const struct mail_moment *moment)
{
    enum delivery_state state = moment->delivery->state;
    enum photo_state photo = moment->delivery->photo_state;
    bool ahead = state == DELIVERY_CREATED || state == DELIVERY_OUT_FOR_DELIVERY;
    bool taken = photo == PHOTO_RECEIVED || photo == PHOTO_POSTED || photo == PHOTO_WITHHELD;
    return ahead && !taken ? 0 : MAIL_NEWS_STALE;
}

int mail_news_letter(struct db_tx *tx, const struct mail_moment *moment, struct arena *arena,
                     enum letter *letter_out)
{
    static const enum letter letters[EVENT_KIND_COUNT] = {
        [EVENT_DELIVERY_CREATED] = LETTER_FIRST,
        [EVENT_DELIVERY_OUT_FOR_DELIVERY] = LETTER_OUT,
        [EVENT_DELIVERY_DELIVERED] = LETTER_DELIVERED,
        [EVENT_DELIVERY_ATTEMPTED] = LETTER_ATTEMPTED,
        [EVENT_DELIVERY_RETURNED] = LETTER_RETURNED,
        [EVENT_DELIVERY_CANCELLED] = LETTER_CANCELLED,
        [EVENT_PHOTO_POSTED] = LETTER_PICTURE,
        [EVENT_PHOTO_LOOKED] = LETTER_LOOK,
        [EVENT_CASE_OPENED] = LETTER_CASE_OPENED,
        [EVENT_CASE_ANSWERED] = LETTER_CASE_ANSWERED,
        [EVENT_CASE_RESOLVED] = LETTER_CASE_RESOLVED,
    };
    *letter_out = letters[moment->event->kind];
    switch (moment->event->kind) {
    case EVENT_DELIVERY_CREATED:
        return first_letter(moment);
    case EVENT_DELIVERY_OUT_FOR_DELIVERY:
        return state_letter(moment, DELIVERY_OUT_FOR_DELIVERY);
    case EVENT_DELIVERY_DELIVERED:
        return state_letter(moment, DELIVERY_DELIVERED);
    case EVENT_DELIVERY_ATTEMPTED:
        return state_letter(moment, DELIVERY_ATTEMPTED);
    case EVENT_DELIVERY_RETURNED:
        return state_letter(moment, DELIVERY_RETURNED);
    case EVENT_DELIVERY_CANCELLED:
        return state_letter(moment, DELIVERY_CANCELLED);
    case EVENT_PHOTO_POSTED:
        return photo_letter(moment);
    case EVENT_PHOTO_LOOKED:
        if (!store_event_breaks_glass(moment->event))
            return look_letter(tx, moment, arena);
        *letter_out = LETTER_GLASS; /* true for ever: also when the photo is gone since */
        return 0;
    case EVENT_CASE_OPENED:
    case EVENT_CASE_ANSWERED:
        return case_letter(tx, moment, arena, CASE_OPEN);
    case EVENT_CASE_RESOLVED:
        return case_letter(tx, moment, arena, CASE_RESOLVED);
    default:
        return MAIL_NEWS_STALE;
    }
}

const char *mail_news_photo(const struct delivery *delivery)
{
    if (delivery->photo_state == PHOTO_DECLINED)
        return "declined";
    if (delivery->photo_state != PHOTO_EXPECTED)
        return "none";
    return delivery->confidential == NOT_CONFIDENTIAL ? "asked" : "withheld";
}
