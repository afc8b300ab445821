/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may do what with a delivery and its photo: rules R1 to R6, decided here and nowhere else.
 * Pure: the caller states the facts as they are in the transaction under way and obeys the answer;
 * nothing is read, nothing is remembered.
 *
 * POLICY_HIDDEN is answered exactly as if the delivery did not exist. The other refusals are told
 * to the actor named beside them and to no other, since a reason such as a confidential address is
 * itself private.
 */
#ifndef PORCHLIGHT_POLICY_H
#define PORCHLIGHT_POLICY_H

#include "domain/words.h"

/* Who asks, together with how they stand to this delivery. */
#define POLICY_ACTORS(X)                                                                           \
    X(ACTOR_STRANGER, "stranger")           /* no credential, or one of no relation */             \
    X(ACTOR_LINK_HOLDER, "link_holder")     /* holds the tracking link */                          \
    X(ACTOR_RECIPIENT, "recipient")         /* signed in, verified contact matches */              \
    X(ACTOR_BUYER, "buyer")                 /* signed in, verified contact is the buyer's */       \
    X(ACTOR_OTHER_ACCOUNT, "other_account") /* signed in, no relation */                           \
    X(ACTOR_SHIPPER, "shipper")             /* API key of the delivery's shipper */                \
    X(ACTOR_OTHER_SHIPPER, "other_shipper")                                                        \
    X(ACTOR_DRIVER, "driver") /* device of the driver it is assigned to */                         \
    X(ACTOR_OTHER_DRIVER, "other_driver")                                                          \
    X(ACTOR_AGENT, "agent") /* agent of the delivery's shipper */                                  \
    X(ACTOR_OTHER_AGENT, "other_agent")

/* What for. */
#define POLICY_PURPOSES(X)                                                                         \
    X(PURPOSE_STATUS, "status") /* the delivery's state, nothing private */                        \
    X(PURPOSE_ORDER,                                                                               \
      "order") /* name, address, photo's state and reason, as the recipient reads them */          \
    X(PURPOSE_FACTS, "facts") /* the same facts and the flags, as shipper and agents read them */  \
    X(PURPOSE_PHOTO, "photo") /* the picture or its preview */                                     \
    X(PURPOSE_UPLOAD, "upload")           /* send the photo of this attempt */                     \
    X(PURPOSE_CONSENT, "consent")         /* refuse or allow a photo */                            \
    X(PURPOSE_ERASE, "erase")             /* delete the photo */                                   \
    X(PURPOSE_LOOKS, "looks")             /* read who looked and why */                            \
    X(PURPOSE_LOOK, "look")               /* begin a look */                                       \
    X(PURPOSE_OPEN_CASE, "open_case")     /* report a problem or open a case */                    \
    X(PURPOSE_CHANGE, "change")           /* change, cancel, assign */                             \
    X(PURPOSE_STOP, "stop")               /* see the stop, record delivered or attempted */        \
    X(PURPOSE_BREAK_GLASS, "break_glass") /* begin a look without a case */                        \
    X(PURPOSE_RECEIPT, "receipt")         /* have the receipt of a photo that was erased */        \
    X(PURPOSE_EVIDENCE, "evidence")       /* the picture with all that is known of it */           \
    X(PURPOSE_SHARE, "share")             /* show the picture to shipper or buyer */               \
    X(PURPOSE_SOONER, "sooner")           /* have it deleted earlier than it would be */

#define POLICY_ANSWERS(X)                                                                          \
    X(POLICY_ALLOW, "allow")                                                                       \
    X(POLICY_HIDDEN, "hidden")                                                                     \
    X(POLICY_DECLINED, "declined") /* driver: no photo here */                                     \
    X(POLICY_UNWANTED, "unwanted") /* driver: no photo asked for (confidential reads the same) */  \
    X(POLICY_ENDED, "ended")       /* driver: cancelled or returned */                             \
    X(POLICY_SPENT, "spent")       /* driver: this attempt has its photo */                        \
    X(POLICY_WITHHELD, "withheld") /* recipient: confidential address */                           \
    X(POLICY_NO_PHOTO, "no_photo") /* recipient, agent: there is none now; its state says why */   \
    X(POLICY_NEEDS_CASE, "needs_case") /* agent */                                                 \
    X(POLICY_NEEDS_LOOK, "needs_look") /* agent */                                                 \
    X(POLICY_LATER, "later") /* recipient: yes, as soon as the open case that holds it lets go */  \
    X(POLICY_GOING, "going") /* recipient: its deletion was asked for */                           \
    X(POLICY_NOT_SHARED, "not_shared") /* shipper: the recipient does not share it */

