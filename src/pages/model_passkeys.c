/* SPDX-License-Identifier: Apache-2.0
 *
 * Passkeys: one's own, and the people at the desk whom administrators keep. Times are read in UTC
 * and say so.
 */
#include "html/qr.h"
#include "pages/model.h"

static const char zone[] = "UTC";

static const char *const role_labels[] = {
    [ROLE_AGENT] = MSG("Agent"),
    [ROLE_DISPATCHER] = MSG("Dispatcher"),
    [ROLE_ADMINISTRATOR] = MSG("Administrator"),
};

/* ---- one's own ---- */

static json_t *passkey_view(struct model *m, const json_t *passkey, const char *form,
                            bool may_remove)
{
    json_t *view = json_object();
    model_copy(view, passkey, "name");
    json_object_set_new(view, "remove_url",
                        json_sprintf("%s/%s/remove", form, model_need_text(m, passkey, "id")));
    json_object_set_new(view, "may_remove", json_boolean(may_remove));
    model_put_moment(m, view, "made", model_time(passkey, "created_at"), zone);
    model_put_moment(m, view, "used", model_time(passkey, "used_at"), zone);
    model_put_moment(m, view, "doubted", model_time(passkey, "doubted_at"), zone);
    return view;
}

void model_put_passkeys(struct model *m, const json_t *passkeys, enum model_whose whose)
{
    const char *form = whose == MODEL_STAFF ? "/desk/account/passkeys" : "/account/passkeys";
    const json_t *list = json_object_get(passkeys, "items");
    bool may_change = json_is_true(json_object_get(passkeys, "may_change"));
    size_t count = json_array_size(list);
    json_t *items = json_array();
    if (!json_is_array(list))
        m->missing = "passkeys";
    for (size_t i = 0; i < count; i++)
        json_array_append_new(items,
                              passkey_view(m, json_array_get(list, i), form,
                                           may_change && (whose != MODEL_STAFF || count > 1)));
    json_object_set_new(m->view, "passkeys", items);
    json_object_set_new(m->view, "has_passkeys", json_boolean(count > 0));
    json_object_set_new(m->view, "may_change", json_boolean(may_change));
    json_object_set_new(
        m->view, "passkey_api",
        json_string(whose == MODEL_STAFF ? "/v1/desk/passkeys" : "/v1/me/passkeys"));
    json_object_set_new(m->view, "passkey_again_url",
                        json_string(whose == MODEL_STAFF ? "/desk/sign-in" : "/sign-in"));
}

void model_put_passkey_sign_in(struct model *m, enum model_whose whose)
{
    bool staff = whose == MODEL_STAFF;
    json_object_set_new(m->view, "passkey_api",
                        json_string(staff ? "/v1/desk/passkey" : "/v1/auth/passkey"));
    json_object_set_new(m->view, "passkey_then", json_string(staff ? "/desk/home" : "/orders"));
}

void model_desk_account(struct model *m)
{
    model_copy(m->view, m->data, "email");
    model_put_passkeys(m, json_object_get(m->data, "passkeys"), MODEL_STAFF);
}

void model_desk_welcome(struct model *m)
{
}

/* ---- the people at the desk ---- */

static json_t *roles_view(const struct model *m, int role)
{
    json_t *roles = json_array();
    for (int i = 0; i < AGENT_ROLE_COUNT; i++)
        json_array_append_new(
            roles, json_pack("{s:s, s:s, s:b}", "value", words_name(&words_agent_role, i), "label",
                             lang_text(m->lang, role_labels[i]), "checked", i == role));
    return roles;
}

static json_t *agent_view(struct model *m, const json_t *agent)
{
    json_t *view = json_object();
    int role = model_need_word(m, agent, "role", &words_agent_role);
    bool active = model_time(agent, "disabled_at") == 0;
    const char *email = model_text(json_object_get(m->data, "viewer"), "email");
    bool other = !email || strcmp(email, model_need_text(m, agent, "email")) != 0;
    model_copy(view, agent, "id");
    model_copy(view, agent, "name");
    model_copy(view, agent, "email");
    model_copy_count(m, view, agent, "passkeys");
    model_put_message(m, view, "role_label", role_labels[role]);
    json_object_set_new(view, "active", json_boolean(active));
    json_object_set_new(view, "other", json_boolean(active && other));
    json_object_set_new(view, "roles", roles_view(m, role));
    model_put_moment(m, view, "doubted", model_time(agent, "doubted_at"), zone);
    model_put_moment(m, view, "invited", model_time(agent, "invitation_expires_at"), zone);
    return view;
}

void model_desk_agents(struct model *m)
{
    static const char *const fields[] = {"email", "name", NULL};
    const json_t *list = json_object_get(m->data, "items");
    json_t *items = json_array();
    if (!json_is_array(list))
        m->missing = "items";
    for (size_t i = 0; i < json_array_size(list); i++)
        json_array_append_new(items, agent_view(m, json_array_get(list, i)));
    json_object_set_new(m->view, "items", items);
    json_object_set_new(m->view, "adding", json_boolean(json_object_get(m->data, "errors")));
    model_copy_or_null(m->view, m->data, "next");
    model_form(m, fields);
}

void model_desk_invited(struct model *m)
{
    const json_t *agent = json_object_get(m->data, "agent");
    const char *url = model_need_text(m, agent, "invitation_url");
    struct buf path;
    int side = 0;
    buf_init(&path, QR_PATH_MAX);
    if (qr_path(url, &path, &side) != 0)
        m->missing = "invitation_url";
    json_object_set_new(m->view, "side", json_integer(side));
    model_put(m->view, "path", &path);
    json_object_set_new(m->view, "url", json_string(url));
    model_copy(m->view, agent, "name");
    model_put_moment(m, m->view, "expires", model_time(agent, "invitation_expires_at"), zone);
}
