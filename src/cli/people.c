/* SPDX-License-Identifier: Apache-2.0
 *
 * Shippers and their API keys, drivers, agents. What is secret (a key, a code, a password) is in
 * the answer once and nowhere else.
 */
#include <ctype.h>
#include <errno.h>

#include "api/agents.h"
#include "api/call.h"
#include "api/invitations.h"
#include "api/pairing.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/admin.h"
#include "crypto/crypto.h"
#include "crypto/password.h"
#include "crypto/token.h"
#include "store/account.h"
#include "store/agent.h"
#include "store/driver.h"
#include "store/identity.h"
#include "store/passkey.h"
#include "store/shipper.h"

enum { MARK_BYTES = 6, MARK_ROOM = 2 * MARK_BYTES + 1 };

static bool is_name(const struct admin_call *call, const char *name)
{
    return text_is_line(name, strlen(name)) &&
           text_code_points(name) <= (size_t)call->api->settings->text.name;
}

/* ---- shippers and keys ---- */

/* A key is told from others by the first bytes of its hash. */
static void mark_of(const uint8_t hash[STORE_HASH], char out[MARK_ROOM])
{
    text_hex(hash, MARK_BYTES, out);
}

static int add_key(struct db_tx *tx, struct admin_call *call, const char *shipper_id,
                   char token[TOKEN_ROOM])
{
    struct store_api_key key = {.label = call->name, .created_at = call->now};
    token_new(TOKEN_API_KEY, token);
    token_hash(token, key.token_hash);
    memcpy(key.shipper_id, shipper_id, ID_ROOM);
    return store_api_key_insert(tx, &key);
}

int people_add_shipper(struct db_tx *tx, struct admin_call *call)
{
    char token[TOKEN_ROOM];
    const struct settings *settings = call->api->settings;
    struct shipper shipper = {
        .name = call->words[0],
        .retention_days = (int)settings->delivery.retention_days,
        .far_metres = (int)settings->delivery.far_metres,
        .confidential_photos = (enum confidential_photos)settings->delivery.confidential_photos,
        .refuse_dark = settings->delivery.refuse_dark,
        .refuse_blurred = settings->delivery.refuse_blurred,
        .photo_default = (enum photo_want)settings->delivery.photo,
        .created_at = call->now,
    };
    if (!is_name(call, shipper.name))
        return admin_refuse(call, "that is no name: clean text of at most %d characters",
                            (int)settings->text.name);
    id_new(ID_SHIPPER, shipper.id);
    int result = store_shipper_insert(tx, &shipper);
    if (result == 0)
        result = add_key(tx, call, shipper.id, token);
    return result != 0 ? result
                       : admin_answer(call, json_pack("{s:s, s:s, s:s}", "id", shipper.id, "name",
                                                      shipper.name, "api_key", token));
}

static int list_keys(struct db_tx *tx, struct admin_call *call, const char *shipper_id,
                     json_t *items)
{
    struct store_api_keys keys;
    int result = store_api_key_list(tx, shipper_id, call->arena, &keys);
    for (int i = 0; result == 0 && i < keys.count; i++) {
        char mark[MARK_ROOM];
        mark_of(keys.items[i].token_hash, mark);
        json_array_append_new(items, json_pack("{s:s, s:s?, s:o, s:o}", "mark", mark, "name",
                                               keys.items[i].label, "created_at",
                                               json_of_time(keys.items[i].created_at), "revoked_at",
                                               json_of_time(keys.items[i].revoked_at)));
    }
    return result;
}

int people_list_shippers(struct db_tx *tx, struct admin_call *call)
{
    struct store_shippers page;
    char after[ID_ROOM] = "";
    json_t *items = json_array();
    int result = admin_answer(call, json_pack("{s:o}", "shippers", items));
    if (result != 0)
        return result;
    do {
        result = store_shipper_list(tx, &(struct store_page){after, STORE_PAGE_LIMIT}, call->arena,
                                    &page);
        for (int i = 0; result == 0 && i < page.count; i++) {
            json_t *keys = json_array();
            result = list_keys(tx, call, page.items[i].id, keys);
            json_array_append_new(items, json_pack("{s:s, s:s, s:o, s:o}", "id", page.items[i].id,
                                                   "name", page.items[i].name, "created_at",
                                                   json_of_time(page.items[i].created_at),
                                                   "api_keys", keys));
        }
        if (result == 0 && page.count > 0)
            memcpy(after, page.items[page.count - 1].id, ID_ROOM);
    } while (result == 0 && page.more);
    return result;
}

/* 0, ADMIN_REFUSED or a fault. */
static int need_shipper(struct db_tx *tx, struct admin_call *call, const char *id)
{
    struct shipper shipper;
    int result = store_shipper_get(tx, id, call->arena, &shipper);
    return result > 0 ? admin_refuse(call, "there is no shipper %.40s", id) : result;
}

