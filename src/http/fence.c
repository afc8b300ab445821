/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests inside stand in the buckets of a hash table, by links of their own, so entering never
 * allocates. The keys that are cut stand in a small array. One lock guards both; it is held for the
 * time of a few system calls at most.
 *
 * shutdown() is what the promise rests on: it takes the same lock within the kernel as send(), so a
 * send on another thread is either over, or fails. Connecting to AF_UNSPEC afterwards makes Linux
 * reset the connection and drop what was still waiting in its send buffer; where that is not
 * possible nothing is lost but those bytes, which were handed over before.
 */
#include "http/fence.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "http/hash.h"
#include "http/request.h"

enum { BUCKETS = 1024 };

struct cut_key {
    uint8_t key[16];
    unsigned cuts; /* not yet lifted; 0: free */
};

struct http_fence {
    pthread_mutex_t lock;
    struct http_hash_key hash_key;
    struct http_fence_place *bucket[BUCKETS];
    uint64_t overflow; /* cuts that found no room: while there are any, nobody enters */
    size_t used;       /* cut[used] and all after it are free */
    size_t room;
    struct cut_key cut[];
};

struct http_fence *http_fence_new(size_t cut_room)
{
    if (cut_room > SIZE_MAX / sizeof(struct cut_key) / 2)
        return NULL;
    struct http_fence *fence = calloc(1, sizeof *fence + cut_room * sizeof(struct cut_key));
    if (!fence)
        return NULL;
    fence->room = cut_room;
    http_hash_new_key(&fence->hash_key);
    pthread_mutex_init(&fence->lock, NULL);
    return fence;
}

void http_fence_free(struct http_fence **fence)
{
    if (!*fence)
        return;
    pthread_mutex_destroy(&(*fence)->lock);
    free(*fence);
    *fence = NULL;
}

static struct http_fence_place **bucket_of(struct http_fence *fence, const uint8_t key[16])
{
    return &fence->bucket[http_hash(&fence->hash_key, (struct span){key, 16}) % BUCKETS];
}

static struct cut_key *find_cut(struct http_fence *fence, const uint8_t key[16])
{
    for (size_t i = 0; i < fence->used; i++)
        if (fence->cut[i].cuts > 0 && memcmp(fence->cut[i].key, key, 16) == 0)
            return &fence->cut[i];
    return NULL;
}

static bool is_inside(const struct http_fence_stay *stay, const uint8_t key[16])
{
    for (int i = 0; i < stay->used; i++)
        if (memcmp(stay->places[i].key, key, 16) == 0)
            return true;
    return false;
}

static void take_place(struct http_fence *fence, const uint8_t key[16],
                       struct http_fence_stay *stay)
{
    struct http_fence_place **bucket = bucket_of(fence, key);
    struct http_fence_place *place = &stay->places[stay->used++];
    stay->fence = fence;
    place->stay = stay;
    memcpy(place->key, key, 16);
    place->next = *bucket;
    place->link = bucket;
    if (*bucket)
        (*bucket)->link = &place->next;
    *bucket = place;
}

int http_fence_enter(struct http_fence *fence, const uint8_t key[16], struct http_request *req)
{
    struct http_fence_stay *stay = &req->fence;
    pthread_mutex_lock(&fence->lock);
    bool inside = is_inside(stay, key);
    int result = 0;
    if ((stay->fence && stay->fence != fence) || (!inside && stay->used == HTTP_FENCE_KEYS))
        result = -EINVAL;
    else if (atomic_load(&stay->cut) || (!inside && (fence->overflow > 0 || find_cut(fence, key))))
        result = HTTP_FENCE_CUT;
    if (result == 0 && !inside) {
        stay->fd = req->conn->fd;
        take_place(fence, key, stay);
    }
    pthread_mutex_unlock(&fence->lock);
    return result;
}

void http_fence_leave(struct http_request *req)
{
    struct http_fence_stay *stay = &req->fence;
    struct http_fence *fence = stay->fence; /* only the request's owner changes it */
    if (!fence)
        return;
    pthread_mutex_lock(&fence->lock);
    while (stay->used > 0) {
        struct http_fence_place *place = &stay->places[--stay->used];
        *place->link = place->next;
        if (place->next)
            place->next->link = place->link;
    }
    stay->fence = NULL;
    pthread_mutex_unlock(&fence->lock);
}

/* Remembers a cut key; where there is no room for it, that everything is cut. */
static void remember_cut(struct http_fence *fence, const uint8_t key[16])
{
    struct cut_key *cut = find_cut(fence, key);
    for (size_t i = 0; !cut && i < fence->room; i++)
        if (fence->cut[i].cuts == 0)
            cut = &fence->cut[i];
    if (!cut) {
        fence->overflow++;
        return;
    }
    memcpy(cut->key, key, 16);
    cut->cuts++;
    if ((size_t)(cut - fence->cut) >= fence->used)
        fence->used = (size_t)(cut - fence->cut) + 1;
}

static void break_off(int fd)
{
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    shutdown(fd, SHUT_RDWR);
    /* Not by connect(): the thread sanitizer would take it for the making of a new descriptor. */
    (void)!syscall(SYS_connect, fd, &nobody, sizeof nobody);
}

size_t http_fence_cut(struct http_fence *fence, const uint8_t key[16])
{
    size_t broken = 0;
    pthread_mutex_lock(&fence->lock);
    remember_cut(fence, key);
    for (struct http_fence_place *place = *bucket_of(fence, key); place; place = place->next) {
        if (memcmp(place->key, key, 16) != 0 || atomic_load(&place->stay->cut))
            continue;
        atomic_store(&place->stay->cut, true);
        break_off(place->stay->fd);
        broken++;
    }
    pthread_mutex_unlock(&fence->lock);
    return broken;
}

void http_fence_lift(struct http_fence *fence, const uint8_t key[16])
{
    pthread_mutex_lock(&fence->lock);
    struct cut_key *cut = find_cut(fence, key);
    if (cut)
        cut->cuts--;
    else if (fence->overflow > 0)
        fence->overflow--;
    while (fence->used > 0 && fence->cut[fence->used - 1].cuts == 0)
        fence->used--;
    pthread_mutex_unlock(&fence->lock);
}
