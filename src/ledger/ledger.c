/* SPDX-License-Identifier: Apache-2.0
 *
 * The thread and the answers. A round that failed leaves the files ahead of the edge at most, and
 * the next one takes that back first.
 */
#include "ledger/ledger.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "crypto/stamp.h"
#include "keys/keys.h"
#include "ledger/attest.h"
#include "ledger/ledger_inside.h"
#include "ledger/tlog_proof.h"

enum { BATCH = 1024 };

const char *ledger_state_text(enum ledger_state state)
{
    switch (state) {
    case LEDGER_SIGNS:
        return "it signs";
    case LEDGER_OFF:
        return "it is off: nothing that is done can be proven";
    case LEDGER_BEHIND:
        return "what was published is newer than this data, so it signs nothing: after a restore, "
               "stop the server and run `porchlight admin ledger-continue`";
    default:
        return "its files are not those that were signed, so it signs nothing: restore them, or "
               "run "
               "`porchlight admin ledger-continue` with the server stopped";
    }
}

/* ---- a round ---- */

int ledger_count(struct ledger *ledger, int64_t *seq_out)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(ledger->config.db, &tx);
    return result == 0 ? store_entry_count(tx, seq_out) : result;
}

static int64_t covered(const struct ledger *ledger)
{
    return ledger->place.first - 1 + (int64_t)ledger->edge.size - ledger->place.lead;
}

/* Keeps the checkpoint where a restored data folder cannot take it back. */
static int keep_published(struct ledger *ledger, struct span note)
{
    struct buf mark AUTO_BUF;
    buf_init(&mark, NOTE_CEILING);
    buf_printf(&mark, "log %d\n", ledger->place.number);
    buf_add(&mark, note.data, note.len);
    if (mark.failed)
        return log_fault("ledger.publish", -ENOMEM, "log=%d", ledger->place.number);
    int result = keys_put_published(ledger->config.keys, (struct span){mark.data, mark.len});
    return result > 0 ? log_fault("ledger.publish", -ENOSPC, "log=%d", ledger->place.number)
                      : result;
}

int ledger_publish(struct ledger *ledger)
{
    char text[CHECKPOINT_ROOM];
    struct checkpoint checkpoint = {.head.size = ledger->edge.size};
    struct buf bytes;
    memcpy(checkpoint.origin, ledger->key.name, sizeof checkpoint.origin);
    tree_edge_root(&ledger->edge, checkpoint.head.root);
    checkpoint_format(&checkpoint, text);
    buf_init(&bytes, NOTE_CEILING);
    note_sign(&bytes, HASH_TEXT(text), &ledger->key, &ledger->secret);
    int result = bytes.failed ? log_fault("ledger.publish", -ENOMEM, "what=note") : 0;
    if (result == 0)
        result = keep_published(ledger, (struct span){bytes.data, bytes.len});
    if (result == 0)
        result = log_files_write(ledger->place.folder, "checkpoint",
                                 (struct span){bytes.data, bytes.len});
    if (result != 0) {
        buf_free(&bytes);
        return result;
    }
    pthread_mutex_lock(&ledger->lock);
    buf_free(&ledger->head.bytes);
    ledger->head = (struct signed_head){ledger->place.number, checkpoint, bytes};
    pthread_mutex_unlock(&ledger->lock);
    return 0;
}

/* What one batch of entries is made of. */
struct batch {
    uint8_t commitments[BATCH][STORE_HASH];
    char texts[BATCH][STEP_ENTRY_ROOM];
    struct span entries[BATCH];
    int count;
};

static int read_batch(struct ledger *ledger, struct batch *batch)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(ledger->config.db, &tx);
    if (result == 0)
        result =
            store_entry_commitments(tx, covered(ledger), BATCH, batch->commitments, &batch->count);
    for (int i = 0; result == 0 && i < batch->count; i++) {
        step_entry(batch->commitments[i], batch->texts[i]);
        batch->entries[i] = HASH_TEXT(batch->texts[i]);
    }
    return result;
}

static int take_up(struct ledger *ledger)
{
    AUTO_FREE struct batch *batch = malloc(sizeof *batch);
    int result = 0;
    if (!batch)
        return log_fault("ledger.round", -ENOMEM, "what=batch");
    if (ledger->must_cut)
        result = log_files_cut(ledger->place.folder, ledger->edge.size);
    if (result > 0)
        result = log_fault("ledger.round", -EBADMSG, "what=files");
    ledger->must_cut = result != 0;
    while (result == 0) {
        result = read_batch(ledger, batch);
        if (result != 0 || batch->count == 0)
            break;
        result = log_files_append(ledger->place.folder, &ledger->edge,
                                  &(struct log_entries){batch->count, batch->entries});
        ledger->must_cut = result != 0;
    }
    return result;
}

