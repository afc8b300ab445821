/* SPDX-License-Identifier: Apache-2.0
 *
 * The policy against a table written by hand from rules R1 to R6, over every combination of facts.
 * The table speaks of what the rules speak of (is the address confidential, did the recipient
 * refuse, ...), and the first row that matches decides; what no row allows is hidden. It was
 * written from docs/design.md, not from policy.c, and shares no code with it.
 */
#include "base/tap.h"
#include "domain/policy.h"

struct row {
    const char *rule;
    const char *actors;
    const char *purposes;
    const char *confidential; /* the address: yes, no, * */
    const char *no_camera;    /* the shipper wants no picture here: yes, no, * */
    const char *refused;      /* the recipient's word: yes, no, * */
    const char *deliveries;
    const char *photos;
    const char *case_open;
    const char *look_live;
    const char *answer;
    const char *shared, *held, *going; /* shared: with who asks; yes, no; NULL means * */
};

#define ANY  "*"
#define GONE "none declined expected missing received rejected set_aside erased"

/* The last columns are left away where they play no part. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
static const struct row table[] = {
    /* R1: a link shows the status and nothing else; the people of the delivery may know it too. */
    {"R1", "link_holder recipient buyer shipper agent driver", "status", ANY, ANY, ANY, ANY, ANY,
     ANY, ANY, "allow"},
    {"R1", "recipient", "order", ANY, ANY, ANY, ANY, ANY, ANY, ANY, "allow"},
    /* R2 before R1's picture: a confidential address has its picture shown to nobody but support.
     */
    {"R2", "recipient", "photo evidence", "yes", ANY, ANY, ANY, ANY, ANY, ANY, "withheld"},
    {"R2", "recipient", "photo evidence", "no", ANY, ANY, ANY, "withheld", ANY, ANY, "withheld"},
    {"R1", "recipient", "photo evidence", "no", ANY, ANY, ANY, "posted", ANY, ANY, "allow"},
    {"R1", "recipient", "photo evidence", "no", ANY, ANY, ANY, GONE, ANY, ANY, "no_photo"},
    /* R3: the driver writes to the stops assigned, and reads no picture. */
    {"R3", "driver", "stop", ANY, ANY, ANY, ANY, ANY, ANY, ANY, "allow"},
    {"R3", "driver", "upload", ANY, ANY, ANY, "cancelled returned", ANY, ANY, ANY, "ended"},
    /* R6: refused beforehand means no camera, and the server refuses too. */
    {"R6", "driver", "upload", ANY, ANY, "yes", ANY, ANY, ANY, ANY, "declined"},
    /* R2: the shipper's setting says that such a picture is not taken at all; the driver reads no
       reason. */
    {"R2", "driver", "upload", ANY, "yes", "no", ANY, ANY, ANY, ANY, "unwanted"},
    /* Design 4: one photo an attempt; a late one and one after a rejection are welcome. */
    {"R3", "driver", "upload", ANY, "no", "no", ANY, "received posted withheld set_aside erased",
     ANY, ANY, "spent"},
    {"R3", "driver", "upload", ANY, "no", "no", ANY, "none declined expected missing rejected", ANY,
     ANY, "allow"},
    /* R4: support looks under an open case, after saying why, for a while. */
    {"R4", "agent", "photo evidence look", ANY, ANY, ANY, ANY, ANY, "no", ANY, "needs_case"},
    {"R4", "agent", "photo evidence look", ANY, ANY, ANY, ANY, GONE, "yes", ANY, "no_photo"},
    {"R4", "agent", "photo", ANY, ANY, ANY, ANY, "posted withheld", "yes", "no", "needs_look"},
    {"R4", "agent", "photo", ANY, ANY, ANY, ANY, "posted withheld", "yes", "yes", "allow"},
    /* Here a look is at the picture; the archive needs one of its own (glass_table). */
    {"R4", "agent", "evidence", ANY, ANY, ANY, ANY, "posted withheld", "yes", ANY, "needs_look"},
    {"R4", "agent", "look", ANY, ANY, ANY, ANY, "posted withheld", "yes", ANY, "allow"},
    {"R4", "recipient agent", "open_case", ANY, ANY, ANY, ANY, ANY, ANY, ANY, "allow"},
    {"R4", "recipient", "looks", ANY, ANY, ANY, ANY, ANY, ANY, ANY, "allow"},
    /* R5: the shipper gets facts and manages its deliveries. */
    {"R5", "shipper agent", "facts", ANY, ANY, ANY, ANY, ANY, ANY, ANY, "allow"},
    {"R5", "shipper", "change", ANY, ANY, ANY, ANY, ANY, ANY, ANY, "allow"},
    /* R5, R1 for a gift: shipper and buyer see the picture while its recipient shares it, and no
       longer than the recipient can see it or wants it kept. */
    {"R5", "shipper", "photo", "no", ANY, ANY, ANY, "posted", ANY, ANY, "allow", .shared = "yes",
     .going = "no"},
    {"R5", "shipper", "photo", ANY, ANY, ANY, ANY, ANY, ANY, ANY, "not_shared"},
    {"R1", "buyer", "photo", "no", ANY, ANY, ANY, "posted", ANY, ANY, "allow", .shared = "yes",
     .going = "no"},
    /* The recipient shares what they see; a picture on its way out is shared with nobody. */
    {"R2", "recipient", "share evidence", "yes", ANY, ANY, ANY, ANY, ANY, ANY, "withheld"},
    {"R2", "recipient", "share evidence", "no", ANY, ANY, ANY, "withheld", ANY, ANY, "withheld"},
    {"R5", "recipient", "share", "no", ANY, ANY, ANY, "posted", ANY, ANY, "going", .going = "yes"},
    {"R5", "recipient", "share evidence", "no", ANY, ANY, ANY, "posted", ANY, ANY, "allow"},
    {"R1", "recipient", "share evidence", "no", ANY, ANY, ANY, GONE, ANY, ANY, "no_photo"},
    /* R6, R9: the recipient's own acts. A withheld or waiting photo can be deleted like any other.
     */
    {"R6", "recipient", "consent", ANY, ANY, ANY, ANY, ANY, ANY, ANY, "allow"},
    {"R9", "recipient", "erase", ANY, ANY, ANY, ANY, "received posted withheld set_aside", ANY, ANY,
     "later", .held = "yes"},
    {"R9", "recipient", "erase", ANY, ANY, ANY, ANY, "received posted withheld set_aside", ANY, ANY,
     "allow"},
    {"R9", "recipient", "sooner", ANY, ANY, ANY, ANY, "posted withheld", ANY, ANY, "allow"},
    {"R9", "recipient", "sooner", ANY, ANY, ANY, ANY, GONE, ANY, ANY, "no_photo"},
    {"R9", "recipient", "erase", ANY, ANY, ANY, ANY,
     "none declined expected missing rejected erased", ANY, ANY, "no_photo"},
    {"R9", "recipient", "receipt", ANY, ANY, ANY, ANY, ANY, ANY, ANY, "allow"},
};
#pragma GCC diagnostic pop

