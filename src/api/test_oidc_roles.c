/* SPDX-License-Identifier: Apache-2.0
 *
 * Groups of the provider, and what they give.
 */
#include "api/oidc_roles.h"
#include "base/tap.h"

#define ONE   "shp_01hzz0000000000000000000a1"
#define TWO   "shp_01hzz0000000000000000000a2"
#define THREE "shp_01hzz0000000000000000000a3"

static const char setting[] = "/support=agent:" ONE ", cn=lead=agent, more=agent:" TWO ":" ONE
                              ", dispatch=dispatcher:" THREE ", all of it=agent, ops=admin";

static int grant_of(const char *list, int most, struct arena *arena, struct oidc_grant *out,
                    const char *groups)
{
    json_t *parsed = json_loads(groups, 0, NULL);
    int result = oidc_roles_of(list, parsed, most, arena, out);
    json_decref(parsed);
    return result;
}

static void a_group_gives_a_role_and_shippers(void)
{
    struct arena *arena = arena_new(1 << 20);
    struct oidc_grant got;
    CHECK_INT(grant_of(setting, 50, arena, &got, "[\"/support\"]"), 0);
    CHECK_INT(got.role, ROLE_AGENT);
    CHECK_INT(got.shippers.count, 1);
    CHECK_STR(got.shippers.ids[0], ONE);
    CHECK(!got.shippers.all);
    CHECK_INT(grant_of(setting, 50, arena, &got, "[\"ops\", \"unknown\"]"), 0);
    CHECK_INT(got.role, ROLE_ADMINISTRATOR);
    CHECK(got.shippers.all);
    arena_free(&arena);
}

static void groups_of_one_role_add_up_and_another_role_does_not(void)
{
    struct arena *arena = arena_new(1 << 20);
    struct oidc_grant got;
    CHECK_INT(grant_of(setting, 50, arena, &got, "[\"dispatch\", \"more\", \"/support\"]"), 0);
    CHECK_INT(got.role, ROLE_AGENT);
    CHECK_INT(got.shippers.count, 2);
    CHECK_STR(got.shippers.ids[1], TWO);
    CHECK_INT(grant_of(setting, 1, arena, &got, "[\"more\", \"/support\"]"), 0);
    CHECK_INT(got.shippers.count, 1);
    CHECK_INT(grant_of(setting, 50, arena, &got, "[\"/support\", \"all of it\"]"), 0);
    CHECK(got.shippers.all);
    arena_free(&arena);
}

static void groups_without_a_line_give_nothing(void)
{
    struct arena *arena = arena_new(1 << 20);
    struct oidc_grant got;
    CHECK_INT(grant_of(setting, 50, arena, &got, "[\"support\", \"OPS\", 7]"), OIDC_ROLES_NONE);
    CHECK_INT(grant_of(setting, 50, arena, &got, "[]"), OIDC_ROLES_NONE);
    CHECK_INT(grant_of("", 50, arena, &got, "[\"ops\"]"), OIDC_ROLES_NONE);
    CHECK_INT(oidc_roles_of(setting, NULL, 50, arena, &got), OIDC_ROLES_NONE);
    arena_free(&arena);
}

static void a_line_that_is_not_right_is_named(void)
{
    char wrong[OIDC_ROLES_LINE];
    CHECK(oidc_roles_right("", wrong));
    CHECK(oidc_roles_right("a=agent, b=dispatcher:" ONE ":" TWO, wrong));
    static const char *const bad[] = {
        "ops", "=agent", "ops=boss", "ops=agent:", "ops=agent:shp_1", "ops=agent:" ONE ":", "ops="};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CHECK(!oidc_roles_right(bad[i], wrong));
        CHECK_STR(wrong, bad[i]);
    }
}

TAP_MAIN(TAP(a_group_gives_a_role_and_shippers),
         TAP(groups_of_one_role_add_up_and_another_role_does_not),
         TAP(groups_without_a_line_give_nothing), TAP(a_line_that_is_not_right_is_named))
