/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of the provider is behind one lock, which nobody holds while waiting for the
 * network: whoever fetches does so with a copy of the addresses, and puts the outcome in place. A
 * fetch that fails leaves what was known: a provider that is away for a while changes nothing for
 * those who come back with a code of before, and signs nobody in meanwhile.
 */
#include "oidc/provider.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "oidc/document.h"
#include "oidc/fetch.h"
#include "oidc/jwt.h"

enum { SECRET_ROOM = 1024, TRY_AGAIN_MS = 30000, FORM_CEILING = 16 << 10 };

struct provider {
    const struct settings *settings;
    char secret[SECRET_ROOM]; /* "": a public client */
    pthread_t thread;
    bool has_thread;
    _Atomic int waiting;

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t woken;
    bool stopping;
    bool known;
    struct document document;
    struct jwks *keys;
    int64_t keys_asked; /* steady clock: when they were fetched, or tried */
};

/* ---- fetching ---- */

static int get(const struct provider *provider, const char *url, struct buf *out)
{
    const struct settings *settings = provider->settings;
    struct fetch fetch = {.url = url, .timeout_ms = settings->oidc.timeout_ms};
    buf_init(out, (size_t)settings->oidc.answer_bytes);
    return fetch_perform(&fetch, out) == 200 ? 0 : PROVIDER_UNREACHED;
}

/* With a word of what is wrong. */
static int fetch_document(const struct provider *provider, struct document *out,
                          const char **wrong_out)
{
    char url[DOCUMENT_URL + 1];
    const char *issuer = provider->settings->oidc.issuer;
    size_t len = strlen(issuer);
    AUTO_BUF struct buf text;
    buf_init(&text, 0);
    *wrong_out = "unreached";
    snprintf(url, sizeof url, "%.*s/.well-known/openid-configuration",
             (int)(len > 0 && issuer[len - 1] == '/' ? len - 1 : len), issuer);
    int result = get(provider, url, &text);
    if (result == 0 &&
        document_read((struct span){text.data, text.len}, issuer, out, wrong_out) != 0)
        result = PROVIDER_UNREACHED;
    return result;
}

static int fetch_keys(const struct provider *provider, const char *url, struct jwks **out)
{
    AUTO_BUF struct buf text;
    *out = NULL;
    buf_init(&text, 0);
    int result = get(provider, url, &text);
    if (result == 0)
        result = jwks_read((struct span){text.data, text.len}, out);
    return result == JWKS_MALFORMED ? PROVIDER_UNREACHED : result;
}

/* Puts what was fetched in place of what was known. */
static void learn(struct provider *provider, const struct document *document, struct jwks *keys)
{
    pthread_mutex_lock(&provider->lock);
    provider->document = *document;
    jwks_free(&provider->keys);
    provider->keys = keys;
    provider->known = true;
    provider->keys_asked = clock_steady();
    pthread_mutex_unlock(&provider->lock);
}

/* Fetches all anew. 0, PROVIDER_UNREACHED or a fault. */
static int refresh(struct provider *provider)
{
    struct document document;
    struct jwks *keys = NULL;
    const char *wrong = NULL;
    int result = fetch_document(provider, &document, &wrong);
    if (result == 0)
        result = fetch_keys(provider, document.keys, &keys);
    if (result == 0)
        learn(provider, &document, keys);
    else
        log_event(LOG_WARN, "oidc.unknown", "what=%s", wrong ? wrong : "keys");
    return result;
}

static int need_document(struct provider *provider, struct document *out)
{
    pthread_mutex_lock(&provider->lock);
    bool known = provider->known;
    *out = provider->document;
    pthread_mutex_unlock(&provider->lock);
    int result = known ? 0 : refresh(provider);
    if (known || result != 0)
        return result;
    pthread_mutex_lock(&provider->lock);
    *out = provider->document;
    pthread_mutex_unlock(&provider->lock);
    return 0;
}

/* ---- its thread ---- */

/* Waits on the provider's condition, which is signalled to stop. */
static void rest(struct provider *provider, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    while (!provider->stopping &&
           pthread_cond_timedwait(&provider->woken, &provider->lock, &until) == 0)
        ;
}

static void *keep_fresh(void *arg)
{
    struct provider *provider = arg;
    pthread_mutex_lock(&provider->lock);
    while (!provider->stopping) {
        pthread_mutex_unlock(&provider->lock);
        int result = refresh(provider);
        pthread_mutex_lock(&provider->lock);
        rest(provider,
             result == 0 ? provider->settings->oidc.cache_minutes * CLOCK_MINUTE : TRY_AGAIN_MS);
    }
    pthread_mutex_unlock(&provider->lock);
    return NULL;
}

