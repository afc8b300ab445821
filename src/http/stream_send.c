/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes to the sockets. The rule is that nothing waits here: a text leaves at once and whole,
 * or its beginning leaves and the rest of it (a few bytes) is kept, or it is missed.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "http/stream_hub.h"

static void watch(struct http_streams *streams, struct http_stream *stream, uint32_t more)
{
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET | more, .data.ptr = stream};
    if (epoll_ctl(streams->epoll_fd, EPOLL_CTL_MOD, stream->fd, &event) != 0)
        stream->broken = true;
}

static void fall_behind(struct http_streams *streams, struct http_stream *stream)
{
    if (stream->behind_since == 0) {
        stream->behind_since = streams->now ? streams->now : 1;
        streams->behind++;
    }
    watch(streams, stream, EPOLLOUT);
}

/* How many of the bytes the socket took; sets `broken`. */
static size_t push(struct http_stream *stream, const char *text, size_t len)
{
    ssize_t sent = send(stream->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR)
        stream->broken = true;
    return sent > 0 ? (size_t)sent : 0;
}

void http_stream_give(struct http_streams *streams, struct http_stream *stream, const char *text)
{
    size_t len = strnlen(text, HTTP_STREAM_TEXT);
    if (stream->behind_since != 0) {
        stream->missed = true;
        atomic_fetch_add_explicit(&streams->missed, 1, memory_order_relaxed);
        return;
    }
    size_t sent = push(stream, text, len);
    if (sent == len || stream->broken) {
        atomic_fetch_add_explicit(&streams->told, !stream->broken, memory_order_relaxed);
        return;
    }
    if (sent == 0) {
        stream->missed = true;
        atomic_fetch_add_explicit(&streams->missed, 1, memory_order_relaxed);
    } else {
        stream->rest = strndup(text + sent, len - sent);
        stream->rest_len = (uint16_t)(len - sent);
        stream->broken = !stream->rest;
    }
    fall_behind(streams, stream);
}

/* Asks, and says what there is to say. The stream may be gone afterwards: false. */
bool http_stream_ask(struct http_streams *streams, struct http_stream *stream,
                     const struct http_stream_event *event)
{
    char text[HTTP_STREAM_TEXT] = "";
    enum http_stream_answer answer =
        streams->config.say(streams->config.context, &stream->about, event, text);
    if (answer == HTTP_STREAM_SAY)
        http_stream_give(streams, stream, text);
    if (answer != HTTP_STREAM_END && !stream->broken)
        return true;
    http_stream_drop(streams, stream);
    return false;
}

/* The socket takes bytes again. */
void http_stream_catch_up(struct http_streams *streams, struct http_stream *stream)
{
    size_t sent = stream->rest ? push(stream, stream->rest, stream->rest_len) : 0;
    if (stream->broken) {
        http_stream_drop(streams, stream);
        return;
    }
    if (stream->rest && sent < stream->rest_len) {
        memmove(stream->rest, stream->rest + sent, stream->rest_len - sent);
        stream->rest_len = (uint16_t)(stream->rest_len - sent);
        return; /* the edge comes again */
    }
    bool missed = stream->missed;
    free(stream->rest);
    stream->rest = NULL;
    stream->rest_len = 0;
    stream->missed = false;
    stream->behind_since = 0;
    streams->behind--;
    watch(streams, stream, 0);
    if (missed || stream->broken)
        http_stream_ask(streams, stream, &(struct http_stream_event){.cause = HTTP_STREAM_MISSED});
}
