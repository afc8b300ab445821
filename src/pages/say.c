/* SPDX-License-Identifier: Apache-2.0
 *
 * Sentences. Each closed list is a table by its enum; a test walks every list, so that a word added
 * to domain/words.h without a sentence here is found.
 */
#include "pages/say.h"

#include "base/clock.h"
#include "photo/facts.h"

/* ---- times ---- */

static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

/* Days since a fixed day, by the calendar that people in the zone see. */
static int64_t day_number(const struct clock_local *t)
{
    int64_t year = t->month <= 2 ? t->year - 1 : t->year;
    int64_t month = t->month <= 2 ? t->month + 12 : t->month;
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month - 457) / 5 + t->day;
}

void say_day(int64_t at, const char *zone, int64_t now, struct buf *out)
{
    struct clock_local then, today;
    clock_to_local(at, zone, &then);
    clock_to_local(now, zone, &today);
    int64_t ago = day_number(&today) - day_number(&then);
    if (ago == 0)
        buf_text(out, "today");
    else if (ago == 1)
        buf_text(out, "yesterday");
    else if (ago == -1)
        buf_text(out, "tomorrow");
    else if (ago > 1 && ago < 7)
        buf_printf(out, "on %s", weekdays[then.weekday]);
    else if (then.year == today.year)
        buf_printf(out, "on %d %s", then.day, months[then.month - 1]);
    else
        buf_printf(out, "on %d %s %d", then.day, months[then.month - 1], then.year);
}

static void say_time(int64_t at, const char *zone, struct buf *out)
{
    struct clock_local t;
    clock_to_local(at, zone, &t);
    buf_printf(out, "%02d:%02d", t.hour, t.minute);
}

void say_moment(int64_t at, const char *zone, int64_t now, struct buf *out)
{
    say_day(at, zone, now, out);
    buf_text(out, " at ");
    say_time(at, zone, out);
}

void say_zone(const char *zone, struct buf *out)
{
    for (; *zone; zone++)
        buf_byte(out, (uint8_t)(*zone == '_' ? ' ' : *zone));
}

int64_t say_event_time(const struct say_delivery *d)
{
    bool phone_is_ahead = d->received_at > 0 && d->captured_at > d->received_at + SAY_CLOCK_GAP;
    if (d->captured_at > 0 && !phone_is_ahead)
        return d->captured_at;
    return d->received_at > 0 ? d->received_at : d->changed_at;
}

void say_clocks(const struct say_delivery *d, int64_t now, struct buf *out)
{
    int64_t gap = d->received_at - d->captured_at;
    if (d->captured_at <= 0 || d->received_at <= 0 ||
        (gap <= SAY_CLOCK_GAP && gap >= -SAY_CLOCK_GAP))
        return;
    buf_text(out, "By the driver’s phone it happened ");
    say_moment(d->captured_at, d->zone, now, out);
    buf_text(out, "; the report reached us ");
    say_moment(d->received_at, d->zone, now, out);
    buf_text(out, gap > 0 ? "." : "; the phone’s clock must be wrong.");
}

/* ---- the delivery ---- */

/* A value outside its list reads as nothing. */
#define LOOK_UP(table, value) ((unsigned)(value) < ARRAY_LEN(table) ? (table)[value] : "")

const char *say_left_at(enum left_at left_at)
{
    static const char *const texts[LEFT_AT_COUNT] = {
        [LEFT_NOWHERE] = "",
        [LEFT_FRONT_DOOR] = "by the front door",
        [LEFT_SAFE_PLACE] = "in a safe place",
        [LEFT_NEIGHBOUR] = "with a neighbour",
        [LEFT_HANDED_OVER] = "handed over in person",
        [LEFT_LOCKER] = "in a parcel locker",
        [LEFT_MAILBOX] = "in the mailbox",
        [LEFT_RECEPTION] = "at the reception",
    };
    return LOOK_UP(texts, left_at);
}

