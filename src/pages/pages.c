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
    int templates[PAGE_COUNT];   /* numbers in each set */
    struct template_set *sets[]; /* one a language, in the order of lang_all */
};

/* `here` is the navigation's link to the page, or NULL. */
static const struct {
    const char *title, *here;
    model_builder *build;
} faces[PAGE_COUNT] = {
    [PAGE_SIGN_IN] = {MSG("Sign in"), NULL, model_sign_in},
    [PAGE_SIGN_IN_CODE] = {MSG("Enter your code"), NULL, model_sign_in_code},
    [PAGE_ORDERS] = {MSG("Your orders"), "/orders", model_orders},
    [PAGE_ORDER] = {MSG("Your delivery"), NULL, model_order},
    [PAGE_ACCOUNT] = {MSG("Your account"), "/account", model_account},
    [PAGE_STATUS] = {MSG("Delivery status"), NULL, model_status},
    [PAGE_PRIVACY] = {MSG("Privacy"), NULL, model_privacy},
    [PAGE_EXPORT] = {MSG("Everything about you"), NULL, model_export},
    [PAGE_LEAVE] = {MSG("Delete your account"), "/account", model_leave},
    [PAGE_GOODBYE] = {MSG("Goodbye"), NULL, model_goodbye},
    [PAGE_COMPLAINT] = {MSG("Your complaint"), NULL, model_complaint},
    [PAGE_DESK_COMPLAINTS] = {MSG("Complaints"), "/desk/complaints", model_desk_complaints},
    [PAGE_DESK_COMPLAINT] = {MSG("Complaint"), NULL, model_desk_complaint},
    [PAGE_STOP] = {MSG("Messages"), NULL, model_stop},
    [PAGE_REFUSE] = {MSG("Photo of your delivery"), NULL, model_refuse},
    [PAGE_DESK_SIGN_IN] = {MSG("Desk sign-in"), NULL, model_desk_sign_in},
    [PAGE_DESK] = {MSG("Cases"), "/desk", model_desk},
    [PAGE_DESK_IMPORT] = {MSG("Import"), NULL, model_desk_import},
    [PAGE_DESK_ROUND] = {MSG("Round"), NULL, model_desk_round},
    [PAGE_DESK_BOARD] = {MSG("Board"), "/desk/board", model_desk_board},
    [PAGE_DESK_SEARCH] = {MSG("Search"), NULL, model_desk_search},
    [PAGE_DESK_DRIVERS] = {MSG("Drivers"), "/desk/drivers", model_desk_drivers},
    [PAGE_DESK_PAIRING] = {MSG("Pair a phone"), NULL, model_desk_pairing},
    [PAGE_DESK_ACCOUNT] = {MSG("Your account"), "/desk/account", model_desk_account},
    [PAGE_DESK_WELCOME] = {MSG("Welcome to the desk"), NULL, model_desk_welcome},
    [PAGE_DESK_AGENTS] = {MSG("People at the desk"), "/desk/agents", model_desk_agents},
    [PAGE_DESK_INVITED] = {MSG("Invitation"), NULL, model_desk_invited},
    [PAGE_DESK_CASE] = {MSG("Case"), NULL, model_desk_case},
    [PAGE_DESK_BREAK_GLASS] = {MSG("Look without a case"), "/desk/break-glass",
                               model_desk_break_glass},
    [PAGE_DESK_GLASS_LOOK] = {MSG("Look without a case"), NULL, model_desk_glass_look},
    [PAGE_PROBLEM] = {MSG("Problem"), NULL, model_problem},
};

/* The embedded module that a page comes with; most have none. */
static const char *const scripts[PAGE_COUNT] = {
    [PAGE_ORDER] = "push.js",
    [PAGE_ACCOUNT] = "push.js",
};

/* Where passkeys are made or signed in with, under the common policy. */
static const bool has_passkeys[PAGE_COUNT] = {
    [PAGE_SIGN_IN] = true,      [PAGE_ACCOUNT] = true,      [PAGE_DESK_SIGN_IN] = true,
    [PAGE_DESK_ACCOUNT] = true, [PAGE_DESK_WELCOME] = true,
};

