/* SPDX-License-Identifier: Apache-2.0
 *
 * Start and stop. We accept connections ourselves and hand each to one of the library's network
 * threads: it then never touches the listening socket, so accepting can be stopped, and held back
 * at the connection limit, without a race with its event loop.
 *
 * A stop goes down in order: no new connections; requests under way get their time; sockets that
 * are still busy are shut down; from then on no handler starts, and the last running or deferred
 * one is waited for, because the library cannot be stopped while a connection is suspended; then
 * the library, the pool, the rest.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "http/exchange.h"

enum { BACKLOG = 1024, FULL_PAUSE_MS = 20, STOP_POLL_MS = 2, SAY_MS = 5000 };

void http_config_init(struct http_config *config)
{
    *config = (struct http_config){
        .name = "http",
        .listen = "127.0.0.1:8080",
        .threads = 2,
        .handler_threads = 16,
        .handler_queue = 256,
        .handler_stack = 256 * 1024,
        .connection_limit = 12000,
        .header_memory = 12 * 1024,
        .target_limit = 2048,
        .body_limit = 64 * 1024,
        .drain_limit = 1024 * 1024,
        .arena_limit = 1024 * 1024,
        .idle_ms = 30000,
        .header_ms = 15000,
        .grace_ms = 30000,
        .least_rate = 256,
        .trusted_proxies = "",
        .html_policy = "default-src 'self'; base-uri 'none'; form-action 'self'; "
                       "frame-ancestors 'none'; object-src 'none'",
    };
}

/* ---- Listening ---- */

/* "127.0.0.1:80", "[::1]:80", "localhost:80", "*:80". */
static bool parse_listen(const char *text, struct sockaddr_in6 *out)
{
    char host[HTTP_ADDRESS_ROOM + 2];
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : 0;
    uint64_t port;
    struct http_address address;
    if (len == 0 || len >= sizeof host || !text_to_u64(colon + 1, 0, 65535, &port))
        return false;
    memcpy(host, text, len);
    host[len] = 0;
    if (host[0] == '[' && host[len - 1] == ']') {
        memmove(host, host + 1, len - 2);
        host[len - 2] = 0;
    } else if (strchr(host, ':')) {
        return false;
    }
    const char *numeric = strcmp(host, "*") == 0           ? "::"
                          : strcmp(host, "localhost") == 0 ? "127.0.0.1"
                                                           : host;
    if (!http_address_parse(numeric, &address))
        return false;
    *out = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    memcpy(&out->sin6_addr, address.bytes, sizeof address.bytes);
    return true;
}

/* The same as an IPv4 address, where it is one: a machine without IPv6 can then be served too. */
static socklen_t narrow_address(const struct sockaddr_in6 *wide, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (!IN6_IS_ADDR_V4MAPPED(&wide->sin6_addr)) {
        memcpy(out, wide, sizeof *wide);
        return sizeof *wide;
    }
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = wide->sin6_port};
    memcpy(&v4.sin_addr, wide->sin6_addr.s6_addr + 12, 4);
    memcpy(out, &v4, sizeof v4);
    return sizeof v4;
}

static int open_listener(struct http_server *server)
{
    struct sockaddr_in6 wide;
    struct sockaddr_storage address;
    if (!parse_listen(server->config.listen, &wide)) {
        log_event(LOG_ERROR, "http.bad_config", "server=%s listen=bad", server->config.name);
        return HTTP_BAD_CONFIG;
    }
    socklen_t len = narrow_address(&wide, &address);
    int on = 1, off = 0;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return log_fault("http.listen", -errno, "server=%s", server->config.name);
    server->listen_fd = fd;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, BACKLOG) != 0)
        return log_fault("http.listen", -errno, "server=%s", server->config.name);
    len = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return log_fault("http.listen", -errno, "server=%s", server->config.name);
    /* The port stands at the same place in both kinds of address. */
    server->port = ntohs(((struct sockaddr_in *)(void *)&address)->sin_port);
    return 0;
}

/* ---- Accepting ---- */

static void accept_some(struct http_server *server)
{
    enum { AT_ONCE = 64 };
    for (int i = 0; i < AT_ONCE; i++) {
        struct sockaddr_storage peer;
        socklen_t len = sizeof peer;
        int fd = accept4(server->listen_fd, (struct sockaddr *)&peer, &len,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                log_fault("http.accept", -errno, "server=%s", server->config.name);
                poll(NULL, 0, FULL_PAUSE_MS * 10);
            }
            return;
        }
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        MHD_add_connection(server->daemon, fd, (struct sockaddr *)&peer,
                           len); /* closes it if it fails */
    }
}

