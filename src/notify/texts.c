/* SPDX-License-Identifier: Apache-2.0
 *
 * One table says which events are told, to whom by default, and how long they hold.
 */
#include "notify/texts.h"

#include <errno.h>

#include "base/arena.h"
#include "base/log.h"
#include "store/account.h"
#include "store/preference.h"

enum { ACCOUNT_CEILING = 16 << 10 };

/* What is told, to recipients that only a phone reaches and to those who asked for it. */
static const struct told {
    enum event_kind kind;
    enum delivery_state holds; /* while the delivery is in this state */
    bool by_default;           /* to those that only a phone reaches */
    const char *text;          /* with the link */
} told[] = {
    {EVENT_DELIVERY_CREATED, DELIVERY_CREATED, true,
     MSG("A parcel is being brought to you. {link}")},
    {EVENT_DELIVERY_OUT_FOR_DELIVERY, DELIVERY_OUT_FOR_DELIVERY, false,
     MSG("Your parcel is out for delivery. {link}")},
    {EVENT_DELIVERY_DELIVERED, DELIVERY_DELIVERED, true, MSG("Your parcel was delivered. {link}")},
    {EVENT_DELIVERY_ATTEMPTED, DELIVERY_ATTEMPTED, true,
     MSG("Your parcel was brought, but could not be left. {link}")},
    {EVENT_PHOTO_LOOKED, DELIVERY_DELIVERED, true,
     MSG("An administrator looked at a photo of your delivery without a case. {link}")},
};

static const struct told *find(enum event_kind kind)
{
    for (size_t i = 0; i < ARRAY_LEN(told); i++)
        if (told[i].kind == kind)
            return &told[i];
    return NULL;
}

int texts_wanted(struct db_tx *tx, enum notice_channel channel, const struct store_event *event,
                 const struct delivery *delivery, bool *out)
{
    enum event_kind kind = event->kind;
    const struct told *entry = find(kind);
    if (kind == EVENT_PHOTO_LOOKED && !store_event_breaks_glass(event))
        entry = NULL;
    struct store_account account;
    *out = entry && delivery->recipient_phone && !delivery->recipient_email && entry->by_default;
    if (!entry || !delivery->recipient_phone || !delivery->recipient_email)
        return 0;
    struct arena *arena = arena_new(ACCOUNT_CEILING);
    if (!arena)
        return log_fault("texts.wanted", -ENOMEM, "delivery=%s", delivery->id);
    int result = store_account_by_email(tx, delivery->recipient_email, arena, &account);
    if (result == 0)
        result = store_preference_wants(tx, account.id, kind, channel, out);
    arena_free(&arena);
    return result == STORE_NOT_FOUND ? 0 : result;
}

bool texts_is_true(enum event_kind kind, const struct delivery *delivery)
{
    const struct told *entry = find(kind);
    if (kind == EVENT_DELIVERY_CREATED)
        return delivery->state == DELIVERY_CREATED || delivery->state == DELIVERY_OUT_FOR_DELIVERY;
    if (kind == EVENT_PHOTO_LOOKED) /* whatever becomes of the delivery */
        return true;
    return entry && delivery->state == entry->holds;
}

/* The first message says that a photo may be taken, while it can still be refused (R6). */
static bool photo_may_be_taken(enum event_kind kind, const struct delivery *delivery)
{
    return kind == EVENT_DELIVERY_CREATED && delivery->photo_state == PHOTO_EXPECTED;
}

/* How the recipient's account wants to be reached; STORE_NOT_FOUND where none says. */
static int read_reach(struct db_tx *tx, const struct delivery *delivery, struct arena *arena,
                      struct store_reach *out)
{
    struct store_account account;
    int result = store_account_by_email(tx, delivery->recipient_email, arena, &account);
    return result != 0 ? result : store_reach_get(tx, account.id, arena, out);
}

int texts_lang(const struct texts *texts, struct db_tx *tx, const struct delivery *delivery,
               const struct lang **out)
{
    struct store_reach reach;
    *out = settings_lang(texts->settings);
    if (!delivery->recipient_email)
        return 0;
    struct arena *arena = arena_new(ACCOUNT_CEILING);
    if (!arena)
        return log_fault("texts.lang", -ENOMEM, "delivery=%s", delivery->id);
    int result = read_reach(tx, delivery, arena, &reach);
    if (result == 0)
        *out = lang_chosen(reach.language, *out);
    arena_free(&arena);
    return result == STORE_NOT_FOUND ? 0 : result;
}

int texts_quiet_until(struct db_tx *tx, const struct delivery *delivery, int64_t now, int64_t *out)
{
    struct store_reach reach;
    *out = now;
    if (!delivery->recipient_email)
        return 0;
    struct arena *arena = arena_new(ACCOUNT_CEILING);
    if (!arena)
        return log_fault("texts.quiet", -ENOMEM, "delivery=%s", delivery->id);
    int result = read_reach(tx, delivery, arena, &reach);
    if (result == 0)
        *out = quiet_until(&reach.quiet, now);
    arena_free(&arena);
    return result == STORE_NOT_FOUND ? 0 : result;
}

void texts_write(const struct texts *texts, const struct texts_about *about, struct buf *out)
{
    char link[TEXTS_LINK_ROOM];
    const struct told *entry = find(about->kind);
    if (!entry)
        return;
    const char *text = entry->text;
    if (photo_may_be_taken(about->kind, about->delivery))
        text = MSG("A parcel is being brought to you. The driver may photograph where it is left. "
                   "If you want no photo, say so here: {link}");
    if (photo_may_be_taken(about->kind, about->delivery))
        texts->refusal(texts->link_context, about->delivery, link);
    else
        texts->link(texts->link_context, about->delivery, link);
    lang_say(about->lang, out, text, LANG_PARTS({"link", link}));
}