static int read_secret(const struct settings *settings, char out[SECRET_ROOM])
{
    const char *path = settings->oidc.client_secret_file;
    out[0] = '\0';
    if (!*path)
        return 0;
    AUTO_FCLOSE FILE *file = fopen(path, "re");
    if (!file)
        return log_fault("oidc.secret", -errno, "what=open");
    if (!fgets(out, SECRET_ROOM, file))
        return log_fault("oidc.secret", ferror(file) ? -EIO : -EINVAL, "what=empty");
    out[strcspn(out, "\r\n")] = '\0';
    return out[0] ? 0 : log_fault("oidc.secret", -EINVAL, "what=empty");
}

static int make(const struct settings *settings, struct provider **out)
{
    pthread_condattr_t steady;
    struct provider *provider = calloc(1, sizeof *provider);
    *out = provider;
    if (!provider)
        return log_fault("oidc.new", -ENOMEM, "what=memory");
    provider->settings = settings;
    pthread_mutex_init(&provider->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&provider->woken, &steady);
    pthread_condattr_destroy(&steady);
    return read_secret(settings, provider->secret);
}

int provider_new(const struct settings *settings, struct provider **out)
{
    struct provider *provider = NULL;
    int result = make(settings, &provider);
    if (result == 0 && provider)
        result = -pthread_create(&provider->thread, NULL, keep_fresh, provider);
    if (result == 0 && provider)
        provider->has_thread = true;
    else
        provider_free(&provider);
    *out = provider;
    return result;
}

void provider_free(struct provider **provider_in)
{
    struct provider *provider = *provider_in;
    if (!provider)
        return;
    pthread_mutex_lock(&provider->lock);
    provider->stopping = true;
    pthread_cond_signal(&provider->woken);
    pthread_mutex_unlock(&provider->lock);
    if (provider->has_thread)
        pthread_join(provider->thread, NULL);
    jwks_free(&provider->keys);
    pthread_cond_destroy(&provider->woken);
    pthread_mutex_destroy(&provider->lock);
    crypto_wipe(provider->secret, sizeof provider->secret);
    free(provider);
    *provider_in = NULL;
}

/* ---- sending a browser there ---- */

/* Percent-encoded. */
static void add_encoded(struct buf *out, const char *value)
{
    for (; *value; value++) {
        bool plain = (*value >= 'a' && *value <= 'z') || (*value >= 'A' && *value <= 'Z') ||
                     (*value >= '0' && *value <= '9') || strchr("-._~", *value);
        buf_printf(out, plain ? "%c" : "%%%02X", (unsigned char)*value);
    }
}

/* name=value of a form or query. */
static void add_pair(struct buf *out, char before, const char *name, const char *value)
{
    if (before)
        buf_byte(out, (uint8_t)before);
    buf_printf(out, "%s=", name);
    add_encoded(out, value);
}

static bool take_place(struct provider *provider)
{
    int64_t most = provider->settings->oidc.at_once;
    if (atomic_fetch_add(&provider->waiting, 1) < most)
        return true;
    atomic_fetch_sub(&provider->waiting, 1);
    return false;
}

static void leave_place(struct provider *provider)
{
    atomic_fetch_sub(&provider->waiting, 1);
}

int provider_address(struct provider *provider, const struct provider_start *start, struct buf *out)
{
    const struct settings *settings = provider->settings;
    struct document document;
    if (!take_place(provider))
        return PROVIDER_BUSY;
    int result = need_document(provider, &document);
    leave_place(provider);
    if (result != 0)
        return result;
    buf_text(out, document.authorization);
    add_pair(out, strchr(document.authorization, '?') ? '&' : '?', "response_type", "code");
    add_pair(out, '&', "client_id", settings->oidc.client_id);
    add_pair(out, '&', "redirect_uri", start->redirect_uri);
    add_pair(out, '&', "scope", settings->oidc.scopes);
    add_pair(out, '&', "state", start->state);
    add_pair(out, '&', "nonce", start->nonce);
    add_pair(out, '&', "code_challenge", start->challenge);
    add_pair(out, '&', "code_challenge_method", "S256");
    if (settings->oidc.acr_values[0])
        add_pair(out, '&', "acr_values", settings->oidc.acr_values);
    return out->failed ? log_fault("oidc.address", -ENOMEM, "what=length") : 0;
}