/* The set of list values that a column names, as bits. */
static unsigned set_of(const struct words *list, const char *column)
{
    if (strcmp(column, ANY) == 0)
        return ~0u;
    unsigned set = 0;
    char name[32];
    for (int used; sscanf(column, " %31s%n", name, &used) == 1; column += used) {
        int value = words_find(list, name);
        CHECK(value >= 0);
        set |= 1u << (value & 31);
    }
    return set;
}

static unsigned truth_of(const char *column)
{
    return !column ? 3u : strcmp(column, ANY) == 0 ? 3u : strcmp(column, "yes") == 0 ? 2u : 1u;
}

struct sets {
    unsigned actors, purposes, confidential, no_camera, refused, deliveries, photos, case_open,
        look_live, shared, held, going;
    enum policy_answer answer;
};

static struct sets compiled[ARRAY_LEN(table)];

static void compile_table(void)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct row *row = &table[i];
        compiled[i] = (struct sets){
            .actors = set_of(&words_policy_actor, row->actors),
            .purposes = set_of(&words_policy_purpose, row->purposes),
            .confidential = truth_of(row->confidential),
            .no_camera = truth_of(row->no_camera),
            .refused = truth_of(row->refused),
            .deliveries = set_of(&words_delivery_state, row->deliveries),
            .photos = set_of(&words_photo_state, row->photos),
            .case_open = truth_of(row->case_open),
            .look_live = truth_of(row->look_live),
            .shared = truth_of(row->shared),
            .held = truth_of(row->held),
            .going = truth_of(row->going),
            .answer = (enum policy_answer)words_find(&words_policy_answer, row->answer),
        };
    }
}

