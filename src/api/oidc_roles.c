/* SPDX-License-Identifier: Apache-2.0
 *
 * A line is cut at its last '=', since groups may be named by a path or a distinguished name.
 */
#include "api/oidc_roles.h"

#include <errno.h>

#include "base/log.h"
#include "settings/settings.h"

/* One line, cut in place. */
struct line {
    char text[OIDC_ROLES_LINE];
    const char *group;
    int role;
    char *shippers; /* those after the role, between colons; NULL: every shipper */
};

static bool read_line(struct line *line)
{
    char *equals = strrchr(line->text, '=');
    if (!equals || equals == line->text || strlen(line->text) + 1 == sizeof line->text)
        return false;
    *equals = '\0';
    line->group = line->text;
    char *colon = strchr(equals + 1, ':');
    if (colon)
        *colon = '\0';
    line->shippers = colon ? colon + 1 : NULL;
    line->role = agent_role_find(equals + 1);
    return line->role >= 0;
}

/* The next shipper of a line; NULL at the end. Cuts in place. */
static const char *next_shipper(struct line *line)
{
    char *shipper = line->shippers;
    if (!shipper)
        return NULL;
    char *colon = strchr(shipper, ':');
    line->shippers = colon ? colon + 1 : NULL;
    if (colon)
        *colon = '\0';
    return shipper;
}

bool oidc_roles_right(const char *setting, char wrong[OIDC_ROLES_LINE])
{
    struct line line;
    while (settings_list_next(&setting, line.text, sizeof line.text)) {
        snprintf(wrong, OIDC_ROLES_LINE, "%s", line.text);
        bool right = read_line(&line);
        for (const char *id = right ? next_shipper(&line) : NULL; id; id = next_shipper(&line))
            right = right && id_is(ID_SHIPPER, id);
        if (!right)
            return false;
    }
    return true;
}

static bool is_in(const json_t *groups, const char *group)
{
    for (size_t i = 0; i < json_array_size(groups); i++) {
        const char *one = json_string_value(json_array_get(groups, i));
        if (one && strcmp(one, group) == 0)
            return true;
    }
    return false;
}

int oidc_roles_of(const char *setting, const json_t *groups, int most, struct arena *arena,
                  struct oidc_grant *out)
{
    struct line line;
    bool any = false;
    *out = (struct oidc_grant){.shippers = {.ids = arena_alloc(arena, (size_t)most * ID_ROOM)}};
    if (!out->shippers.ids)
        return log_fault("oidc.roles", -ENOMEM, "what=memory");
    while (settings_list_next(&setting, line.text, sizeof line.text)) {
        if (!read_line(&line) || !is_in(groups, line.group) || (any && line.role != (int)out->role))
            continue;
        any = true;
        out->role = (enum agent_role)line.role;
        out->shippers.all = out->shippers.all || !line.shippers;
        for (const char *id = next_shipper(&line); id; id = next_shipper(&line)) {
            if (out->shippers.count == most || !id_is(ID_SHIPPER, id) ||
                store_agent_serves(&out->shippers, id))
                continue;
            snprintf(out->shippers.ids[out->shippers.count++], ID_ROOM, "%s", id);
        }
    }
    return any ? 0 : OIDC_ROLES_NONE;
}