void provider_origins(struct provider *provider, char *out, size_t room)
{
    char issuer[DOCUMENT_URL + 1] = "", endpoint[DOCUMENT_URL + 1] = "";
    pthread_mutex_lock(&provider->lock);
    if (!fetch_origin(provider->document.authorization, endpoint, sizeof endpoint))
        endpoint[0] = '\0';
    pthread_mutex_unlock(&provider->lock);
    if (!fetch_origin(provider->settings->oidc.issuer, issuer, sizeof issuer))
        issuer[0] = '\0';
    snprintf(out, room, "%s%s%s", issuer, *endpoint ? " " : "", endpoint);
}

bool provider_is_issuer(struct provider *provider, const char *issuer)
{
    pthread_mutex_lock(&provider->lock);
    bool must = provider->known && provider->document.names_issuer;
    pthread_mutex_unlock(&provider->lock);
    return issuer ? strcmp(issuer, provider->settings->oidc.issuer) == 0 : !must;
}

/* ---- the code back ---- */

/* What is kept of the token endpoint's answer; an object of jansson's. */
static int ask_token(struct provider *provider, const struct document *document,
                     const struct provider_redeem *redeem, json_t **answer_out)
{
    const struct settings *settings = provider->settings;
    AUTO_BUF struct buf form, text, user, secret;
    buf_init(&form, FORM_CEILING);
    buf_init(&user, FORM_CEILING);
    buf_init(&secret, FORM_CEILING);
    buf_init(&text, (size_t)settings->oidc.answer_bytes);
    bool basic = provider->secret[0] && !document->secret_in_form;
    add_pair(&form, 0, "grant_type", "authorization_code");
    add_pair(&form, '&', "code", redeem->code);
    add_pair(&form, '&', "redirect_uri", redeem->redirect_uri);
    add_pair(&form, '&', "code_verifier", redeem->verifier);
    if (!basic)
        add_pair(&form, '&', "client_id", settings->oidc.client_id);
    if (!basic && provider->secret[0])
        add_pair(&form, '&', "client_secret", provider->secret);
    add_encoded(&user, settings->oidc.client_id); /* RFC 6749 §2.3.1: encoded before Basic */
    add_encoded(&secret, provider->secret);
    int status = form.failed || user.failed || secret.failed
                     ? -ENOMEM
                     : fetch_perform(&(struct fetch){.url = document->token,
                                                     .form = buf_string(&form),
                                                     .user = basic ? buf_string(&user) : NULL,
                                                     .secret = basic ? buf_string(&secret) : NULL,
                                                     .timeout_ms = settings->oidc.timeout_ms},
                                     &text);
    crypto_wipe(form.data, form.len);
    crypto_wipe(secret.data, secret.len);
    *answer_out = status == 200
                      ? json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL)
                      : NULL;
    crypto_wipe(text.data, text.len);
    if (status == 400 || status == 401 || status == 403) {
        log_event(LOG_WARN, "oidc.refused", "what=code status=%d", status);
        return PROVIDER_NO_CODE;
    }
    return json_is_object(*answer_out) ? 0 : PROVIDER_UNREACHED;
}

/* Opens the token with the keys that are known. */
static int open_known(struct provider *provider, const char *token, json_t **claims_out)
{
    pthread_mutex_lock(&provider->lock);
    int result = provider->keys ? jwt_open(token, provider->keys, claims_out) : JWT_NO_KEY;
    pthread_mutex_unlock(&provider->lock);
    return result;
}

/* May the keys be asked for once more? Then it is noted that they were. */
static bool may_ask_keys(struct provider *provider)
{
    int64_t pause = provider->settings->oidc.refresh_seconds * CLOCK_SECOND;
    pthread_mutex_lock(&provider->lock);
    bool may = clock_steady() - provider->keys_asked >= pause;
    if (may)
        provider->keys_asked = clock_steady();
    pthread_mutex_unlock(&provider->lock);
    return may;
}

/* The token's claims once its signature is right. A key that is not known may be a new one. */
static int open_token(struct provider *provider, const char *token, json_t **claims_out)
{
    *claims_out = NULL;
    int result = open_known(provider, token, claims_out);
    if (result == JWT_NO_KEY && may_ask_keys(provider) && refresh(provider) == 0)
        result = open_known(provider, token, claims_out);
    if (result > 0) {
        log_event(LOG_WARN, "oidc.refused", "what=%s", jwt_result_name(result));
        return PROVIDER_BAD_TOKEN;
    }
    return result;
}