/* What the rules say the words together mean: the word for this delivery wins over the one for the
 * address, and that over the one for all; what the shipper was told stands like the address's, and
 * what it decided itself of the address above all. */
static bool says_no(const struct policy_facts *f)
{
    /* delivery, address, account: the first row that fits; '*' fits any. */
    static const struct {
        const char words[4];
        bool told, no;
    } said[] = {
        {"R**", false, true},  {"A**", false, false}, {"U**", true, true},   {"UR*", false, true},
        {"UA*", false, false}, {"UUR", false, true},  {"UUA", false, false}, {"UUU", false, false},
    };
    static const char letters[CONSENT_COUNT] = {
        [CONSENT_UNSET] = 'U', [CONSENT_ALLOWED] = 'A', [CONSENT_REFUSED] = 'R'};
    const char got[] = {letters[f->delivery_consent], letters[f->address_consent],
                        letters[f->account_consent]};
    if (f->shipper_refused_address)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(said); i++) {
        bool fits = !said[i].told || f->shipper_refused;
        for (int w = 0; w < 3; w++)
            fits = fits && (said[i].words[w] == '*' || said[i].words[w] == got[w]);
        if (fits)
            return said[i].no;
    }
    return false;
}

static bool no_camera(const struct policy_facts *f)
{
    return f->want == WANT_NONE ||
           (f->confidential && f->confidential_photos == CONFIDENTIAL_DO_NOT_TAKE);
}

/* With who asks, not with the other one. */
static bool is_shared(const struct policy_facts *f)
{
    return f->actor == ACTOR_SHIPPER ? f->shared_shipper : f->shared_buyer;
}

static enum policy_answer expected(const struct policy_facts *f, unsigned purpose)
{
    unsigned confidential = f->confidential ? 2 : 1, camera = no_camera(f) ? 2 : 1,
             refused = says_no(f) ? 2 : 1, shared = is_shared(f) ? 2 : 1;
    for (size_t i = 0; i < ARRAY_LEN(compiled); i++) {
        const struct sets *s = &compiled[i];
        if ((s->actors >> f->actor & 1) && (s->purposes >> purpose & 1) &&
            (s->confidential & confidential) && (s->no_camera & camera) && (s->refused & refused) &&
            (s->deliveries >> f->delivery & 1) && (s->photos >> f->photo & 1) &&
            (s->case_open & (f->case_open ? 2 : 1)) && (s->look_live & (f->look_live ? 2 : 1)) &&
            (s->shared & shared) && (s->held & (f->held ? 2 : 1)) &&
            (s->going & (f->going ? 2 : 1)))
            return s->answer;
    }
    return POLICY_HIDDEN;
}

/* Takes one choice of so many off `rest`. */
#define PICK(count_of)                                                                             \
    (rest % (count_of));                                                                           \
    rest /= (count_of)

/* Shared with whom, held, going: bits of `n`. */
static void set_later_facts(struct policy_facts *f, unsigned n)
{
    f->shared_shipper = n & 1;
    f->shared_buyer = n >> 1 & 1;
    f->held = n >> 2 & 1;
    f->going = n >> 3 & 1;
}

/* Calls `visit` with every combination of facts; of those that are set last, which would make them
 * sixteen times as many, with one each. */
