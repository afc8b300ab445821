/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of all services. Each entry may use those above it; nothing is served before the last
 * but two have begun, and nothing is taken away while something that uses it still runs.
 */
#include "cli/services.h"

#include "cli/cli.h"
#include "cli/services_parts.h"
#include "http/stream.h"

static const struct entry {
    int (*begin)(struct services *services);
    void (*end)(struct services *services); /* NULL: nothing to take down */
} entries[] = {
    {services_begin_process, NULL},
    {services_begin_data, services_end_data},
    {services_begin_keys, services_end_keys},
    {services_begin_database, services_end_database},
    {services_begin_live, services_end_live},
    {services_begin_ledger, services_end_ledger},
    {services_begin_photos, services_end_photos},
    {services_begin_intake, services_end_intake},
    {services_begin_replay, NULL},
    {services_begin_orphans, NULL},
    {services_begin_pool, services_end_pool},
    {services_begin_mailer, services_end_mailer},
    {services_begin_push, services_end_push},
    {services_begin_sender, services_end_sender},
    {services_begin_conveyor, services_end_conveyor},
    {services_begin_provider, services_end_provider},
    {services_begin_api, services_end_api},
    {services_begin_server, services_end_server},
    {services_begin_admin, services_end_admin},
    {services_begin_sweep, services_end_sweep},
};

int services_start(const struct settings *settings, struct services **services_out)
{
    struct services *services = calloc(1, sizeof *services);
    if (!services)
        return cli_fail("there is no memory");
    services->settings = *settings;
    int result = 0;
    while (result == 0 && services->begun < ARRAY_LEN(entries)) {
        result = entries[services->begun].begin(services);
        if (result == 0)
            services->begun++;
    }
    if (result != 0)
        services_stop(&services);
    else
        *services_out = services;
    return result;
}

void services_stop(struct services **services_in)
{
    struct services *services = *services_in;
    if (!services)
        return;
    /* The servers hear of it first, so that clients go elsewhere while the rest comes to its end.
     */
    if (services->server)
        http_server_quiesce(services->server);
    http_streams_stop(services->api.streams);
    while (services->begun > 0) {
        const struct entry *entry = &entries[--services->begun];
        if (entry->end)
            entry->end(services);
    }
    free(services);
    *services_in = NULL;
}
