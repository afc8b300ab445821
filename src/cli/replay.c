/* SPDX-License-Identifier: Apache-2.0
 *
 * Each photo is erased by the function that erases any (jobs/erase.h), in batches of one
 * transaction; the jobs that it queues destroy what there is, and write the journal, as ever. The
 * mark is set last: a crash has the same lines read again, which do nothing to what is erased.
 */
#include "cli/replay.h"

#include <errno.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "jobs/erase.h"
#include "keys/journal.h"
#include "store/erasure.h"
#include "store/photo.h"

enum { BATCH = 100, ARENA_CEILING = 16 << 20 };

struct work {
    struct replay *replay;
    struct arena *arena;
    int count;
    struct journal_line lines[BATCH];
    bool by_key; /* the lines were made up from missing keys */
    char mark[JOURNAL_MARK_ROOM];
};

static bool is_there(const struct photo *photo)
{
    return photo->state == PHOTO_RECEIVED || photo->state == PHOTO_POSTED ||
           photo->state == PHOTO_WITHHELD || photo->state == PHOTO_SET_ASIDE;
}

static int erase_one(struct work *work, struct db_tx *tx, const struct journal_line *line)
{
    static const struct tell nobody = {0};
    struct telling telling = {.tell = &nobody, .arena = work->arena};
    struct photo photo;
    int result = store_photo_get(tx, line->photo_id, work->arena, &photo);
    if (result != 0 || !is_there(&photo))
        return result < 0 ? result : 0;
    struct erasure erasure = {.recorder = work->replay->recorder,
                              .arena = work->arena,
                              .now = clock_now(),
                              .asked_at = line->at,
                              .reason = line->reason,
                              .telling = &telling};
    work->replay->erased++;
    work->replay->keys_gone += work->by_key;
    return erase_photo(&erasure, tx, &photo);
}

static int erase_in(struct db_tx *tx, void *arg)
{
    struct work *work = arg;
    int result = 0;
    for (int i = 0; result == 0 && i < work->count; i++)
        result = erase_one(work, tx, &work->lines[i]);
    if (result == 0 && *work->mark)
        result = store_erasure_set_mark(tx, work->mark);
    return result;
}

static int flush(struct work *work)
{
    int result = 0;
    if (work->count > 0 || *work->mark)
        result = db_write(work->replay->db, erase_in, work);
    work->count = 0;
    arena_reset(work->arena);
    return result;
}

static int add(struct work *work, const struct journal_line *line)
{
    work->lines[work->count++] = *line;
    return work->count == BATCH ? flush(work) : 0;
}

/* ---- what the journal says ---- */

static int visit_line(void *context, const struct journal_line *line, const char *mark)
{
    struct work *work = context;
    memcpy(work->mark, mark, sizeof work->mark);
    return add(work, line);
}

static int read_mark(struct work *work, char mark[JOURNAL_MARK_ROOM])
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    const char *text = "";
    int result = db_read_begin(work->replay->db, &tx);
    if (result == 0)
        result = store_erasure_mark(tx, work->arena, &text);
    snprintf(mark, JOURNAL_MARK_ROOM, "%s", result == 0 ? text : "");
    return result;
}

static int follow_journal(struct work *work)
{
    char mark[JOURNAL_MARK_ROOM];
    int result = read_mark(work, mark);
    if (result == 0)
        result = journal_each(work->replay->keys, mark, visit_line, work);
    if (result == 0)
        result = flush(work);
    work->mark[0] = '\0';
    return result;
}

/* ---- photos whose key is gone ---- */

static int look_at_slot(struct work *work, const struct store_slot *slot)
{
    uint8_t id[KEYS_ID];
    struct journal_line line = {.at = clock_now(), .reason = "key_gone"};
    if (!id_to_bytes(slot->photo_id, id))
        return 0;
    int result = keys_has(work->replay->keys, (uint32_t)slot->slot, id);
    if (result <= 0)
        return result;
    memcpy(line.photo_id, slot->photo_id, ID_ROOM);
    return add(work, &line);
}

static int look_at_keys(struct work *work)
{
    struct store_slots page = {.more = true};
    int64_t after = -1;
    int result = 0;
    work->by_key = true;
    while (result == 0 && page.more) {
        AUTO_DB_READ struct db_tx *tx = NULL;
        struct arena *arena = arena_new(ARENA_CEILING);
        result = arena ? db_read_begin(work->replay->db, &tx) : -ENOMEM;
        if (result == 0)
            result = store_photo_slots(tx, STORE_SLOT_KEY, after, arena, &page);
        db_read_end(&tx);
        for (int i = 0; result == 0 && i < page.count; i++) {
            after = page.items[i].slot;
            result = look_at_slot(work, &page.items[i]);
        }
        arena_free(&arena);
    }
    return result == 0 ? flush(work) : result;
}

int replay_erasures(struct replay *replay)
{
    struct work *work = calloc(1, sizeof *work);
    if (work)
        work->arena = arena_new(ARENA_CEILING);
    if (!work || !work->arena) {
        free(work);
        return log_fault("replay.erasures", -ENOMEM, "what=memory");
    }
    work->replay = replay;
    int result = follow_journal(work);
    if (result == 0)
        result = look_at_keys(work);
    if (result == 0 && replay->erased)
        log_event(LOG_WARN, "erasures.replayed", "photos=%u key_gone=%u", replay->erased,
                  replay->keys_gone);
    arena_free(&work->arena);
    free(work);
    return result;
}