static long every_combination(void (*visit)(const struct policy_facts *))
{
    struct policy_facts f = {0};
    long count = 0;
    for (unsigned n = 0;; n++) {
        unsigned rest = n;
        f.actor = (enum policy_actor)PICK(POLICY_ACTOR_COUNT);
        f.confidential = (enum confidentiality)PICK(CONFIDENTIALITY_COUNT);
        f.confidential_photos = (enum confidential_photos)PICK(CONFIDENTIAL_PHOTOS_COUNT);
        f.want = (enum photo_want)PICK(PHOTO_WANT_COUNT);
        f.account_consent = (enum consent)PICK(CONSENT_COUNT);
        f.delivery_consent = (enum consent)PICK(CONSENT_COUNT);
        f.delivery = (enum delivery_state)PICK(DELIVERY_STATE_COUNT);
        f.photo = (enum photo_state)PICK(PHOTO_STATE_COUNT);
        f.case_open = PICK(2);
        f.look_live = PICK(2);
        f.address_consent = (enum consent)PICK(CONSENT_COUNT);
        f.shipper_refused = PICK(2);
        f.shipper_refused_address = PICK(2);
        if (rest)
            return count;
        set_later_facts(&f, n * 2654435761u >> 28);
        visit(&f);
        count++;
    }
}

static long mismatches;

static void compare(const struct policy_facts *f)
{
    for (unsigned purpose = 0; purpose < POLICY_PURPOSE_COUNT; purpose++) {
        enum policy_answer got = policy_decide(f, (enum policy_purpose)purpose),
                           want = expected(f, purpose);
        if (got == want || mismatches++ > 10)
            continue;
        printf(
            "# %s %s delivery=%s photo=%s confidential=%d refused=%d: got %s, the table says %s\n",
            words_name(&words_policy_actor, f->actor),
            words_name(&words_policy_purpose, (int)purpose),
            words_name(&words_delivery_state, f->delivery),
            words_name(&words_photo_state, f->photo), f->confidential, says_no(f),
            words_name(&words_policy_answer, got), words_name(&words_policy_answer, want));
    }
}

TEST(every_combination_follows_the_table)
{
    compile_table();
    long count = every_combination(compare);
    printf("# %ld combinations of facts, %d purposes each\n", count, POLICY_PURPOSE_COUNT);
    CHECK_INT(count, 11L * 4 * 2 * 3 * 3 * 3 * 6 * 10 * 2 * 2 * 3 * 2 * 2);
    CHECK_INT(mismatches, 0);
}

/* Every combination of those, with every one of the facts that they meet in a rule. */
TEST(sharing_and_holding_follow_the_table)
{
    struct policy_facts f = {0};
    compile_table();
    mismatches = 0;
    for (unsigned n = 0; n < 11u * 4 * 6 * 10 * 2 * 2 * 16; n++) {
        unsigned rest = n;
        f.actor = (enum policy_actor)PICK(POLICY_ACTOR_COUNT);
        f.confidential = (enum confidentiality)PICK(CONFIDENTIALITY_COUNT);
        f.delivery = (enum delivery_state)PICK(DELIVERY_STATE_COUNT);
        f.photo = (enum photo_state)PICK(PHOTO_STATE_COUNT);
        f.case_open = PICK(2);
        f.look_live = PICK(2);
        set_later_facts(&f, rest);
        compare(&f);
    }
    CHECK_INT(mismatches, 0);
}

TEST(every_row_decides_something)
{
    compile_table();
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        CHECK(compiled[i].actors && compiled[i].purposes && compiled[i].photos &&
              (int)compiled[i].answer >= 0);
}

/* ---- R4: what a look is at, and looks without a case ---- */

struct glass_row {
    const char *purposes, *photos;
    const char *administrator, *broke_glass, *case_open, *look_live; /* yes, no, * */
    const char *kind;
    const char *answer;
};

