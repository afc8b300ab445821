/* SPDX-License-Identifier: Apache-2.0
 *
 * Sentences. Each closed list is a table by its enum; a test walks every list, so that a word added
 * to domain/words.h without a sentence here is found.
 */
#include "pages/say.h"

#include "lang/dates.h"
#include "photo/facts.h"

/* ---- times ---- */

enum { PHRASE_MAX = 200 };

/* Says `message`, in which {when} is the moment `at`. */
static void say_with_moment(const struct say_delivery *d, const struct say_reader *reader,
                            const char *message, int64_t at, struct buf *out)
{
    AUTO_BUF struct buf moment;
    buf_init(&moment, PHRASE_MAX);
    lang_moment(reader->lang, &(struct lang_when){at, d->zone, reader->now}, &moment);
    lang_say(reader->lang, out, message, LANG_PARTS({"when", buf_string(&moment)}));
}

/* The same for {day}, without the time of day. */
static void say_with_day(const struct say_delivery *d, const struct say_reader *reader,
                         const char *message, int64_t at, struct buf *out)
{
    AUTO_BUF struct buf day;
    buf_init(&day, PHRASE_MAX);
    lang_day(reader->lang, &(struct lang_when){at, d->zone, reader->now}, &day);
    lang_say(reader->lang, out, message, LANG_PARTS({"day", buf_string(&day)}));
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

void say_clocks(const struct say_delivery *d, const struct say_reader *reader, struct buf *out)
{
    int64_t gap = d->received_at - d->captured_at;
    if (d->captured_at <= 0 || d->received_at <= 0 ||
        (gap <= SAY_CLOCK_GAP && gap >= -SAY_CLOCK_GAP))
        return;
    AUTO_BUF struct buf then, arrived;
    buf_init(&then, PHRASE_MAX);
    buf_init(&arrived, PHRASE_MAX);
    lang_moment(reader->lang, &(struct lang_when){d->captured_at, d->zone, reader->now}, &then);
    lang_moment(reader->lang, &(struct lang_when){d->received_at, d->zone, reader->now}, &arrived);
    lang_say(reader->lang, out,
             gap > 0
                 ? MSG("By the driver’s phone it happened {then}; the report reached us {arrived}.")
                 : MSG("By the driver’s phone it happened {then}; the report reached us {arrived}; "
                       "the phone’s clock must be wrong."),
             LANG_PARTS({"then", buf_string(&then)}, {"arrived", buf_string(&arrived)}));
}

/* ---- the delivery ---- */

/* A value outside its list reads as nothing. */
#define LOOK_UP(table, value) ((unsigned)(value) < ARRAY_LEN(table) ? (table)[value] : "")

static const char *const delivered[LEFT_AT_COUNT] = {
    [LEFT_NOWHERE] = MSG("Delivered {when}"),
    [LEFT_FRONT_DOOR] = MSG("Delivered {when}, by the front door"),
    [LEFT_SAFE_PLACE] = MSG("Delivered {when}, in a safe place"),
    [LEFT_NEIGHBOUR] = MSG("Delivered {when}, with a neighbour"),
    [LEFT_HANDED_OVER] = MSG("Delivered {when}, handed over in person"),
    [LEFT_LOCKER] = MSG("Delivered {when}, in a parcel locker"),
    [LEFT_MAILBOX] = MSG("Delivered {when}, in the mailbox"),
    [LEFT_RECEPTION] = MSG("Delivered {when}, at the reception"),
};

static const char *const attempted[ATTEMPT_REASON_COUNT] = {
    [ATTEMPT_NONE] = MSG("Delivery attempted {when}"),
    [ATTEMPT_NOBODY_HOME] = MSG("Delivery attempted {when}: nobody was at home"),
    [ATTEMPT_NO_ACCESS] = MSG("Delivery attempted {when}: the driver could not get to the door"),
    [ATTEMPT_WRONG_ADDRESS] = MSG("Delivery attempted {when}: the address was not right"),
    [ATTEMPT_REFUSED] = MSG("Delivery attempted {when}: the parcel was refused"),
    [ATTEMPT_UNSAFE] = MSG("Delivery attempted {when}: it was not safe to leave it"),
    [ATTEMPT_DAMAGED] = MSG("Delivery attempted {when}: the parcel was damaged"),
    [ATTEMPT_OTHER] = MSG("Delivery attempted {when}: the driver could not deliver it"),
};

const char *say_step(const struct lang *lang, enum delivery_state state)
{
    static const char *const texts[DELIVERY_STATE_COUNT] = {
        [DELIVERY_CREATED] = MSG("Announced"),
        [DELIVERY_OUT_FOR_DELIVERY] = MSG("Out for delivery"),
        [DELIVERY_DELIVERED] = MSG("Delivered"),
        [DELIVERY_ATTEMPTED] = MSG("Attempted"),
        [DELIVERY_RETURNED] = MSG("Returned"),
        [DELIVERY_CANCELLED] = MSG("Cancelled"),
    };
    return lang_text(lang, LOOK_UP(texts, state));
}

/* A state that lies ahead, with the window in which it is expected as long as that is not over. */
static void say_ahead(const struct say_delivery *d, const struct say_reader *reader,
                      struct buf *out)
{
    bool out_for_delivery = d->state == DELIVERY_OUT_FOR_DELIVERY;
    if (d->window_from <= 0 || d->window_to < d->window_from || d->window_to < reader->now) {
        lang_say(reader->lang, out,
                 out_for_delivery ? MSG("Out for delivery") : MSG("Announced by the sender"), NULL);
        return;
    }
    AUTO_BUF struct buf day, from, to;
    buf_init(&day, PHRASE_MAX);
    buf_init(&from, PHRASE_MAX);
    buf_init(&to, PHRASE_MAX);
    lang_day(reader->lang, &(struct lang_when){d->window_from, d->zone, reader->now}, &day);
    lang_time(&(struct lang_when){d->window_from, d->zone, reader->now}, &from);
    lang_time(&(struct lang_when){d->window_to, d->zone, reader->now}, &to);
    lang_say(reader->lang, out,
             out_for_delivery
                 ? MSG("Out for delivery, expected {day} between {from} and {to}")
                 : MSG("Announced by the sender, expected {day} between {from} and {to}"),
             LANG_PARTS({"day", buf_string(&day)}, {"from", buf_string(&from)},
                        {"to", buf_string(&to)}));
}

void say_state(const struct say_delivery *d, const struct say_reader *reader, struct buf *out)
{
    bool private = reader->to != SAY_TO_OTHERS;
    int64_t event = say_event_time(d);
    const char *message;
    switch (d->state) {
    case DELIVERY_DELIVERED:
        message = LOOK_UP(delivered, private ? d->left_at : LEFT_NOWHERE);
        say_with_moment(d, reader, message, event, out);
        break;
    case DELIVERY_ATTEMPTED:
        message = LOOK_UP(attempted, private ? d->attempt_reason : ATTEMPT_NONE);
        say_with_moment(d, reader, message, event, out);
        break;
    case DELIVERY_RETURNED:
        say_with_day(d, reader, MSG("Returned to the sender {day}"), d->changed_at, out);
        break;
    case DELIVERY_CANCELLED:
        say_with_day(d, reader, MSG("Cancelled {day}"), d->changed_at, out);
        break;
    default:
        say_ahead(d, reader, out);
    }
}

/* ---- the photo ---- */

/* The first row that fits; a row without a reason fits any. */
struct photo_sentence {
    enum photo_state state;
    const char *reason;
    const char *recipient, *more; /* `more`: another sentence, or NULL */
    const char *agent;
};

static const char not_taken[] = MSG("None is taken at such an address.");
static const char kept[] =
    MSG("No photo of such an address is shown to you or anyone but support, who must give a reason "
        "for each look; you can read them here.");

static const struct photo_sentence photo_sentences[] = {
    {PHOTO_NONE, "registry", MSG("No photo: this delivery goes to a registry address."), not_taken,
     MSG("No photo is taken: registry address.")},
    {PHOTO_NONE, "wish_list", MSG("No photo: this delivery goes to a wish-list address."),
     not_taken, MSG("No photo is taken: wish-list address.")},
    {PHOTO_NONE, "protected", MSG("No photo: this delivery goes to a protected address."),
     not_taken, MSG("No photo is taken: protected address.")},
    {PHOTO_NONE, "cancelled", MSG("No photo: the parcel was not delivered."), NULL,
     MSG("No photo: cancelled or returned.")},
    {PHOTO_NONE, NULL, MSG("No photo was asked for with this delivery."), NULL,
     MSG("No photo: the shipper asks for none.")},
    {PHOTO_DECLINED, "by_shipper", MSG("No photo: the shop noted that none is to be taken."), NULL,
     MSG("No photo: the shipper noted that none is to be taken.")},
    {PHOTO_DECLINED, NULL, MSG("No photo, as you wished."), NULL,
     MSG("No photo: the recipient refused it.")},
    {PHOTO_EXPECTED, NULL,
     MSG("The driver takes a photo when your parcel is left, and you see it here."), NULL,
     MSG("Expected from the driver.")},
    {PHOTO_MISSING, "other_proof",
     MSG("No photo: the driver confirmed the delivery in another way."), NULL,
     MSG("No photo: other proof was given.")},
    {PHOTO_MISSING, "deadline_passed", MSG("No photo: none reached us in time."), NULL,
     MSG("No photo: its deadline passed.")},
    {PHOTO_MISSING, "staging_lost",
     MSG("No photo: it reached us, but was lost on our side before it could be checked."), NULL,
     MSG("No photo: its bytes were lost on the server. The driver's phone may send it again.")},
    {PHOTO_MISSING, NULL, MSG("No photo reached us."), NULL, MSG("No photo reached us.")},
    {PHOTO_RECEIVED, NULL,
     MSG("The photo has arrived and is being checked. Look again in a moment."), NULL,
     MSG("Received, being checked.")},
    {PHOTO_POSTED, NULL, MSG("This photo is yours."), NULL,
     MSG("Posted: the recipient can see it.")},
    {PHOTO_WITHHELD, "registry",
     MSG("The photo is not shown: this delivery goes to a registry address."), kept,
     MSG("Withheld: registry address.")},
    {PHOTO_WITHHELD, "wish_list",
     MSG("The photo is not shown: this delivery goes to a wish-list address."), kept,
     MSG("Withheld: wish-list address.")},
    {PHOTO_WITHHELD, "protected",
     MSG("The photo is not shown: this delivery goes to a protected address."), kept,
     MSG("Withheld: protected address.")},
    {PHOTO_WITHHELD, NULL, MSG("The photo is not shown."), kept,
     MSG("Withheld: confidential address.")},
    {PHOTO_REJECTED, NULL, MSG("No photo: what the driver’s phone sent could not be used."), NULL,
     MSG("Rejected: it could not be used.")},
    {PHOTO_SET_ASIDE, NULL,
     MSG("The photo could not be checked. It is set aside until an administrator has looked into "
         "it."),
     NULL, MSG("Set aside: checking it failed. An administrator retries or erases it.")},
    {PHOTO_ERASED, "by_recipient", MSG("You deleted this photo."), NULL,
     MSG("Erased by the recipient.")},
    {PHOTO_ERASED, "retention", MSG("The photo was deleted when its time was up."), NULL,
     MSG("Erased: its delete-by date came.")},
    {PHOTO_ERASED, "by_administrator", MSG("The photo was deleted by an administrator."), NULL,
     MSG("Erased by an administrator.")},
    {PHOTO_ERASED, "key_gone", MSG("The photo was deleted; its key is gone."), NULL,
     MSG("Erased: its key is gone.")},
    {PHOTO_ERASED, NULL, MSG("The photo is deleted."), NULL, MSG("Erased.")},
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
            {"dark", MSG("The picture is too dark.")},
        {"blurred", MSG("The picture is too blurred.")},
    };
    for (size_t i = 0; reason && i < ARRAY_LEN(verdicts); i++)
        if (strcmp(verdicts[i].slug, reason) == 0)
            return verdicts[i].sentence;
    return NULL;
}