#define POLICY_ENUM(symbol, text) symbol,
enum policy_actor { POLICY_ACTORS(POLICY_ENUM) POLICY_ACTOR_COUNT };
enum policy_purpose { POLICY_PURPOSES(POLICY_ENUM) POLICY_PURPOSE_COUNT };
enum policy_answer { POLICY_ANSWERS(POLICY_ENUM) POLICY_ANSWER_COUNT };

/* The facts of one question. */
struct policy_facts {
    enum policy_actor actor;
    enum confidentiality confidential;
    enum confidential_photos confidential_photos; /* the shipper's setting */
    enum photo_want want;
    enum consent account_consent;  /* the recipient's word for all deliveries */
    enum consent delivery_consent; /* for this one; it wins over the account's */
    enum delivery_state delivery;
    enum photo_state photo; /* to upload: of its attempt; to see, look at or erase: of the
                               photo asked for */
    bool case_open;         /* an open case on this delivery */
    bool look_live; /* this agent's session has a look under that case that has not run out */
    enum consent address_consent; /* the recipient's word for this address; between the two */
    bool shipper_refused; /* the shipper was told by the recipient: stands like a word for the
                             address, until the recipient says otherwise */
    bool shipper_refused_address; /* the shipper takes no photo at this address, whoever allows */
    bool shared_shipper, shared_buyer; /* the recipient shares the photo asked for with them */
    bool
        held; /* an open case on this delivery holds its photos: POLICY_HOLD_DAYS have not passed */
    bool administrator;       /* the agent is one */
    enum look_kind look_kind; /* of that look */
    bool look_broke_glass;    /* it was begun without a case */
    bool going; /* the recipient asked for the deletion of the photo asked for, and it is held */
};

/* The answer to one question. */
enum policy_answer policy_decide(const struct policy_facts *facts, enum policy_purpose purpose);

/* True when the recipient's word, or the shipper's that is obeyed alike, is no. The nearest one
 * counts: the delivery's, then the address's or what the shipper was told, then the account's. */
bool policy_refused(const struct policy_facts *facts);

/* Where a photo stands, and why: a PHOTO_REASONS word, or NULL. */
struct photo_place {
    enum photo_state state;
    const char *reason;
};

/* Where a delivery's photo begins, given what is asked and said: PHOTO_NONE, PHOTO_DECLINED or
 * PHOTO_EXPECTED. */
enum photo_state policy_initial_photo(const struct policy_facts *facts);

/* The PHOTO_REASONS word that goes with it; NULL for PHOTO_EXPECTED. */
const char *policy_initial_reason(const struct policy_facts *facts);

/* Where the photo of a delivery's present attempt goes when what is asked or said has changed,
 * while it is not there yet. Until the delivery ends it begins anew. Once it is delivered nobody
 * can be asked for a photo any more, so one that is still expected may cease to be, and nothing
 * else moves; nor does anything after the delivery was cancelled or returned. */
struct photo_place policy_place_coming(const struct policy_facts *facts, struct photo_place now);

/* Can policy_place_coming move a photo from there at all, whatever is said? */
bool policy_is_coming(const struct policy_facts *facts);

/* Where a photo that is kept (posted or withheld, of whichever attempt) goes when the marking has
 * changed (R2). Any other stays where it is. */
struct photo_place policy_place_kept(const struct policy_facts *facts, struct photo_place now);

/* Where a good photo goes when it is judged: PHOTO_POSTED, PHOTO_WITHHELD, or PHOTO_DECLINED when
 * consent was withdrawn or the shipper wants no picture of this address while it waited: then its
 * bytes are destroyed. */
enum photo_state policy_after_judging(const struct policy_facts *facts);

/* An open case keeps a photo past its delete-by date (R9), but no longer than this after the case
 * was opened. */
enum { POLICY_HOLD_DAYS = 90 };

extern const struct words words_policy_actor, words_policy_purpose, words_policy_answer;

#endif
