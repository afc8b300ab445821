/* SPDX-License-Identifier: Apache-2.0
 *
 * Text messages in Twilio's form (its REST API of 2010-04-01), which other gateways and mocks speak
 * too: the form of a request, what an answer says, and the signature of a status callback. Pure.
 */
#ifndef PORCHLIGHT_TWILIO_H
#define PORCHLIGHT_TWILIO_H

#include "base/buf.h"

enum { TWILIO_SID_ROOM = 35 }; /* two letters and 32 hex digits, with NUL */

struct twilio_message {
    const char *to;       /* E.164 */
    const char *from;     /* a number, a name or a "MG…" messaging service */
    const char *body;     /* UTF-8, at most 1600 characters */
    const char *callback; /* the URL that is told how it goes on; NULL: none */
    int valid_seconds;    /* after which it is not worth sending; 0: the gateway's own */
};

/* Adds the request's body (application/x-www-form-urlencoded). */
void twilio_write(const struct twilio_message *message, struct buf *out);

/* What the gateway says of a message: its words, and our sense of them. */
enum twilio_state {
    TWILIO_UNDER_WAY,  /* accepted, scheduled, queued, sending */
    TWILIO_SENT,       /* sent, or later: delivered, read */
    TWILIO_FAILED,     /* failed, undelivered, canceled */
    TWILIO_STATE_NONE, /* a word that is not known */
};
enum twilio_state twilio_state(const char *status);

struct twilio_answer {
    char sid[TWILIO_SID_ROOM]; /* "" when there is none */
    char status[16];           /* a word of the gateway's list; "" when there is none */
    int segments;              /* 0: not said */
    int error;                 /* the gateway's number; 0: none */
};

/* Reads an answer's body, success or error; false when it is neither. */
bool twilio_read(struct span body, struct twilio_answer *out);

/* Error numbers that mean something beyond "not this message". */
bool twilio_error_is_stop(int error);    /* the recipient said STOP */
bool twilio_error_is_passing(int error); /* the gateway's queue is full, or it is asked too fast */

/* A form's pair. */
struct twilio_pair {
    const char *name, *value;
};

/* True when `signature` (the X-Twilio-Signature header) is that of a callback with these pairs to
 * `url`, as the gateway was told it: base64 of HMAC-SHA-1 under the account's token over the URL
 * and the pairs sorted by name. Sorts `pairs` in place. Constant time in the signature. */
bool twilio_is_signed(const char *token, const char *url, struct twilio_pair *pairs, size_t count,
                      const char *signature);

#endif