const char *say_attempt_reason(enum attempt_reason reason)
{
    static const char *const texts[ATTEMPT_REASON_COUNT] = {
        [ATTEMPT_NONE] = "",
        [ATTEMPT_NOBODY_HOME] = "nobody was at home",
        [ATTEMPT_NO_ACCESS] = "the driver could not get to the door",
        [ATTEMPT_WRONG_ADDRESS] = "the address was not right",
        [ATTEMPT_REFUSED] = "the parcel was refused",
        [ATTEMPT_UNSAFE] = "it was not safe to leave it",
        [ATTEMPT_DAMAGED] = "the parcel was damaged",
        [ATTEMPT_OTHER] = "the driver could not deliver it",
    };
    return LOOK_UP(texts, reason);
}

const char *say_step(enum delivery_state state)
{
    static const char *const texts[DELIVERY_STATE_COUNT] = {
        [DELIVERY_CREATED] = "Announced",   [DELIVERY_OUT_FOR_DELIVERY] = "Out for delivery",
        [DELIVERY_DELIVERED] = "Delivered", [DELIVERY_ATTEMPTED] = "Attempted",
        [DELIVERY_RETURNED] = "Returned",   [DELIVERY_CANCELLED] = "Cancelled",
    };
    return LOOK_UP(texts, state);
}

/* ", expected today between 10:00 and 12:00", as long as that is not over. */
static void say_window(const struct say_delivery *d, int64_t now, struct buf *out)
{
    if (d->window_from <= 0 || d->window_to < d->window_from || d->window_to < now)
        return;
    buf_text(out, ", expected ");
    say_day(d->window_from, d->zone, now, out);
    buf_text(out, " between ");
    say_time(d->window_from, d->zone, out);
    buf_text(out, " and ");
    say_time(d->window_to, d->zone, out);
}

void say_state(const struct say_delivery *d, enum say_to to, int64_t now, struct buf *out)
{
    bool private = to != SAY_TO_OTHERS;
    int64_t event = say_event_time(d);
    switch (d->state) {
    case DELIVERY_DELIVERED:
        buf_text(out, "Delivered ");
        say_moment(event, d->zone, now, out);
        if (private && *say_left_at(d->left_at))
            buf_printf(out, ", %s", say_left_at(d->left_at));
        break;
    case DELIVERY_ATTEMPTED:
        buf_text(out, "Delivery attempted ");
        say_moment(event, d->zone, now, out);
        if (private && *say_attempt_reason(d->attempt_reason))
            buf_printf(out, ": %s", say_attempt_reason(d->attempt_reason));
        break;
    case DELIVERY_RETURNED:
        buf_text(out, "Returned to the sender ");
        say_day(d->changed_at, d->zone, now, out);
        break;
    case DELIVERY_CANCELLED:
        buf_text(out, "Cancelled ");
        say_day(d->changed_at, d->zone, now, out);
        break;
    case DELIVERY_OUT_FOR_DELIVERY:
        buf_text(out, "Out for delivery");
        say_window(d, now, out);
        break;
    default:
        buf_text(out, "Announced by the sender");
        say_window(d, now, out);
    }
}

/* ---- the photo ---- */

/* The first row that fits; a row without a reason fits any. */
struct photo_sentence {
    enum photo_state state;
    const char *reason;
    const char *recipient;
    const char *agent;
};

#define NOT_TAKEN " None is taken at such an address."
#define KEPT                                                                                       \
    " No photo of such an address is shown to you or anyone but support, who must give a reason"   \
    " for each look; you can read them here."