static void *run_acceptor(void *arg)
{
    struct http_server *server = arg;
    for (;;) {
        bool full = http_conns_count(server->conns) >= server->config.connection_limit;
        struct pollfd fds[2] = {{.fd = server->wake_fd, .events = POLLIN},
                                {.fd = full ? -1 : server->listen_fd, .events = POLLIN}};
        if (poll(fds, 2, full ? FULL_PAUSE_MS : -1) < 0 && errno != EINTR)
            break;
        if (fds[0].revents)
            break;
        if (fds[1].revents)
            accept_some(server);
    }
    return NULL;
}

static void on_connection(void *cls, struct MHD_Connection *link, void **place,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_server *server = cls;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*place)
            http_conns_remove(server->conns, *place);
        *place = NULL;
        return;
    }
    struct http_address peer = {{0}};
    int fd = MHD_get_connection_info(link, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    http_address_of(MHD_get_connection_info(link, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr,
                    &peer);
    struct http_conn *conn = http_conns_add(server->conns, fd, &peer);
    if (conn)
        conn->deadline_ms = clock_steady() + server->config.idle_ms + server->config.header_ms;
    *place = conn;
}

/* ---- The library ---- */

/* Its messages can hold paths (R12), so only their wording is kept. */
static void on_library_message(void *cls, const char *format, va_list args)
{
    const struct http_server *server = cls;
    (void)args;
    if (log_shows(LOG_DEBUG))
        log_event(LOG_DEBUG, "http.library", "server=%s message=\"%s\"", server->config.name,
                  format);
}

static int start_library(struct http_server *server)
{
    const struct http_config *config = &server->config;
    unsigned flags = MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem pool[] = {
        {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)config->threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    if (config->threads < 2)
        pool[0].option = MHD_OPTION_END;
    /* Accepting stops at our own limit; the library's only leaves room for what was accepted
     * meanwhile. */
    unsigned limit = config->connection_limit * 2 + 256;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, http_exchange_step, server, MHD_OPTION_EXTERNAL_LOGGER,
        on_library_message, server, MHD_OPTION_URI_LOG_CALLBACK, http_exchange_target, server,
        MHD_OPTION_NOTIFY_COMPLETED, http_exchange_end, server, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_CONNECTION_MEMORY_LIMIT, config->header_memory,
        MHD_OPTION_CONNECTION_LIMIT, limit, MHD_OPTION_CONNECTION_TIMEOUT,
        (config->idle_ms + 999) / 1000, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, pool,
        MHD_OPTION_END);
    if (!server->daemon)
        return log_fault("http.start", -EIO, "server=%s", config->name);
    return 0;
}

/* ---- Start ---- */

static void on_tick(void *context)
{
    struct http_server *server = context;
    http_access_flush(server->access);
}

/* Settings that would only fail later. */
static bool sizes_fit(const struct http_config *config)
{
    enum { LEAST_MEMORY = 4096 };
    size_t policy = strlen(config->html_policy);
    return config->header_memory >= LEAST_MEMORY && config->target_limit < config->header_memory &&
           policy < config->header_memory / 8 && http_header_value_ok(config->html_policy) &&
           config->connection_limit > 0;
}

static int start_parts(struct http_server *server)
{
    const struct http_config *config = &server->config;
    if (!sizes_fit(config)) {
        log_event(LOG_ERROR, "http.bad_config", "server=%s sizes=bad", config->name);
        return HTTP_BAD_CONFIG;
    }
    if (!http_networks_parse(config->trusted_proxies, &server->trusted)) {
        log_event(LOG_ERROR, "http.bad_config", "server=%s trusted_proxies=bad", config->name);
        return HTTP_BAD_CONFIG;
    }
    int result = http_table_new(config->routes, config->route_count, &server->table);
    if (result)
        return result > 0 ? HTTP_BAD_CONFIG : result;
    server->metrics = http_metrics_new(config->routes, config->route_count);
    server->access = http_access_new(config->name);
    if (!server->metrics || !server->access || !http_reply_prepare(server))
        return log_fault("http.start", -ENOMEM, "server=%s", config->name);
    struct http_conns_config conns = {.connection_limit = config->connection_limit,
                                      .address_limit = config->address_limit,
                                      .trusted = &server->trusted,
                                      .tick = on_tick,
                                      .context = server};
    result = http_conns_new(&conns, &server->conns);
    struct http_pool_config pool = {.threads = config->handler_threads,
                                    .queue = config->handler_queue,
                                    .stack = config->handler_stack,
                                    .run = http_exchange_run};
    if (!result && config->handler_threads > 0)
        result = http_pool_new(&pool, &server->pool);
    return result;
}

static int start_listening(struct http_server *server)
{
    int result = open_listener(server);
    if (!result)
        result = start_library(server);
    if (result)
        return result;
    server->wake_fd = eventfd(0, EFD_CLOEXEC);
    if (server->wake_fd < 0)
        return log_fault("http.start", -errno, "server=%s", server->config.name);
    int error = pthread_create(&server->acceptor, NULL, run_acceptor, server);
    if (error)
        return log_fault("http.start", -error, "server=%s", server->config.name);
    server->accepting = true;
    return 0;
}

int http_server_start(const struct http_config *config, struct http_server **out)
{
    struct http_server *server = calloc(1, sizeof *server);
    if (!server)
        return log_fault("http.start", -ENOMEM, "server=%s", config->name);
    server->config = *config;
    server->listen_fd = server->wake_fd = -1;
    int result = start_parts(server);
    if (!result)
        result = start_listening(server);
    if (result) {
        http_server_stop(&server, 0);
        return result;
    }
    log_event(LOG_INFO, "http.listening", "server=%s port=%u", config->name, server->port);
    *out = server;
    return 0;
}

unsigned http_server_port(const struct http_server *server)
{
    return server->port;
}

/* ---- Stop ---- */

void http_server_quiesce(struct http_server *server)
{
    atomic_store(&server->quiescing, true);
    if (server->accepting) {
        uint64_t one = 1;
        while (write(server->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
            ;
        pthread_join(server->acceptor, NULL);
        server->accepting = false;
    }
    if (server->listen_fd >= 0)
        close(server->listen_fd);
    server->listen_fd = -1;
}

static void pause_ms(int ms)
{
    struct timespec pause = {.tv_nsec = ms * 1000000L};
    nanosleep(&pause, NULL);
}

static void wait_for_handlers(struct http_server *server)
{
    int64_t said = clock_steady();
    for (uint64_t held; (held = atomic_load(&server->held)) > 0; pause_ms(STOP_POLL_MS)) {
        if (clock_steady() - said < SAY_MS)
            continue;
        said = clock_steady();
        log_event(LOG_WARN, "http.stopping", "server=%s handlers_running=%llu", server->config.name,
                  (unsigned long long)held);
    }
}

static void stop_library(struct http_server *server, unsigned limit_ms)
{
    int64_t until = clock_steady() + limit_ms;
    while (atomic_load(&server->in_flight) > 0 && clock_steady() < until)
        pause_ms(STOP_POLL_MS);
    atomic_store(&server->closing, true);
    http_conns_cut(server->conns);
    wait_for_handlers(server);
    MHD_stop_daemon(server->daemon);
}

void http_server_stop(struct http_server **place, unsigned limit_ms)
{
    struct http_server *server = *place;
    if (!server)
        return;
    http_server_quiesce(server);
    if (server->daemon)
        stop_library(server, limit_ms);
    http_pool_free(&server->pool);
    http_conns_free(&server->conns);
    http_access_free(&server->access);
    http_metrics_free(&server->metrics);
    http_table_free(&server->table);
    if (server->wake_fd >= 0)
        close(server->wake_fd);
    free(server->page_headers);
    free(server->plain_headers);
    free(server);
    *place = NULL;
}

/* ---- Figures ---- */

void http_server_figures(struct http_server *server, struct http_figures *out)
{
    *out = (struct http_figures){
        .connections = http_conns_count(server->conns),
        .in_flight = atomic_load(&server->in_flight),
        .queued = server->pool ? http_pool_queued(server->pool) : 0,
        .served = http_metrics_served(server->metrics),
        .refused = http_conns_refused(server->conns),
    };
}

void http_server_metrics(struct http_server *server, struct buf *out)
{
    struct http_figures figures;
    http_server_figures(server, &figures);
    const struct {
        const char *name;
        uint64_t value;
    } gauges[] = {
        {"connections", figures.connections},
        {"requests_in_flight", figures.in_flight},
        {"handler_queue", figures.queued},
        {"connections_refused_total", figures.refused},
    };
    for (size_t i = 0; i < ARRAY_LEN(gauges); i++)
        buf_printf(out, "porchlight_http_%s{server=\"%s\"} %llu\n", gauges[i].name,
                   server->config.name, (unsigned long long)gauges[i].value);
    http_metrics_text(server->metrics, server->config.name, out);
}
