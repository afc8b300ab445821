/* SPDX-License-Identifier: Apache-2.0
 *
 * What an account says about being told: switches, quiet hours, language, and the test message. The
 * JSON of it and the account page's forms.
 */
#ifndef PORCHLIGHT_ME_H
#define PORCHLIGHT_ME_H

#include "api/call.h"
#include "store/preference.h"

/* Adds language, quiet, channels and notices to the account's JSON. 0 or a fault. */
int me_add_preferences(struct call *call, struct db_tx *tx, json_t *me) MUST_CHECK;

/* What a body said of it; nothing said is nothing changed. */
struct me_wish {
    bool any; /* something was said */
    bool has_language, has_quiet;
    const char *language; /* NULL: automatic */
    struct quiet quiet;
    signed char wanted[NOTICE_CLASS_COUNT][NOTICE_CHANNEL_COUNT]; /* -1: not said */
};
/* Reads the members language, quiet and notices; what is wrong is the fields' failure. */
void me_read_wish(struct call *call, struct fields *body, struct me_wish *wish);
/* 0 or a fault. */
int me_apply_wish(struct call *call, struct db_tx *tx, const struct me_wish *wish) MUST_CHECK;

/* The account with, for its page's form, the time zone that most likely is theirs: `usual_zone`. */
operation me_op_page;

/* POST /v1/me/notices/test */
void me_test(struct http_request *req);

/* The forms of the account's page. */
void face_account_notices_post(struct http_request *req);
void face_account_reach_post(struct http_request *req);
void face_account_test_post(struct http_request *req);

#endif
