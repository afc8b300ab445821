/* SPDX-License-Identifier: Apache-2.0
 *
 * One list, one lock that is held for moments, one ticker. The counts by address live in a hash
 * table whose nodes come and go with the first and last connection of an address, so there are
 * never more of them than connections.
 */
#include "http/conns.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/hash.h"

enum { TICK_MS = 200, LINGERING = 64, LINGER_MS = 2000 };

struct peer {
    struct peer *next;
    uint8_t key[16]; /* IPv6: its /64 */
    unsigned connections;
};

struct http_conns {
    struct http_conns_config config;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t ticker;
    bool stopping;
    struct http_conn *first;
    uint64_t count, refused;
    struct http_hash_key hash_key;
    size_t peer_mask;
    struct peer **peers;
    struct {
        int fd;
        int64_t until;
    } linger[LINGERING];
    size_t lingering;
};

/* ---- Counting by address ---- */

static struct peer **peer_place(struct http_conns *conns, const struct http_address *address,
                                uint8_t key[16])
{
    http_address_key(address, key);
    uint64_t hash = http_hash(&conns->hash_key, (struct span){key, 16});
    struct peer **place = &conns->peers[hash & conns->peer_mask];
    while (*place && memcmp((*place)->key, key, 16) != 0)
        place = &(*place)->next;
    return place;
}

/* False when the address has its fill. Without memory it is not counted: better served than
 * refused. */
static bool count_peer(struct http_conns *conns, struct http_conn *conn)
{
    uint8_t key[16];
    struct peer **place = peer_place(conns, &conn->peer, key);
    if (*place)
        return ++(*place)->connections <= conns->config.address_limit;
    struct peer *peer = calloc(1, sizeof *peer);
    if (!peer) {
        conn->exempt = true;
        return true;
    }
    memcpy(peer->key, key, sizeof key);
    peer->connections = 1;
    *place = peer;
    return true;
}

static void uncount_peer(struct http_conns *conns, const struct http_conn *conn)
{
    uint8_t key[16];
    struct peer **place = peer_place(conns, &conn->peer, key);
    struct peer *peer = *place;
    if (peer && --peer->connections == 0) {
        *place = peer->next;
        free(peer);
    }
}

/* ---- Connections ---- */

struct http_conn *http_conns_add(struct http_conns *conns, int fd, const struct http_address *peer)
{
    struct http_conn *conn = calloc(1, sizeof *conn);
    if (!conn)
        return NULL;
    conn->fd = fd;
    conn->peer = *peer;
    conn->exempt =
        conns->config.address_limit == 0 || http_networks_have(conns->config.trusted, peer);
    pthread_mutex_lock(&conns->lock);
    conn->next = conns->first;
    if (conns->first)
        conns->first->prev = conn;
    conns->first = conn;
    conns->count++;
    if (!conn->exempt && !count_peer(conns, conn)) {
        conns->refused++;
        shutdown(fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&conns->lock);
    return conn;
}

void http_conns_remove(struct http_conns *conns, struct http_conn *conn)
{
    pthread_mutex_lock(&conns->lock);
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        conns->first = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    conns->count--;
    if (!conn->exempt)
        uncount_peer(conns, conn);
    if (conn->linger && conns->lingering < LINGERING) {
        int copy = fcntl(conn->fd, F_DUPFD_CLOEXEC, 0);
        if (copy >= 0) {
            shutdown(copy, SHUT_WR);
            conns->linger[conns->lingering].fd = copy;
            conns->linger[conns->lingering++].until = clock_steady() + LINGER_MS;
        }
    }
    pthread_mutex_unlock(&conns->lock);
    free(conn);
}

void http_conns_cut(struct http_conns *conns)
{
    pthread_mutex_lock(&conns->lock);
    for (struct http_conn *conn = conns->first; conn; conn = conn->next)
        shutdown(conn->fd, SHUT_RDWR);
    pthread_mutex_unlock(&conns->lock);
}

uint64_t http_conns_count(struct http_conns *conns)
{
    pthread_mutex_lock(&conns->lock);
    uint64_t count = conns->count;
    pthread_mutex_unlock(&conns->lock);
    return count;
}

uint64_t http_conns_refused(struct http_conns *conns)
{
    pthread_mutex_lock(&conns->lock);
    uint64_t refused = conns->refused;
    pthread_mutex_unlock(&conns->lock);
    return refused;
}

/* ---- The ticker ---- */

static void cut_late(struct http_conns *conns, int64_t now)
{
    for (struct http_conn *conn = conns->first; conn; conn = conn->next) {
        int64_t deadline = atomic_load_explicit(&conn->deadline_ms, memory_order_relaxed);
        if (deadline == 0 || deadline > now)
            continue;
        atomic_store_explicit(&conn->deadline_ms, 0, memory_order_relaxed);
        conns->refused++;
        shutdown(conn->fd, SHUT_RDWR);
    }
}

static void close_lingering(struct http_conns *conns, int64_t now)
{
    for (size_t i = 0; i < conns->lingering;) {
        if (conns->linger[i].until > now) {
            i++;
            continue;
        }
        close(conns->linger[i].fd);
        conns->linger[i] = conns->linger[--conns->lingering];
    }
}

static void *run_ticker(void *arg)
{
    struct http_conns *conns = arg;
    pthread_mutex_lock(&conns->lock);
    while (!conns->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TICK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&conns->wake, &conns->lock, &until);
        int64_t now = clock_steady();
        cut_late(conns, now);
        close_lingering(conns, now);
        pthread_mutex_unlock(&conns->lock);
        conns->config.tick(conns->config.context);
        pthread_mutex_lock(&conns->lock);
    }
    close_lingering(conns, INT64_MAX);
    pthread_mutex_unlock(&conns->lock);
    return NULL;
}

int http_conns_new(const struct http_conns_config *config, struct http_conns **out)
{
    struct http_conns *conns = calloc(1, sizeof *conns);
    size_t buckets = 64;
    while (buckets < config->connection_limit && buckets < 1 << 16)
        buckets *= 2;
    if (conns)
        conns->peers = calloc(buckets, sizeof(struct peer *));
    if (!conns || !conns->peers) {
        free(conns);
        return log_fault("http.conns", -ENOMEM, "buckets=%zu", buckets);
    }
    conns->config = *config;
    conns->peer_mask = buckets - 1;
    http_hash_new_key(&conns->hash_key);
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_mutex_init(&conns->lock, NULL);
    pthread_cond_init(&conns->wake, &steady);
    pthread_condattr_destroy(&steady);
    int error = pthread_create(&conns->ticker, NULL, run_ticker, conns);
    if (error) {
        free(conns->peers);
        free(conns);
        return log_fault("http.conns", -error, "thread=ticker");
    }
    *out = conns;
    return 0;
}

void http_conns_free(struct http_conns **conns)
{
    if (!*conns)
        return;
    pthread_mutex_lock(&(*conns)->lock);
    (*conns)->stopping = true;
    pthread_cond_signal(&(*conns)->wake);
    pthread_mutex_unlock(&(*conns)->lock);
    pthread_join((*conns)->ticker, NULL);
    pthread_mutex_destroy(&(*conns)->lock);
    pthread_cond_destroy(&(*conns)->wake);
    free((*conns)->peers);
    free(*conns);
    *conns = NULL;
}
