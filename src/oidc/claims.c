/* SPDX-License-Identifier: Apache-2.0
 *
 * Types are checked as strictly as values: a number where a text belongs is a refusal, and an
 * e-mail is verified only where the provider says the very word `true`.
 */
#include "oidc/claims.h"

#include "base/clock.h"
#include "base/text.h"

enum { WHOLE_SECOND = 1000 }; /* times in tokens are whole seconds, cut off */

const char *claims_result_name(enum claims_result result)
{
#define CLAIMS_WORD(symbol, text) text,
    static const char *const names[] = {CLAIMS_RESULTS(CLAIMS_WORD)};
#undef CLAIMS_WORD
    return result < CLAIMS_RESULT_COUNT ? names[result] : "fault";
}

static bool is_subject(const char *subject)
{
    size_t len = subject ? strlen(subject) : 0;
    return len > 0 && len <= CLAIMS_SUBJECT && text_is_clean(subject, len, false);
}

static bool says(const json_t *claims, const char *name, const char *wanted)
{
    const char *text = json_string_value(json_object_get(claims, name));
    return text && strcmp(text, wanted) == 0;
}

/* Ours must be the audience; where there are several, or it says who it was made for, that is us.
 */
static bool is_for(const json_t *claims, const char *client_id)
{
    const json_t *audience = json_object_get(claims, "aud");
    bool ours = says(claims, "aud", client_id);
    for (size_t i = 0; i < json_array_size(audience); i++) {
        const char *one = json_string_value(json_array_get(audience, i));
        if (!one)
            return false;
        ours = ours || strcmp(one, client_id) == 0;
    }
    bool must_name = json_array_size(audience) > 1 || json_object_get(claims, "azp");
    return ours && (!must_name || says(claims, "azp", client_id));
}

/* A NumericDate in milliseconds; false when it is none of this era. */
static bool time_of(const json_t *claims, const char *name, int64_t *out)
{
    static const double end = 32503680000.0; /* the year 3000 */
    const json_t *value = json_object_get(claims, name);
    double seconds = json_is_number(value) ? json_number_value(value) : -1;
    if (!(seconds >= 0 && seconds < end))
        return false;
    *out = (int64_t)(seconds * (double)CLOCK_SECOND);
    return true;
}

static bool is_now(const json_t *claims, const struct claims_expected *expected)
{
    int64_t end, made, begin;
    if (!time_of(claims, "exp", &end) || !time_of(claims, "iat", &made))
        return false;
    if (json_object_get(claims, "nbf") &&
        (!time_of(claims, "nbf", &begin) || begin > expected->now + expected->leeway))
        return false;
    return end > expected->now - expected->leeway && made <= expected->now + expected->leeway &&
           made + WHOLE_SECOND > expected->started_at - expected->leeway;
}

static bool is_nonce(const json_t *claims, const char *nonce)
{
    const char *text = json_string_value(json_object_get(claims, "nonce"));
    return text && strlen(text) == strlen(nonce) && text_same_secret(text, nonce, strlen(nonce));
}

static bool is_wanted_way(const json_t *claims, const char *values)
{
    const char *acr = json_string_value(json_object_get(claims, "acr"));
    if (!*values)
        return true;
    for (const char *at = values; acr && *acr && *at;) {
        size_t len = strcspn(at, " ");
        if (len > 0 && strlen(acr) == len && strncmp(at, acr, len) == 0)
            return true;
        at += len + strspn(at + len, " ");
    }
    return false;
}

enum claims_result claims_check(const json_t *claims, const struct claims_expected *expected)
{
    const char *subject = json_string_value(json_object_get(claims, "sub"));
    if (!says(claims, "iss", expected->issuer))
        return CLAIMS_ISSUER;
    if (!is_for(claims, expected->client_id))
        return CLAIMS_AUDIENCE;
    if (!is_now(claims, expected))
        return CLAIMS_TIME;
    if (!is_nonce(claims, expected->nonce))
        return CLAIMS_NONCE;
    if (!is_subject(subject))
        return CLAIMS_SUBJECT_MISSING;
    return is_wanted_way(claims, expected->acr_values) ? CLAIMS_FINE : CLAIMS_ACR;
}

/* ---- whom it speaks of ---- */

static void read_email(const json_t *claims, struct claims_person *person)
{
    const char *email = json_string_value(json_object_get(claims, "email"));
    if (!email || person->email[0] || !json_is_true(json_object_get(claims, "email_verified")) ||
        strlen(email) > CLAIMS_TEXT || !text_is_email(email))
        return;
    snprintf(person->email, sizeof person->email, "%s", email);
    text_lower(person->email);
}

static void read_name(const json_t *claims, struct claims_person *person)
{
    const char *name = json_string_value(json_object_get(claims, "name"));
    if (name && !person->name[0] && strlen(name) <= CLAIMS_NAME && text_is_line(name, strlen(name)))
        snprintf(person->name, sizeof person->name, "%s", name);
}

/* One group may be a text, several a list; more than there is room for are not read. */
static void read_groups(const json_t *claims, const char *name, struct claims_person *person)
{
    json_t *value = *name ? json_object_get(claims, name) : NULL;
    if (!value || person->groups)
        return;
    person->groups = json_array();
    if (json_is_string(value))
        json_array_append(person->groups, value);
    for (size_t i = 0; i < json_array_size(value) && i < CLAIMS_GROUPS; i++)
        if (json_is_string(json_array_get(value, i)))
            json_array_append(person->groups, json_array_get(value, i));
}

enum claims_result claims_read(const json_t *claims, const char *groups_claim,
                               struct claims_person *person)
{
    const char *subject = json_string_value(json_object_get(claims, "sub"));
    if (!is_subject(subject) || (person->subject[0] && strcmp(person->subject, subject) != 0))
        return CLAIMS_SUBJECT_MISSING;
    snprintf(person->subject, sizeof person->subject, "%s", subject);
    read_email(claims, person);
    read_name(claims, person);
    read_groups(claims, groups_claim, person);
    return CLAIMS_FINE;
}
