/* SPDX-License-Identifier: Apache-2.0
 *
 * The closed lists of words that the API, the database, the pages and the logs share. Each list is
 * declared once; the enum, the names and the parser come from it. The database stores the names, so
 * a word is never renamed, only added.
 */
#ifndef PORCHLIGHT_WORDS_H
#define PORCHLIGHT_WORDS_H

#include "base/base.h"

#define DELIVERY_STATES(X)                                                                         \
    X(CREATED, "created")                                                                          \
    X(OUT_FOR_DELIVERY, "out_for_delivery")                                                        \
    X(DELIVERED, "delivered")                                                                      \
    X(ATTEMPTED, "attempted")                                                                      \
    X(RETURNED, "returned")                                                                        \
    X(CANCELLED, "cancelled")

/* Where a delivery's photo stands. */
#define PHOTO_STATES(X)                                                                            \
    X(NONE, "none")           /* not asked for */                                                  \
    X(DECLINED, "declined")   /* the recipient refused: no camera here */                          \
    X(EXPECTED, "expected")   /* asked for, not yet here */                                        \
    X(MISSING, "missing")     /* past its deadline, lost here, or the driver said why not */       \
    X(RECEIVED, "received")   /* durable, not yet judged */                                        \
    X(POSTED, "posted")       /* the recipient can see it */                                       \
    X(WITHHELD, "withheld")   /* kept for support only, the address is confidential */             \
    X(REJECTED, "rejected")   /* judged to be no usable photo */                                   \
    X(SET_ASIDE, "set_aside") /* it could not be judged; an administrator retries or erases */     \
    X(ERASED, "erased")       /* key destroyed */

/* Why a photo stands where it stands; the judge's verdicts (photo/facts.h) are reasons too, for
 * `rejected`. */
#define PHOTO_REASONS(X)                                                                           \
    X("not_asked")        /* none: the shipper wants no photo */                                   \
    X("by_recipient")     /* declined, erased */                                                   \
    X("by_shipper")       /* declined: on the shipper's word */                                    \
    X("registry")         /* withheld, none */                                                     \
    X("wish_list")        /* withheld, none */                                                     \
    X("protected")        /* withheld, none */                                                     \
    X("deadline_passed")  /* missing */                                                            \
    X("other_proof")      /* missing: handed over, PIN or scan instead */                          \
    X("cancelled")        /* none: the delivery was cancelled or returned */                       \
    X("staging_lost")     /* missing: it came, and its bytes were lost before it was judged */     \
    X("worker_failed")    /* set_aside: it took its worker down at every attempt */                \
    X("server_failed")    /* set_aside: our disk or workers failed for too long */                 \
    X("retention")        /* erased: its delete-by date came */                                    \
    X("by_administrator") /* erased */                                                             \
    X("key_gone")         /* erased: its key was no more when the server started */

#define CONFIDENTIALITIES(X)                                                                       \
    X(NOT_CONFIDENTIAL, "")                                                                        \
    X(CONFIDENTIAL_REGISTRY, "registry")                                                           \
    X(CONFIDENTIAL_WISH_LIST, "wish_list")                                                         \
    X(CONFIDENTIAL_PROTECTED, "protected")

/* What the shipper asks of the driver. */
#define PHOTO_WANTS(X)                                                                             \
    X(WANT_REQUIRED, "required")                                                                   \
    X(WANT_OPTIONAL, "optional")                                                                   \
    X(WANT_NONE, "none")

/* What the recipient says; UNSET means nothing was said, and a photo may be taken. */
#define CONSENTS(X)                                                                                \
    X(CONSENT_UNSET, "unset")                                                                      \
    X(CONSENT_ALLOWED, "allowed")                                                                  \
    X(CONSENT_REFUSED, "refused")

#define LEFT_ATS(X)                                                                                \
    X(LEFT_NOWHERE, "")                                                                            \
    X(LEFT_FRONT_DOOR, "front_door")                                                               \
    X(LEFT_SAFE_PLACE, "safe_place")                                                               \
    X(LEFT_NEIGHBOUR, "neighbour")                                                                 \
    X(LEFT_HANDED_OVER, "handed_over")                                                             \
    X(LEFT_LOCKER, "locker")                                                                       \
    X(LEFT_MAILBOX, "mailbox")                                                                     \
    X(LEFT_RECEPTION, "reception")

#define PROOFS(X)                                                                                  \
    X(PROOF_NONE, "")                                                                              \
    X(PROOF_PIN, "pin")                                                                            \
    X(PROOF_SCAN, "scan")                                                                          \
    X(PROOF_NAME, "name")                                                                          \
    X(PROOF_SIGNATURE, "signature")

