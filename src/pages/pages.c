/* SPDX-License-Identifier: Apache-2.0
 *
 * From a page's data to its bytes: what all pages have in common, then the page's own builder, then
 * its template. Titles are constants, so that no name or address stands in a browser's history.
 */
#include "pages/pages.h"

#include <errno.h>

#include "base/log.h"
#include "pages/embedded.h"
#include "pages/model.h"

#define NAME(symbol, name) name,
static const char *const names[PAGE_COUNT] = {PAGES(NAME)};
#undef NAME

struct pages {
    struct template_set *set;
    int templates[PAGE_COUNT]; /* numbers in the set */
};

/* `here` is the navigation's link to the page, or NULL. */
static const struct {
    const char *title, *here;
    model_builder *build;
} faces[PAGE_COUNT] = {
    [PAGE_SIGN_IN] = {"Sign in", NULL, model_sign_in},
    [PAGE_SIGN_IN_CODE] = {"Enter your code", NULL, model_sign_in_code},
    [PAGE_ORDERS] = {"Your orders", "/orders", model_orders},
    [PAGE_ORDER] = {"Your delivery", NULL, model_order},
    [PAGE_ACCOUNT] = {"Your account", "/account", model_account},
    [PAGE_STATUS] = {"Delivery status", NULL, model_status},
    [PAGE_PRIVACY] = {"Privacy", NULL, model_privacy},
    [PAGE_STOP] = {"Messages", NULL, model_stop},
    [PAGE_REFUSE] = {"Photo of your delivery", NULL, model_refuse},
    [PAGE_DESK_SIGN_IN] = {"Desk sign-in", NULL, model_desk_sign_in},
    [PAGE_DESK] = {"Cases", "/desk", model_desk},
    [PAGE_DESK_DRIVERS] = {"Drivers", "/desk/drivers", model_desk_drivers},
    [PAGE_DESK_PAIRING] = {"Pair a phone", NULL, model_desk_pairing},
    [PAGE_DESK_CASE] = {"Case", NULL, model_desk_case},
    [PAGE_PROBLEM] = {"Problem", NULL, model_problem},
};

/* The embedded module that a page comes with; most have none. */
static const char *const scripts[PAGE_COUNT] = {
    [PAGE_ORDER] = "push.js",
    [PAGE_ACCOUNT] = "push.js",
};

int pages_new(struct pages **pages_out)
{
    struct pages *pages = calloc(1, sizeof *pages);
    if (!pages)
        return log_fault("pages.new", -ENOMEM, "size=%zu", sizeof *pages);
    struct template_error error = {0};
    int result = template_set_new(embedded_templates, embedded_template_count, &pages->set, &error);
    if (result > 0)
        result = log_fault("pages.new", -EINVAL, "template=\"%s\"", error.text);
    for (int page = 0; page < PAGE_COUNT && result == 0; page++) {
        pages->templates[page] = template_find(pages->set, names[page]);
        if (pages->templates[page] < 0)
            result = log_fault("pages.new", -EINVAL, "missing=%s", names[page]);
    }
    if (result != 0)
        pages_free(&pages);
    *pages_out = pages;
    return result;
}

void pages_free(struct pages **pages)
{
    if (!*pages)
        return;
    template_set_free(&(*pages)->set);
    free(*pages);
    *pages = NULL;
}

const struct pages_asset *pages_asset(const char *path)
{
    for (size_t i = 0; i < embedded_asset_count; i++)
        if (strcmp(embedded_assets[i].asset.path, path) == 0)
            return &embedded_assets[i].asset;
    return NULL;
}

bool pages_has_script(enum page page)
{
    return scripts[page] != NULL;
}

static json_t *asset_url(const char *name)
{
    for (size_t i = 0; i < embedded_asset_count; i++)
        if (strcmp(embedded_assets[i].name, name) == 0)
            return json_string(embedded_assets[i].asset.path);
    return json_null();
}

/* ---- what all pages have in common ---- */

static void add_link(json_t *links, const char *url, const char *label, const char *here)
{
    json_array_append_new(links, json_pack("{s:s, s:s, s:b}", "url", url, "label", label, "here",
                                           here && strcmp(here, url) == 0));
}

/* Nobody signed in: no navigation. Agents sign out here, recipients on their account's page. */
static void put_navigation(json_t *view, const json_t *viewer, const char *here)
{
    const char *kind = model_text(viewer, "kind");
    bool recipient = kind && strcmp(kind, "recipient") == 0;
    bool dispatcher = kind && words_find(&words_agent_role, kind) == ROLE_DISPATCHER;
    json_t *links = json_array();
    if (recipient) {
        add_link(links, "/orders", "Your orders", here);
        add_link(links, "/account", "Account", here);
    } else if (kind) {
        if (!dispatcher)
            add_link(links, "/desk", "Cases", here);
        if (dispatcher || strcmp(kind, words_name(&words_agent_role, ROLE_ADMINISTRATOR)) == 0)
            add_link(links, "/desk/drivers", "Drivers", here);
    }
    json_object_set_new(view, "nav", json_boolean(kind != NULL));
    json_object_set_new(view, "links", links);
    json_object_set_new(view, "desk", json_boolean(kind && !recipient));
    json_object_set_new(view, "home_url",
                        json_string(!kind        ? "/sign-in"
                                    : recipient  ? "/orders"
                                    : dispatcher ? "/desk/drivers"
                                                 : "/desk"));
    json_object_set_new(view, "home_label",
                        json_string(!kind        ? "Back to the start"
                                    : recipient  ? "Your orders"
                                    : dispatcher ? "Drivers"
                                                 : "All cases"));
}

static json_t *notice_sentence(const char *word)
{
    static const struct {
        const char *word, *sentence;
    } notices[] = {
#define X(word, sentence) {word, sentence},
        PAGES_NOTICES(X)
#undef X
    };
    for (size_t i = 0; word && i < ARRAY_LEN(notices); i++)
        if (strcmp(notices[i].word, word) == 0)
            return json_string(notices[i].sentence);
    return json_null();
}

static void put_common(const struct model *m, enum page page)
{
    json_t *view = m->view;
    json_object_set_new(view, "title", json_string(faces[page].title));
    json_object_set_new(view, "css_url", asset_url("porchlight.css"));
    json_object_set_new(view, "mark_url", asset_url("mark.svg"));
    json_object_set_new(view, "script_url", scripts[page] ? asset_url(scripts[page]) : json_null());
    json_object_set_new(view, "searchable", json_boolean(page == PAGE_PRIVACY));
    json_object_set_new(view, "notice", notice_sentence(model_text(m->data, "notice")));
    json_object_set_new(view, "wrong", json_false());
    json_object_set_new(view, "live", json_null());
    json_object_set_new(view, "live_script_url", asset_url("live.js"));
    put_navigation(view, json_object_get(m->data, "viewer"), faces[page].here);
}

int pages_render(const struct pages *pages, enum page page, const json_t *data, int64_t now,
                 struct buf *out)
{
    struct model m = {.data = data, .view = json_object(), .now = now};
    if (!m.view)
        return log_fault("pages.render", -ENOMEM, "page=%s", names[page]);
    put_common(&m, page);
    faces[page].build(&m);
    int result = 0;
    if (m.missing) {
        result = log_fault("pages.render", -EINVAL, "page=%s field=%s", names[page], m.missing);
    } else {
        struct template_error error;
        if (template_render(pages->set, pages->templates[page], m.view, out, &error) != 0)
            result =
                log_fault("pages.render", -EINVAL, "page=%s wrong=\"%s\"", names[page], error.text);
    }
    json_decref(m.view);
    return result;
}