int pages_new(struct pages **pages_out)
{
    size_t size = sizeof(struct pages) + (size_t)lang_all_count * sizeof(struct template_set *);
    struct pages *pages = calloc(1, size);
    if (!pages)
        return log_fault("pages.new", -ENOMEM, "size=%zu", size);
    int result = 0;
    for (int i = 0; i < lang_all_count && result == 0; i++) {
        struct template_error error = {0};
        result = template_set_new(embedded_templates + (size_t)i * embedded_template_count,
                                  embedded_template_count, &pages->sets[i], &error);
        if (result > 0)
            result = log_fault("pages.new", -EINVAL, "language=%s template=\"%s\"",
                               lang_all[i].code, error.text);
    }
    for (int page = 0; page < PAGE_COUNT && result == 0; page++) {
        pages->templates[page] = template_find(pages->sets[0], names[page]);
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
    for (int i = 0; i < lang_all_count; i++)
        template_set_free(&(*pages)->sets[i]);
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

static void add_link(const struct model *m, json_t *links, const char *url, const char *label,
                     const char *here)
{
    json_array_append_new(links, json_pack("{s:s, s:s, s:b}", "url", url, "label",
                                           lang_text(m->lang, label), "here",
                                           here && strcmp(here, url) == 0));
}

/* Nobody signed in: no navigation. Agents sign out here, recipients on their account's page. */
static void put_navigation(const struct model *m, const char *here)
{
    const char *kind = model_text(json_object_get(m->data, "viewer"), "kind");
    bool recipient = kind && strcmp(kind, "recipient") == 0;
    bool dispatcher = kind && words_find(&words_agent_role, kind) == ROLE_DISPATCHER;
    json_t *view = m->view, *links = json_array();
    if (recipient) {
        add_link(m, links, "/orders", MSG("Your orders"), here);
        add_link(m, links, "/account", MSG("Account"), here);
    } else if (kind) {
        if (!dispatcher) {
            add_link(m, links, "/desk", MSG("Cases"), here);
            add_link(m, links, "/desk/complaints", MSG("Complaints"), here);
        }
        add_link(m, links, "/desk/board", MSG("Board"), here);
        bool admin = strcmp(kind, words_name(&words_agent_role, ROLE_ADMINISTRATOR)) == 0;
        if (dispatcher || admin)
            add_link(m, links, "/desk/drivers", MSG("Drivers"), here);
        if (admin)
            add_link(m, links, "/desk/break-glass", MSG("Without a case"), here);
        if (json_is_true(json_object_get(json_object_get(m->data, "viewer"), "keeps_people")))
            add_link(m, links, "/desk/agents", MSG("People"), here);
        add_link(m, links, "/desk/account", MSG("Account"), here);
    }
    json_object_set_new(view, "nav", json_boolean(kind != NULL));
    json_object_set_new(view, "links", links);
    json_object_set_new(view, "desk", json_boolean(kind && !recipient));
    json_object_set_new(view, "home_url",
                        json_string(!kind        ? "/sign-in"
                                    : recipient  ? "/orders"
                                    : dispatcher ? "/desk/drivers"
                                                 : "/desk"));
    model_put_message(m, view, "home_label",
                      !kind        ? MSG("Back to the start")
                      : recipient  ? MSG("Your orders")
                      : dispatcher ? MSG("Drivers")
                                   : MSG("All cases"));
}

static json_t *notice_sentence(const struct lang *lang, const char *word)
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
            return json_string(lang_text(lang, notices[i].sentence));
    return json_null();
}

static void put_common(const struct model *m, enum page page)
{
    json_t *view = m->view;
    json_object_set_new(view, "lang", json_string(m->lang->code));
    json_object_set_new(view, "dir", json_string(m->lang->dir));
    model_put_message(m, view, "title", faces[page].title);
    json_object_set_new(view, "css_url", asset_url("porchlight.css"));
    json_object_set_new(view, "mark_url", asset_url("mark.svg"));
    json_object_set_new(view, "script_url", scripts[page] ? asset_url(scripts[page]) : json_null());
    json_object_set_new(view, "passkey_script_url",
                        has_passkeys[page] ? asset_url("passkeys.js") : json_null());
    json_object_set_new(view, "searchable", json_boolean(page == PAGE_PRIVACY));
    json_object_set_new(view, "notice", notice_sentence(m->lang, model_text(m->data, "notice")));
    json_object_set_new(view, "wrong", json_false());
    json_object_set_new(view, "live", json_null());
    json_object_set_new(view, "live_script_url", asset_url("live.js"));
    json_object_set_new(view, "desk_script_url", asset_url("desk.js"));
    json_object_set_new(view, "desk_css_url", asset_url("desk.css"));
    json_object_set_new(view, "q", json_string(""));
    put_navigation(m, faces[page].here);
}

int pages_render(const struct pages *pages, enum page page, const json_t *data,
                 const struct pages_reader *reader, struct buf *out)
{
    struct model m = {
        .data = data, .view = json_object(), .lang = reader->lang, .now = reader->now};
    if (!m.view)
        return log_fault("pages.render", -ENOMEM, "page=%s", names[page]);
    put_common(&m, page);
    faces[page].build(&m);
    int result = 0;
    if (m.missing) {
        result = log_fault("pages.render", -EINVAL, "page=%s field=%s", names[page], m.missing);
    } else {
        struct template_error error;
        const struct template_set *set = pages->sets[reader->lang->index];
        if (template_render(set, pages->templates[page], m.view, out, &error) != 0)
            result =
                log_fault("pages.render", -EINVAL, "page=%s wrong=\"%s\"", names[page], error.text);
    }
    json_decref(m.view);
    return result;
}
