/* SPDX-License-Identifier: Apache-2.0
 *
 * Shows one page as it would be served: render-page PAGE sample.json [LANGUAGE] > out.html. A
 * sample is the page's data with one more field, `now` (RFC 3339), the moment of "today". For
 * people and tests.
 */
#include "base/clock.h"
#include "pages/pages.h"

static int find_page(const char *wanted)
{
#define NAME(symbol, name) name,
    static const char *const names[] = {PAGES(NAME)};
#undef NAME
    for (int page = 0; page < PAGE_COUNT; page++)
        if (strcmp(names[page], wanted) == 0)
            return page;
    return -1;
}

int main(int argc, char **argv)
{
    int page = argc == 3 || argc == 4 ? find_page(argv[1]) : -1;
    const struct lang *lang = argc == 4 ? lang_find(argv[3]) : LANG_ENGLISH;
    if (page < 0 || !lang) {
        fprintf(stderr, "usage: render-page PAGE sample.json [LANGUAGE]\n");
        return 2;
    }
    json_error_t error;
    json_t *data = json_load_file(argv[2], 0, &error);
    if (!data) {
        fprintf(stderr, "%s:%d: %s\n", argv[2], error.line, error.text);
        return 1;
    }
    int64_t now;
    const char *now_text = json_string_value(json_object_get(data, "now"));
    if (!now_text || !clock_parse(now_text, &now))
        now = clock_now();
    struct pages *pages = NULL;
    struct buf out;
    buf_init(&out, PAGES_CEILING);
    int result = pages_new(&pages);
    if (result == 0)
        result =
            pages_render(pages, (enum page)page, data, &(struct pages_reader){lang, now}, &out);
    if (result == 0)
        fwrite(out.data, 1, out.len, stdout);
    buf_free(&out);
    pages_free(&pages);
    json_decref(data);
    return result == 0 ? 0 : 1;
}
