/* SPDX-License-Identifier: Apache-2.0
 *
 * The pages that show no delivery: signing in, preferences, privacy, errors.
 */
#include "pages/model.h"

void model_sign_in(struct model *m)
{
    static const char *const fields[] = {"email", NULL};
    model_form(m, fields);
}

void model_sign_in_code(struct model *m)
{
    static const char *const fields[] = {"email", "code", NULL};
    model_copy(m->view, m->data, "email");
    model_copy(m->view, m->data, "minutes");
    model_form(m, fields);
}

void model_privacy(struct model *m)
{
    model_copy(m->view, m->data, "delete_after_days");
    model_copy(m->view, m->data, "hold_days");
    model_copy(m->view, m->data, "key_backup_days");
    model_copy(m->view, m->data, "look_minutes");
    model_copy_or_null(m->view, m->data, "contact");
}

/* ---- errors ---- */

static const struct {
    int status;
    const char *title, *text;
} problems[] = {
    {401, "Please sign in", "This page is only shown to people who are signed in."},
    {403, "This cannot be done",
     "You are not allowed to do this, or the form was sent from "
     "another site. Go back, load the page again and retry."},
    {404, "There is nothing here",
     "The link may be mistyped or withdrawn, or the page belongs to "
     "another account than the one you are signed in with."},
    {405, "This cannot be done", "The page does not work this way. Go back and retry."},
    {429, "Too many tries", "To keep accounts safe, the number of tries is limited."},
    {500, "Something went wrong", "This is our fault, not yours. Nothing that was saved is lost."},
    {503, "Too busy just now", "Nothing is lost. Please try again in a moment."},
};

/* "in 40 seconds", "in 2 minutes". */
static json_t *retry_sentence(const json_t *data)
{
    json_int_t seconds = json_integer_value(json_object_get(data, "retry_after"));
    if (seconds <= 0)
        return json_null();
    char text[64];
    if (seconds < 90)
        snprintf(text, sizeof text, "Try again in %d second%s.", (int)seconds,
                 seconds == 1 ? "" : "s");
    else if (seconds < 90 * 60)
        snprintf(text, sizeof text, "Try again in %d minutes.", (int)((seconds + 59) / 60));
    else
        snprintf(text, sizeof text, "Try again in a few hours.");
    return json_string(text);
}

void model_problem(struct model *m)
{
    json_int_t status = json_integer_value(json_object_get(m->data, "status"));
    const char *title = model_text(m->data, "title"), *text = model_text(m->data, "detail");
    for (size_t i = 0; i < ARRAY_LEN(problems); i++) {
        if (problems[i].status == status) {
            title = problems[i].title;
            text = problems[i].text;
        }
    }
    json_object_set_new(m->view, "heading", json_string(title ? title : "This did not work"));
    json_object_set_new(m->view, "text", json_string(text ? text : "Go back and try again."));
    json_object_set_new(m->view, "retry", retry_sentence(m->data));
    json_object_set_new(m->view, "sign_in", json_boolean(status == 401));
    model_copy_or_null(m->view, m->data, "request_id");
    model_copy(m->view, m->data, "status");
}
