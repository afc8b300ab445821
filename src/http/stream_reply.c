/* SPDX-License-Identifier: Apache-2.0
 *
 * How a request becomes an open stream. The HTTP library has no word for giving a connection away,
 * so its descriptor is taken from under it: while the connection is suspended, and so in nobody's
 * epoll set, the socket moves to a new descriptor, and the old one is made to mean a socket that is
 * connected to nothing. That is what the library then closes, with all that it kept.
 *
 * The body ends with the connection (Connection: close), so there are no chunks to frame.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "http/exchange.h"
#include "http/stream_hub.h"

enum { HEAD_ROOM = 8 * 1024 };

static const char type[] = "text/event-stream";

static void add_date(struct buf *head)
{
    char text[64];
    struct tm tm;
    time_t now = time(NULL);
    if (gmtime_r(&now, &tm) && strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0)
        buf_printf(head, "Date: %s\r\n", text);
}

static bool make_head(struct http_request *req, const struct http_streams_config *config,
                      struct buf *head)
{
    buf_text(head, "HTTP/1.1 200 OK\r\nConnection: close\r\n");
    add_date(head);
    if (!http_reply_lines(req, type, head))
        return false;
    /* Up to twice as long, so that not all come back at once. */
    unsigned more = config->retry_ms ? (unsigned)(http_clock_us() % config->retry_ms) : 0;
    buf_printf(head, "\r\n\r\nretry: %u\n\n", config->retry_ms + more);
    return !head->failed;
}

/* The socket under a descriptor of its own, or a fault; the library's descriptor then means
 * another. */
static int take_socket(struct http_request *req, struct http_streams *streams)
{
    int on_library = req->conn->fd, room = (int)streams->config.buffer;
    int fd = fcntl(on_library, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    http_defer(req);
    if (dup3(streams->spare_fd, on_library, O_CLOEXEC) < 0) {
        int fault = -errno;
        close(fd);
        return fault;
    }
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    return fd;
}

static void open_stream(struct http_request *req, struct http_streams *streams,
                        struct http_stream *stream, const struct buf *head)
{
    int fd = take_socket(req, streams);
    if (fd < 0) {
        http_stream_cancel(streams, stream);
        http_fault(req, log_fault("http.stream", fd, "request=%s", req->id));
        if (req->suspended)
            http_complete(req);
        return;
    }
    req->status = 200;
    req->taken = true;
    if (send(fd, head->data, head->len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)head->len) {
        http_stream_begin(streams, stream, fd);
    } else {
        close(fd);
        http_stream_cancel(streams, stream);
    }
    http_complete(req);
}

void http_reply_stream(struct http_request *req, struct http_streams *streams,
                       const struct http_stream_about *about)
{
    uint8_t address[16];
    AUTO_BUF struct buf head;
    buf_init(&head, HEAD_ROOM);
    if (!http_reply_may(req, 200))
        return;
    http_set_header(req, "X-Accel-Buffering", "no");
    if (req->wire_head) {
        http_reply_bytes(req, 200, type, (struct span){(const uint8_t *)"", 0});
        return;
    }
    if (!make_head(req, &streams->config, &head)) {
        http_fault(req, log_fault("http.stream", -ENOMEM, "request=%s", req->id));
        return;
    }
    http_client_key(req, address);
    struct http_stream *stream = http_stream_reserve(streams, about, address);
    if (stream)
        open_stream(req, streams, stream, &head);
    else
        http_problem_later(req, &http_unavailable, streams->config.retry_ms / 1000 + 1,
                           "Too many pages are open.");
}