/* Whether a PIN or a scanned code was the delivery's own; nothing is said of the other proofs. */
#define PROOF_CHECKS(X)                                                                            \
    X(CHECK_NONE, "")                                                                              \
    X(CHECK_RIGHT, "right")                                                                        \
    X(CHECK_WRONG, "wrong")

/* Who said that no photo is taken, beside the word for an account or a delivery, and of what. */
#define REFUSAL_KINDS(X)                                                                           \
    X(REFUSAL_AT_ADDRESS, "at_address")   /* a recipient: of their deliveries to an address */     \
    X(REFUSAL_FOR_CONTACT, "for_contact") /* a shipper, told so by the recipient */                \
    X(REFUSAL_OF_ADDRESS, "of_address")   /* a shipper, as its own policy */

#define ATTEMPT_REASONS(X)                                                                         \
    X(ATTEMPT_NONE, "")                                                                            \
    X(ATTEMPT_NOBODY_HOME, "nobody_home")                                                          \
    X(ATTEMPT_NO_ACCESS, "no_access")                                                              \
    X(ATTEMPT_WRONG_ADDRESS, "wrong_address")                                                      \
    X(ATTEMPT_REFUSED, "refused")                                                                  \
    X(ATTEMPT_UNSAFE, "unsafe")                                                                    \
    X(ATTEMPT_DAMAGED, "damaged")                                                                  \
    X(ATTEMPT_OTHER, "other")

/* The photo's place against the address: all that is kept of where it was taken (R7). */
#define PLACES(X)                                                                                  \
    X(PLACE_UNKNOWN, "unknown")                                                                    \
    X(PLACE_WITHIN, "within")                                                                      \
    X(PLACE_NOT_WITHIN, "not_within")

/* What agents are told to look at; a set, stored as bits in this order. */
#define PHOTO_FLAGS(X)                                                                             \
    X(FLAG_REPEATED, "repeated")                                                                   \
    X(FLAG_FAR, "far")                                                                             \
    X(FLAG_LATE, "late")                                                                           \
    X(FLAG_DARK, "dark")                                                                           \
    X(FLAG_BLURRED, "blurred")                                                                     \
    X(FLAG_CLOCK_AHEAD, "clock_ahead")

#define CASE_KINDS(X)                                                                              \
    X(CASE_DID_NOT_ARRIVE, "did_not_arrive")                                                       \
    X(CASE_NOT_MY_DOOR, "not_my_door")                                                             \
    X(CASE_DAMAGED, "damaged")                                                                     \
    X(CASE_LEFT_IN_THE_OPEN, "left_in_the_open")                                                   \
    X(CASE_WRONG_ITEM, "wrong_item")                                                               \
    X(CASE_PRIVACY, "privacy")                                                                     \
    X(CASE_OTHER, "other")

#define CASE_STATES(X)                                                                             \
    X(CASE_OPEN, "open")                                                                           \
    X(CASE_RESOLVED, "resolved")

/* What somebody without an account complains of. */
#define COMPLAINT_KINDS(X)                                                                         \
    X(COMPLAINT_IN_PICTURE, "in_picture")   /* I am in a picture, or somebody with me */           \
    X(COMPLAINT_MY_PROPERTY, "my_property") /* my home, car or garden is */                        \
    X(COMPLAINT_BEHAVIOUR, "behaviour")     /* of somebody who took one */                         \
    X(COMPLAINT_OTHER, "other")

/* What an agent is for: support sees cases, dispatch sees drivers, an administrator sees both. */
#define AGENT_ROLES(X)                                                                             \
    X(ROLE_AGENT, "agent")                                                                         \
    X(ROLE_DISPATCHER, "dispatcher")                                                               \
    X(ROLE_ADMINISTRATOR, "administrator")

/* Why an agent looks. */
#define LOOK_REASONS(X)                                                                            \
    X(LOOK_VERIFY_LOCATION, "verify_location")                                                     \
    X(LOOK_ASSESS_DAMAGE, "assess_damage")                                                         \
    X(LOOK_VERIFY_DELIVERY, "verify_delivery")                                                     \
    X(LOOK_PRIVACY_COMPLAINT, "privacy_complaint")                                                 \
    X(LOOK_OTHER, "other")

/* What a look is at: the picture, marked with who looks; or the evidence archive, in which it is as
 * it was. */
#define LOOK_KINDS(X)                                                                              \
    X(LOOK_AT_PHOTO, "photo")                                                                      \
    X(LOOK_AT_EVIDENCE, "evidence")

