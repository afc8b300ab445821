/* SPDX-License-Identifier: Apache-2.0
 *
 * An HTTP client for the demo: it knows of the server what any client knows, and goes through a
 * socket like any other.
 */
#ifndef PORCHLIGHT_DEMO_CLIENT_H
#define PORCHLIGHT_DEMO_CLIENT_H

#include <jansson.h>

#include "base/buf.h"
#include "ledger/receipt.h"

enum { DEMO_HEADERS = 6, DEMO_CREDENTIAL = 200, DEMO_URL = 200, DEMO_CODE = 32 };

/* Where the server is, and the line to it. */
struct demo_line {
    void *curl;
    char base[DEMO_URL];   /* http://127.0.0.1:8080 */
    char origin[DEMO_URL]; /* public_url */
};

/* 0, or CLI_FAILED, said. */
int demo_line_open(struct demo_line *line, const char *listen, const char *public_url);
void demo_line_close(struct demo_line *line);

/* Who asks: a bearer token, a cookie, or neither. */
struct demo_client {
    struct demo_line *line;
    char bearer[DEMO_CREDENTIAL];
    char cookie[DEMO_CREDENTIAL]; /* name=value, set by answers */
};

struct demo_request {
    const char *method, *path;
    json_t *json;      /* stolen; or */
    struct span bytes; /* of `type` */
    const char *type;
    const char *headers[DEMO_HEADERS]; /* "Name: value"; NULL ends */
};

/* An answer, emptied by demo_answer_free; zero it before its first use. */
struct demo_answer {
    long status; /* 0: no answer came */
    struct buf body;
    json_t *json; /* when the body is JSON */
    char location[DEMO_URL];
    char receipt[RECEIPT_ROOM];
    char trouble[200]; /* why no answer came */
};

/* Asks and waits. The answer before is freed. */
void demo_ask(struct demo_client *client, const struct demo_request *request,
              struct demo_answer *answer);
void demo_answer_free(struct demo_answer *answer);

/* The text at a path of member names ("photo", "state", NULL) in the answer, or "". */
const char *demo_text(const json_t *json, const char *name, const char *inner);

#endif
