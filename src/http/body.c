/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON is parsed by jansson, which recurses; so the depth is measured first, in one pass that only
 * has to know strings.
 */
#include "http/body.h"

#include <errno.h>

#include "base/log.h"

enum { WHY_ROOM = 128 };

/* True when brackets outside strings nest at most HTTP_JSON_DEPTH deep. */
static bool shallow(struct span text)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if ((c == '{' || c == '[') && ++depth > HTTP_JSON_DEPTH) {
            return false;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return true;
}

/* The library's own sentences speak of its flags and quote what it read; these do not. */
static const char *json_fault(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_premature_end_of_input:
        return "it breaks off";
    case json_error_end_of_input_expected:
        return "something follows it";
    case json_error_invalid_utf8:
        return "it is not UTF-8";
    case json_error_duplicate_key:
        return "a name stands twice in one object";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "\\u0000 is not taken";
    case json_error_numeric_overflow:
        return "a number is too large";
    default:
        return "it is not well-formed";
    }
}

json_t *http_json_parse(struct span text, char why[WHY_ROOM])
{
    if (text.len == 0) {
        snprintf(why, WHY_ROOM, "there is none");
        return NULL;
    }
    if (!shallow(text)) {
        snprintf(why, WHY_ROOM, "it is nested deeper than %d levels", HTTP_JSON_DEPTH);
        return NULL;
    }
    json_error_t error;
    json_t *json = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &error);
    if (!json) {
        snprintf(why, WHY_ROOM, "%s, at line %d, column %d", json_fault(&error), error.line,
                 error.column);
        return NULL;
    }
    if (!json_is_object(json)) {
        json_decref(json);
        snprintf(why, WHY_ROOM, "it must be an object");
        return NULL;
    }
    return json;
}

int http_body_json(struct http_request *req, json_t **out)
{
    if (!http_type_is(http_header(req, "Content-Type"), "application/json")) {
        http_problem_field(req, &http_unsupported_media_type, "Content-Type",
                           "This takes application/json.");
        return HTTP_REPLIED;
    }
    char why[WHY_ROOM];
    json_t *json = http_json_parse(http_body(req), why);
    if (!json) {
        http_problem_field(req, &http_bad_request, "body", "The JSON cannot be used: %s.", why);
        return HTTP_REPLIED;
    }
    *out = json;
    return 0;
}

int http_body_form(struct http_request *req, struct http_pairs *out)
{
    if (!http_type_is(http_header(req, "Content-Type"), "application/x-www-form-urlencoded")) {
        http_problem_field(req, &http_unsupported_media_type, "Content-Type",
                           "This takes application/x-www-form-urlencoded.");
        return HTTP_REPLIED;
    }
    struct span body = http_body(req);
    struct arena *arena = http_arena(req);
    enum http_parse result = HTTP_PARSE_ILL_FORMED;
    if (body.len == 0 || !memchr(body.data, 0, body.len)) {
        char *text = arena ? arena_strndup(arena, (const char *)body.data, body.len) : NULL;
        if (!text) {
            http_fault(req, log_fault("http.form", -ENOMEM, "request=%s", http_id(req)));
            return HTTP_REPLIED;
        }
        result = http_pairs_parse(text, HTTP_MANY_LINES, out);
    }
    if (result == HTTP_PARSE_OK)
        return 0;
    http_problem_field(req, &http_bad_request, "body", "The form is not right: %s.",
                       http_parse_text(result));
    return HTTP_REPLIED;
}
