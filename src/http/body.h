/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies as handlers want them: a JSON object, or the pairs of a form. Each returns 0 with the
 * result, or HTTP_REPLIED when the body was not right and a problem that names the place has been
 * replied.
 */
#ifndef PORCHLIGHT_HTTP_BODY_H
#define PORCHLIGHT_HTTP_BODY_H

#include "http/http.h"
#include "http/parse.h"

enum { HTTP_REPLIED = 1, HTTP_JSON_DEPTH = 16 };

/* One JSON object: application/json, at most HTTP_JSON_DEPTH levels, no name twice in an object,
 * nothing after it. The caller owns it (json_decref). */
int http_body_json(struct http_request *req, json_t **out) MUST_CHECK;

/* An application/x-www-form-urlencoded form; it lives as long as the request. */
int http_body_form(struct http_request *req, struct http_pairs *out) MUST_CHECK;

/* The JSON grammar's part without a request, for tests and fuzzers: NULL and a sentence in `why`
 * (128 bytes) when refused. */
json_t *http_json_parse(struct span text, char why[128]);

#endif
