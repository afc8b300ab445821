/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers arrive as JSON numbers, or as texts from a form; nothing else is converted.
 */
#include "api/fields.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "lang/lang.h"

void fields_begin(struct fields *fields, json_t *object, struct fields_failure *failure)
{
    *fields = (struct fields){.object = object, .prefix = "", .failure = failure};
}

void fields_fail(struct fields *fields, const char *name, const char *detail)
{
    struct fields_failure *failure = fields->failure;
    if (failure->failed)
        return;
    failure->failed = true;
    snprintf(failure->field, sizeof failure->field, "%s%s", fields->prefix, name);
    snprintf(failure->detail, sizeof failure->detail, "%s", detail);
}

/* The member, remembered as asked for; NULL where absent. */
static json_t *ask(struct fields *fields, const char *name)
{
    for (int i = 0; i < fields->asked_count; i++)
        if (strcmp(fields->asked[i], name) == 0)
            return json_object_get(fields->object, name);
    if (fields->asked_count < FIELDS_NAMES)
        fields->asked[fields->asked_count++] = name;
    return json_object_get(fields->object, name);
}

bool fields_has(struct fields *fields, const char *name)
{
    json_t *value = ask(fields, name);
    return value && !json_is_null(value);
}

bool fields_names(struct fields *fields, const char *name)
{
    return ask(fields, name) != NULL;
}

/* The member when it is there and not null; fails when it is required and is not. */
static json_t *need_member(struct fields *fields, const char *name, enum fields_need need)
{
    json_t *value = ask(fields, name);
    if (value && !json_is_null(value))
        return value;
    if (need == FIELDS_REQUIRED)
        fields_fail(fields, name, MSG("This field is needed."));
    return NULL;
}

static void fail_length(struct fields *fields, const char *name, struct fields_length length)
{
    struct fields_failure *failure = fields->failure;
    AUTO_BUF struct buf detail;
    buf_init(&detail, FIELDS_DETAIL_ROOM - 1);
    if (failure->failed)
        return;
    failure->message = MSG("This must have {least} to {most} characters.");
    failure->least = length.min;
    failure->most = length.max;
    lang_fill(&detail, failure->message,
              LANG_PARTS({"least", LANG_NUMBER((long long)length.min)},
                         {"most", LANG_NUMBER((long long)length.max)}));
    fields_fail(fields, name, buf_string(&detail));
}

static const char *check_text(struct fields *fields, const char *name, json_t *value,
                              struct fields_length length)
{
    if (!json_is_string(value)) {
        fields_fail(fields, name, MSG("This must be a text."));
        return NULL;
    }
    const char *text = json_string_value(value);
    size_t count = text_code_points(text);
    if (count < length.min || count > length.max) {
        fail_length(fields, name, length);
        return NULL;
    }
    return text;
}

const char *fields_text(struct fields *fields, const char *name, enum fields_need need,
                        struct fields_length length)
{
    json_t *value = need_member(fields, name, need);
    const char *text = value ? check_text(fields, name, value, length) : NULL;
    if (text && !text_is_line(text, json_string_length(value))) {
        fields_fail(fields, name,
                    MSG("This must be one line to read, without control characters or surrounding "
                        "spaces."));
        return NULL;
    }
    return text;
}

const char *fields_lines(struct fields *fields, const char *name, enum fields_need need,
                         struct fields_length length)
{
    json_t *value = need_member(fields, name, need);
    const char *text = value ? check_text(fields, name, value, length) : NULL;
    if (text && !text_is_clean(text, json_string_length(value), true)) {
        fields_fail(fields, name, MSG("This must be a text without control characters."));
        return NULL;
    }
    if (text && !text_is_visible(text, json_string_length(value))) {
        fields_fail(fields, name, MSG("This must have something to read in it."));
        return NULL;
    }
    return text;
}

const char *fields_email(struct fields *fields, const char *name, enum fields_need need,
                         struct arena *arena)
{
    const char *text = fields_text(fields, name, need, (struct fields_length){3, 254});
    char *email = text ? arena_strdup(arena, text) : NULL;
    if (text && (!email || !text_is_email(email))) {
        fields_fail(fields, name, MSG("This must be an e-mail address."));
        return NULL;
    }
    if (email)
        text_lower(email);
    return email;
}

int fields_word(struct fields *fields, const char *name, enum fields_need need,
                const struct words *list, int fallback)
{
    json_t *value = need_member(fields, name, need);
    if (!value)
        return fallback;
    const char *word = json_string_value(value);
    int found = word && *word ? words_find(list, word) : -1;
    if (found >= 0)
        return found;
    char detail[FIELDS_DETAIL_ROOM];
    size_t at = (size_t)snprintf(detail, sizeof detail, "This must be one of:");
    for (int i = 0; i < list->count && at < sizeof detail; i++)
        if (*list->names[i])
            at += (size_t)snprintf(detail + at, sizeof detail - at, " %s", list->names[i]);
    fields_fail(fields, name, detail);
    return fallback;
}

int64_t fields_time(struct fields *fields, const char *name, enum fields_need need)
{
    json_t *value = need_member(fields, name, need);
    int64_t at = 0;
    if (value && !(json_is_string(value) && clock_parse(json_string_value(value), &at)))
        fields_fail(fields, name,
                    "This must be a time as in RFC 3339, such as 2026-11-23T20:26:10Z.");
    return at;
}