int people_add_key(struct db_tx *tx, struct admin_call *call)
{
    char token[TOKEN_ROOM];
    if (call->name && !is_name(call, call->name))
        return admin_refuse(call, "that is no name for a key");
    int result = need_shipper(tx, call, call->words[0]);
    if (result == 0)
        result = add_key(tx, call, call->words[0], token);
    return result != 0 ? result
                       : admin_answer(call, json_pack("{s:s, s:s}", "shipper_id", call->words[0],
                                                      "api_key", token));
}

/* The hash of the key that has this mark, looked for among all. 0, STORE_NOT_FOUND or a fault. */
static int find_key(struct db_tx *tx, struct admin_call *call, const char *mark,
                    uint8_t hash_out[STORE_HASH])
{
    struct store_shippers page;
    char after[ID_ROOM] = "";
    do {
        int result = store_shipper_list(tx, &(struct store_page){after, STORE_PAGE_LIMIT},
                                        call->arena, &page);
        if (result != 0)
            return result;
        for (int i = 0; i < page.count; i++) {
            struct store_api_keys keys;
            memcpy(after, page.items[i].id, ID_ROOM);
            result = store_api_key_list(tx, after, call->arena, &keys);
            if (result != 0)
                return result;
            for (int n = 0; n < keys.count; n++) {
                char its[MARK_ROOM];
                mark_of(keys.items[n].token_hash, its);
                if (strcmp(its, mark) == 0) {
                    memcpy(hash_out, keys.items[n].token_hash, STORE_HASH);
                    return 0;
                }
            }
        }
    } while (page.more);
    return STORE_NOT_FOUND;
}

int people_revoke_key(struct db_tx *tx, struct admin_call *call)
{
    uint8_t hash[STORE_HASH];
    char mark[MARK_ROOM];
    int result = 0;
    if (token_is(TOKEN_API_KEY, call->words[0]))
        token_hash(call->words[0], hash);
    else
        result = find_key(tx, call, call->words[0], hash);
    if (result == 0)
        result = store_api_key_revoke(tx, hash, call->now);
    if (result > 0)
        return admin_refuse(call, "there is no such key that is not revoked already; "
                                  "`admin shipper-list` shows their marks");
    mark_of(hash, mark);
    return result != 0 ? result
                       : admin_answer(call, json_pack("{s:s, s:o}", "mark", mark, "revoked_at",
                                                      json_of_time(call->now)));
}

/* ---- drivers ---- */

int people_add_driver(struct db_tx *tx, struct admin_call *call)
{
    char code[PAIRING_CODE_ROOM];
    struct store_driver driver = {.name = call->words[1], .created_at = call->now};
    int64_t expires_at = call->now + call->api->settings->auth.pairing_minutes * CLOCK_MINUTE;
    if (!is_name(call, driver.name))
        return admin_refuse(call, "that is no name for a driver");
    int result = need_shipper(tx, call, call->words[0]);
    if (result != 0)
        return result;
    id_new(ID_DRIVER, driver.id);
    memcpy(driver.shipper_id, call->words[0], ID_ROOM);
    result = store_driver_insert(tx, &driver);
    if (result == 0)
        result = pairing_begin(tx, call->api->code_secret, driver.id, expires_at, code);
    return result != 0
               ? result
               : admin_answer(call, json_pack("{s:s, s:s, s:s, s:o}", "id", driver.id, "name",
                                              driver.name, "pairing_code", code,
                                              "pairing_expires_at", json_of_time(expires_at)));
}

int people_revoke_driver(struct db_tx *tx, struct admin_call *call)
{
    struct store_driver driver;
    struct store_devices devices;
    int revoked = 0;
    int result = store_driver_get(tx, call->words[0], call->arena, &driver);
    if (result > 0)
        return admin_refuse(call, "there is no driver %.40s", call->words[0]);
    if (result == 0)
        result = store_driver_disable(tx, driver.id, call->now);
    if (result == 0)
        result = store_device_list(tx, driver.id, call->arena, &devices);
    for (int i = 0; result == 0 && i < devices.count; i++)
        if (devices.items[i].revoked_at == 0) {
            result = store_device_revoke(tx, devices.items[i].id, call->now);
            revoked++;
        }
    return result != 0 ? result
                       : admin_answer(call, json_pack("{s:s, s:i}", "id", driver.id,
                                                      "devices_revoked", revoked));
}

/* ---- agents ---- */

enum { PASSWORD_BYTES = 15, PASSWORD_GROUP = 6, URI_ROOM = 512 };

