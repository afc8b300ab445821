/* SPDX-License-Identifier: Apache-2.0
 *
 * A raw HTTP client for the server's tests: it sends exactly the bytes it is told to and reads one
 * reply at a time.
 */
#ifndef PORCHLIGHT_HTTP_TEST_CLIENT_H
#define PORCHLIGHT_HTTP_TEST_CLIENT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "base/tap.h"

__attribute__((unused)) static void nap(int ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    nanosleep(&pause, NULL);
}

/* Waits up to five seconds for a counter to reach a value. */
__attribute__((unused)) static bool reaches(_Atomic int *counter, int value)
{
    for (int i = 0; i < 1000 && atomic_load(counter) < value; i++)
        nap(5);
    return atomic_load(counter) == value;
}

enum { CLIENT_ROOM = 64 * 1024, CLIENT_WAIT_S = 10 };

struct client {
    int fd;
    size_t have; /* bytes of `in` */
    char in[CLIENT_ROOM + 1];
};

struct reply {
    int status; /* 0: the connection ended instead, or nothing came in time */
    char head[8192];
    char body[CLIENT_ROOM + 1];
    size_t body_len;
};

static bool client_open(struct client *client, unsigned port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    client->have = 0;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval wait = {.tv_sec = CLIENT_WAIT_S};
    setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    return connect(client->fd, (struct sockaddr *)&to, sizeof to) == 0;
}

static void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

/* False when the connection was gone before all was sent. */
static bool client_send(struct client *client, const void *data, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = send(client->fd, (const char *)data + done, len - done, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

__attribute__((format(printf, 2, 3))) static bool client_say(struct client *client,
                                                             const char *format, ...)
{
    char text[CLIENT_ROOM];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return client_send(client, text, (size_t)len);
}

static bool client_more(struct client *client)
{
    if (client->have == CLIENT_ROOM)
        return false;
    ssize_t n = recv(client->fd, client->in + client->have, CLIENT_ROOM - client->have, 0);
    if (n <= 0)
        return false;
    client->have += (size_t)n;
    return true;
}

static void client_drop(struct client *client, size_t len)
{
    memmove(client->in, client->in + len, client->have - len);
    client->have -= len;
}

/* The value of a reply's header, or NULL; lives until the next call. */
static const char *reply_header(const struct reply *reply, const char *name)
{
    static _Thread_local char value[1024];
    size_t len = strlen(name);
    for (const char *line = strstr(reply->head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, len) != 0 || line[len] != ':')
            continue;
        const char *start = line + len + 1 + strspn(line + len + 1, " ");
        snprintf(value, sizeof value, "%.*s", (int)strcspn(start, "\r"), start);
        return value;
    }
    return NULL;
}

/* How often a header occurs. */
__attribute__((unused)) static int reply_count(const struct reply *reply, const char *name)
{
    int count = 0;
    size_t len = strlen(name);
    for (const char *line = strstr(reply->head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        count += strncasecmp(line, name, len) == 0 && line[len] == ':';
    }
    return count;
}

enum client_body { WITH_BODY, WITHOUT_BODY };

/* Reads one reply (a 100 is a reply of its own). */
static int client_read(struct client *client, enum client_body body, struct reply *reply)
{
    *reply = (struct reply){0};
    char *end;
    client->in[client->have] = 0;
    while (!(end = strstr(client->in, "\r\n\r\n"))) {
        if (!client_more(client))
            return 0;
        client->in[client->have] = 0;
    }
    size_t head_len = (size_t)(end + 4 - client->in);
    snprintf(reply->head, sizeof reply->head, "%.*s", (int)head_len - 2, client->in);
    client_drop(client, head_len);
    int status = (int)strtol(strchr(reply->head, ' '), NULL, 10);
    const char *length = reply_header(reply, "Content-Length");
    size_t want = body == WITH_BODY && length ? strtoul(length, NULL, 10) : 0;
    if (want > CLIENT_ROOM)
        return 0;
    while (client->have < want)
        if (!client_more(client))
            return 0;
    memcpy(reply->body, client->in, want);
    reply->body_len = want;
    client_drop(client, want);
    return reply->status = status;
}

/* True when the server closes: nothing more comes but the end. */
__attribute__((unused)) static bool client_ended(struct client *client)
{
    char byte;
    return client->have == 0 && recv(client->fd, &byte, 1, 0) <= 0;
}

/* One request on a connection of its own; what was said is the whole request. */
__attribute__((unused)) static int ask(unsigned port, struct reply *reply, const char *text)
{
    struct client client;
    int status = 0;
    if (client_open(&client, port) && client_send(&client, text, strlen(text)))
        status = client_read(&client, strncmp(text, "HEAD", 4) ? WITH_BODY : WITHOUT_BODY, reply);
    client_close(&client);
    return status;
}

#endif