/* Of an agent of the delivery's shipper; of anybody else nothing here is true. */
static const struct glass_row glass_table[] = {
    {"break_glass", ANY, "no", ANY, ANY, ANY, ANY, "hidden"},
    {"break_glass", GONE, "yes", ANY, ANY, ANY, ANY, "no_photo"},
    {"break_glass", "posted withheld", "yes", ANY, ANY, ANY, ANY, "allow"},
    /* A look that broke the glass serves whoever still is an administrator, and needs no case. */
    {"photo evidence", ANY, "no", "yes", ANY, ANY, ANY, "needs_case"},
    {"photo evidence", ANY, ANY, "no", "no", ANY, ANY, "needs_case"},
    {"photo evidence", GONE, ANY, ANY, ANY, ANY, ANY, "no_photo"},
    {"photo evidence", "posted withheld", ANY, ANY, ANY, "no", ANY, "needs_look"},
    /* The archive holds the picture unmarked: a look at one is none at the other. */
    {"photo", "posted withheld", ANY, ANY, ANY, "yes", "photo", "allow"},
    {"evidence", "posted withheld", ANY, ANY, ANY, "yes", "evidence", "allow"},
    {"photo evidence", "posted withheld", ANY, ANY, ANY, "yes", ANY, "needs_look"},
};

static enum policy_answer expected_glass(const struct policy_facts *f, int purpose)
{
    for (size_t i = 0; i < ARRAY_LEN(glass_table); i++) {
        const struct glass_row *row = &glass_table[i];
        if ((set_of(&words_policy_purpose, row->purposes) >> purpose & 1) &&
            (set_of(&words_photo_state, row->photos) >> f->photo & 1) &&
            (set_of(&words_look_kind, row->kind) >> f->look_kind & 1) &&
            (truth_of(row->administrator) & (f->administrator ? 2 : 1)) &&
            (truth_of(row->broke_glass) & (f->look_broke_glass ? 2 : 1)) &&
            (truth_of(row->case_open) & (f->case_open ? 2 : 1)) &&
            (truth_of(row->look_live) & (f->look_live ? 2 : 1)))
            return (enum policy_answer)words_find(&words_policy_answer, row->answer);
    }
    return POLICY_HIDDEN;
}

TEST(every_look_is_at_what_it_was_begun_for)
{
    static const enum policy_purpose purposes[] = {PURPOSE_PHOTO, PURPOSE_EVIDENCE,
                                                   PURPOSE_BREAK_GLASS};
    long wrong = 0, allowed = 0;
    for (unsigned n = 0; n < 10u * 2 * 2 * 2 * 2 * 2 * 4; n++) {
        unsigned rest = n;
        struct policy_facts f = {.actor = ACTOR_AGENT};
        f.photo = (enum photo_state)PICK(PHOTO_STATE_COUNT);
        f.look_kind = (enum look_kind)PICK(LOOK_KIND_COUNT);
        f.administrator = PICK(2);
        f.look_broke_glass = PICK(2);
        f.case_open = PICK(2);
        f.look_live = PICK(2);
        f.confidential = (enum confidentiality)PICK(CONFIDENTIALITY_COUNT); /* plays no part */
        for (size_t i = 0; i < ARRAY_LEN(purposes); i++) {
            enum policy_answer got = policy_decide(&f, purposes[i]);
            wrong += got != expected_glass(&f, (int)purposes[i]);
            allowed += got == POLICY_ALLOW;
            for (unsigned actor = 0; actor < POLICY_ACTOR_COUNT; actor++) {
                struct policy_facts other = f;
                other.actor = (enum policy_actor)actor;
                enum policy_answer answer = policy_decide(&other, purposes[i]);
                if (actor != ACTOR_AGENT && actor != ACTOR_RECIPIENT)
                    wrong += answer != POLICY_HIDDEN && answer != POLICY_NOT_SHARED;
            }
            f.actor = ACTOR_RECIPIENT;
            wrong += purposes[i] == PURPOSE_BREAK_GLASS &&
                     policy_decide(&f, purposes[i]) != POLICY_HIDDEN;
            f.actor = ACTOR_AGENT;
        }
    }
    CHECK_INT(wrong, 0);
    CHECK(allowed > 100);
}

static long wrong_places;

