/* SPDX-License-Identifier: Apache-2.0
 *
 * The checkpoint is stored before its size is: a size that is there has its checkpoint.
 */
#include "ledger/attest.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/stamp.h"
#include "ledger/peer.h"
#include "ledger/witness.h"
#include "settings/settings.h"

enum { SIZE_BYTES = 8, SIZES_CEILING = 64 << 20 };

struct attest {
    struct ledger *ledger;
    uint64_t known[TLOG_POLICY_MEMBERS]; /* how far each witness knows the log */
    int number;                          /* of the log that was attested last, and its size */
    uint64_t size;
    bool complete; /* everybody had something to say to it */

    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool closing, asked;
};

static void folder_of(const struct log_place *place, char out[LOG_PATH_ROOM])
{
    snprintf(out, LOG_PATH_ROOM, "%.*s/attested", LOG_PATH_ROOM - 16, place->folder);
}

/* ---- what was attested ---- */

static uint64_t size_at(const struct buf *sizes, size_t i)
{
    uint64_t size = 0;
    for (int byte = 0; byte < SIZE_BYTES; byte++)
        size = size << 8 | sizes->data[i * SIZE_BYTES + (size_t)byte];
    return size;
}

/* The first of the sizes above `index`. */
static bool first_above(const struct buf *sizes, uint64_t index, uint64_t *size_out)
{
    size_t low = 0, count = sizes->len / SIZE_BYTES, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (size_at(sizes, middle) > index)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == count)
        return false;
    *size_out = size_at(sizes, low);
    return true;
}

int attest_find(const struct log_place *place, uint64_t index, struct buf *note_out,
                struct buf *stamp_out)
{
    char folder[LOG_PATH_ROOM], name[40];
    uint64_t size;
    struct buf sizes AUTO_BUF;
    buf_init(&sizes, SIZES_CEILING);
    folder_of(place, folder);
    int result = log_files_read(folder, "sizes", &sizes);
    if (result != 0)
        return result < 0 ? result : LEDGER_ABSENT;
    if (!first_above(&sizes, index, &size))
        return LEDGER_ABSENT;
    snprintf(name, sizeof name, "%llu", (unsigned long long)size);
    result = log_files_read(folder, name, note_out);
    if (result != 0)
        return result < 0 ? result : log_fault("attest.find", -EBADMSG, "size=%s", name);
    snprintf(name, sizeof name, "%llu.tsr", (unsigned long long)size);
    result = log_files_read(folder, name, stamp_out);
    return result < 0 ? result : 0;
}

static int append_size(const char *folder, uint64_t size)
{
    char path[LOG_PATH_ROOM + 16];
    uint8_t bytes[SIZE_BYTES];
    for (int i = 0; i < SIZE_BYTES; i++)
        bytes[i] = (uint8_t)(size >> (8 * (SIZE_BYTES - 1 - i)));
    snprintf(path, sizeof path, "%s/sizes", folder);
    AUTO_CLOSE int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    int result = fd < 0 ? -errno : file_write(fd, (struct span){bytes, sizeof bytes});
    if (result == 0 && fsync(fd) != 0)
        result = -errno;
    return result == 0 ? 0 : log_fault("attest.store", result, "what=sizes");
}

/* One checkpoint with what was said of it. */
struct said {
    int number;
    struct checkpoint checkpoint;
    struct buf note;  /* with the witnesses' lines */
    struct buf stamp; /* empty: none */
    int lines;
    bool complete;
};

static int store(struct attest *attest, const struct said *said)
{
    char folder[LOG_PATH_ROOM], name[40];
    uint64_t size = said->checkpoint.head.size;
    bool again = attest->number == said->number && attest->size == size;
    folder_of(&attest->ledger->place, folder);
    int result = file_make_folder(folder);
    snprintf(name, sizeof name, "%llu.tsr", (unsigned long long)size);
    if (result == 0 && said->stamp.len)
        result = log_files_write(folder, name, (struct span){said->stamp.data, said->stamp.len});
    snprintf(name, sizeof name, "%llu", (unsigned long long)size);
    if (result == 0)
        result = log_files_write(folder, name, (struct span){said->note.data, said->note.len});
    if (result == 0 && !again)
        result = append_size(folder, size);
    if (result == 0) {
        attest->number = said->number;
        attest->size = size;
        attest->complete = said->complete;
    }
    return result;
}

/* ---- asking ---- */

static void stop_ledger(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    ledger->state = LEDGER_BEHIND;
    pthread_mutex_unlock(&ledger->lock);
    log_event(LOG_ERROR, "ledger.refuses", "state=%d why=witness", (int)LEDGER_BEHIND);
}

/* A server that ends waits for one request at most. */
static bool is_closing(struct attest *attest)
{
    pthread_mutex_lock(&attest->lock);
    bool closing = attest->closing;
    pthread_mutex_unlock(&attest->lock);
    return closing;
}

static void ask_witnesses(struct attest *attest, struct said *said)
{
    struct ledger *ledger = attest->ledger;
    const struct tlog_policy *policy = ledger->config.policy;
    struct tree_reader reader = {log_files_node, ledger->place.folder};
    const struct witness_checkpoint checkpoint = {
        {said->note.data, said->note.len}, said->checkpoint.head, &reader};
    struct buf lines AUTO_BUF;
    buf_init(&lines, NOTE_CEILING / 2);
    for (int i = 0; policy && i < policy->member_count; i++) {
        const struct tlog_member *witness = &policy->members[i];
        if (witness->is_group || !*witness->url || is_closing(attest))
            continue;
        int result = witness_ask(witness, &checkpoint, &attest->known[i], &lines);
        if (result == WITNESS_SEEN_MORE)
            stop_ledger(ledger);
        said->lines += result == 0;
        said->complete &= result == 0;
    }
    buf_add(&said->note, lines.data, lines.len);
}