static const struct photo_sentence photo_sentences[] = {
    {PHOTO_NONE, "registry", "No photo: this delivery goes to a registry address." NOT_TAKEN,
     "No photo is taken: registry address."},
    {PHOTO_NONE, "wish_list", "No photo: this delivery goes to a wish-list address." NOT_TAKEN,
     "No photo is taken: wish-list address."},
    {PHOTO_NONE, "protected", "No photo: this delivery goes to a protected address." NOT_TAKEN,
     "No photo is taken: protected address."},
    {PHOTO_NONE, "cancelled", "No photo: the parcel was not delivered.",
     "No photo: cancelled or returned."},
    {PHOTO_NONE, NULL, "No photo was asked for with this delivery.",
     "No photo: the shipper asks for none."},
    {PHOTO_DECLINED, NULL, "No photo, as you wished.", "No photo: the recipient refused it."},
    {PHOTO_EXPECTED, NULL,
     "The driver takes a photo when your parcel is left, and you see it here.",
     "Expected from the driver."},
    {PHOTO_MISSING, "other_proof", "No photo: the driver confirmed the delivery in another way.",
     "No photo: other proof was given."},
    {PHOTO_MISSING, "deadline_passed", "No photo: none reached us in time.",
     "No photo: its deadline passed."},
    {PHOTO_MISSING, "staging_lost",
     "No photo: it reached us, but was lost on our side before it could be checked.",
     "No photo: its bytes were lost on the server. The driver's phone may send it again."},
    {PHOTO_MISSING, NULL, "No photo reached us.", "No photo reached us."},
    {PHOTO_RECEIVED, NULL, "The photo has arrived and is being checked. Look again in a moment.",
     "Received, being checked."},
    {PHOTO_POSTED, NULL, "This photo is yours.", "Posted: the recipient can see it."},
    {PHOTO_WITHHELD, "registry",
     "The photo is not shown: this delivery goes to a registry address." KEPT,
     "Withheld: registry address."},
    {PHOTO_WITHHELD, "wish_list",
     "The photo is not shown: this delivery goes to a wish-list address." KEPT,
     "Withheld: wish-list address."},
    {PHOTO_WITHHELD, "protected",
     "The photo is not shown: this delivery goes to a protected address." KEPT,
     "Withheld: protected address."},
    {PHOTO_WITHHELD, NULL, "The photo is not shown." KEPT, "Withheld: confidential address."},
    {PHOTO_REJECTED, NULL, "No photo: what the driver’s phone sent could not be used.",
     "Rejected: it could not be used."},
    {PHOTO_SET_ASIDE, NULL,
     "The photo could not be checked. It is set aside until an administrator has looked into it.",
     "Set aside: checking it failed. An administrator retries or erases it."},
    {PHOTO_ERASED, "by_recipient", "You deleted this photo.", "Erased by the recipient."},
    {PHOTO_ERASED, "retention", "The photo was deleted when its time was up.",
     "Erased: its delete-by date came."},
    {PHOTO_ERASED, "by_administrator", "The photo was deleted by an administrator.",
     "Erased by an administrator."},
    {PHOTO_ERASED, NULL, "The photo is deleted.", "Erased."},
};

/* What the judge found, for a photo that was rejected. */
static const char *verdict_sentence(const char *reason)
{
    static const struct {
        const char *slug, *sentence;
    } verdicts[] = {
#define X(name, slug, sentence) {slug, sentence},
        PHOTO_VERDICTS(X)
#undef X
            {"dark", "The picture is too dark."},
        {"blurred", "The picture is too blurred."},
    };
    for (size_t i = 0; reason && i < ARRAY_LEN(verdicts); i++)
        if (strcmp(verdicts[i].slug, reason) == 0)
            return verdicts[i].sentence;
    return NULL;
}

