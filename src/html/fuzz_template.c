/* SPDX-License-Identifier: Apache-2.0
 *
 * Input: template, NUL, partial "p", NUL, data as JSON. Whatever the template, what the data holds
 * stays escaped: the bytes <"'> of a hostile value are never in the output unless the template has
 * them.
 */
#include "html/template.h"

static const char hostile[] = "<\"'>";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool holds_hostile(const void *data, size_t size)
{
    return size > 0 && memmem(data, size, hostile, strlen(hostile)) != NULL;
}

static void render(const struct template_set *set, const json_t *data, bool must_escape)
{
    struct template_error error;
    struct buf out;
    buf_init(&out, 64 << 10);
    int result = template_render(set, 0, data, &out, &error);
    if (result < 0 || (must_escape && holds_hostile(out.data, out.len)))
        abort();
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *end = text + size;
    const char *text_end = size ? memchr(text, '\0', size) : NULL;
    const char *partial = text_end ? text_end + 1 : end;
    const char *partial_end = text_end ? memchr(partial, '\0', (size_t)(end - partial)) : NULL;
    if (!partial_end)
        return 0;
    struct template_source sources[] = {
        {"t", text, (size_t)(text_end - text)},
        {"p", partial, (size_t)(partial_end - partial)},
    };
    struct template_set *set;
    struct template_error error;
    if (template_set_new(sources, ARRAY_LEN(sources), &set, &error) != 0)
        return 0;
    bool must_escape = !holds_hostile(text, (size_t)(partial_end - text));
    json_t *json =
        json_loadb(partial_end + 1, (size_t)(end - partial_end - 1), JSON_DECODE_ANY, NULL);
    if (json)
        render(set, json, must_escape);
    json_decref(json);
    json = json_string(hostile);
    render(set, json, must_escape);
    json_decref(json);
    template_set_free(&set);
    return 0;
}
