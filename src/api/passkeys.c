/* SPDX-License-Identifier: Apache-2.0
 *
 * What costs time (keys, signatures) is done before the transaction, on the handler's thread; in it
 * the challenge is spent and the row is written, and the person's right to is asked again.
 */
#include "api/passkeys.h"

#include <errno.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"

enum { TEXT_ROOM = 64 };

/* ---- shared by the ceremonies ---- */

bool passkeys_handle(struct store_owner owner, uint8_t out[PASSKEYS_HANDLE])
{
    out[0] = owner.kind == SESSION_AGENT ? 'a' : 'r';
    return id_to_bytes(owner.id, out + 1);
}

bool passkeys_site(const struct call *call, struct passkeys_site *out)
{
    bool named = webauthn_rp_id(call->api->origin, out->rp_id);
    out->site = (struct webauthn_site){call->api->origin, out->rp_id};
    return named;
}

int passkeys_refuse_nowhere(struct answer *answer)
{
    return call_refuse(answer, &http_conflict,
                       "There are no passkeys here: public_url must have a name for a host.");
}

struct span passkeys_bytes(struct call *call, struct fields *fields, const char *name,
                           enum fields_need need, size_t most)
{
    const char *text =
        fields_text(fields, name, need, (struct fields_length){1, BASE64_ROOM(most)});
    size_t len = 0;
    uint8_t *bytes = text ? arena_alloc(call->arena, most) : NULL;
    if (!bytes)
        return (struct span){0};
    if (!text_unbase64url(text, strlen(text), bytes, most, &len))
        fields_fail(fields, name, "This must be bytes as base64url, and not so many.");
    return (struct span){bytes, len};
}

void passkeys_credential(struct call *call, struct fields *body, struct fields *credential,
                         struct fields *response)
{
    static const char *const passed_over[] = {"authenticatorAttachment", "clientExtensionResults",
                                              "rawId"};
    static const char *const passed_over_within[] = {
        "transports", "publicKey", "publicKeyAlgorithm", "attestationObject", "authenticatorData"};
    if (!fields_has(body, "credential"))
        fields_fail(body, "credential", MSG("This field is needed."));
    fields_object(body, "credential", "credential.", credential);
    const char *type =
        fields_text(credential, "type", FIELDS_REQUIRED, (struct fields_length){1, TEXT_ROOM});
    if (type && strcmp(type, "public-key") != 0)
        fields_fail(credential, "type", "This must be public-key.");
    if (!fields_has(credential, "response"))
        fields_fail(credential, "response", MSG("This field is needed."));
    fields_object(credential, "response", "credential.response.", response);
    for (size_t i = 0; i < ARRAY_LEN(passed_over); i++)
        (void)fields_names(credential, passed_over[i]);
    for (size_t i = 0; i < ARRAY_LEN(passed_over_within); i++)
        (void)fields_names(response, passed_over_within[i]);
}

static json_t *json_of_bytes(const void *bytes, size_t len)
{
    AUTO_FREE char *text = malloc(BASE64_ROOM(len));
    if (!text)
        return NULL;
    text_base64url(bytes, len, text);
    return json_string(text);
}

static json_t *algorithms(void)
{
    json_t *list = json_array();
#define ADD(symbol, number)                                                                        \
    json_array_append_new(list, json_pack("{s:s, s:i}", "type", "public-key", "alg", number));
    WEBAUTHN_ALGORITHMS(ADD)
#undef ADD
    return list;
}

json_t *passkeys_creation(const struct passkeys_site *site, const struct passkeys_person *person,
                          const char *challenge, const struct store_passkeys *others,
                          int64_t minutes)
{
    uint8_t handle[PASSKEYS_HANDLE];
    json_t *excluded = json_array();
    if (!passkeys_handle(person->owner, handle))
        return NULL;
    for (int i = 0; i < others->count; i++)
        json_array_append_new(excluded, json_pack("{s:s, s:o}", "type", "public-key", "id",
                                                  json_of_bytes(others->items[i].credential.data,
                                                                others->items[i].credential.len)));
    return json_pack(
        "{s:s, s:{s:s, s:s}, s:{s:o, s:s, s:s}, s:o, s:I, s:o, s:{s:s, s:b, s:s}, s:s}",
        "challenge", challenge, "rp", "id", site->rp_id, "name", "Porchlight", "user", "id",
        json_of_bytes(handle, sizeof handle), "name", person->email, "displayName", person->name,
        "pubKeyCredParams", algorithms(), "timeout", (json_int_t)minutes * CLOCK_MINUTE,
        "excludeCredentials", excluded, "authenticatorSelection", "residentKey", "required",
        "requireResidentKey", 1, "userVerification", "required", "attestation", "none");
}