/* A photo that is still to come, as its recipient is told once the driver has been there; NULL
 * where the table says it. */
static const char *expected_sentence(enum delivery_state delivery)
{
    switch (delivery) {
    case DELIVERY_DELIVERED:
        return MSG(
            "The photo is on its way. You see it here as soon as the driver’s phone has sent "
            "it.");
    case DELIVERY_ATTEMPTED:
        return MSG("If the driver took a photo of this attempt, you see it here once it has "
                   "arrived.");
    default:
        return NULL;
    }
}

static void add_sentence(const struct say_reader *reader, const char *message, struct buf *out)
{
    if (!message)
        return;
    if (out->len > 0)
        buf_byte(out, ' ');
    lang_say(reader->lang, out, message, NULL);
}

void say_photo(enum photo_state photo, const char *reason, enum delivery_state delivery,
               const struct say_reader *reader, struct buf *out)
{
    if (reader->to == SAY_TO_OTHERS) {
        add_sentence(reader,
                     MSG("If there is a photo, only the person the parcel was for can see it."),
                     out);
        return;
    }
    bool to_agent = reader->to == SAY_TO_AGENT;
    const char *coming = photo == PHOTO_EXPECTED && !to_agent ? expected_sentence(delivery) : NULL;
    if (coming) {
        add_sentence(reader, coming, out);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(photo_sentences); i++) {
        const struct photo_sentence *row = &photo_sentences[i];
        if (row->state != photo || (row->reason && (!reason || strcmp(row->reason, reason) != 0)))
            continue;
        add_sentence(reader, to_agent ? row->agent : row->recipient, out);
        add_sentence(reader, to_agent ? NULL : row->more, out);
        break;
    }
    if (photo == PHOTO_REJECTED)
        add_sentence(reader, verdict_sentence(reason), out);
}

