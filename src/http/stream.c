/* SPDX-License-Identifier: Apache-2.0
 *
 * The thread that has all open streams. Other threads only leave things for it, under one lock that
 * is held for moments: streams that were opened, sessions that ended, that there is something to
 * pull. So a stream that was left before an event was committed is in the table before the event is
 * pulled; one that came later is asked about when it is taken in (HTTP_STREAM_OPENED).
 *
 * Every socket has a small send buffer, and that is all the room an unread stream has. Streams
 * stand in a table by key, and in a list in the order of their next beat.
 */
#include "http/stream.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/stream_hub.h"

enum { AT_ONCE = 256 };

/* ---- what was left for the thread ---- */

/* All streams of the sessions; or, where they were too many to remember, all that may not go on. */
static void end_sessions(struct http_streams *streams, uint8_t (*ended)[32], unsigned count)
{
    struct http_stream *later;
    for (struct http_stream *at = streams->first; at && count > 0; at = later) {
        bool over = false;
        later = at->later;
        for (unsigned i = 0; i < count && i < HTTP_STREAMS_ENDED; i++)
            over |= memcmp(ended[i], at->about.session, 32) == 0;
        if (over)
            http_stream_drop(streams, at);
        else if (count > HTTP_STREAMS_ENDED)
            http_stream_ask(streams, at, &(struct http_stream_event){.cause = HTTP_STREAM_BEAT});
    }
}

/* Returns false when it is time to stop. */
static bool take_what_was_left(struct http_streams *streams)
{
    uint8_t ended[HTTP_STREAMS_ENDED][32];
    pthread_mutex_lock(&streams->lock);
    struct http_stream *inbox = streams->inbox;
    unsigned ended_count = streams->ended_count;
    bool woken = streams->woken, stopping = streams->stopping;
    memcpy(ended, streams->ended, sizeof ended);
    streams->inbox = NULL;
    streams->inbox_end = &streams->inbox;
    streams->ended_count = 0;
    streams->woken = false;
    pthread_mutex_unlock(&streams->lock);
    for (struct http_stream *next; inbox; inbox = next) {
        next = inbox->next;
        if (http_stream_enter(streams, inbox))
            http_stream_ask(streams, inbox,
                            &(struct http_stream_event){.cause = HTTP_STREAM_OPENED});
    }
    end_sessions(streams, ended, ended_count);
    if (woken)
        streams->pull_at = streams->now;
    return !stopping;
}

void http_streams_wake(struct http_streams *streams)
{
    if (!streams)
        return;
    pthread_mutex_lock(&streams->lock);
    streams->woken = true;
    pthread_mutex_unlock(&streams->lock);
    http_streams_ring(streams);
}

void http_streams_end(struct http_streams *streams, const uint8_t session[32])
{
    if (!streams)
        return;
    pthread_mutex_lock(&streams->lock);
    if (streams->ended_count < HTTP_STREAMS_ENDED)
        memcpy(streams->ended[streams->ended_count], session, 32);
    if (streams->ended_count <= HTTP_STREAMS_ENDED)
        streams->ended_count++;
    pthread_mutex_unlock(&streams->lock);
    http_streams_ring(streams);
}

void http_streams_tell(struct http_streams *streams, const struct http_stream_event *event)
{
    struct http_stream *next;
    for (struct http_stream *at = *http_stream_bucket(streams, event->key); at; at = next) {
        next = at->next;
        if (memcmp(at->about.key, event->key, sizeof event->key) == 0)
            http_stream_ask(streams, at, event);
    }
}

/* ---- the clock ---- */

static void drop_slow(struct http_streams *streams, struct http_stream *stream)
{
    atomic_fetch_add_explicit(&streams->dropped, 1, memory_order_relaxed);
    http_stream_drop(streams, stream);
}

/* True when bytes have lain unread by the peer for too long. */
static bool lies_unread(struct http_streams *streams, struct http_stream *stream)
{
    int waiting = 0;
    if (ioctl(stream->fd, SIOCOUTQ, &waiting) != 0 || waiting == 0)
        stream->unread_since = 0;
    else if (stream->unread_since == 0)
        stream->unread_since = streams->now;
    return stream->unread_since != 0 &&
           streams->now - stream->unread_since >= (int64_t)streams->config.slow_ms;
}

static void beat(struct http_streams *streams)
{
    static const struct http_stream_event event = {.cause = HTTP_STREAM_BEAT};
    for (struct http_stream *at; (at = streams->first) && at->beat_at <= streams->now;) {
        http_stream_put_last(streams, at);
        if (lies_unread(streams, at))
            drop_slow(streams, at);
        else if (http_stream_ask(streams, at, &event) && at->behind_since == 0) {
            http_stream_give(streams, at, ":\n\n");
            if (at->broken)
                http_stream_drop(streams, at);
        }
    }
}

static void drop_the_slow(struct http_streams *streams)
{
    struct http_stream *later;
    for (struct http_stream *at = streams->first; at && streams->behind > 0; at = later) {
        later = at->later;
        if (at->behind_since != 0 &&
            streams->now - at->behind_since >= (int64_t)streams->config.slow_ms)
            drop_slow(streams, at);
    }
}