static bool may_sign(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    bool may = ledger->state == LEDGER_SIGNS;
    pthread_mutex_unlock(&ledger->lock);
    return may;
}

int ledger_round(struct ledger *ledger)
{
    if (!may_sign(ledger))
        return 0;
    int result = take_up(ledger);
    bool news = ledger->head.number != ledger->place.number ||
                ledger->head.checkpoint.head.size != ledger->edge.size;
    if (result == 0 && news)
        result = ledger_publish(ledger);
    if (result != 0) {
        pthread_mutex_lock(&ledger->lock);
        ledger->failed++;
        pthread_mutex_unlock(&ledger->lock);
    }
    return result;
}

/* ---- the thread ---- */

/* False when the ledger closes. */
static bool sleep_a_little(struct ledger *ledger)
{
    int64_t until = clock_steady() + ledger->config.interval_ms;
    struct timespec at = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
    pthread_mutex_lock(&ledger->lock);
    int waited = 0;
    while (!ledger->closing && waited == 0)
        waited = pthread_cond_timedwait(&ledger->changed, &ledger->lock, &at);
    bool closing = ledger->closing;
    pthread_mutex_unlock(&ledger->lock);
    return !closing;
}

static void *run(void *arg)
{
    struct ledger *ledger = arg;
    bool more;
    attest_wait(ledger->attest);
    do {
        more = sleep_a_little(ledger);
        int result = ledger_round(ledger);
        if (result < 0)
            log_event(LOG_WARN, "ledger.unfinished", "fault=%d", -result);
    } while (more);
    return NULL;
}

int ledger_start(struct ledger *ledger)
{
    if (ledger->state != LEDGER_SIGNS)
        return 0;
    int result = attest_start(ledger, &ledger->attest);
    if (result != 0)
        return result;
    int error = pthread_create(&ledger->thread, NULL, run, ledger);
    ledger->running = error == 0;
    return error ? log_fault("ledger.start", -error, "no thread") : 0;
}

void ledger_free(struct ledger **ledger_in)
{
    struct ledger *ledger = *ledger_in;
    if (!ledger)
        return;
    attest_stop(&ledger->attest);
    pthread_mutex_lock(&ledger->lock);
    ledger->closing = true;
    pthread_cond_signal(&ledger->changed);
    pthread_mutex_unlock(&ledger->lock);
    if (ledger->running)
        pthread_join(ledger->thread, NULL);
    pthread_cond_destroy(&ledger->changed);
    pthread_mutex_destroy(&ledger->lock);
    buf_free(&ledger->head.bytes);
    crypto_wipe(ledger, sizeof *ledger);
    free(ledger);
    *ledger_in = NULL;
}

/* ---- answers ---- */

const struct recorder *ledger_recorder(const struct ledger *ledger)
{
    return &ledger->recorder;
}

void ledger_recorder_fill(struct keys *keys, struct recorder *out)
{
    *out = (struct recorder){.keys = NULL};
    keys_secret(keys, "last records", out->secret);
}

bool ledger_key(struct ledger *ledger, struct note_key *key_out)
{
    *key_out = ledger->key;
    return ledger->place.number > 0;
}

/* A copy of what is published now; the number of the log, 0 for none. */
static int snapshot(struct ledger *ledger, struct tree_head *head_out, struct buf *out)
{
    pthread_mutex_lock(&ledger->lock);
    int number = ledger->head.number;
    *head_out = ledger->head.checkpoint.head;
    if (number > 0)
        buf_add(out, ledger->head.bytes.data, ledger->head.bytes.len);
    pthread_mutex_unlock(&ledger->lock);
    return number;
}

int ledger_checkpoint(struct ledger *ledger, struct buf *out)
{
    struct tree_head head;
    if (snapshot(ledger, &head, out) == 0)
        return LEDGER_ABSENT;
    return out->failed ? log_fault("ledger.checkpoint", -ENOMEM, "what=memory") : 0;
}

int ledger_tile(struct ledger *ledger, const char *path, struct tile *tile_out, struct buf *out)
{
    struct tree_head head;
    struct buf note AUTO_BUF;
    buf_init(&note, NOTE_CEILING);
    if (!tile_parse(path, tile_out) || snapshot(ledger, &head, &note) != ledger->place.number ||
        ledger->place.number == 0)
        return LEDGER_ABSENT;
    uint64_t have = tile_level_size(tile_out->level, head.size);
    if (tile_out->number > have / TILE_WIDTH ||
        tile_out->number * TILE_WIDTH + tile_out->width > have)
        return LEDGER_ABSENT;
    int result = log_files_tile(ledger->place.folder, tile_out, out);
    return result > 0 ? log_fault("ledger.tile", -EBADMSG, "level=%d", tile_out->level) : result;
}