int64_t fields_integer(struct fields *fields, const char *name, int64_t min, int64_t max,
                       int64_t fallback)
{
    json_t *value = need_member(fields, name, FIELDS_OPTIONAL);
    if (!value)
        return fallback;
    int64_t number = json_integer_value(value);
    bool right = json_is_string(value) ? text_to_i64(json_string_value(value), min, max, &number)
                                       : json_is_integer(value) && number >= min && number <= max;
    if (right)
        return number;
    char detail[FIELDS_DETAIL_ROOM];
    snprintf(detail, sizeof detail, "This must be a whole number from %lld to %lld.",
             (long long)min, (long long)max);
    fields_fail(fields, name, detail);
    return fallback;
}

double fields_number(struct fields *fields, const char *name, enum fields_need need, double min,
                     double max)
{
    json_t *value = need_member(fields, name, need);
    if (!value)
        return 0;
    double number = json_number_value(value);
    if (json_is_number(value) && number >= min && number <= max)
        return number;
    char detail[FIELDS_DETAIL_ROOM];
    snprintf(detail, sizeof detail, "This must be a number from %g to %g.", min, max);
    fields_fail(fields, name, detail);
    return 0;
}

bool fields_flag(struct fields *fields, const char *name, bool fallback)
{
    json_t *value = need_member(fields, name, FIELDS_OPTIONAL);
    if (!value)
        return fallback;
    if (!json_is_boolean(value))
        fields_fail(fields, name, "This must be true or false.");
    return json_is_true(value);
}

const char *fields_id(struct fields *fields, const char *name, enum fields_need need,
                      const char *prefix)
{
    json_t *value = need_member(fields, name, need);
    const char *id = json_string_value(value);
    if (id && id_is(prefix, id))
        return id;
    if (value) {
        char detail[FIELDS_DETAIL_ROOM];
        snprintf(detail, sizeof detail, "This must be an id that begins with %s_.", prefix);
        fields_fail(fields, name, detail);
    }
    return NULL;
}

int fields_texts(struct fields *fields, const char *name, struct fields_length length,
                 const char **out, int room)
{
    json_t *value = need_member(fields, name, FIELDS_OPTIONAL);
    if (!value)
        return 0;
    size_t count = json_array_size(value);
    if (count < 1 || count > (size_t)room) {
        char detail[FIELDS_DETAIL_ROOM];
        snprintf(detail, sizeof detail, "This must be a list of 1 to %d texts.", room);
        fields_fail(fields, name, detail);
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_array_get(value, i);
        out[i] = check_text(fields, name, item, length);
        if (out[i] && !text_is_line(out[i], json_string_length(item)))
            fields_fail(fields, name,
                        "Each must be one line to read, without control characters or "
                        "surrounding spaces.");
    }
    return (int)count;
}

int fields_ids(struct fields *fields, const char *name, const char *prefix, const char **out,
               int room)
{
    char detail[FIELDS_DETAIL_ROOM], item[FIELDS_PATH_ROOM];
    json_t *value = need_member(fields, name, FIELDS_REQUIRED);
    size_t count = json_array_size(value);
    if (!json_is_array(value) || count > (size_t)room) {
        snprintf(detail, sizeof detail, "This must be a list of at most %d ids.", room);
        fields_fail(fields, name, detail);
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        out[i] = json_string_value(json_array_get(value, i));
        if (!out[i] || !id_is(prefix, out[i])) {
            snprintf(item, sizeof item, "%s[%zu]", name, i);
            snprintf(detail, sizeof detail, "This must be an id that begins with %s_.", prefix);
            fields_fail(fields, item, detail);
        }
    }
    return (int)count;
}

int fields_list(struct fields *fields, const char *name, int min, int max)
{
    json_t *value = need_member(fields, name, FIELDS_OPTIONAL);
    if (!value)
        return 0;
    size_t count = json_array_size(value);
    bool right = json_is_array(value) && count >= (size_t)min && count <= (size_t)max;
    for (size_t i = 0; right && i < count; i++)
        right = json_is_object(json_array_get(value, i));
    if (right)
        return (int)count;
    char detail[FIELDS_DETAIL_ROOM];
    snprintf(detail, sizeof detail, "This must be a list of %d to %d objects.", min, max);
    fields_fail(fields, name, detail);
    return 0;
}

void fields_item(struct fields *fields, const char *name, int index, struct arena *arena,
                 struct fields *inner_out)
{
    json_t *item = json_array_get(json_object_get(fields->object, name), (size_t)index);
    const char *prefix = arena_printf(arena, "%s%s[%d].", fields->prefix, name, index);
    fields_begin(inner_out, item, fields->failure);
    inner_out->prefix = prefix ? prefix : "";
}

void fields_object(struct fields *fields, const char *name, const char *prefix,
                   struct fields *inner_out)
{
    json_t *value = need_member(fields, name, FIELDS_OPTIONAL);
    if (value && !json_is_object(value))
        fields_fail(fields, name, "This must be an object.");
    fields_begin(inner_out, json_is_object(value) ? value : NULL, fields->failure);
    inner_out->prefix = prefix;
}

void fields_end(struct fields *fields)
{
    const char *name;
    json_t *value;
    json_object_foreach(fields->object, name, value)
    {
        bool known = false;
        for (int i = 0; i < fields->asked_count && !known; i++)
            known = strcmp(fields->asked[i], name) == 0;
        if (known)
            continue;
        /* The name is a stranger's text: it is quoted only when it is a plain word. */
        bool plain = strlen(name) < 40 &&
                     strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
        fields_fail(fields, plain ? name : "", "There is no such field here.");
        return;
    }
}

json_t *fields_of_form(const struct http_pairs *pairs)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < pairs->count; i++)
        if (*pairs->pair[i].value && json_object_set_new(object, pairs->pair[i].name,
                                                         json_string(pairs->pair[i].value)) != 0) {
            json_decref(object);
            object = NULL;
        }
    return object;
}
