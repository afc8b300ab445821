/* SPDX-License-Identifier: Apache-2.0
 *
 * The pages that show no delivery: signing in, preferences, privacy, errors.
 */
#include "pages/model.h"

enum { SENTENCE_MAX = 1024 };

void model_sign_in(struct model *m)
{
    static const char *const fields[] = {"email", NULL};
    model_put_passkey_sign_in(m, MODEL_RECIPIENT);
    model_form(m, fields);
}

void model_sign_in_code(struct model *m)
{
    static const char *const fields[] = {"email", "code", NULL};
    model_copy(m->view, m->data, "email");
    model_copy_count(m, m->view, m->data, "minutes");
    model_form(m, fields);
}

void model_leave(struct model *m)
{
    static const char *const fields[] = {"confirm", NULL};
    const char *consent = model_need_text(m, m->data, "consent");
    model_copy(m->view, m->data, "email");
    bool all = strcmp(consent, words_name(&words_consent, CONSENT_REFUSED)) == 0;
    bool some = json_array_size(json_object_get(m->data, "refusals")) > 0;
    json_object_set_new(m->view, "refused", json_boolean(all || some));
    model_form(m, fields);
}

void model_goodbye(struct model *m)
{
    (void)m; /* it says the same to everyone */
}

void model_privacy(struct model *m)
{
    static const char *const fields[] = {"kind", "place", "tracking", "contact", "text", NULL};
    model_copy_count(m, m->view, m->data, "delete_after_days");
    model_copy(m->view, m->data, "hold_days");
    model_copy_count(m, m->view, m->data, "key_backup_days");
    model_copy_count(m, m->view, m->data, "look_minutes");
    model_copy_count(m, m->view, m->data, "name_days");
    model_copy_count(m, m->view, m->data, "case_days");
    model_copy_count(m, m->view, m->data, "account_days");
    model_copy_count(m, m->view, m->data, "complaint_days");
    model_form(m, fields);
    model_put_complaint_kinds(m);
    model_copy_or_null(m->view, m->data, "contact");
}

/* ---- errors ---- */

static const struct {
    int status;
    const char *title, *text;
} problems[] = {
    {401, MSG("Please sign in"), MSG("This page is only shown to people who are signed in.")},
    {403, MSG("This cannot be done"),
     MSG("You are not allowed to do this, or the form was sent from another site. Go back, load "
         "the "
         "page again and retry.")},
    {404, MSG("There is nothing here"),
     MSG("The link may be mistyped or withdrawn, or the page belongs to another account than the "
         "one "
         "you are signed in with.")},
    {405, MSG("This cannot be done"), MSG("The page does not work this way. Go back and retry.")},
    {429, MSG("Too many tries"), MSG("To keep accounts safe, the number of tries is limited.")},
    {500, MSG("Something went wrong"),
     MSG("This is our fault, not yours. Nothing that was saved is lost.")},
    {503, MSG("Too busy just now"), MSG("Nothing is lost. Please try again in a moment.")},
};

/* How long to wait, when that is known. */
static void put_retry(const struct model *m)
{
    json_int_t seconds = json_integer_value(json_object_get(m->data, "retry_after"));
    unsigned long long minutes = (unsigned long long)(seconds + 59) / 60;
    struct buf text;
    buf_init(&text, SENTENCE_MAX);
    if (seconds > 0 && seconds < 90)
        lang_fill(&text,
                  lang_count(m->lang, "Try again in {n} second.", "Try again in {n} seconds.",
                             (unsigned long long)seconds),
                  LANG_PARTS({"n", LANG_NUMBER(seconds)}));
    else if (seconds > 0 && minutes < 90)
        lang_fill(
            &text,
            lang_count(m->lang, "Try again in {n} minute.", "Try again in {n} minutes.", minutes),
            LANG_PARTS({"n", LANG_NUMBER((long long)minutes)}));
    else if (seconds > 0)
        lang_say(m->lang, &text, MSG("Try again in a few hours."), NULL);
    model_put(m->view, "retry", &text);
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
    model_put_message(m, m->view, "heading", title ? title : MSG("This did not work"));
    model_put_message(m, m->view, "text", text ? text : MSG("Go back and try again."));
    put_retry(m);
    json_object_set_new(m->view, "sign_in", json_boolean(status == 401));
    model_copy_or_null(m->view, m->data, "request_id");
    model_copy(m->view, m->data, "status");
}
