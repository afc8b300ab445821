/* SPDX-License-Identifier: Apache-2.0
 *
 * The handler pool: threads that run handlers which may block, and a bounded queue before them.
 */
#ifndef PORCHLIGHT_HTTP_POOL_H
#define PORCHLIGHT_HTTP_POOL_H

#include "base/base.h"

struct http_pool;
struct http_request;

struct http_pool_config {
    unsigned threads, queue;
    size_t stack;
    void (*run)(struct http_request *req); /* on a pool thread */
};

int http_pool_new(const struct http_pool_config *config, struct http_pool **out);
/* Runs what is queued, then joins the threads. NULL is harmless. */
void http_pool_free(struct http_pool **pool);

/* Suspends the request's connection and queues it; false, and nothing has happened, when the queue
 * is full. */
bool http_pool_submit(struct http_pool *pool, struct http_request *req);
uint64_t http_pool_queued(struct http_pool *pool);

#endif