/* ---- cases ---- */

const char *say_case_kind(const struct lang *lang, enum case_kind kind)
{
    static const char *const texts[CASE_KIND_COUNT] = {
        [CASE_DID_NOT_ARRIVE] = MSG("It did not arrive"),
        [CASE_NOT_MY_DOOR] = MSG("That is not my door"),
        [CASE_DAMAGED] = MSG("It is damaged"),
        [CASE_LEFT_IN_THE_OPEN] = MSG("It was left in the open"),
        [CASE_WRONG_ITEM] = MSG("It is not what was ordered"),
        [CASE_PRIVACY] = MSG("The photo shows something private"),
        [CASE_OTHER] = MSG("Something else"),
    };
    return lang_text(lang, LOOK_UP(texts, kind));
}

const char *say_look_reason(const struct lang *lang, enum look_reason reason)
{
    static const char *const texts[LOOK_REASON_COUNT] = {
        [LOOK_VERIFY_LOCATION] = MSG("to see where the parcel was left"),
        [LOOK_ASSESS_DAMAGE] = MSG("to see whether it is damaged"),
        [LOOK_VERIFY_DELIVERY] = MSG("to see whether it was delivered"),
        [LOOK_PRIVACY_COMPLAINT] = MSG("to answer a complaint about privacy"),
        [LOOK_OTHER] = MSG("for another reason"),
    };
    return lang_text(lang, LOOK_UP(texts, reason));
}