json_t *passkeys_shape(const struct store_passkey *passkey)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:b, s:b, s:o}", "id", passkey->id, "name",
                     passkey->name, "created_at", json_of_time(passkey->created_at), "used_at",
                     json_of_time(passkey->used_at), "backup_eligible",
                     (int)passkey->backup_eligible, "backed_up", (int)passkey->backed_up,
                     "doubted_at", json_of_time(passkey->doubted_at));
}

/* ---- one's own ---- */

static struct store_owner myself(const struct call *call)
{
    return (struct store_owner){call->actor.kind == WHO_AGENT ? SESSION_AGENT : SESSION_RECIPIENT,
                                call->actor.id};
}

static struct challenge_scope my_scope(const struct call *call)
{
    return (struct challenge_scope){call->api->passkey_secret,
                                    CEREMONY_REGISTER,
                                    {call->actor.credential, sizeof call->actor.credential}};
}

/* Whoever left a browser open must not leave the next one a key to come back with. */
static bool is_fresh(const struct call *call)
{
    int64_t fresh = call->api->settings->auth.fresh_minutes * CLOCK_MINUTE;
    return call->now - call->actor.signed_in_at < fresh;
}

int passkeys_op_list(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_passkeys all;
    int result = store_passkey_list(tx, myself(call), call->arena, &all);
    if (result != 0)
        return result;
    json_t *items = json_array();
    for (int i = 0; i < all.count; i++)
        json_array_append_new(items, passkeys_shape(&all.items[i]));
    return call_ok(answer, 200,
                   json_pack("{s:o, s:b}", "items", items, "may_change", (int)is_fresh(call)));
}

void passkeys_list(struct http_request *req)
{
    call_read(call_of(req), passkeys_op_list);
}

static int refuse_many(struct answer *answer)
{
    return call_refuse(answer, &http_conflict, MSG("There are as many passkeys as there may be."));
}

static int add_options(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const struct settings *settings = call->api->settings;
    struct passkeys_site site;
    struct store_passkeys all;
    char challenge[CHALLENGE_ROOM];
    int64_t minutes = settings->auth.passkey_minutes;
    if (!is_fresh(call))
        return call_refuse(answer, &api_sign_in_again, NULL);
    if (!passkeys_site(call, &site))
        return passkeys_refuse_nowhere(answer);
    int result = store_passkey_list(tx, myself(call), call->arena, &all);
    if (result == 0 && all.count >= (int)settings->auth.passkeys)
        return refuse_many(answer);
    if (result != 0)
        return result;
    const struct challenge_scope scope = my_scope(call);
    const struct passkeys_person person = {myself(call), call->actor.email,
                                           call->actor.name ? call->actor.name : call->actor.email};
    challenge_new(&scope, call->now + minutes * CLOCK_MINUTE, challenge);
    return call_ok(answer, 200, passkeys_creation(&site, &person, challenge, &all, minutes));
}

void passkeys_add_options(struct http_request *req)
{
    struct call *call = call_of(req);
    call_read(call, add_options);
}

/* Why a passkey was not taken, in words that help whoever builds a client. */
static int refuse_new(struct answer *answer, int outcome)
{
    static const char *const reasons[] = {
        [WEBAUTHN_MALFORMED] = "The credential is not in the form of Web Authentication.",
        [WEBAUTHN_OTHER_ACT] = "The credential comes of another ceremony.",
        [WEBAUTHN_OTHER_SITE] = "The credential was made for another site.",
        [WEBAUTHN_NOT_PRESENT] = "The authenticator did not see anybody there (UP).",
        [WEBAUTHN_NOT_VERIFIED] = "The authenticator did not ask who it was (UV).",
        [WEBAUTHN_ALGORITHM] = "The key is none of the algorithms that were offered.",
        [WEBAUTHN_ATTESTED] = "The attestation is of a kind that was not asked for.",
        [WEBAUTHN_FORGED] = "The credential is not signed by its key.",
    };
    snprintf(answer->field, sizeof answer->field, "credential");
    return call_refuse(answer, &api_passkey_refused, reasons[outcome]);
}

