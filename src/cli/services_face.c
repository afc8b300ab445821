/* SPDX-License-Identifier: Apache-2.0
 *
 * The services that answer: pages, rate limits, the fence, the streams of open pages, the public
 * server and the one for /metrics.
 */
#include <errno.h>

#include "api/admit.h"
#include "api/call.h"
#include "api/live.h"
#include "api/oidc_roles.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/metrics.h"
#include "cli/services_parts.h"
#include "domain/delivery.h"
#include "jobs/touches.h"
#include "oidc/fetch.h"
#include "oidc/provider.h"
#include "pages/pages.h"
#include "store/store.h"

/* Deliveries whose photos may be cut and not yet lifted at once: more than handlers and jobs there
 * can be. */
enum { CUT_ROOM = 1024 };

/* `times` turns in `period` milliseconds, `burst` of them at once; 0 times: NULL, no limit. False:
 * no memory. */
static bool make_limit(const struct settings *settings, struct http_limit_config config,
                       struct http_limit **limit_out)
{
    config.room = (size_t)settings->api.rate_table;
    *limit_out = http_limit_new(&config);
    return *limit_out != NULL;
}

static unsigned every(int64_t period, int64_t times)
{
    return period > times ? (unsigned)(period / times) : 1;
}

/* Turns in an hour, all of which may be taken at once. */
static struct http_limit_config hourly(int64_t times)
{
    return (struct http_limit_config){.burst = (unsigned)times,
                                      .refill_ms = every(CLOCK_HOUR, times)};
}

static struct http_limit_config daily(int64_t times)
{
    return (struct http_limit_config){.burst = (unsigned)times,
                                      .refill_ms = every(CLOCK_DAY, times)};
}

static bool make_limits(struct services *services)
{
    const struct settings *settings = &services->settings;
    int64_t rate = settings->api.requests_per_minute;
    struct http_limit_config requests = {.burst = (unsigned)settings->api.request_burst,
                                         .refill_ms = rate ? every(CLOCK_MINUTE, rate) : 0};
    return (rate == 0 || make_limit(settings, requests, &services->requests)) &&
           make_limit(settings, hourly(settings->auth.starts_per_hour), &services->sign_ins) &&
           make_limit(settings, hourly(settings->auth.codes_per_hour), &services->codes) &&
           make_limit(settings, hourly(settings->auth.codes_per_hour), &services->tests) &&
           make_limit(settings, daily(settings->mydata.exports_per_day), &services->exports) &&
           make_limit(settings, daily(settings->mydata.complaints_per_day), &services->complaints);
}

static void fill_api(struct services *services)
{
    struct api *api = &services->api; /* boot and secrets are there already */
    api->settings = &services->settings;
    api->db = services->db;
    api->keys = services->keys;
    api->ledger = services->ledger; /* its recorder is there already */
    api->photos = services->photos;
    api->uploads = services->uploads;
    api->verdicts = services->verdicts;
    api->conveyor = services->conveyor;
    api->tell = &services->tell;
    api->pages = services->pages;
    api->push = services->push;
    api->provider = services->provider;
    api->sms = services->sms;
    api->touches = services->touches;
    api->fence = services->fence;
    api->requests = services->requests;
    api->sign_ins = services->sign_ins;
    api->codes = services->codes;
    api->tests = services->tests;
    api->exports = services->exports;
    api->complaints = services->complaints;
    api->origin = services->settings.server.public_url;
}

/* The provider that staff sign in at; it is asked on a thread of its own from now on. */
int services_begin_provider(struct services *services)
{
    char wrong[OIDC_ROLES_LINE];
    const struct settings *settings = &services->settings;
    if (!settings->oidc.issuer[0])
        return 0;
    if (!fetch_may(settings->oidc.issuer))
        return cli_fail("[oidc] issuer: it must be an https address, or http on this machine");
    if (!oidc_roles_right(settings->oidc.roles, wrong))
        return cli_fail("[oidc] roles: \"%.80s\" is not GROUP=ROLE or GROUP=ROLE:SHIPPER…", wrong);
    int result = provider_new(settings, &services->provider);
    return result == 0 ? 0
                       : cli_fail("[oidc]: %s; the line above says why", cli_fault_text(result));
}

void services_end_provider(struct services *services)
{
    provider_free(&services->provider);
}

