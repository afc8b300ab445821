/* SPDX-License-Identifier: Apache-2.0
 *
 * An administrator's actions on people, beside a server that goes on writing.
 */
#include "api/agents.h"
#include "base/log.h"
#include "base/tap.h"
#include "base/tap_folder.h"
#include "cli/admin.h"
#include "crypto/crypto.h"
#include "store/agent.h"
#include "store/store.h"

static struct db *watched; /* while a password is hashed, others must be able to write here */
static int hashed;

static int write_nothing(struct db_tx *tx, void *arg)
{
    return 0;
}

int __real_password_hash(const char *password, char out[PASSWORD_ROOM]);
int __wrap_password_hash(const char *password, char out[PASSWORD_ROOM]);
int __wrap_password_hash(const char *password, char out[PASSWORD_ROOM])
{
    hashed++;
    CHECK_INT(db_write(watched, write_nothing, NULL), 0);
    return __real_password_hash(password, out);
}

struct desk {
    char folder[TAP_FOLDER_ROOM];
    struct settings settings;
    struct api api;
    struct arena *arena;
};

static void desk_new(struct desk *desk)
{
    char path[2 * TAP_FOLDER_ROOM];
    *desk = (struct desk){.api = {.settings = &desk->settings}, .arena = arena_new(1 << 20)};
    settings_defaults(&desk->settings);
    log_set_level(LOG_ERROR);
    CHECK_INT(crypto_init(), 0);
    tap_folder_new(desk->folder);
    snprintf(path, sizeof path, "%s/porchlight.db", desk->folder);
    struct db_config config = {.path = path, .create = true};
    CHECK_INT(store_open(&config, &watched), 0);
    hashed = 0;
}

static void desk_free(struct desk *desk)
{
    db_close(&watched);
    arena_free(&desk->arena);
    tap_folder_remove(desk->folder);
}

/* agent-add as the command line has it; the answer is the caller's. */
static int add_agent(struct desk *desk, const char *email, const char *name,
                     struct admin_call *call)
{
    *call = (struct admin_call){
        .api = &desk->api, .arena = desk->arena, .now = 1, .words = {email}, .name = name};
    return admin_perform(watched, people_prepare_agent, people_add_agent, call);
}

static int find_agent(struct db_tx *tx, void *arg)
{
    struct desk *desk = arg;
    struct store_agent agent;
    uint8_t totp[TOTP_SECRET];
    CHECK_INT(store_agent_by_email(tx, "ana@example.org", desk->arena, &agent), 0);
    CHECK_INT(agents_open(desk->api.totp_secret, agent.id, agent.totp_secret, totp), 0);
    return 0;
}

TEST(an_agents_password_is_hashed_while_others_write)
{
    static struct desk desk;
    struct admin_call call;
    static const struct admin_login none;
    desk_new(&desk);
    CHECK_INT(add_agent(&desk, "Ana@Example.org", "Ana", &call), 0);
    CHECK_INT(hashed, 1);
    CHECK_STR(json_string_value(json_object_get(call.answer, "email")), "ana@example.org");
    CHECK(strlen(json_string_value(json_object_get(call.answer, "password"))) > 20);
    CHECK(memcmp(&call.login, &none, sizeof none) == 0);
    json_decref(call.answer);
    CHECK_INT(db_write(watched, find_agent, &desk), 0);
    desk_free(&desk);
}

TEST(what_is_refused_leaves_no_password_behind)
{
    static struct desk desk;
    struct admin_call call;
    static const struct admin_login none;
    desk_new(&desk);
    CHECK_INT(add_agent(&desk, "ana@example.org", NULL, &call), 0);
    json_decref(call.answer);
    hashed = 0;
    CHECK_INT(add_agent(&desk, "nobody", NULL, &call), ADMIN_REFUSED);
    CHECK_INT(add_agent(&desk, "", NULL, &call), ADMIN_REFUSED);
    CHECK_INT(add_agent(&desk, "eve@example.org", " edge", &call), ADMIN_REFUSED);
    CHECK_INT(hashed, 0);
    CHECK_INT(add_agent(&desk, "ANA@example.org", NULL, &call), ADMIN_REFUSED);
    CHECK(call.answer == NULL && strstr(call.refusal, "already"));
    CHECK(memcmp(&call.login, &none, sizeof none) == 0);
    desk_free(&desk);
}

TAP_MAIN(TAP(an_agents_password_is_hashed_while_others_write),
         TAP(what_is_refused_leaves_no_password_behind))
