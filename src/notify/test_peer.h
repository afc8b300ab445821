/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests: a small HTTP server that also fails on command, by the path that it is asked for, and
 * remembers what it was told in the order in which it came. A thread a connection.
 */
#ifndef PORCHLIGHT_TEST_PEER_H
#define PORCHLIGHT_TEST_PEER_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/clock.h"

enum { PEER_HEARD = 8192, PEER_TEXT = 96, PEER_REQUEST = 8192 };

struct peer {
    int fd;
    int port;
    pthread_t thread;
    pthread_mutex_t lock;
    int heard_count, open_now, open_most, threads;
    bool closing;
    bool mended;                       /* paths that fail answer 200 from now on */
    char heard[PEER_HEARD][PEER_TEXT]; /* "path id" of each request */
};

struct peer_client {
    struct peer *peer;
    int fd;
};

static inline void peer_send(int fd, const char *text)
{
    size_t len = strlen(text);
    while (len > 0) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        text += n;
        len -= (size_t)n;
    }
}

/* Waits until the peer is being freed, the other side closes, or so many milliseconds are over. */
static inline void peer_wait(struct peer *peer, int fd, int ms)
{
    int64_t until = clock_steady() + ms;
    bool closing = false;
    while (!closing && clock_steady() < until) {
        struct pollfd one = {.fd = fd, .events = POLLRDHUP};
        if (poll(&one, 1, 20) > 0 && one.revents & (POLLRDHUP | POLLHUP | POLLERR))
            return;
        pthread_mutex_lock(&peer->lock);
        closing = peer->closing;
        pthread_mutex_unlock(&peer->lock);
    }
}