void say_photo(enum photo_state photo, const char *reason, enum delivery_state delivery,
               enum say_to to, struct buf *out)
{
    if (to == SAY_TO_OTHERS) {
        buf_text(out, "If there is a photo, only the person the parcel was for can see it.");
        return;
    }
    if (photo == PHOTO_EXPECTED && to == SAY_TO_RECIPIENT && delivery == DELIVERY_DELIVERED) {
        buf_text(out, "The photo is on its way. You see it here as soon as the driver’s phone has "
                      "sent it.");
        return;
    }
    if (photo == PHOTO_EXPECTED && to == SAY_TO_RECIPIENT && delivery == DELIVERY_ATTEMPTED) {
        buf_text(out, "If the driver took a photo of this attempt, you see it here once it has "
                      "arrived.");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(photo_sentences); i++) {
        const struct photo_sentence *row = &photo_sentences[i];
        if (row->state != photo || (row->reason && (!reason || strcmp(row->reason, reason) != 0)))
            continue;
        buf_text(out, to == SAY_TO_AGENT ? row->agent : row->recipient);
        break;
    }
    const char *verdict = photo == PHOTO_REJECTED ? verdict_sentence(reason) : NULL;
    if (verdict)
        buf_printf(out, " %s", verdict);
}

/* ---- cases ---- */

const char *say_case_kind(enum case_kind kind)
{
    static const char *const texts[CASE_KIND_COUNT] = {
        [CASE_DID_NOT_ARRIVE] = "It did not arrive",
        [CASE_NOT_MY_DOOR] = "That is not my door",
        [CASE_DAMAGED] = "It is damaged",
        [CASE_LEFT_IN_THE_OPEN] = "It was left in the open",
        [CASE_WRONG_ITEM] = "It is not what was ordered",
        [CASE_PRIVACY] = "The photo shows something private",
        [CASE_OTHER] = "Something else",
    };
    return LOOK_UP(texts, kind);
}

const char *say_look_reason(enum look_reason reason)
{
    static const char *const texts[LOOK_REASON_COUNT] = {
        [LOOK_VERIFY_LOCATION] = "to see where the parcel was left",
        [LOOK_ASSESS_DAMAGE] = "to see whether it is damaged",
        [LOOK_VERIFY_DELIVERY] = "to see whether it was delivered",
        [LOOK_PRIVACY_COMPLAINT] = "to answer a complaint about privacy",
        [LOOK_OTHER] = "for another reason",
    };
    return LOOK_UP(texts, reason);
}

const char *say_confidentiality(enum confidentiality confidential)
{
    static const char *const texts[CONFIDENTIALITY_COUNT] = {
        [NOT_CONFIDENTIAL] = "",
        [CONFIDENTIAL_REGISTRY] = "Registry address",
        [CONFIDENTIAL_WISH_LIST] = "Wish-list address",
        [CONFIDENTIAL_PROTECTED] = "Protected address",
    };
    return LOOK_UP(texts, confidential);
}

const char *say_proof(enum proof proof)
{
    static const char *const texts[PROOF_COUNT] = {
        [PROOF_NONE] = "",
        [PROOF_PIN] = "PIN",
        [PROOF_SCAN] = "Scanned code",
        [PROOF_NAME] = "Name of the person who took it",
        [PROOF_SIGNATURE] = "Signature of the person who took it",
    };
    return LOOK_UP(texts, proof);
}

const char *say_place(enum place place)
{
    static const char *const texts[PLACE_COUNT] = {
        [PLACE_UNKNOWN] = "Not known",
        [PLACE_WITHIN] = "At the address",
        [PLACE_NOT_WITHIN] = "Away from the address",
    };
    return LOOK_UP(texts, place);
}

void say_taken_where(enum place place, int metres, struct buf *out)
{
    if (place == PLACE_WITHIN)
        buf_printf(out, "Taken within %d m of the address.", metres);
    else if (place == PLACE_NOT_WITHIN)
        buf_printf(out, "Taken more than %d m away from the address.", metres);
}

const char *say_photo_flag(enum photo_flag flag)
{
    static const char *const texts[PHOTO_FLAG_COUNT] = {
        [FLAG_REPEATED] = "Looks like the photo of another delivery",
        [FLAG_FAR] = "Taken far from the address",
        [FLAG_LATE] = "Arrived long after it was taken",
        [FLAG_DARK] = "Dark",
        [FLAG_BLURRED] = "Blurred",
        [FLAG_CLOCK_AHEAD] = "The phone’s clock ran ahead",
    };
    return LOOK_UP(texts, flag);
}