/* What to do with photos of confidential addresses (shipper's setting). */
#define CONFIDENTIAL_PHOTOS(X)                                                                     \
    X(CONFIDENTIAL_WITHHOLD, "withhold")                                                           \
    X(CONFIDENTIAL_DO_NOT_TAKE, "do_not_take")

/* What the ledger has an entry for: the steps of a photo. */
#define LEDGER_STEPS(X)                                                                            \
    X(STEP_RECEIVED, "received")                                                                   \
    X(STEP_POSTED, "posted")                                                                       \
    X(STEP_WITHHELD, "withheld")                                                                   \
    X(STEP_RELEASED, "released")                                                                   \
    X(STEP_LOOKED, "looked")                                                                       \
    X(STEP_SHARED, "shared")     /* its recipient shows it to the shipper or the buyer */          \
    X(STEP_UNSHARED, "unshared") /* and takes it back */                                           \
    X(STEP_SEEN, "seen")         /* they fetched it: once for a day of it */                       \
    X(STEP_REJECTED, "rejected")                                                                   \
    X(STEP_DECLINED, "declined")                                                                   \
    X(STEP_MISSING, "missing")                                                                     \
    X(STEP_ERASED, "erased")

/* What happens to a delivery and is told (notify/tell.h). */
#define EVENT_KINDS(X)                                                                             \
    X(EVENT_DELIVERY_CREATED, "delivery.created")                                                  \
    X(EVENT_DELIVERY_OUT_FOR_DELIVERY, "delivery.out_for_delivery")                                \
    X(EVENT_DELIVERY_DELIVERED, "delivery.delivered")                                              \
    X(EVENT_DELIVERY_ATTEMPTED, "delivery.attempted")                                              \
    X(EVENT_DELIVERY_RETURNED, "delivery.returned")                                                \
    X(EVENT_DELIVERY_CANCELLED, "delivery.cancelled")                                              \
    X(EVENT_PHOTO_EXPECTED, "photo.expected") /* of this attempt */                                \
    X(EVENT_PHOTO_POSTED, "photo.posted")     /* the recipient can see it; unmarked, again */      \
    X(EVENT_PHOTO_WITHHELD, "photo.withheld") /* for support only; marked late, too */             \
    X(EVENT_PHOTO_REJECTED, "photo.rejected") /* it was no usable photo */                         \
    X(EVENT_PHOTO_MISSING, "photo.missing")   /* there will be none, and why */                    \
    X(EVENT_PHOTO_LOOKED, "photo.looked")     /* someone other than its recipient looks */         \
    X(EVENT_PHOTO_ERASED, "photo.erased")                                                          \
    X(EVENT_PHOTO_SHARED, "photo.shared")     /* its recipient shows it to the shipper */          \
    X(EVENT_PHOTO_UNSHARED, "photo.unshared") /* and does so no more */                            \
    X(EVENT_PHOTO_TERMS, "photo.terms") /* its terms changed otherwise: who sees it, till when */  \
    X(EVENT_CASE_OPENED, "case.opened")                                                            \
    X(EVENT_CASE_ANSWERED, "case.answered") /* either side wrote into it */                        \
    X(EVENT_CASE_RESOLVED, "case.resolved")

/* Whom a recipient can show a photo to. */
#define SHARES(X)                                                                                  \
    X(SHARE_SHIPPER, "shipper")                                                                    \
    X(SHARE_BUYER, "buyer")

/* How a notice of an event reaches someone. */
#define NOTICE_CHANNELS(X)                                                                         \
    X(CHANNEL_WEBHOOK, "webhook") /* a shipper's system */                                         \
    X(CHANNEL_PUSH, "push")       /* a recipient's phone or browser */                             \
    X(CHANNEL_MAIL, "mail")                                                                        \
    X(CHANNEL_SMS, "sms")                                                                          \
    X(CHANNEL_RELAY, "relay") /* another service that takes messages for people */

/* Why a webhook's endpoint is told nothing any more. */
#define ENDPOINT_STOPS(X)                                                                          \
    X(STOP_NONE, "")                                                                               \
    X(STOP_BY_SHIPPER, "by_shipper")                                                               \
    X(STOP_BY_ADMINISTRATOR, "by_administrator")                                                   \
    X(STOP_GONE, "gone")       /* it answered 410 */                                               \
    X(STOP_FAILING, "failing") /* it took nothing for as long as we try */

