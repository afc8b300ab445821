/* SPDX-License-Identifier: Apache-2.0
 *
 * Each step is one or two requests, and what must come back.
 */
#include "cli/demo_cast.h"

#include <stdarg.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/admin.h"
#include "cli/demo_mail.h"
#include "crypto/hash.h"

enum { ARENA = 1 << 20, METADATA_ROOM = 900 };

bool demo_expect(struct demo *demo, bool ok, const char *format, ...)
{
    if (ok || *demo->failure)
        return ok;
    va_list args;
    va_start(args, format);
    vsnprintf(demo->failure, sizeof demo->failure, format, args);
    va_end(args);
    return ok;
}

const char *demo_path(char room[DEMO_URL], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(room, DEMO_URL, format, args);
    va_end(args);
    return room;
}

/* Says what came instead. */
static bool expect_status(struct demo *demo, const char *call, long status)
{
    const struct demo_answer *answer = &demo->answer;
    const char *detail = demo_text(answer->json, "detail", NULL);
    if (answer->status == 0)
        return demo_expect(demo, false, "%.100s: no answer: %s", call, answer->trouble);
    return demo_expect(demo, answer->status == status, "%.100s: %ld in place of %ld: %.80s %.120s",
                       call, answer->status, status, demo_text(answer->json, "title", NULL),
                       detail);
}

bool demo_call(struct demo *demo, struct demo_client *client, const char *call, json_t *json,
               long status)
{
    char method[8];
    const char *path = strchr(call, ' ') + 1;
    snprintf(method, sizeof method, "%.*s", (int)(path - call - 1), call);
    demo_ask(client, &(struct demo_request){.method = method, .path = path, .json = json},
             &demo->answer);
    return expect_status(demo, call, status);
}

static void copy_text(char *out, size_t room, const char *text)
{
    snprintf(out, room, "%s", text);
}

/* ---- by the administrator ---- */

/* One action of `porchlight admin`, in this process; its object is the caller's. */
static json_t *administer(struct demo *demo, admin_preparation *prepare, admin_action *action,
                          struct admin_call *call)
{
    call->arena = arena_new(ARENA);
    call->api = &demo->services->api;
    call->now = clock_now();
    int result = call->arena ? admin_perform(demo->services->db, prepare, action, call) : -1;
    demo_expect(demo, result == 0, "the administrator could not add %s: %s", call->words[0],
                call->refusal);
    arena_free(&call->arena);
    return call->answer;
}

bool demo_add_shipper(struct demo *demo, const char *name)
{
    json_t *added =
        administer(demo, NULL, people_add_shipper, &(struct admin_call){.words = {name}});
    copy_text(demo->shipper_id, sizeof demo->shipper_id, demo_text(added, "id", NULL));
    demo->shipper.line = &demo->line;
    copy_text(demo->shipper.bearer, sizeof demo->shipper.bearer, demo_text(added, "api_key", NULL));
    json_decref(added);
    return !*demo->failure;
}

bool demo_add_agent(struct demo *demo, const char *email, const char *name)
{
    size_t len;
    struct admin_call call = {.words = {email}, .name = name, .shippers = {demo->shipper_id}};
    json_t *added = administer(demo, people_prepare_agent, people_add_agent, &call);
    struct demo_agent *agent = &demo->agent;
    agent->email = email;
    copy_text(agent->password, sizeof agent->password, demo_text(added, "password", NULL));
    copy_text(agent->totp_uri, sizeof agent->totp_uri, demo_text(added, "totp_uri", NULL));
    copy_text(agent->invitation, sizeof agent->invitation,
              demo_text(added, "invitation_url", NULL));
    (void)totp_unbase32(demo_text(added, "totp_secret", NULL), agent->totp, sizeof agent->totp,
                        &len);
    json_decref(added);
    return !*demo->failure;
}

/* ---- shipper and driver ---- */

bool demo_pair_driver(struct demo *demo, const char *name)
{
    size_t len;
    struct demo_client phone = {.line = &demo->line};
    if (!demo_call(demo, &demo->shipper, "POST /v1/drivers", json_pack("{s:s}", "name", name), 201))
        return false;
    copy_text(demo->driver_id, sizeof demo->driver_id, demo_text(demo->answer.json, "id", NULL));
    json_t *code =
        json_pack("{s:s, s:s}", "code", demo_text(demo->answer.json, "pairing_code", NULL),
                  "device_name", "the demo's phone");
    if (!demo_call(demo, &phone, "POST /v1/driver/pair", code, 201))
        return false;
    copy_text(phone.bearer, sizeof phone.bearer, demo_text(demo->answer.json, "token", NULL));
    const char *key = demo_text(demo->answer.json, "receipt_key", NULL);
    demo->driver = phone;
    return demo_expect(
        demo, text_unbase64url(key, strlen(key), demo->receipt_key, sizeof demo->receipt_key, &len),
        "the phone got no key to check receipts with");
}

