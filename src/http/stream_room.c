/* SPDX-License-Identifier: Apache-2.0
 *
 * The places of streams: how many there are, of whom, and where each stands.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "http/stream_hub.h"

/* ---- places ---- */

static bool count_in(struct http_streams *streams, const struct http_stream *stream)
{
    const struct http_streams_config *config = &streams->config;
    if (streams->stopping || streams->count >= config->limit ||
        !http_tally_add(streams->owners, stream->about.owner, config->owner_limit))
        return false;
    if (!http_tally_add(streams->addresses, stream->address, config->address_limit)) {
        http_tally_drop(streams->owners, stream->about.owner);
        return false;
    }
    streams->count++;
    return true;
}

static void count_out(struct http_streams *streams, const struct http_stream *stream)
{
    pthread_mutex_lock(&streams->lock);
    http_tally_drop(streams->owners, stream->about.owner);
    http_tally_drop(streams->addresses, stream->address);
    streams->count--;
    pthread_mutex_unlock(&streams->lock);
}

struct http_stream *http_stream_reserve(struct http_streams *streams,
                                        const struct http_stream_about *about,
                                        const uint8_t address[16])
{
    struct http_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return NULL;
    stream->fd = -1;
    stream->about = *about;
    memcpy(stream->address, address, sizeof stream->address);
    pthread_mutex_lock(&streams->lock);
    bool in = count_in(streams, stream);
    pthread_mutex_unlock(&streams->lock);
    if (in)
        return stream;
    atomic_fetch_add_explicit(&streams->refused, 1, memory_order_relaxed);
    free(stream);
    return NULL;
}

void http_stream_cancel(struct http_streams *streams, struct http_stream *stream)
{
    count_out(streams, stream);
    free(stream);
}

void http_streams_ring(struct http_streams *streams)
{
    uint64_t one = 1;
    while (write(streams->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

void http_stream_begin(struct http_streams *streams, struct http_stream *stream, int fd)
{
    stream->fd = fd;
    pthread_mutex_lock(&streams->lock);
    *streams->inbox_end = stream;
    streams->inbox_end = &stream->next;
    pthread_mutex_unlock(&streams->lock);
    atomic_fetch_add_explicit(&streams->opened, 1, memory_order_relaxed);
    http_streams_ring(streams);
}

/* ---- the table and the list ---- */

struct http_stream **http_stream_bucket(struct http_streams *streams, const uint8_t key[16])
{
    return &streams->table[http_hash(&streams->hash_key, (struct span){key, 16}) & streams->mask];
}

static void list_add(struct http_streams *streams, struct http_stream *stream)
{
    stream->beat_at = streams->now + streams->config.beat_ms;
    stream->later = NULL;
    stream->earlier = streams->last;
    if (streams->last)
        streams->last->later = stream;
    else
        streams->first = stream;
    streams->last = stream;
}

static void list_remove(struct http_streams *streams, struct http_stream *stream)
{
    if (stream->earlier)
        stream->earlier->later = stream->later;
    else
        streams->first = stream->later;
    if (stream->later)
        stream->later->earlier = stream->earlier;
    else
        streams->last = stream->earlier;
}

void http_stream_drop(struct http_streams *streams, struct http_stream *stream)
{
    if (stream->next)
        stream->next->link = stream->link;
    *stream->link = stream->next;
    list_remove(streams, stream);
    streams->behind -= stream->behind_since != 0;
    count_out(streams, stream);
    close(stream->fd); /* leaves the epoll set with it */
    free(stream->rest);
    free(stream);
}

bool http_stream_enter(struct http_streams *streams, struct http_stream *stream)
{
    struct http_stream **bucket = http_stream_bucket(streams, stream->about.key);
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET, .data.ptr = stream};
    stream->next = *bucket;
    stream->link = bucket;
    if (*bucket)
        (*bucket)->link = &stream->next;
    *bucket = stream;
    list_add(streams, stream);
    bool watched = epoll_ctl(streams->epoll_fd, EPOLL_CTL_ADD, stream->fd, &event) == 0;
    if (!watched)
        http_stream_drop(streams, stream);
    return watched;
}

void http_stream_put_last(struct http_streams *streams, struct http_stream *stream)
{
    list_remove(streams, stream);
    list_add(streams, stream);
}
