/* SPDX-License-Identifier: Apache-2.0
 *
 * Room is asked for once a string, for the case that every byte needs an escape. The library holds
 * well-formed UTF-8 only and no number that JSON cannot say, so there is nothing to refuse here but
 * depth and size.
 */
#include "http/json.h"

enum { FIRST_ROOM = 2048, ESCAPED = 6, NUMBER_ROOM = 40 };

/* The text so far. Whoever adds asks for the room first, once for a whole string. */
struct text {
    char *data;
    size_t len, room;
    bool failed; /* memory, or a ceiling; nothing more is added */
};

static void add_value(struct text *out, const json_t *json, int depth);

static bool grow(struct text *out, size_t more)
{
    size_t room = out->room;
    while (room - out->len < more)
        room *= 2;
    char *data = room <= HTTP_JSON_CEILING ? realloc(out->data, room) : NULL;
    if (!data) {
        out->failed = true;
        return false;
    }
    out->data = data;
    out->room = room;
    return true;
}

/* Room for so many bytes more; false when there is none. */
static inline bool reserve(struct text *out, size_t more)
{
    return !out->failed && (out->room - out->len >= more || grow(out, more));
}

static inline void add_byte(struct text *out, char byte)
{
    if (reserve(out, 1))
        out->data[out->len++] = byte;
}

static inline void add_bytes(struct text *out, const char *bytes, size_t len)
{
    if (!reserve(out, len))
        return;
    memcpy(out->data + out->len, bytes, len);
    out->len += len;
}

/* 0: as it is; 'u': \u00xx; else the letter after the backslash. */
static const char escapes[256] = {
    ['\b'] = 'b',  ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"',
    ['\\'] = '\\', [0] = 'u',    [1] = 'u',    [2] = 'u',    [3] = 'u',    [4] = 'u',
    [5] = 'u',     [6] = 'u',    [7] = 'u',    [11] = 'u',   [14] = 'u',   [15] = 'u',
    [16] = 'u',    [17] = 'u',   [18] = 'u',   [19] = 'u',   [20] = 'u',   [21] = 'u',
    [22] = 'u',    [23] = 'u',   [24] = 'u',   [25] = 'u',   [26] = 'u',   [27] = 'u',
    [28] = 'u',    [29] = 'u',   [30] = 'u',   [31] = 'u',
};

static char *put_escape(char *at, char byte, char escape)
{
    static const char hex[] = "0123456789abcdef";
    *at++ = '\\';
    *at++ = escape;
    if (escape != 'u')
        return at;
    *at++ = '0';
    *at++ = '0';
    *at++ = hex[byte >> 4];
    *at++ = hex[byte & 15];
    return at;
}

static void add_string(struct text *out, const char *string, size_t len)
{
    if (!reserve(out, len * ESCAPED + 2))
        return;
    char *at = out->data + out->len;
    *at++ = '"';
    for (size_t i = 0; i < len; i++) {
        char escape = escapes[(uint8_t)string[i]];
        if (escape)
            at = put_escape(at, string[i], escape);
        else
            *at++ = string[i];
    }
    *at++ = '"';
    out->len = (size_t)(at - out->data);
}

static void add_integer(struct text *out, json_int_t value)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (value < 0)
        *--at = '-';
    add_bytes(out, at, (size_t)(digits + sizeof digits - at));
}

/* 17 digits always bring a double back; 15 do it for whatever people write. */
static void add_real(struct text *out, double value)
{
    char text[NUMBER_ROOM];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    add_bytes(out, text, strlen(text));
    if (!strpbrk(text, ".e"))
        add_bytes(out, ".0", 2); /* stays a real for whoever reads it back */
}

static void add_object(struct text *out, const json_t *json, int depth)
{
    json_t *object = (json_t *)(uintptr_t)json; /* the library's iterators take no const */
    bool first = true;
    add_byte(out, '{');
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        if (!first)
            add_byte(out, ',');
        first = false;
        const char *key = json_object_iter_key(at);
        add_string(out, key, strlen(key));
        add_byte(out, ':');
        add_value(out, json_object_iter_value(at), depth + 1);
    }
    add_byte(out, '}');
}

static void add_array(struct text *out, const json_t *json, int depth)
{
    size_t count = json_array_size(json);
    add_byte(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            add_byte(out, ',');
        add_value(out, json_array_get(json, i), depth + 1);
    }
    add_byte(out, ']');
}

static void add_value(struct text *out, const json_t *json, int depth)
{
    if (!json || depth > HTTP_JSON_DEPTH) {
        out->failed = true;
        return;
    }
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        add_object(out, json, depth);
        break;
    case JSON_ARRAY:
        add_array(out, json, depth);
        break;
    case JSON_STRING:
        add_string(out, json_string_value(json), json_string_length(json));
        break;
    case JSON_INTEGER:
        add_integer(out, json_integer_value(json));
        break;
    case JSON_REAL:
        add_real(out, json_real_value(json));
        break;
    case JSON_TRUE:
        add_bytes(out, "true", 4);
        break;
    case JSON_FALSE:
        add_bytes(out, "false", 5);
        break;
    case JSON_NULL:
        add_bytes(out, "null", 4);
        break;
    }
}

char *http_json_text(const json_t *json, size_t *len_out)
{
    struct text out = {.data = malloc(FIRST_ROOM), .room = FIRST_ROOM};
    if (!out.data)
        return NULL;
    add_value(&out, json, 0);
    if (!reserve(&out, 1)) {
        free(out.data);
        return NULL;
    }
    out.data[out.len] = 0;
    *len_out = out.len;
    return out.data;
}