/* False: the connection is to be closed. */
static inline bool peer_answer(struct peer *peer, int fd, const char *path)
{
    static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Peer:  yes \r\n\r\nok";
    pthread_mutex_lock(&peer->lock);
    bool mended = peer->mended;
    pthread_mutex_unlock(&peer->lock);
    if (strncmp(path, "/slow", 5) == 0)
        peer_wait(peer, fd, 300);
    if (mended || strncmp(path, "/ok", 3) == 0 || strncmp(path, "/slow", 5) == 0) {
        peer_send(fd, ok);
        return true;
    }
    if (strncmp(path, "/500", 4) == 0) {
        peer_send(fd, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
        return true;
    }
    if (strncmp(path, "/429", 4) == 0) {
        peer_send(fd, "HTTP/1.1 429 No\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n");
        return true;
    }
    if (strncmp(path, "/410", 4) == 0) {
        peer_send(fd, "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n");
        return true;
    }
    if (strncmp(path, "/302", 4) == 0) {
        peer_send(fd, "HTTP/1.1 302 There\r\nLocation: /ok-moved\r\nContent-Length: 0\r\n\r\n");
        return true;
    }
    if (strncmp(path, "/garbage", 8) == 0)
        peer_send(fd, "\x01\x02 this is no HTTP at all\r\n\r\n");
    else if (strncmp(path, "/half", 5) == 0)
        peer_send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    else if (strncmp(path, "/hang", 5) == 0)
        peer_wait(peer, fd, 60000);
    else if (strncmp(path, "/drip", 5) == 0) {
        peer_send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        for (int i = 0; i < 600 && send(fd, "x", 1, MSG_NOSIGNAL) == 1; i++)
            peer_wait(peer, fd, 50);
    } else if (strncmp(path, "/flood", 6) == 0) {
        char much[1025] = "";
        memset(much, 'x', sizeof much - 1);
        peer_send(fd, "HTTP/1.1 200 OK\r\n\r\n");
        for (int i = 0; i < 10000 && send(fd, much, 1024, MSG_NOSIGNAL) > 0; i++)
            ;
    } else if (strncmp(path, "/reset", 6) == 0) {
        struct linger now = {1, 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    return false;
}

static inline void peer_hear(struct peer *peer, const char *path, const char *request)
{
    const char *id = strstr(request, "X-Id: ");
    pthread_mutex_lock(&peer->lock);
    if (peer->heard_count < PEER_HEARD)
        snprintf(peer->heard[peer->heard_count], PEER_TEXT, "%.40s %.*s", path,
                 id ? (int)strcspn(id + 6, "\r\n") : 0, id ? id + 6 : "");
    peer->heard_count++;
    pthread_mutex_unlock(&peer->lock);
}

/* Reads one request whole. False at the end. */
static inline bool peer_read(int fd, char request[PEER_REQUEST])
{
    size_t len = 0, want = 0;
    while (len < PEER_REQUEST - 1) {
        ssize_t n = recv(fd, request + len, PEER_REQUEST - 1 - len, 0);
        if (n <= 0)
            return false;
        len += (size_t)n;
        request[len] = 0;
        const char *end = strstr(request, "\r\n\r\n");
        if (end && !want) {
            const char *length = strcasestr(request, "content-length: ");
            want = (size_t)(end - request) + 4 + (length ? strtoul(length + 16, NULL, 10) : 0);
        }
        if (want && len >= want)
            return true;
    }
    return false;
}

static inline void *peer_serve(void *arg)
{
    struct peer_client *client = arg;
    struct peer *peer = client->peer;
    char request[PEER_REQUEST], path[64];
    while (peer_read(client->fd, request)) {
        if (sscanf(request, "%*s %63s", path) != 1)
            break;
        peer_hear(peer, path, request);
        pthread_mutex_lock(&peer->lock);
        peer->open_now++;
        peer->open_most = peer->open_now > peer->open_most ? peer->open_now : peer->open_most;
        pthread_mutex_unlock(&peer->lock);
        bool on = peer_answer(peer, client->fd, path);
        pthread_mutex_lock(&peer->lock);
        peer->open_now--;
        pthread_mutex_unlock(&peer->lock);
        if (!on)
            break;
    }
    close(client->fd);
    free(client);
    pthread_mutex_lock(&peer->lock);
    peer->threads--;
    pthread_mutex_unlock(&peer->lock);
    return NULL;
}

static inline void *peer_run(void *arg)
{
    struct peer *peer = arg;
    int fd;
    while ((fd = accept(peer->fd, NULL, NULL)) >= 0) {
        struct peer_client *client = malloc(sizeof *client);
        pthread_t thread;
        if (!client)
            abort();
        *client = (struct peer_client){peer, fd};
        pthread_mutex_lock(&peer->lock);
        peer->threads++;
        pthread_mutex_unlock(&peer->lock);
        if (pthread_create(&thread, NULL, peer_serve, client) != 0)
            abort();
        pthread_detach(thread);
    }
    return NULL;
}

static inline int peer_listen(int *port_out)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, 512) != 0 || getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        abort();
    *port_out = ntohs(address.sin_port);
    return fd;
}

static inline struct peer *peer_new(void)
{
    struct peer *peer = calloc(1, sizeof *peer);
    if (!peer)
        abort();
    peer->fd = peer_listen(&peer->port);
    pthread_mutex_init(&peer->lock, NULL);
    if (pthread_create(&peer->thread, NULL, peer_run, peer) != 0)
        abort();
    return peer;
}

static inline int peer_count(struct peer *peer, const char *begins)
{
    int count = 0;
    pthread_mutex_lock(&peer->lock);
    for (int i = 0; i < peer->heard_count && i < PEER_HEARD; i++)
        count += strncmp(peer->heard[i], begins, strlen(begins)) == 0;
    pthread_mutex_unlock(&peer->lock);
    return count;
}

static inline void peer_free(struct peer *peer)
{
    int threads = 1;
    shutdown(peer->fd, SHUT_RDWR);
    close(peer->fd);
    pthread_join(peer->thread, NULL);
    pthread_mutex_lock(&peer->lock);
    peer->closing = true;
    pthread_mutex_unlock(&peer->lock);
    for (int i = 0; i < 1000 && threads > 0; i++) {
        pthread_mutex_lock(&peer->lock);
        threads = peer->threads;
        pthread_mutex_unlock(&peer->lock);
        usleep(10000);
    }
    if (threads > 0)
        abort();
    pthread_mutex_destroy(&peer->lock);
    free(peer);
}

#endif
