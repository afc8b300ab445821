/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "base/text.h"

enum { EVENTS = 128, WAIT_MS = 10000, BODY_ROOM = 256 * 1024 };

/* One connection: sending while request bytes are left, then reading the head, then the body. */
struct link {
    int fd;
    struct span head, body; /* what is still to be sent */
    bool waits_for_room;    /* EPOLLOUT is asked for */
    char in[LINK_HEAD_ROOM + 1];
    size_t in_len;
    bool in_body;
    uint64_t body_left;
    struct link_answer answer;
    int64_t began, sent; /* µs */
};

struct group {
    const struct link_plan *plan;
    const struct link_script *script;
    struct link *links;
    unsigned busy; /* links with a request under way */
    int epoll;
    uint8_t *body; /* BODY_ROOM bytes that every body is read into */
};

int64_t link_clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int link_connect(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

const char *link_header(const char *head, const char *name, size_t *len_out)
{
    size_t name_len = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
            continue;
        const char *value = line + name_len + 1;
        value += strspn(value, " ");
        *len_out = strcspn(value, "\r\n");
        return value;
    }
    return NULL;
}

static bool complain(const struct link *link, const char *what)
{
    fprintf(stderr, "bench-load: %s: %.200s\n", what, link->in_len ? link->in : "");
    return false;
}

/* ---- Sending ---- */

static void skip(struct span *span, size_t *n)
{
    size_t part = *n < span->len ? *n : span->len;
    span->data += part;
    span->len -= part;
    *n -= part;
}

static void watch(struct group *group, struct link *link, bool room)
{
    if (link->waits_for_room == room)
        return;
    struct epoll_event event = {.events = EPOLLIN | (room ? EPOLLOUT : 0), .data.ptr = link};
    epoll_ctl(group->epoll, EPOLL_CTL_MOD, link->fd, &event);
    link->waits_for_room = room;
}

