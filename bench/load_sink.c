/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-load sink: whoever is told, on one port: answers every request with 200 and an empty body,
 * on keep-alive connections. A path that begins with /slow is answered after two seconds. With a
 * log each request is a line: when it was whole (the wall's milliseconds), its path, and its body.
 * Prints its port at once, and how many requests came when its stdin closes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "load.h"

enum { SINK_LINKS = 4096, SINK_BUFFER = 16384, SINK_SLOW_US = 2000000, SINK_EVENTS = 256 };

struct sink_link {
    int fd;
    size_t len;
    int64_t answer_at; /* 0: nothing is owed */
    char *buffer;
};

struct sink {
    int listener, epoll;
    FILE *log;
    uint64_t all;
    unsigned slow;                      /* links that are owed an answer */
    struct sink_link links[SINK_LINKS]; /* by descriptor */
};

static void sink_close(struct sink *sink, struct sink_link *link)
{
    sink->slow -= link->answer_at != 0;
    close(link->fd);
    free(link->buffer);
    *link = (struct sink_link){0};
}

static bool sink_answer(struct sink_link *link)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    link->answer_at = 0;
    return send(link->fd, answer, sizeof answer - 1, MSG_NOSIGNAL) == (ssize_t)sizeof answer - 1;
}

/* The length of the first request in the buffer, 0 when it is not whole. */
static size_t sink_whole(const struct sink_link *link, const char **body_out)
{
    const char *end = strstr(link->buffer, "\r\n\r\n");
    const char *length = end ? strcasestr(link->buffer, "\ncontent-length:") : NULL;
    if (!end)
        return 0;
    size_t body = length && length < end ? strtoul(length + 16, NULL, 10) : 0;
    size_t whole = (size_t)(end + 4 - link->buffer) + body;
    *body_out = end + 4;
    return whole <= link->len ? whole : 0;
}

/* Takes what is whole off the buffer. False: the link is to be closed. */
static bool sink_take(struct sink *sink, struct sink_link *link)
{
    const char *body;
    size_t whole;
    while (!link->answer_at && (whole = sink_whole(link, &body)) > 0) {
        const char *path = strchr(link->buffer, ' ');
        bool slow = path && strncmp(path + 1, "/slow", 5) == 0;
        sink->all++;
        if (sink->log && path)
            fprintf(sink->log, "%lld %.*s %.*s\n", (long long)clock_now(),
                    (int)strcspn(path + 1, " "), path + 1, (int)(link->buffer + whole - body),
                    body);
        if (slow) {
            link->answer_at = link_clock_us() + SINK_SLOW_US;
            sink->slow++;
        } else if (!sink_answer(link)) {
            return false;
        }
        memmove(link->buffer, link->buffer + whole, link->len - whole + 1);
        link->len -= whole;
    }
    return link->len < SINK_BUFFER - 1;
}

static void sink_read(struct sink *sink, struct sink_link *link)
{
    ssize_t n = recv(link->fd, link->buffer + link->len, SINK_BUFFER - 1 - link->len, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0) {
        link->len += (size_t)n;
        link->buffer[link->len] = 0;
    }
    if (n <= 0 || !sink_take(sink, link))
        sink_close(sink, link);
}

static void sink_accept(struct sink *sink)
{
    int fd = accept4(sink->listener, NULL, NULL, SOCK_CLOEXEC), on = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (fd < 0)
        return;
    struct sink_link *link = fd < SINK_LINKS ? &sink->links[fd] : NULL;
    char *buffer = link ? malloc(SINK_BUFFER) : NULL;
    if (!buffer || epoll_ctl(sink->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        free(buffer);
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    buffer[0] = 0;
    *link = (struct sink_link){.fd = fd, .buffer = buffer};
}

static void sink_answer_slow(struct sink *sink)
{
    int64_t now = link_clock_us();
    for (int fd = 0; sink->slow > 0 && fd < SINK_LINKS; fd++) {
        struct sink_link *link = &sink->links[fd];
        if (!link->answer_at || link->answer_at > now)
            continue;
        sink->slow--;
        if (!sink_answer(link) || !sink_take(sink, link))
            sink_close(sink, link);
    }
}

static int sink_open(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, SINK_LINKS) != 0 || getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        load_die("cannot listen on port %u", port);
    printf("{\"port\": %u}\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void sink_watch(struct sink *sink, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(sink->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        load_die("cannot watch");
}

int load_sink(const struct load_options *options)
{
    static struct sink sink;
    struct epoll_event events[SINK_EVENTS];
    bool over = false;
    sink.log = options->list ? fopen(options->list, "we") : NULL;
    sink.epoll = epoll_create1(EPOLL_CLOEXEC);
    sink.listener = sink_open(options->port);
    sink_watch(&sink, sink.listener);
    sink_watch(&sink, STDIN_FILENO);
    while (!over) {
        int count = epoll_wait(sink.epoll, events, SINK_EVENTS, sink.slow ? 10 : 1000);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == sink.listener)
                sink_accept(&sink);
            else if (fd == STDIN_FILENO)
                over = true;
            else if (sink.links[fd].buffer)
                sink_read(&sink, &sink.links[fd]);
        }
        sink_answer_slow(&sink);
    }
    if (sink.log)
        fclose(sink.log);
    printf("{\"all\": %llu}\n", (unsigned long long)sink.all);
    return 0;
}
