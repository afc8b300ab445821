/* SPDX-License-Identifier: Apache-2.0
 *
 * What the channels of short texts (sms, relay) share: who is told of what, and in which words. A
 * text is read on a locked screen, by whoever holds the phone: it says that a parcel comes or came,
 * and a link; never what, where, from whom or for whom (R12).
 *
 * A recipient whose only contact is a phone number is told what they cannot learn otherwise: that a
 * parcel comes and a photo may be taken, and how it ended. Whoever has an e-mail address gets texts
 * only where they asked for them, since texts cost money and e-mail does not.
 */
#ifndef PORCHLIGHT_TEXTS_H
#define PORCHLIGHT_TEXTS_H

#include "base/buf.h"
#include "notify/channel.h"
#include "settings/settings.h"

enum { TEXTS_LINK_ROOM = 320, TEXTS_CEILING = 1600 };

/* How a text links to the status page of a delivery, and to the page that refuses its photo. */
struct texts {
    const struct settings *settings;
    void (*link)(void *context, const struct delivery *delivery, char out[TEXTS_LINK_ROOM]);
    void (*refusal)(void *context, const struct delivery *delivery, char out[TEXTS_LINK_ROOM]);
    void *link_context;
};

/* Whether this channel tells the recipient of a delivery of such an event; of looks only those
 * without a case are told. 0 or a fault. */
int texts_wanted(struct db_tx *tx, enum notice_channel channel, const struct store_event *event,
                 const struct delivery *delivery, bool *out) MUST_CHECK;

/* True while what the event said is still so: later states make it stale. */
bool texts_is_true(enum event_kind kind, const struct delivery *delivery);

/* The language of the recipient of a delivery: what their account says, if there is one that says
 * anything, else the server's. 0 or a fault. */
int texts_lang(const struct texts *texts, struct db_tx *tx, const struct delivery *delivery,
               const struct lang **out) MUST_CHECK;

/* When the recipient may be told: `now`, or the end of the quiet hours of their account. 0 or a
 * fault. */
int texts_quiet_until(struct db_tx *tx, const struct delivery *delivery, int64_t now,
                      int64_t *out) MUST_CHECK;

/* What is written, and to whom. */
struct texts_about {
    enum event_kind kind;
    const struct delivery *delivery;
    const struct lang *lang;
};

/* Adds the text. Nothing is added for an event of which nobody is told. */
void texts_write(const struct texts *texts, const struct texts_about *about, struct buf *out);

#endif