/* The first authority that answers as it must. */
static void ask_authorities(struct attest *attest, struct said *said, struct span text)
{
    const struct ledger_config *config = &attest->ledger->config;
    const char *cursor = config->time_stampers ? config->time_stampers : "";
    char url[512];
    bool any = false;
    while (said->stamp.len == 0 && !is_closing(attest) &&
           settings_list_next(&cursor, url, sizeof url)) {
        uint8_t nonce[STAMP_NONCE];
        int64_t time;
        struct buf request AUTO_BUF;
        buf_init(&request, STAMP_REQUEST_CEILING);
        any = true;
        if (stamp_ask(text, nonce, &request) != 0)
            continue;
        int status = peer_post(&(struct peer_call){url,
                                                   "application/timestamp-query",
                                                   "application/timestamp-reply",
                                                   {request.data, request.len}},
                               &said->stamp);
        struct stamp_check check = {text, nonce, config->time_stamp_ca};
        int result = status == 200 ? stamp_read((struct span){said->stamp.data, said->stamp.len},
                                                &check, &time)
                                   : STAMP_NONE;
        if (result != 0) {
            log_event(LOG_WARN, "stamp.refused", "status=%d outcome=%d", status, result);
            buf_free(&said->stamp);
        }
    }
    said->complete &= !any || said->stamp.len > 0;
}

/* What is published now; false where there is nothing to attest. */
static bool take_head(struct attest *attest, struct said *said)
{
    struct ledger *ledger = attest->ledger;
    buf_init(&said->note, NOTE_CEILING);
    buf_init(&said->stamp, STAMP_ANSWER_CEILING);
    pthread_mutex_lock(&ledger->lock);
    said->number = ledger->state == LEDGER_SIGNS ? ledger->head.number : 0;
    said->checkpoint = ledger->head.checkpoint;
    buf_add(&said->note, ledger->head.bytes.data, ledger->head.bytes.len);
    pthread_mutex_unlock(&ledger->lock);
    bool done = attest->complete && attest->number == said->number &&
                attest->size == said->checkpoint.head.size;
    return said->number > 0 && said->checkpoint.head.size > 0 && !done;
}

int attest_round(struct attest *attest)
{
    struct said said = {.complete = true};
    char text[CHECKPOINT_ROOM];
    int result = 0;
    if (take_head(attest, &said)) {
        checkpoint_format(&said.checkpoint, text);
        ask_witnesses(attest, &said);
        ask_authorities(attest, &said, (struct span){(const uint8_t *)text, strlen(text)});
        if ((said.lines > 0 || said.stamp.len > 0) && !said.note.failed)
            result = store(attest, &said);
    }
    buf_free(&said.note);
    buf_free(&said.stamp);
    return result;
}

/* ---- the thread ---- */

static bool sleep_a_little(struct attest *attest)
{
    int64_t until = clock_steady() + attest->ledger->config.attest_ms;
    struct timespec at = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
    pthread_mutex_lock(&attest->lock);
    attest->asked = true;
    pthread_cond_broadcast(&attest->changed);
    int waited = 0;
    while (!attest->closing && waited == 0)
        waited = pthread_cond_timedwait(&attest->changed, &attest->lock, &at);
    bool closing = attest->closing;
    pthread_mutex_unlock(&attest->lock);
    return !closing;
}

static void *run(void *arg)
{
    struct attest *attest = arg;
    do {
        if (attest_round(attest) != 0)
            log_event(LOG_WARN, "attest.unfinished", "log=%d", attest->number);
    } while (sleep_a_little(attest));
    return NULL;
}

static bool has_anybody(const struct ledger_config *config)
{
    bool any = config->time_stampers && *config->time_stampers;
    for (int i = 0; config->policy && i < config->policy->member_count; i++)
        any |= *config->policy->members[i].url != '\0';
    return any;
}

int attest_start(struct ledger *ledger, struct attest **attest_out)
{
    pthread_condattr_t steady;
    *attest_out = NULL;
    if (!has_anybody(&ledger->config))
        return 0;
    struct attest *attest = calloc(1, sizeof *attest);
    if (!attest)
        return log_fault("attest.start", -ENOMEM, "what=memory");
    attest->ledger = ledger;
    pthread_mutex_init(&attest->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&attest->changed, &steady);
    pthread_condattr_destroy(&steady);
    int error = pthread_create(&attest->thread, NULL, run, attest);
    if (error) {
        pthread_cond_destroy(&attest->changed);
        pthread_mutex_destroy(&attest->lock);
        free(attest);
        return log_fault("attest.start", -error, "no thread");
    }
    *attest_out = attest;
    return 0;
}

void attest_wait(struct attest *attest)
{
    if (!attest)
        return;
    pthread_mutex_lock(&attest->lock);
    while (!attest->asked && !attest->closing)
        pthread_cond_wait(&attest->changed, &attest->lock);
    pthread_mutex_unlock(&attest->lock);
}

void attest_stop(struct attest **attest_in)
{
    struct attest *attest = *attest_in;
    if (!attest)
        return;
    pthread_mutex_lock(&attest->lock);
    attest->closing = true;
    pthread_cond_broadcast(&attest->changed);
    pthread_mutex_unlock(&attest->lock);
    pthread_join(attest->thread, NULL);
    pthread_cond_destroy(&attest->changed);
    pthread_mutex_destroy(&attest->lock);
    free(attest);
    *attest_in = NULL;
}