static void pull(struct http_streams *streams)
{
    if (streams->now < streams->pull_at)
        return;
    streams->config.pull(streams->config.context, streams);
    streams->now = clock_steady();
    streams->pull_at = streams->now + streams->config.poll_ms;
    drop_the_slow(streams);
}

/* ---- the thread ---- */

static int time_to_wait(const struct http_streams *streams)
{
    int64_t until = streams->pull_at;
    if (streams->first && streams->first->beat_at < until)
        until = streams->first->beat_at;
    return until <= streams->now ? 0 : (int)(until - streams->now);
}

static void attend(struct http_streams *streams, const struct epoll_event *event)
{
    struct http_stream *stream = event->data.ptr;
    uint64_t rung;
    if (!stream)
        (void)!read(streams->wake_fd, &rung, sizeof rung);
    else if (event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        http_stream_drop(streams, stream);
    else if (event->events & EPOLLOUT && stream->behind_since != 0)
        http_stream_catch_up(streams, stream);
}

static void *run(void *arg)
{
    struct http_streams *streams = arg;
    struct epoll_event events[AT_ONCE];
    do {
        int count = epoll_wait(streams->epoll_fd, events, AT_ONCE, time_to_wait(streams));
        streams->now = clock_steady();
        for (int i = 0; i < count; i++)
            attend(streams, &events[i]);
        if (!take_what_was_left(streams))
            break;
        pull(streams);
        beat(streams);
    } while (true);
    while (streams->first)
        http_stream_drop(streams, streams->first);
    return NULL;
}

static int start(struct http_streams *streams)
{
    struct epoll_event wake = {.events = EPOLLIN};
    streams->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    streams->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    streams->spare_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (streams->epoll_fd < 0 || streams->wake_fd < 0 || streams->spare_fd < 0 ||
        epoll_ctl(streams->epoll_fd, EPOLL_CTL_ADD, streams->wake_fd, &wake) != 0)
        return -errno;
    int error = pthread_create(&streams->thread, NULL, run, streams);
    streams->started = error == 0;
    if (streams->started)
        pthread_setname_np(streams->thread, "streams");
    return -error;
}

int http_streams_new(const struct http_streams_config *config, struct http_streams **out)
{
    struct http_streams *streams = calloc(1, sizeof *streams);
    if (!streams)
        return log_fault("streams.new", -ENOMEM, "limit=%u", config->limit);
    size_t buckets = 64;
    while (buckets < config->limit && buckets < 1 << 16)
        buckets *= 2;
    streams->config = *config;
    streams->inbox_end = &streams->inbox;
    streams->mask = buckets - 1;
    streams->epoll_fd = streams->wake_fd = streams->spare_fd = -1;
    streams->now = clock_steady();
    http_hash_new_key(&streams->hash_key);
    pthread_mutex_init(&streams->lock, NULL);
    streams->table = calloc(buckets, sizeof(struct http_stream *));
    streams->owners = http_tally_new(config->limit);
    streams->addresses = http_tally_new(config->limit);
    int result = streams->table && streams->owners && streams->addresses ? start(streams) : -ENOMEM;
    if (result != 0) {
        log_fault("streams.new", result, "limit=%u", config->limit);
        http_streams_free(&streams);
    }
    *out = streams;
    return result;
}

static void close_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void http_streams_stop(struct http_streams *streams)
{
    if (!streams || !streams->started)
        return;
    pthread_mutex_lock(&streams->lock);
    streams->stopping = true;
    pthread_mutex_unlock(&streams->lock);
    http_streams_ring(streams);
    pthread_join(streams->thread, NULL);
    streams->started = false;
}

/* Those that were opened while it stopped. */
static void close_inbox(struct http_streams *streams)
{
    for (struct http_stream *at = streams->inbox, *next; at; at = next) {
        next = at->next;
        close(at->fd);
        free(at);
    }
}

void http_streams_free(struct http_streams **place)
{
    struct http_streams *streams = *place;
    if (!streams)
        return;
    http_streams_stop(streams);
    close_inbox(streams);
    close_open(streams->epoll_fd);
    close_open(streams->wake_fd);
    close_open(streams->spare_fd);
    if (streams->owners)
        http_tally_free(&streams->owners);
    if (streams->addresses)
        http_tally_free(&streams->addresses);
    pthread_mutex_destroy(&streams->lock);
    free(streams->table);
    free(streams);
    *place = NULL;
}

void http_streams_figures(struct http_streams *streams, struct http_streams_figures *out)
{
    *out = (struct http_streams_figures){
        .opened = atomic_load(&streams->opened),
        .refused = atomic_load(&streams->refused),
        .told = atomic_load(&streams->told),
        .missed = atomic_load(&streams->missed),
        .dropped = atomic_load(&streams->dropped),
    };
    pthread_mutex_lock(&streams->lock);
    out->open = streams->count;
    pthread_mutex_unlock(&streams->lock);
}