static int refuse(const char *what)
{
    log_event(LOG_WARN, "oidc.refused", "what=%s", what);
    return PROVIDER_BAD_TOKEN;
}

/* Many providers tell the e-mail and the groups there only. */
static int ask_userinfo(struct provider *provider, const char *url, const char *token,
                        struct claims_person *person)
{
    const struct settings *settings = provider->settings;
    AUTO_BUF struct buf text;
    buf_init(&text, (size_t)settings->oidc.answer_bytes);
    int status = fetch_perform(
        &(struct fetch){.url = url, .bearer = token, .timeout_ms = settings->oidc.timeout_ms},
        &text);
    json_t *claims =
        status == 200 ? json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL)
                      : NULL;
    int result = json_is_object(claims) ? 0 : PROVIDER_UNREACHED;
    if (result == 0 && claims_read(claims, settings->oidc.groups_claim, person) != CLAIMS_FINE)
        result = refuse("userinfo");
    json_decref(claims);
    return result;
}

/* Holds the claims against what was asked for, and reads whom they speak of. */
static int read_person(struct provider *provider, const struct provider_redeem *redeem,
                       const json_t *claims, struct claims_person *person)
{
    const struct settings *settings = provider->settings;
    const struct claims_expected expected = {
        .issuer = settings->oidc.issuer,
        .client_id = settings->oidc.client_id,
        .nonce = redeem->nonce,
        .acr_values = settings->oidc.acr_values,
        .started_at = redeem->started_at,
        .now = clock_now(),
        .leeway = settings->oidc.leeway_seconds * CLOCK_SECOND,
    };
    enum claims_result result = claims_check(claims, &expected);
    if (result == CLAIMS_FINE)
        result = claims_read(claims, settings->oidc.groups_claim, person);
    return result == CLAIMS_FINE ? 0 : refuse(claims_result_name(result));
}

static int redeem_at(struct provider *provider, const struct provider_redeem *redeem,
                     struct claims_person *person)
{
    struct document document;
    json_t *answer = NULL, *claims = NULL;
    int result = need_document(provider, &document);
    if (result == 0)
        result = ask_token(provider, &document, redeem, &answer);
    const char *token = json_string_value(json_object_get(answer, "id_token"));
    const char *access = json_string_value(json_object_get(answer, "access_token"));
    if (result == 0)
        result = token ? open_token(provider, token, &claims) : refuse("no_token");
    if (result == 0)
        result = read_person(provider, redeem, claims, person);
    bool lacks = !person->email[0] || (provider->settings->oidc.groups_claim[0] && !person->groups);
    if (result == 0 && lacks && document.userinfo[0] && access)
        result = ask_userinfo(provider, document.userinfo, access, person);
    json_decref(claims);
    json_decref(answer);
    return result;
}

int provider_redeem(struct provider *provider, const struct provider_redeem *redeem,
                    struct claims_person *person_out)
{
    *person_out = (struct claims_person){.groups = NULL};
    if (!take_place(provider))
        return PROVIDER_BUSY;
    int result = redeem_at(provider, redeem, person_out);
    leave_place(provider);
    if (result != 0) {
        json_decref(person_out->groups);
        person_out->groups = NULL;
    }
    return result;
}

int provider_probe(const struct settings *settings, char *line, size_t room)
{
    struct provider *provider;
    struct document document;
    struct jwks *keys = NULL;
    const char *wrong = NULL;
    int result = make(settings, &provider);
    if (result != 0)
        snprintf(line, room, "the file with the client's secret cannot be read");
    if (result == 0)
        result = fetch_document(provider, &document, &wrong);
    if (result == 0)
        result = fetch_keys(provider, document.keys, &keys);
    if (result == 0 && jwks_count(keys) > 0)
        snprintf(line, room, "%s answers, with %d keys", settings->oidc.issuer, jwks_count(keys));
    else if (!*line && wrong && strcmp(wrong, "unreached") != 0)
        snprintf(line, room, "%s does not say what it must: %s", settings->oidc.issuer, wrong);
    else if (!*line)
        snprintf(line, room, "%s %s", settings->oidc.issuer,
                 result == 0 ? "has no key that is taken" : "does not answer");
    if (result == 0 && jwks_count(keys) == 0)
        result = PROVIDER_UNREACHED;
    jwks_free(&keys);
    provider_free(&provider);
    return result == 0 ? 0 : PROVIDER_UNREACHED;
}