bool demo_new_pairing_code(struct demo *demo, char code_out[DEMO_CODE])
{
    char room[DEMO_URL];
    if (!demo_call(demo, &demo->shipper,
                   demo_path(room, "POST /v1/drivers/%s/pairing-code", demo->driver_id), NULL, 201))
        return false;
    copy_text(code_out, DEMO_CODE, demo_text(demo->answer.json, "pairing_code", NULL));
    return true;
}

bool demo_announce(struct demo *demo, struct demo_delivery *delivery, const char *email,
                   json_t *more)
{
    json_t *json = json_pack(
        "{s:s, s:{s:s, s:s}, s:{s:[s, s], s:f, s:f}, s:s, s:s, s:s}", "reference",
        delivery->reference, "recipient", "name", "The Vale household", "email", email, "address",
        "lines", "12 Lantern Lane", "10115 Berlin", "lat", 52.532, "lon", 13.3849, "time_zone",
        "Europe/Berlin", "driver_id", demo->driver_id, "photo", "required");
    json_object_update(json, more);
    json_decref(more);
    if (!demo_call(demo, &demo->shipper, "POST /v1/deliveries", json, 201))
        return false;
    copy_text(delivery->id, sizeof delivery->id, demo_text(demo->answer.json, "id", NULL));
    copy_text(delivery->tracking_url, sizeof delivery->tracking_url,
              demo_text(demo->answer.json, "tracking_url", NULL));
    return true;
}

bool demo_start_round(struct demo *demo, struct demo_delivery *deliveries, size_t count)
{
    size_t found = 0, at;
    json_t *stop;
    if (!demo_call(demo, &demo->driver, "POST /v1/driver/round/start", NULL, 200))
        return false;
    json_array_foreach(json_object_get(demo->answer.json, "items"), at, stop)
    {
        for (size_t i = 0; i < count; i++) {
            struct demo_delivery *delivery = &deliveries[i];
            if (strcmp(demo_text(stop, "delivery_id", NULL), delivery->id) != 0)
                continue;
            copy_text(delivery->challenge, sizeof delivery->challenge,
                      demo_text(stop, "challenge", NULL));
            copy_text(delivery->stop_photo, sizeof delivery->stop_photo,
                      demo_text(stop, "photo", "state"));
            found++;
        }
    }
    return demo_expect(demo, found == count, "the phone was given %zu stops in place of %zu", found,
                       count);
}

bool demo_report(struct demo *demo, const struct demo_delivery *delivery, json_t *report,
                 long status)
{
    char now[CLOCK_TEXT_ROOM], room[DEMO_URL];
    clock_format(clock_now(), now);
    json_object_set_new(report, "captured_at", json_string(now));
    return demo_call(demo, &demo->driver,
                     demo_path(room, "POST /v1/driver/stops/%s/delivered", delivery->id), report,
                     status);
}

/* ---- uploads ---- */

/* Adds "key base64(value)" to Upload-Metadata. */
static void add_metadata(char out[METADATA_ROOM], const char *key, const char *value)
{
    char encoded[BASE64_ROOM(120)];
    size_t len = strlen(out);
    text_base64((const uint8_t *)value, strnlen(value, 120), encoded);
    snprintf(out + len, METADATA_ROOM - len, "%s%s %s", strchr(out, ' ') ? "," : "", key, encoded);
}

static void make_metadata(const struct demo_delivery *delivery, struct span photo,
                          char out[METADATA_ROOM])
{
    uint8_t hash[HASH_SHA256_LEN];
    char hex[2 * HASH_SHA256_LEN + 1], now[CLOCK_TEXT_ROOM];
    hash_sha256(photo, hash);
    text_hex(hash, sizeof hash, hex);
    clock_format(clock_now(), now);
    out[0] = '\0';
    add_metadata(out, "delivery_id", delivery->id);
    add_metadata(out, "challenge", delivery->challenge);
    add_metadata(out, "sha256", hex);
    add_metadata(out, "captured_at", now);
    add_metadata(out, "lat", "52.53205");
    add_metadata(out, "lon", "13.38495");
    add_metadata(out, "accuracy", "8");
}