const char *say_confidentiality(const struct lang *lang, enum confidentiality confidential)
{
    static const char *const texts[CONFIDENTIALITY_COUNT] = {
        [NOT_CONFIDENTIAL] = "",
        [CONFIDENTIAL_REGISTRY] = MSG("Registry address"),
        [CONFIDENTIAL_WISH_LIST] = MSG("Wish-list address"),
        [CONFIDENTIAL_PROTECTED] = MSG("Protected address"),
    };
    return lang_text(lang, LOOK_UP(texts, confidential));
}

const char *say_proof(const struct lang *lang, enum proof proof)
{
    static const char *const texts[PROOF_COUNT] = {
        [PROOF_NONE] = "",
        [PROOF_PIN] = MSG("PIN"),
        [PROOF_SCAN] = MSG("Scanned code"),
        [PROOF_NAME] = MSG("Name of the person who took it"),
        [PROOF_SIGNATURE] = MSG("Signature of the person who took it"),
    };
    return lang_text(lang, LOOK_UP(texts, proof));
}

const char *say_proven(const struct lang *lang, enum proof proof, enum proof_check check)
{
    static const char *const texts[PROOF_COUNT] = {
        [PROOF_NONE] = "",
        [PROOF_PIN] = MSG("The driver was told a PIN."),
        [PROOF_SCAN] = MSG("The driver scanned a code."),
        [PROOF_NAME] = MSG("The driver noted the name of the person who took it."),
        [PROOF_SIGNATURE] = MSG("The person who took it signed for it."),
    };
    static const struct {
        enum proof proof;
        enum proof_check check;
        const char *text;
    } checked[] = {
        {PROOF_PIN, CHECK_RIGHT, MSG("The driver was told your PIN.")},
        {PROOF_PIN, CHECK_WRONG, MSG("The driver gave a PIN that was not yours.")},
        {PROOF_SCAN, CHECK_RIGHT, MSG("The driver scanned the code of your parcel.")},
        {PROOF_SCAN, CHECK_WRONG, MSG("The driver scanned a code that was not your parcel’s.")},
    };
    for (size_t i = 0; i < ARRAY_LEN(checked); i++)
        if (checked[i].proof == proof && checked[i].check == check)
            return lang_text(lang, checked[i].text);
    return lang_text(lang, LOOK_UP(texts, proof));
}

