/* SPDX-License-Identifier: Apache-2.0
 *
 * A short list under a lock. One session may stand in it twice, which does no harm.
 */
#include "jobs/touches.h"

#include <pthread.h>

#include "db/db.h"
#include "store/account.h"

enum { ROOM = 256 };

struct touch {
    uint8_t token_hash[STORE_HASH];
    int64_t seen_at, expires_at;
};

struct touches {
    pthread_mutex_t lock;
    int count;
    struct touch noted[ROOM];
};

struct touches *touches_new(void)
{
    struct touches *touches = calloc(1, sizeof *touches);
    if (touches)
        pthread_mutex_init(&touches->lock, NULL);
    return touches;
}

void touches_free(struct touches **touches)
{
    if (!*touches)
        return;
    pthread_mutex_destroy(&(*touches)->lock);
    free(*touches);
    *touches = NULL;
}

bool touches_due(int64_t seen_at, int64_t idle, int64_t now)
{
    return now - seen_at >= idle / 10;
}

void touches_note(struct touches *touches, const uint8_t token_hash[STORE_HASH], int64_t now,
                  int64_t expires_at)
{
    pthread_mutex_lock(&touches->lock);
    if (touches->count < ROOM) {
        struct touch *touch = &touches->noted[touches->count++];
        *touch = (struct touch){.seen_at = now, .expires_at = expires_at};
        memcpy(touch->token_hash, token_hash, STORE_HASH);
    }
    pthread_mutex_unlock(&touches->lock);
}

struct batch {
    int count;
    struct touch noted[ROOM];
};

static int write_batch(struct db_tx *tx, void *arg)
{
    const struct batch *batch = arg;
    int result = 0;
    for (int i = 0; i < batch->count && result >= 0;
         i++) /* one that was signed out meanwhile is not found */
        result = store_session_touch(tx, batch->noted[i].token_hash, batch->noted[i].seen_at,
                                     batch->noted[i].expires_at);
    return result < 0 ? result : 0;
}

int touches_write(struct touches *touches, struct db *db)
{
    struct batch batch;
    pthread_mutex_lock(&touches->lock);
    batch.count = touches->count;
    memcpy(batch.noted, touches->noted, sizeof batch.noted);
    touches->count = 0;
    pthread_mutex_unlock(&touches->lock);
    return batch.count > 0 ? db_write(db, write_batch, &batch) : 0;
}