bool demo_upload(struct demo *demo, const struct demo_delivery *delivery, struct span photo,
                 enum demo_send send, long status)
{
    char metadata[METADATA_ROOM], header[METADATA_ROOM + 32], length[40], path[DEMO_URL];
    make_metadata(delivery, photo, metadata);
    snprintf(header, sizeof header, "Upload-Metadata: %s", metadata);
    snprintf(length, sizeof length, "Upload-Length: %zu", photo.len);
    demo_ask(&demo->driver,
             &(struct demo_request){.method = "POST",
                                    .path = "/v1/driver/uploads",
                                    .headers = {"Tus-Resumable: 1.0.0", length, header}},
             &demo->answer);
    if (send == DEMO_CREATE_ONLY || demo->answer.status != 201)
        return expect_status(demo, "POST /v1/driver/uploads",
                             send == DEMO_CREATE_ONLY ? status : 201);
    copy_text(path, sizeof path, demo->answer.location);
    demo_ask(&demo->driver,
             &(struct demo_request){.method = "PATCH",
                                    .path = path,
                                    .bytes = photo,
                                    .type = "application/offset+octet-stream",
                                    .headers = {"Tus-Resumable: 1.0.0", "Upload-Offset: 0"}},
             &demo->answer);
    return expect_status(demo, "PATCH /v1/driver/uploads/{id}", status);
}

bool demo_check_receipt(struct demo *demo, const struct demo_delivery *delivery, struct span photo,
                        const char *verdict)
{
    char text[RECEIPT_ROOM], want[200], hex[2 * HASH_SHA256_LEN + 1];
    uint8_t hash[HASH_SHA256_LEN];
    hash_sha256(photo, hash);
    text_hex(hash, sizeof hash, hex);
    if (!demo_expect(demo, *demo->answer.receipt != 0, "there is no receipt in the answer") ||
        !demo_expect(demo, receipt_verify(demo->answer.receipt, demo->receipt_key, text),
                     "the receipt's signature is not right"))
        return false;
    snprintf(want, sizeof want, "\nverdict %s\n", verdict);
    bool right = strstr(text, want) != NULL;
    snprintf(want, sizeof want, "\ndelivery %s\n", delivery->id);
    right = right && strstr(text, want);
    snprintf(want, sizeof want, "\nsha256 %s\nsize %zu\n", hex, photo.len);
    right = right && strstr(text, want);
    return demo_expect(demo, right, "the receipt is not for this photo: %.300s", text);
}

/* ---- signing in ---- */

bool demo_sign_in(struct demo *demo, const char *email, struct demo_client *client_out)
{
    char code[9];
    *client_out = (struct demo_client){.line = &demo->line};
    if (!demo_call(demo, client_out, "POST /v1/auth/start", json_pack("{s:s}", "email", email),
                   202))
        return false;
    if (!demo_expect(demo, demo_mail_wait(demo->settings->mail.folder, email, DEMO_MAIL_MS, code),
                     "no code was mailed to %s", email))
        return false;
    return demo_call(demo, client_out, "POST /v1/auth/verify",
                     json_pack("{s:s, s:s}", "email", email, "code", code), 200) &&
           demo_expect(demo, *client_out->cookie != 0, "signing in gave no session");
}

bool demo_agent_code(struct demo_agent *agent, char code_out[TOTP_DIGITS + 1], int *seconds_out)
{
    uint64_t seconds = (uint64_t)(clock_now() / 1000), now = seconds / TOTP_STEP_SECONDS;
    uint64_t step = now > agent->last_step ? now : agent->last_step + 1;
    *seconds_out = 0;
    if (step > now + 1) { /* one step ahead is taken, two are not */
        *seconds_out = (int)((step - 1) * TOTP_STEP_SECONDS - seconds);
        return false;
    }
    agent->last_step = step;
    totp_code((struct span){agent->totp, sizeof agent->totp}, step, code_out);
    return true;
}

bool demo_sign_in_agent(struct demo *demo, struct demo_client *client_out)
{
    char code[TOTP_DIGITS + 1];
    int wait;
    *client_out = (struct demo_client){.line = &demo->line};
    if (!demo_expect(demo, demo_agent_code(&demo->agent, code, &wait),
                     "there is no authenticator code"))
        return false;
    json_t *json = json_pack("{s:s, s:s, s:s}", "email", demo->agent.email, "password",
                             demo->agent.password, "totp", code);
    return demo_call(demo, client_out, "POST /v1/desk/sign-in", json, 200) &&
           demo_expect(demo, *client_out->cookie != 0, "signing in gave no session");
}