/* R2, R6 at the two moments when the photo's state is chosen. */
static void check_places(const struct policy_facts *f)
{
    enum photo_state first = policy_initial_photo(f), judged = policy_after_judging(f);
    enum photo_state want_first = no_camera(f) ? PHOTO_NONE
                                  : says_no(f) ? PHOTO_DECLINED
                                               : PHOTO_EXPECTED;
    enum photo_state want_judged = says_no(f) || no_camera(f) ? PHOTO_DECLINED
                                   : f->confidential          ? PHOTO_WITHHELD
                                                              : PHOTO_POSTED;
    wrong_places += first != want_first || judged != want_judged;
}

TEST(a_photo_is_placed_by_the_rules)
{
    every_combination(check_places);
    CHECK_INT(wrong_places, 0);
}

/* A photo that is not there yet, when the delivery's word, the account's or the marking changes.
 * Written from the rules: who was told "no photo here" must not read later that one is missing. */
struct move {
    const char *deliveries;
    const char *from;
    const char *no_camera, *refused; /* yes, no, * */
    const char *to;                  /* "stays", or the state */
};

static const struct move moves[] = {
    {"created out_for_delivery attempted", "none declined expected", "yes", ANY, "none"},
    {"created out_for_delivery attempted", "none declined expected", "no", "yes", "declined"},
    {"created out_for_delivery attempted", "none declined expected", "no", "no", "expected"},
    {"delivered", "expected", "yes", ANY, "none"},
    {"delivered", "expected", "no", "yes", "declined"},
    {"delivered", "expected", "no", "no", "stays"},
    {"delivered", "none declined", ANY, ANY, "stays"},
    {"created out_for_delivery attempted delivered",
     "missing received posted withheld rejected set_aside erased", ANY, ANY, "stays"},
    {"cancelled returned", ANY, ANY, ANY, "stays"},
};

static long wrong_moves, moved;

static void check_moves(const struct policy_facts *f)
{
    static const char before[] = "as it was";
    unsigned camera = no_camera(f) ? 2 : 1, refused = says_no(f) ? 2 : 1;
    struct photo_place got = policy_place_coming(f, (struct photo_place){f->photo, before});
    const struct move *move = NULL;
    for (size_t i = 0; i < ARRAY_LEN(moves) && !move; i++)
        if ((set_of(&words_delivery_state, moves[i].deliveries) >> f->delivery & 1) &&
            (set_of(&words_photo_state, moves[i].from) >> f->photo & 1) &&
            (truth_of(moves[i].no_camera) & camera) && (truth_of(moves[i].refused) & refused))
            move = &moves[i];
    if (!move) {
        wrong_moves++;
        return;
    }
    if (strcmp(move->to, "stays") == 0) {
        /* Expected and still expected has no reason, before and after. */
        bool same = got.state == f->photo && (got.reason == before || !got.reason);
        wrong_moves += !same;
        return;
    }
    moved++;
    wrong_moves += (int)got.state != words_find(&words_photo_state, move->to) ||
                   (got.state == PHOTO_EXPECTED) != (got.reason == NULL) || got.reason == before;
}

TEST(a_photo_that_is_to_come_follows_what_is_said)
{
    /* Who asks and what is open play no part: each combination of the rest once. */
    struct policy_facts f = {0};
    for (unsigned n = 0; n < 4u * 2 * 3 * 3 * 3 * 6 * 10 * 3 * 2 * 2; n++) {
        unsigned rest = n;
        f.confidential = (enum confidentiality)PICK(CONFIDENTIALITY_COUNT);
        f.confidential_photos = (enum confidential_photos)PICK(CONFIDENTIAL_PHOTOS_COUNT);
        f.want = (enum photo_want)PICK(PHOTO_WANT_COUNT);
        f.account_consent = (enum consent)PICK(CONSENT_COUNT);
        f.delivery_consent = (enum consent)PICK(CONSENT_COUNT);
        f.delivery = (enum delivery_state)PICK(DELIVERY_STATE_COUNT);
        f.photo = (enum photo_state)PICK(PHOTO_STATE_COUNT);
        f.address_consent = (enum consent)PICK(CONSENT_COUNT);
        f.shipper_refused = PICK(2);
        f.shipper_refused_address = PICK(2);
        CHECK_INT(rest, 0);
        check_moves(&f);
    }
    CHECK_INT(wrong_moves, 0);
    CHECK(moved > 0);
}