int services_begin_api(struct services *services)
{
    int result = pages_new(&services->pages);
    if (result != 0)
        return cli_fail("cannot read the pages' templates: %s", cli_fault_text(result));
    services->touches = touches_new();
    services->fence = http_fence_new(CUT_ROOM);
    if (!services->touches || !services->fence || !make_limits(services)) {
        services_end_api(services);
        return cli_fail("there is no memory");
    }
    fill_api(services);
    return 0;
}

void services_end_api(struct services *services)
{
    http_limit_free(&services->codes);
    http_limit_free(&services->tests);
    http_limit_free(&services->exports);
    http_limit_free(&services->complaints);
    http_limit_free(&services->sign_ins);
    http_limit_free(&services->requests);
    http_fence_free(&services->fence);
    touches_free(&services->touches);
    pages_free(&services->pages);
}

/* Before all who change something, and to the end: they wake it. */
int services_begin_live(struct services *services)
{
    services->api.settings = &services->settings;
    services->api.db = services->db;
    int result = live_new(&services->api, &services->live);
    return result == 0 ? 0 : cli_fail("cannot open streams: %s", cli_fault_text(result));
}

void services_end_live(struct services *services)
{
    live_free(&services->live, &services->api);
}

/* ---- the servers ---- */

/* What the rows of an answer may take, whatever [text] is set to: a phone's round has two pages of
 * deliveries, and a case one of messages; a character is four bytes at most. */
static size_t rows_memory(const struct settings *settings)
{
    enum { PAGES = 2, CHARACTER = 4, REST_OF_ROW = 2048 };
    int64_t delivery = settings->text.name + settings->text.reference +
                       DELIVERY_LINES * settings->text.address_line + settings->text.instructions;
    int64_t longest = delivery > settings->text.message ? delivery : settings->text.message;
    return PAGES * STORE_PAGE_LIMIT * (size_t)(CHARACTER * longest + REST_OF_ROW);
}

static struct http_config public_config(struct services *services)
{
    struct http_config config;
    const struct settings *settings = &services->settings;
    http_config_init(&config);
    config.name = "public";
    config.listen = settings->server.listen;
    config.threads = (unsigned)settings->server.http_threads;
    config.handler_threads = (unsigned)settings->server.handler_threads;
    config.handler_queue = (unsigned)settings->server.handler_queue;
    config.connection_limit = (unsigned)settings->server.connection_limit;
    config.address_limit = (unsigned)settings->server.connections_per_address;
    config.header_memory = (size_t)settings->server.connection_memory;
    config.target_limit = (size_t)settings->server.target_limit;
    config.body_limit = (uint64_t)settings->api.json_body_limit;
    config.drain_limit = (uint64_t)settings->server.drain_limit;
    config.arena_limit = (size_t)settings->server.request_memory + rows_memory(settings);
    config.idle_ms = (unsigned)settings->server.idle_timeout_ms;
    config.header_ms = (unsigned)settings->server.header_timeout_ms;
    config.least_rate = (unsigned)settings->server.least_rate;
    config.trusted_proxies = settings->server.trusted_proxies;
    config.html_policy = PAGES_CSP;
    config.routes = api_routes;
    config.route_count = api_route_count;
    config.context = &services->api;
    config.admit = admit_call;
    config.done = call_done;
    config.problem_page = call_problem_page;
    return config;
}

static int start(const struct http_config *config, struct http_server **server_out)
{
    int result = http_server_start(config, server_out);
    if (result == 0)
        return 0;
    return cli_fail("cannot listen on %s: %s%s", config->listen,
                    result == HTTP_BAD_CONFIG ? "the line above says why" : cli_fault_text(result),
                    result == -EADDRINUSE ? "; --listen ADDRESS:PORT names another place" : "");
}

int services_begin_server(struct services *services)
{
    struct http_config config = public_config(services);
    return start(&config, &services->server);
}

void services_end_server(struct services *services)
{
    http_server_stop(&services->server, (unsigned)services->settings.server.shutdown_grace_ms);
}

int services_begin_admin(struct services *services)
{
    struct http_config config;
    if (!*services->settings.server.admin_listen)
        return 0;
    http_config_init(&config);
    config.name = "admin";
    config.listen = services->settings.server.admin_listen;
    config.threads = 1;
    config.handler_threads = 0;
    config.connection_limit = 16;
    config.routes = metrics_routes;
    config.route_count = metrics_route_count;
    config.context = services;
    return start(&config, &services->admin_server);
}

void services_end_admin(struct services *services)
{
    http_server_stop(&services->admin_server, 0);
}