const char *say_place(const struct lang *lang, enum place place)
{
    static const char *const texts[PLACE_COUNT] = {
        [PLACE_UNKNOWN] = MSG("Not known"),
        [PLACE_WITHIN] = MSG("At the address"),
        [PLACE_NOT_WITHIN] = MSG("Away from the address"),
    };
    return lang_text(lang, LOOK_UP(texts, place));
}

void say_taken_where(const struct lang *lang, enum place place, int metres, struct buf *out)
{
    const char *message = place == PLACE_WITHIN ? MSG("Taken within {metres} m of the address.")
                          : place == PLACE_NOT_WITHIN
                              ? MSG("Taken more than {metres} m away from the address.")
                              : "";
    lang_say(lang, out, message, LANG_PARTS({"metres", LANG_NUMBER(metres)}));
}

const char *say_photo_flag(const struct lang *lang, enum photo_flag flag)
{
    static const char *const texts[PHOTO_FLAG_COUNT] = {
        [FLAG_REPEATED] = MSG("Looks like the photo of another delivery"),
        [FLAG_FAR] = MSG("Taken far from the address"),
        [FLAG_LATE] = MSG("Arrived long after it was taken"),
        [FLAG_DARK] = MSG("Dark"),
        [FLAG_BLURRED] = MSG("Blurred"),
        [FLAG_CLOCK_AHEAD] = MSG("The phone’s clock ran ahead"),
    };
    return lang_text(lang, LOOK_UP(texts, flag));
}
