/* SPDX-License-Identifier: Apache-2.0
 *
 * One request of the API as its handlers see it: who asks, with what services, and how an operation
 * is carried out.
 *
 * A call is made by admit_call before the body is read, from the route's `who` and the request's
 * credential. Anything that writes is an *operation*: a function that runs inside one database
 * transaction, asks the policy, writes, and fills an answer. call_write carries it out with its
 * Idempotency-Key in the same transaction, so that effect and stored answer commit together. JSON
 * handlers reply the answer as it is; page handlers turn it into a redirect or a page.
 */
#ifndef PORCHLIGHT_CALL_H
#define PORCHLIGHT_CALL_H

#include <jansson.h>

#include "api/fields.h"
#include "api/problems.h"
#include "base/id.h"
#include "crypto/token.h"
#include "db/db.h"
#include "domain/policy.h"
#include "http/http.h"
#include "notify/tell.h"
#include "store/agent.h"

struct api;

/* Who may call a route: bits of http_route.who. */
enum who {
    WHO_ANYONE = 0,
    WHO_SHIPPER = 1,   /* Authorization: Bearer plk_… */
    WHO_DRIVER = 2,    /* Authorization: Bearer pld_… */
    WHO_RECIPIENT = 4, /* cookie __Host-porchlight */
    WHO_AGENT = 8,     /* cookie __Host-porchlight-desk */
    WHO_PAGE =
        16, /* a page: who is not signed in is sent to sign in; a problem is shown as a page */
    WHO_MAYBE = 32,     /* a credential is looked at when it is there, and not asked for */
    WHO_UNLIMITED = 64, /* not rate-limited here: uploads have limits of their own */
    WHO_UNKEYED = 128,  /* an Idempotency-Key is not honoured: signing in and out, whose answers are
                           cookies as much as bodies */
    WHO_EITHER = 256,   /* a page or JSON, as Accept asks; so are its problems */
    WHO_UNATTENDED = 2048, /* asked for by an open page by itself: no use of a session */
    /* Of agents, by their role. */
    WHO_SUPPORT = 512,              /* not dispatchers */
    WHO_DISPATCH = 1024,            /* dispatchers and administrators only */
    WHO_ADMINISTRATOR = 8192,       /* administrators only */
    WHO_ADMINISTRATOR_OF_ALL = 4096 /* administrators of every shipper only */
};

#define COOKIE_RECIPIENT "__Host-porchlight"
#define COOKIE_AGENT     "__Host-porchlight-desk"
/* What an open page's own requests carry, whatever its value. */
#define HEADER_UNATTENDED "Porchlight-Unattended"
#define TOKEN_API_KEY     "plk_"
#define TOKEN_DEVICE      "pld_"

/* Who asks. `kind` is one of the WHO_ bits, or 0 for anyone. */
struct actor {
    enum who kind;
    char id[ID_ROOM];                     /* shipper, driver, account or agent */
    char shipper_id[ID_ROOM];             /* the shipper itself, the driver's; "" for others */
    struct store_agent_shippers shippers; /* whom an agent works for */
    char device_id[ID_ROOM];              /* driver */
    const char *email;                    /* account, agent: verified, lower case */
    const char *name;                     /* agent, driver */
    const struct lang *lang;              /* the language that the account has chosen; NULL: none */
    enum consent consent;                 /* account: the word for all deliveries */
    enum agent_role role;                 /* agent */
    int number;                           /* agent: the public one */
    uint8_t credential[TOKEN_HASH];       /* hash of the token or cookie */
    char link_of[ID_ROOM]; /* the delivery whose recipient alone was sent the link that was
                              followed; "" for none */
    int64_t signed_in_at;  /* account, agent: when the session began */
    bool revoked;          /* driver: the device or the driver may work no more */
};

struct call {
    struct http_request *req;
    const struct api *api;
    struct arena *arena; /* the request's */
    struct actor actor;
    json_t *body;    /* the JSON body or form; NULL where there is none; freed with the call */
    int64_t now;     /* when the request came */
    bool unattended; /* asked for by an open page by itself, which is no use of a session */
    struct telling telling;   /* what its operation tells; woken once that has committed */
    const char *form_targets; /* origins that forms of the page may lead on to; NULL: ours alone */
    void *work;               /* what a handler and its operation share; each knows its type */
};