/* What recipients may switch on and off, each for each channel. */
#define NOTICE_CLASSES(X)                                                                          \
    X(CLASS_ANNOUNCED, "announced") /* the first message: a delivery is on its way to them */      \
    X(CLASS_OUT_FOR_DELIVERY, "out_for_delivery")                                                  \
    X(CLASS_DELIVERED, "delivered") /* and that there is a picture */                              \
    X(CLASS_ATTEMPTED, "attempted")                                                                \
    X(CLASS_ENDED, "ended") /* returned or cancelled */                                            \
    X(CLASS_CASE, "case")   /* support opened, answered or resolved one */                         \
    X(CLASS_LOOK, "look")   /* someone looked at their photo */

/* Languages that people may be told in. */
#define LANGUAGES(X)                                                                               \
    X(LANGUAGE_ENGLISH, "en")                                                                      \
    X(LANGUAGE_SPANISH, "es")                                                                      \
    X(LANGUAGE_GERMAN, "de")

#define WORDS_ENUM(symbol, text)          symbol,
#define PHOTO_STATE_ENUM(symbol, text)    PHOTO_##symbol,
#define DELIVERY_STATE_ENUM(symbol, text) DELIVERY_##symbol,

enum delivery_state { DELIVERY_STATES(DELIVERY_STATE_ENUM) DELIVERY_STATE_COUNT };
enum photo_state { PHOTO_STATES(PHOTO_STATE_ENUM) PHOTO_STATE_COUNT };
enum confidentiality { CONFIDENTIALITIES(WORDS_ENUM) CONFIDENTIALITY_COUNT };
enum photo_want { PHOTO_WANTS(WORDS_ENUM) PHOTO_WANT_COUNT };
enum consent { CONSENTS(WORDS_ENUM) CONSENT_COUNT };
enum left_at { LEFT_ATS(WORDS_ENUM) LEFT_AT_COUNT };
enum proof { PROOFS(WORDS_ENUM) PROOF_COUNT };
enum proof_check { PROOF_CHECKS(WORDS_ENUM) PROOF_CHECK_COUNT };
enum refusal_kind { REFUSAL_KINDS(WORDS_ENUM) REFUSAL_KIND_COUNT };
enum attempt_reason { ATTEMPT_REASONS(WORDS_ENUM) ATTEMPT_REASON_COUNT };
enum place { PLACES(WORDS_ENUM) PLACE_COUNT };
enum photo_flag { PHOTO_FLAGS(WORDS_ENUM) PHOTO_FLAG_COUNT };
enum case_kind { CASE_KINDS(WORDS_ENUM) CASE_KIND_COUNT };
enum complaint_kind { COMPLAINT_KINDS(WORDS_ENUM) COMPLAINT_KIND_COUNT };
enum case_state { CASE_STATES(WORDS_ENUM) CASE_STATE_COUNT };
enum agent_role { AGENT_ROLES(WORDS_ENUM) AGENT_ROLE_COUNT };
enum look_reason { LOOK_REASONS(WORDS_ENUM) LOOK_REASON_COUNT };
enum look_kind { LOOK_KINDS(WORDS_ENUM) LOOK_KIND_COUNT };
enum ledger_step { LEDGER_STEPS(WORDS_ENUM) LEDGER_STEP_COUNT };
enum event_kind { EVENT_KINDS(WORDS_ENUM) EVENT_KIND_COUNT };
enum notice_channel { NOTICE_CHANNELS(WORDS_ENUM) NOTICE_CHANNEL_COUNT };
enum endpoint_stop { ENDPOINT_STOPS(WORDS_ENUM) ENDPOINT_STOP_COUNT };
enum language { LANGUAGES(WORDS_ENUM) LANGUAGE_COUNT };
enum notice_class { NOTICE_CLASSES(WORDS_ENUM) NOTICE_CLASS_COUNT };
enum share { SHARES(WORDS_ENUM) SHARE_COUNT };
enum confidential_photos { CONFIDENTIAL_PHOTOS(WORDS_ENUM) CONFIDENTIAL_PHOTOS_COUNT };

/* A list's names by its enum's value. */
struct words {
    const char *const *names;
    int count;
};

extern const struct words words_delivery_state, words_photo_state, words_confidentiality,
    words_photo_want, words_consent, words_left_at, words_proof, words_attempt_reason, words_place,
    words_photo_flag, words_case_kind, words_case_state, words_agent_role, words_look_reason,
    words_confidential_photos, words_event_kind, words_notice_channel, words_endpoint_stop,
    words_notice_class, words_language, words_ledger_step, words_proof_check, words_refusal_kind,
    words_share, words_look_kind, words_complaint_kind;

/* The name of a value ("?" outside the list), and the value of a name (-1 when it is not in the
 * list). */
const char *words_name(const struct words *list, int value);
int words_find(const struct words *list, const char *name);
/* The role of a name, `admin` for short; -1 when there is none. */
int agent_role_find(const char *name);

#endif
