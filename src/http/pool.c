/* SPDX-License-Identifier: Apache-2.0
 *
 * First come, first served. The connection is suspended under the queue's lock, before any thread
 * can see the request: so a handler that is done at once still finds it suspended when it resumes
 * it.
 */
#include "http/pool.h"

#include <errno.h>
#include <pthread.h>

#include "base/log.h"
#include "http/request.h"

struct http_pool {
    struct http_pool_config config;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct http_request *first, **last;
    unsigned queued, idle;
    bool stopping;
    unsigned started;
    pthread_t threads[];
};

static void *run_thread(void *arg)
{
    struct http_pool *pool = arg;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->first && !pool->stopping) {
            pool->idle++;
            pthread_cond_wait(&pool->wake, &pool->lock);
            pool->idle--;
        }
        struct http_request *req = pool->first;
        if (!req)
            break;
        pool->first = req->next_queued;
        if (!pool->first)
            pool->last = &pool->first;
        pool->queued--;
        pthread_mutex_unlock(&pool->lock);
        pool->config.run(req);
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static int start_threads(struct http_pool *pool)
{
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    int error = pthread_attr_setstacksize(&attr, pool->config.stack);
    while (!error && pool->started < pool->config.threads) {
        error = pthread_create(&pool->threads[pool->started], &attr, run_thread, pool);
        if (!error)
            pthread_setname_np(pool->threads[pool->started++], "http-handler");
    }
    pthread_attr_destroy(&attr);
    return error ? log_fault("http.pool", -error, "threads=%u", pool->config.threads) : 0;
}

int http_pool_new(const struct http_pool_config *config, struct http_pool **out)
{
    struct http_pool *pool = calloc(1, sizeof *pool + config->threads * sizeof pool->threads[0]);
    if (!pool)
        return log_fault("http.pool", -ENOMEM, "threads=%u", config->threads);
    pool->config = *config;
    pool->last = &pool->first;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    int fault = start_threads(pool);
    if (fault)
        http_pool_free(&pool);
    else
        *out = pool;
    return fault;
}

void http_pool_free(struct http_pool **pool)
{
    if (!*pool)
        return;
    pthread_mutex_lock(&(*pool)->lock);
    (*pool)->stopping = true;
    pthread_cond_broadcast(&(*pool)->wake);
    pthread_mutex_unlock(&(*pool)->lock);
    for (unsigned i = 0; i < (*pool)->started; i++)
        pthread_join((*pool)->threads[i], NULL);
    pthread_mutex_destroy(&(*pool)->lock);
    pthread_cond_destroy(&(*pool)->wake);
    free(*pool);
    *pool = NULL;
}

bool http_pool_submit(struct http_pool *pool, struct http_request *req)
{
    pthread_mutex_lock(&pool->lock);
    bool room = pool->queued < pool->config.queue;
    if (room) {
        MHD_suspend_connection(req->link);
        req->next_queued = NULL;
        *pool->last = req;
        pool->last = &req->next_queued;
        pool->queued++;
        if (pool->idle > 0)
            pthread_cond_signal(&pool->wake);
    }
    pthread_mutex_unlock(&pool->lock);
    return room;
}

uint64_t http_pool_queued(struct http_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    uint64_t queued = pool->queued;
    pthread_mutex_unlock(&pool->lock);
    return queued;
}