/* The log that an entry of the database is in, and its newest checkpoint. An older log's is what
 * its folder has. */
static int find_log(struct ledger *ledger, int64_t seq, struct log_place *place,
                    struct tree_head *head, struct buf *note_bytes)
{
    *place = ledger->place;
    int number = snapshot(ledger, head, note_bytes);
    if (may_sign(ledger) && number > 0 && seq >= place->first)
        return 0;
    struct note *note = malloc(sizeof *note);
    struct note_key key;
    struct checkpoint checkpoint;
    int result = note ? LEDGER_ABSENT : log_fault("ledger.prove", -ENOMEM, "what=note");
    for (number = ledger->place.number; result == LEDGER_ABSENT && number > 0; number--) {
        result = ledger_place(ledger, number, place);
        if (result == 0 && seq < place->first)
            result = LEDGER_ABSENT;
        if (result != 0)
            continue;
        buf_free(note_bytes);
        result = log_files_read(place->folder, "checkpoint", note_bytes);
        if (result == 0 && (!ledger_key_of(ledger, place->origin, &key) ||
                            !checkpoint_open((struct span){note_bytes->data, note_bytes->len}, &key,
                                             note, &checkpoint)))
            result = log_fault("ledger.prove", -EBADMSG, "log=%d", number);
        else if (result == 0)
            *head = checkpoint.head;
    }
    free(note);
    return result == LEDGER_ABSENT ? LEDGER_PENDING : result;
}

/* Puts the first attested checkpoint with the entry in the place of the newest one. */
static int prefer_attested(const struct log_place *place, uint64_t index, struct tree_head *head,
                           struct buf *note_bytes, struct buf *stamp)
{
    struct checkpoint checkpoint;
    struct buf bytes AUTO_BUF;
    buf_init(&bytes, NOTE_CEILING);
    int result = attest_find(place, index, &bytes, stamp);
    if (result != 0)
        return result < 0 ? result : 0;
    struct note *note = malloc(sizeof *note);
    bool ok = note && note_parse((struct span){bytes.data, bytes.len}, note) &&
              checkpoint_parse(note->text, &checkpoint);
    free(note);
    if (!ok)
        return log_fault("ledger.prove", -EBADMSG, "log=%d", place->number);
    *head = checkpoint.head;
    buf_free(note_bytes);
    buf_add(note_bytes, bytes.data, bytes.len);
    return 0;
}

void ledger_proof_free(struct ledger_proof *proof)
{
    buf_free(&proof->proof);
    buf_free(&proof->stamp);
}

int ledger_prove(struct ledger *ledger, int64_t seq, struct ledger_proof *out)
{
    struct log_place place;
    struct tree_head head;
    struct tlog_proof proof;
    struct buf note AUTO_BUF;
    buf_init(&note, NOTE_CEILING);
    buf_init(&out->proof, TLOG_PROOF_CEILING);
    buf_init(&out->stamp, STAMP_ANSWER_CEILING);
    int result = find_log(ledger, seq, &place, &head, &note);
    int64_t index = seq - place.first + place.lead;
    if (result == 0 && (index < 0 || (uint64_t)index >= head.size))
        result = LEDGER_PENDING;
    if (result == 0)
        result = prefer_attested(&place, (uint64_t)index, &head, &note, &out->stamp);
    if (result != 0)
        return result;
    proof.index = (uint64_t)index;
    proof.checkpoint = (struct span){note.data, note.len};
    struct tree_reader reader = {log_files_node, place.folder};
    result = tree_prove(&reader, head.size, proof.index, &proof.path);
    if (result != 0)
        return result;
    tlog_proof_write(&proof, &out->proof);
    if (!ledger_key_of(ledger, place.origin, &out->key))
        return log_fault("ledger.prove", -EBADMSG, "log=%d", place.number);
    return out->proof.failed || note.failed ? log_fault("ledger.prove", -ENOMEM, "what=memory") : 0;
}

void ledger_policy(const struct ledger *ledger, const struct note_key *log, struct buf *out)
{
    tlog_policy_write(ledger->config.policy, log, out);
}

int ledger_look(struct ledger *ledger, struct ledger_facts *facts_out)
{
    int64_t newest;
    int result = ledger_count(ledger, &newest);
    pthread_mutex_lock(&ledger->lock);
    *facts_out = (struct ledger_facts){
        .state = ledger->state,
        .number = ledger->place.number,
        .size = ledger->head.checkpoint.head.size,
        .rounds_failed = ledger->failed,
    };
    pthread_mutex_unlock(&ledger->lock);
    int64_t in_it = ledger->place.first - 1 + (int64_t)facts_out->size - ledger->place.lead;
    if (result == 0 && facts_out->state != LEDGER_OFF)
        facts_out->queued = newest > in_it ? newest - in_it : 0;
    return result;
}