/* 120 random bits in four groups that a person can type. */
static void make_password(char out[ADMIN_PASSWORD_ROOM])
{
    uint8_t bytes[PASSWORD_BYTES];
    char text[TOTP_BASE32_ROOM(PASSWORD_BYTES)];
    size_t len = 0;
    crypto_random(bytes, sizeof bytes);
    totp_base32(bytes, sizeof bytes, text);
    text_lower(text);
    for (size_t i = 0; text[i]; i++) {
        if (i > 0 && i % PASSWORD_GROUP == 0)
            out[len++] = '-';
        out[len++] = text[i];
    }
    out[len] = '\0';
    crypto_wipe(bytes, sizeof bytes);
    crypto_wipe(text, sizeof text);
}

/* What authenticator apps read from a QR code. */
static void make_uri(const char *email, const char *secret, char out[URI_ROOM])
{
    int len = snprintf(out, URI_ROOM, "otpauth://totp/Porchlight:");
    for (; *email && len < URI_ROOM - 128; email++)
        len += snprintf(out + len, (size_t)(URI_ROOM - len),
                        isalnum((unsigned char)*email) || strchr("-._~", *email) ? "%c" : "%%%02X",
                        (unsigned char)*email);
    snprintf(out + len, (size_t)(URI_ROOM - len), "?secret=%s&issuer=Porchlight", secret);
}

/* An agent's e-mail address in lower case, or NULL. */
static const char *email_of(struct admin_call *call)
{
    char *email = arena_strdup(call->arena, call->words[0]);
    if (!email || !text_is_email(email))
        return NULL;
    text_lower(email);
    return email;
}

/* The role that is asked for, `admin` for short; negative when there is none of that name. */
static int role_of(const struct admin_call *call)
{
    return call->role ? agent_role_find(call->role) : ROLE_AGENT;
}

/* Those named; none: every shipper. */
static int read_shippers(struct db_tx *tx, struct admin_call *call,
                         struct store_agent_shippers *out)
{
    int most = (int)call->api->settings->auth.agent_shippers, result = 0;
    *out = (struct store_agent_shippers){.all = !call->shippers[0]};
    if (out->all)
        return 0;
    out->ids = arena_alloc(call->arena, (size_t)most * sizeof *out->ids);
    if (!out->ids)
        return -ENOMEM;
    for (int i = 0; result == 0 && call->shippers[i]; i++) {
        if (i == most)
            return admin_refuse(call, "an agent has %d shippers at most (auth-agent_shippers)",
                                most);
        result = need_shipper(tx, call, call->shippers[i]);
        if (result == 0)
            memcpy(out->ids[out->count++], call->shippers[i], ID_ROOM);
    }
    return result;
}

int people_prepare_agent(struct admin_call *call)
{
    if (!email_of(call))
        return admin_refuse(call, "that is no e-mail address");
    if (role_of(call) < 0)
        return admin_refuse(call, "--role is agent, dispatcher or administrator");
    if (call->name && !is_name(call, call->name))
        return admin_refuse(call, "that is no name for an agent");
    make_password(call->login.password);
    crypto_random(call->login.totp, sizeof call->login.totp);
    return password_hash(call->login.password, call->login.hash);
}

/* Passwords are told where they open the desk. */
static void add_password(const struct admin_call *call, json_t *answer)
{
    if (call->api->settings->auth.desk_passwords)
        json_object_set_new(answer, "password", json_string(call->login.password));
}

static void add_authenticator(const struct admin_call *call, const char *email, json_t *answer)
{
    char secret[TOTP_SECRET_ROOM], uri[URI_ROOM];
    if (!call->api->settings->auth.desk_passwords)
        return;
    totp_base32(call->login.totp, sizeof call->login.totp, secret);
    make_uri(email, secret, uri);
    json_object_set_new(answer, "totp_secret", json_string(secret));
    json_object_set_new(answer, "totp_uri", json_string(uri));
    crypto_wipe(secret, sizeof secret);
    crypto_wipe(uri, sizeof uri);
}

static json_t *shape_invited(const struct store_agent *agent, const struct invitation *invitation)
{
    return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:o}", "id", agent->id, "number",
                     agent->number, "email", agent->email, "name", agent->name, "role",
                     words_name(&words_agent_role, agent->role), "invitation_url", invitation->url,
                     "invitation_expires_at", json_of_time(invitation->expires_at));
}