/* Who refused is told to those who may know: the recipient's own word first. */
TEST(a_declined_photo_says_whose_word_it_was)
{
    static const struct {
        enum consent delivery, address, account;
        bool told, policy;
        const char *reason;
    } cases[] = {
        {CONSENT_REFUSED, CONSENT_UNSET, CONSENT_UNSET, false, false, "by_recipient"},
        {CONSENT_UNSET, CONSENT_REFUSED, CONSENT_ALLOWED, false, false, "by_recipient"},
        {CONSENT_UNSET, CONSENT_UNSET, CONSENT_REFUSED, true, true, "by_recipient"},
        {CONSENT_UNSET, CONSENT_UNSET, CONSENT_ALLOWED, true, false, "by_shipper"},
        {CONSENT_UNSET, CONSENT_UNSET, CONSENT_UNSET, false, true, "by_shipper"},
        {CONSENT_ALLOWED, CONSENT_REFUSED, CONSENT_REFUSED, false, true, "by_shipper"},
        {CONSENT_ALLOWED, CONSENT_REFUSED, CONSENT_REFUSED, true, false, NULL},
        {CONSENT_UNSET, CONSENT_UNSET, CONSENT_UNSET, false, false, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct policy_facts f = {.want = WANT_REQUIRED,
                                 .delivery_consent = cases[i].delivery,
                                 .address_consent = cases[i].address,
                                 .account_consent = cases[i].account,
                                 .shipper_refused = cases[i].told,
                                 .shipper_refused_address = cases[i].policy};
        CHECK_STR(policy_initial_reason(&f), cases[i].reason);
    }
}

TEST(a_kept_photo_goes_where_the_marking_says_and_says_which)
{
    static const struct {
        enum photo_state from;
        enum confidentiality marking;
        enum photo_state to;
        const char *reason;
    } cases[] = {
        {PHOTO_POSTED, CONFIDENTIAL_REGISTRY, PHOTO_WITHHELD, "registry"},
        {PHOTO_POSTED, CONFIDENTIAL_WISH_LIST, PHOTO_WITHHELD, "wish_list"},
        {PHOTO_POSTED, CONFIDENTIAL_PROTECTED, PHOTO_WITHHELD, "protected"},
        {PHOTO_WITHHELD, CONFIDENTIAL_PROTECTED, PHOTO_WITHHELD, "protected"},
        {PHOTO_WITHHELD, CONFIDENTIAL_REGISTRY, PHOTO_WITHHELD, "registry"},
        {PHOTO_WITHHELD, NOT_CONFIDENTIAL, PHOTO_POSTED, NULL},
        {PHOTO_POSTED, NOT_CONFIDENTIAL, PHOTO_POSTED, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct policy_facts f = {.confidential = cases[i].marking};
        struct photo_place got =
            policy_place_kept(&f, (struct photo_place){cases[i].from, "as it was"});
        CHECK_INT(got.state, cases[i].to);
        CHECK_STR(got.reason, cases[i].reason);
    }
    for (int state = 0; state < PHOTO_STATE_COUNT; state++) {
        struct policy_facts f = {.confidential = CONFIDENTIAL_PROTECTED};
        struct photo_place got =
            policy_place_kept(&f, (struct photo_place){(enum photo_state)state, "as it was"});
        if (state != PHOTO_POSTED && state != PHOTO_WITHHELD)
            CHECK(got.state == (enum photo_state)state && strcmp(got.reason, "as it was") == 0);
    }
}

TAP_MAIN(TAP(every_look_is_at_what_it_was_begun_for), TAP(every_combination_follows_the_table),
         TAP(sharing_and_holding_follow_the_table), TAP(every_row_decides_something),
         TAP(a_photo_is_placed_by_the_rules), TAP(a_photo_that_is_to_come_follows_what_is_said),
         TAP(a_declined_photo_says_whose_word_it_was),
         TAP(a_kept_photo_goes_where_the_marking_says_and_says_which))