int passkeys_read_new(struct call *call, const struct passkeys_site *site,
                      const char **invitation_out, struct passkeys_new *out, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body, credential, response;
    const struct fields_length name = {1, (size_t)call->api->settings->text.name};
    fields_begin(&body, call->body, &failure);
    out->name = fields_text(&body, "name", FIELDS_OPTIONAL, name);
    if (!out->name)
        out->name = "Passkey";
    if (invitation_out)
        *invitation_out = fields_text(&body, "invitation", FIELDS_REQUIRED,
                                      (struct fields_length){1, TOKEN_ROOM});
    passkeys_credential(call, &body, &credential, &response);
    (void)passkeys_bytes(call, &credential, "id", FIELDS_REQUIRED, WEBAUTHN_ID);
    struct span client =
        passkeys_bytes(call, &response, "clientDataJSON", FIELDS_REQUIRED, WEBAUTHN_CLIENT);
    struct span object =
        passkeys_bytes(call, &response, "attestationObject", FIELDS_REQUIRED, WEBAUTHN_OBJECT);
    fields_end(&response);
    fields_end(&credential);
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    out->made = arena_alloc(call->arena, sizeof *out->made);
    if (!out->made)
        return log_fault("passkey.new", -ENOMEM, "request=%s", http_id(call->req));
    int result = webauthn_read_client(client, WEBAUTHN_CREATE, &site->site, &out->challenge);
    if (result == 0)
        result = webauthn_make(&site->site, client, object, out->made);
    return result > 0 ? refuse_new(answer, result) : result;
}

int passkeys_write_new(struct call *call, struct db_tx *tx, struct store_owner owner,
                       const struct passkeys_new *new, struct answer *answer)
{
    const struct webauthn_credential *made = new->made;
    struct store_passkey passkey = {.kind = owner.kind,
                                    .credential = {made->id, made->id_len},
                                    .algorithm = made->key.algorithm,
                                    .public_key = {made->key.bytes, made->key.len},
                                    .counter = made->state.counter,
                                    .backup_eligible = made->state.backup_eligible,
                                    .backed_up = made->state.backed_up,
                                    .name = new->name,
                                    .created_at = call->now};
    int count = 0;
    int result = store_passkey_count(tx, owner, &count);
    if (result == 0 && count >= (int)call->api->settings->auth.passkeys)
        return refuse_many(answer);
    id_new(ID_PASSKEY, passkey.id);
    snprintf(passkey.subject_id, sizeof passkey.subject_id, "%s", owner.id);
    if (result == 0)
        result = store_passkey_insert(tx, &passkey);
    if (result == STORE_EXISTS)
        return call_refuse(answer, &http_conflict, MSG("This passkey is registered already."));
    if (result != 0)
        return result;
    log_event(LOG_INFO, "passkey.made", "passkey=%s %s=%s", passkey.id,
              owner.kind == SESSION_AGENT ? "agent" : "account", owner.id);
    return call_ok(answer, 201, passkeys_shape(&passkey));
}

/* The challenge is spent whatever becomes of it. */
static int write_new(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const struct passkeys_new *made = call->work;
    int result = challenge_spend(tx, &made->challenge);
    if (result == STORE_EXISTS)
        return call_refuse(answer, &api_challenge_over, NULL);
    if (result == 0)
        result = passkeys_write_new(call, tx, myself(call), made, answer);
    return result == CALL_REFUSE ? CALL_COMMIT : result;
}

void passkeys_add(struct http_request *req)
{
    struct call *call = call_of(req);
    struct passkeys_new made = {0};
    struct passkeys_site site;
    struct answer answer = {0};
    int result;
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    const struct challenge_scope scope = my_scope(call);
    if (!is_fresh(call))
        result = call_refuse(&answer, &api_sign_in_again, NULL);
    else if (!passkeys_site(call, &site))
        result = passkeys_refuse_nowhere(&answer);
    else
        result = passkeys_read_new(call, &site, NULL, &made, &answer);
    if (result == 0 && !challenge_holds(&scope, &made.challenge, call->now))
        result = call_refuse(&answer, &api_challenge_over, NULL);
    call->work = &made;
    if (result == 0)
        call_write(call, write_new);
    else
        call_reply(call, result < 0 ? result : 0, &answer);
}

/* ---- removing ---- */

int passkeys_op_remove(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_passkey passkey;
    struct store_owner owner = myself(call);
    int count = 0;
    int result = store_passkey_get(tx, http_param(call->req, "id"), call->arena, &passkey);
    if (result < 0)
        return result;
    if (result != 0 || passkey.kind != owner.kind || strcmp(passkey.subject_id, owner.id) != 0)
        return call_refuse(answer, &http_not_found, NULL);
    if (!is_fresh(call))
        return call_refuse(answer, &api_sign_in_again, NULL);
    result = store_passkey_count(tx, owner, &count);
    if (result == 0 && owner.kind == SESSION_AGENT && count <= 1)
        return call_refuse(answer, &http_conflict,
                           MSG("This is your only passkey. Add another one first."));
    if (result == 0)
        result = store_passkey_delete(tx, passkey.id);
    if (result != 0)
        return result;
    log_event(LOG_INFO, "passkey.removed", "passkey=%s", passkey.id);
    return call_ok(answer, 204, NULL);
}

void passkeys_remove(struct http_request *req)
{
    call_write(call_of(req), passkeys_op_remove);
}