/* What an operation has to say. Zeroed before it runs. */
struct answer {
    int status;   /* of a success: 200, 201, 202, 204 */
    json_t *body; /* of a success, or a problem's own members; NULL for none; owned by the answer */
    const struct http_problem *problem; /* NULL: a success */
    char field[FIELDS_PATH_ROOM];       /* "" for none */
    char detail[FIELDS_DETAIL_ROOM];    /* "" for none */
    const char *message; /* of a field: the detail as fields_failure has it, or NULL */
    size_t least, most;
};

/* Results of an operation beside faults. */
enum call_result {
    CALL_COMMIT = 0, /* keep what was written; the answer may be a problem all the same (a wrong
                        code counts) */
    CALL_REFUSE = 1, /* undo it; the answer says why */
    CALL_REPLIED,    /* call_perform only: a problem was replied before the operation ran */
    CALL_MAY,        /* call_ask only: nothing is in its way */
};

typedef int operation(struct call *call, struct db_tx *tx, struct answer *answer);

/* http_config.done and .problem_page; .admit is in admit.h. */
void call_done(struct http_request *req);
bool call_problem_page(struct http_request *req, const struct http_problem *problem,
                       const char *detail);

/* True when whoever asks works for that shipper: it is it, or an agent of it. */
bool actor_serves(const struct actor *actor, const char *shipper_id);

/* The call of a request that was admitted. */
struct call *call_of(struct http_request *req);

/* Reads the body: JSON, or on a page's route a form. False: a problem was replied. A body may be
 * left away where `need` is FIELDS_OPTIONAL. */
bool call_read_body(struct call *call, enum fields_need need);
/* What a message's text is called in the body: `message` in a page's form, where `text` is a
 * report's, else `text`. */
const char *call_message_field(const struct call *call);

/* Carries an operation out and frees nothing: the answer is the caller's (answer_clear). 0, or a
 * fault (then there is no answer). Blocks until it is durable. */
int call_perform(struct call *call, operation *run, struct answer *answer) MUST_CHECK;

/* Runs the part of an operation that only asks and reads, on a snapshot: would it be refused? If
 * not, CALL_MAY, and no answer. Else as call_perform: the answer says why, or is the one that the
 * same Idempotency-Key was given before. Never blocks. */
int call_ask(struct call *call, operation *ask, struct answer *answer) MUST_CHECK;

/* Performs and replies. */
void call_write(struct call *call, operation *run);

/* Runs a read-only operation on a snapshot and replies. Never blocks; for GET handlers. */
void call_read(struct call *call, operation *run);

/* Replies an answer, or the fault, and clears it. */
void call_reply(struct call *call, int result, struct answer *answer);
void answer_clear(struct answer *answer);

/* For operations: return call_refuse(answer, &api_wrong_state, "…"). */
int call_refuse(struct answer *answer, const struct http_problem *problem, const char *detail);
/* Refuses with the first failure of the fields read. */
int call_refuse_field(struct answer *answer, const struct fields_failure *failure);
/* Succeeds with a body (stolen; NULL with status 200 to 202 is out of memory). */
int call_ok(struct answer *answer, int status, json_t *body);

/* The problem of a policy's refusal; POLICY_HIDDEN is not-found. */
int call_refuse_policy(struct answer *answer, enum policy_answer policy);

/* Page of a list: `limit` and `after` of the query. False: a problem is in the answer. */
struct list_page {
    const char *of;      /* set by the caller: the kind of id that a cursor is */
    const char *letters; /* and where one of these stands before it, or alone; else NULL */
    int limit;
    const char *after; /* a cursor, or NULL */
};
bool call_list_page(struct call *call, struct list_page *page, struct answer *answer);

/* {"items": […], "next": cursor or null}; steals items. */
json_t *call_list(json_t *items, const char *next);

/* JSON of a time: RFC 3339, or null for 0. */
json_t *json_of_time(int64_t at);
/* JSON of a text: null for NULL or "". */
json_t *json_of_text(const char *text);

#endif