int people_add_agent(struct db_tx *tx, struct admin_call *call)
{
    uint8_t sealed[AGENTS_SEALED];
    struct store_agent agent = {.email = email_of(call),
                                .role = (enum agent_role)role_of(call),
                                .password_hash = call->login.hash,
                                .totp_secret = {sealed, sizeof sealed},
                                .created_at = call->now};
    struct invitation invitation = {0};
    int result;
    agent.name = call->name ? call->name : agent.email;
    result = read_shippers(tx, call, &agent.shippers);
    if (result != 0)
        return result;
    id_new(ID_AGENT, agent.id);
    result = agents_seal(call->api->totp_secret, agent.id, call->login.totp, sealed);
    if (result == 0)
        result = store_agent_insert(tx, &agent);
    if (result == STORE_EXISTS)
        return admin_refuse(call, "there is an agent with that address already");
    if (result == 0)
        result = store_agent_get(tx, agent.id, call->arena, &agent);
    if (result == 0)
        result = invitations_begin(tx, call->api, agent.id, call->now, &invitation);
    if (result != 0)
        return result;
    json_t *answer = shape_invited(&agent, &invitation);
    add_password(call, answer);
    add_authenticator(call, agent.email, answer);
    return admin_answer(call, answer);
}

/* Their ids; null for every shipper. */
static json_t *shippers_of(const struct store_agent *agent)
{
    json_t *ids = agent->shippers.all ? json_null() : json_array();
    for (int i = 0; i < agent->shippers.count; i++)
        json_array_append_new(ids, json_string(agent->shippers.ids[i]));
    return ids;
}

int people_list_agents(struct db_tx *tx, struct admin_call *call)
{
    struct store_agents page = {.more = true};
    const char *after = NULL;
    json_t *items = json_array();
    int result = admin_answer(call, json_pack("{s:o}", "agents", items));
    while (result == 0 && page.more) {
        result =
            store_agent_list(tx, &(struct store_page){after, STORE_PAGE_LIMIT}, call->arena, &page);
        for (int i = 0; result == 0 && i < page.count; i++) {
            const struct store_agent *agent = &page.items[i];
            json_array_append_new(
                items,
                json_pack("{s:i, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "number", agent->number, "id",
                          agent->id, "email", agent->email, "name", agent->name, "role",
                          words_name(&words_agent_role, agent->role), "shipper_ids",
                          shippers_of(agent), "created_at", json_of_time(agent->created_at),
                          "disabled_at", json_of_time(agent->disabled_at)));
            after = agent->id;
        }
    }
    return result;
}

/* 0, ADMIN_REFUSED or a fault. */
static int need_agent(struct db_tx *tx, struct admin_call *call, struct store_agent *agent)
{
    char *email = arena_strdup(call->arena, call->words[0]);
    if (email)
        text_lower(email);
    int result = store_agent_by_email(tx, email ? email : "", call->arena, agent);
    return result > 0 ? admin_refuse(call, "there is no agent with that address") : result;
}

int people_prepare_reset(struct admin_call *call)
{
    make_password(call->login.password);
    return password_hash(call->login.password, call->login.hash);
}

int people_reset_agent(struct db_tx *tx, struct admin_call *call)
{
    struct store_agent agent;
    struct invitation invitation = {0};
    int result = need_agent(tx, call, &agent);
    if (result == 0 && agent.disabled_at != 0)
        return admin_refuse(call, "that agent is shut out");
    /* Without an authenticator a password would open nothing. */
    bool password =
        result == 0 && agent.totp_secret.len > 0 && call->api->settings->auth.desk_passwords;
    const struct invitations_reset how = {call->api, password ? call->login.hash : NULL, call->now};
    if (result == 0)
        result = invitations_reset(tx, &how, &agent, &invitation);
    if (result != 0)
        return result;
    json_t *answer = shape_invited(&agent, &invitation);
    if (password)
        add_password(call, answer);
    return admin_answer(call, answer);
}

int people_disable_agent(struct db_tx *tx, struct admin_call *call)
{
    struct store_agent agent;
    int result = need_agent(tx, call, &agent);
    if (result != 0)
        return result;
    agent.disabled_at = call->now;
    result = store_agent_update(tx, &agent);
    if (result == 0)
        result = store_session_delete_all(tx, SESSION_AGENT, agent.id);
    if (result == 0)
        result = store_invitation_delete(tx, agent.id);
    return result != 0
               ? result
               : admin_answer(call, json_pack("{s:s, s:s, s:o}", "id", agent.id, "email",
                                              agent.email, "disabled_at", json_of_time(call->now)));
}

int people_unbind_agent(struct db_tx *tx, struct admin_call *call)
{
    struct store_agent agent;
    int result = need_agent(tx, call, &agent);
    if (result == 0)
        result = store_identity_forget(tx, agent.id);
    if (result == STORE_NOT_FOUND)
        return admin_refuse(call, "that agent has signed in at no provider yet");
    if (result == 0)
        result = store_session_delete_all(tx, SESSION_AGENT, agent.id);
    return result != 0
               ? result
               : admin_answer(call, json_pack("{s:s, s:s}", "id", agent.id, "email", agent.email));
}