static bool send_more(struct group *group, struct link *link)
{
    while (link->head.len + link->body.len > 0) {
        struct iovec parts[2] = {{(void *)link->head.data, link->head.len},
                                 {(void *)link->body.data, link->body.len}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = link->body.len ? 2 : 1};
        ssize_t n = sendmsg(link->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            return complain(link, "cannot send");
        if (n < 0) {
            watch(group, link, true);
            return true;
        }
        size_t sent = (size_t)n;
        skip(&link->head, &sent);
        skip(&link->body, &sent);
    }
    watch(group, link, false);
    link->sent = link_clock_us();
    return true;
}

/* Begins the next request of a link, if there is one. */
static bool begin(struct group *group, struct link *link)
{
    struct link_request request = {0};
    unsigned number = (unsigned)(link - group->links);
    link->in_len = 0;
    link->in_body = false;
    if (!group->script->next(group->script->context, number, &request)) {
        close(link->fd);
        link->fd = -1;
        group->busy--;
        return true;
    }
    link->head = request.head;
    link->body = request.body;
    link->began = link_clock_us();
    return send_more(group, link);
}

/* ---- Reading ---- */

static bool finish(struct group *group, struct link *link)
{
    int64_t now = link_clock_us();
    link->answer.total_us = now - link->began;
    link->answer.wait_us = now - link->sent;
    if (link->head.len + link->body.len > 0)
        return complain(link, "answered before the request was sent");
    if (!group->script->done(group->script->context, (unsigned)(link - group->links),
                             &link->answer))
        return complain(link, "not the answer that was waited for");
    return begin(group, link);
}

/* The head is whole: `body_read` bytes of the body came with it. */
static bool take_head(struct group *group, struct link *link, size_t body_read)
{
    uint64_t status = 0, length = 0;
    size_t len;
    char text[24];
    if (link->in_len < 12 || strncmp(link->in, "HTTP/1.1 ", 9) != 0)
        return complain(link, "not HTTP");
    snprintf(text, sizeof text, "%.3s", link->in + 9);
    const char *value = link_header(link->in, "Content-Length", &len);
    bool ok = text_to_u64(text, 100, 599, &status);
    if (value) {
        snprintf(text, sizeof text, "%.*s", (int)(len < 20 ? len : 20), value);
        ok = ok && text_to_u64(text, 0, UINT32_MAX, &length);
    }
    if (!ok || (!value && status != 204) || body_read > length)
        return complain(link, "an answer of no known length");
    link->answer = (struct link_answer){.status = (int)status, .head = link->in, .length = length};
    link->body_left = length - body_read;
    link->in_body = true;
    return link->body_left > 0 || finish(group, link);
}

static bool read_head(struct group *group, struct link *link, bool *more)
{
    ssize_t n =
        recv(link->fd, link->in + link->in_len, LINK_HEAD_ROOM - link->in_len, MSG_DONTWAIT);
    *more = n > 0;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (n <= 0)
        return complain(link, "the server hung up");
    link->in_len += (size_t)n;
    link->in[link->in_len] = 0;
    char *end = strstr(link->in, "\r\n\r\n");
    if (!end)
        return link->in_len < LINK_HEAD_ROOM || complain(link, "a head without end");
    size_t body_read = link->in_len - (size_t)(end + 4 - link->in);
    end[2] = 0; /* keeps the last header's end of line */
    return take_head(group, link, body_read);
}

static bool read_body(struct group *group, struct link *link, bool *more)
{
    size_t want = link->body_left < BODY_ROOM ? (size_t)link->body_left : BODY_ROOM;
    ssize_t n = recv(link->fd, group->body, want, MSG_DONTWAIT);
    *more = n > 0;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (n <= 0)
        return complain(link, "the server hung up in a body");
    link->body_left -= (uint64_t)n;
    if (link->body_left > 0)
        return true;
    *more = false; /* the next answer is not there yet */
    return finish(group, link);
}

static bool read_some(struct group *group, struct link *link)
{
    bool ok = true;
    for (bool more = true; ok && more && link->fd >= 0;)
        ok = link->in_body ? read_body(group, link, &more) : read_head(group, link, &more);
    return ok;
}

/* ---- The group ---- */

static bool run_loop(struct group *group)
{
    struct epoll_event events[EVENTS];
    while (group->busy > 0) {
        int n = epoll_wait(group->epoll, events, EVENTS, WAIT_MS);
        if (n == 0) {
            fprintf(stderr, "bench-load: nothing came for %d ms, %u under way\n", WAIT_MS,
                    group->busy);
            return false;
        }
        for (int i = 0; i < n; i++) {
            struct link *link = events[i].data.ptr;
            if (link->fd < 0)
                continue; /* it ended within this round */
            if ((events[i].events & EPOLLOUT) && !send_more(group, link))
                return false;
            if ((events[i].events & ~(unsigned)EPOLLOUT) && !read_some(group, link))
                return false;
        }
    }
    return true;
}

static bool open_links(struct group *group)
{
    for (unsigned i = 0; i < group->plan->links; i++) {
        struct link *link = &group->links[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = link};
        link->fd = link_connect(group->plan->port);
        if (link->fd < 0 || epoll_ctl(group->epoll, EPOLL_CTL_ADD, link->fd, &event) != 0)
            return complain(link, strerror(errno));
    }
    group->busy = group->plan->links;
    for (unsigned i = 0; i < group->plan->links; i++)
        if (!begin(group, &group->links[i]))
            return false;
    return true;
}

bool link_run(const struct link_plan *plan, const struct link_script *script)
{
    struct group group = {.plan = plan, .script = script, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    group.links = calloc(plan->links, sizeof *group.links);
    group.body = malloc(BODY_ROOM);
    if (!group.links || !group.body || group.epoll < 0)
        return false;
    for (unsigned i = 0; i < plan->links; i++)
        group.links[i].fd = -1;
    bool ok = open_links(&group) && run_loop(&group);
    for (unsigned i = 0; i < plan->links; i++)
        if (group.links[i].fd >= 0)
            close(group.links[i].fd);
    close(group.epoll);
    free(group.links);
    free(group.body);
    return ok;
}
