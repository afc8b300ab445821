/* SPDX-License-Identifier: Apache-2.0
 *
 * The sender's transactions. What ended and what begins are written in one commit. Nothing of what
 * is in memory is changed before it has committed, but for the transfers that were taken: they go
 * back to the idle ones when it does not.
 */
#include "notify/sender_inside.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "db/db.h"

/* ---- how a notice ended ---- */

/* Give or take a tenth, so that what failed together does not come again together. */
static int64_t shaken(int64_t pause)
{
    uint32_t random;
    crypto_random(&random, sizeof random);
    return pause - pause / 10 + (pause < 5 ? 0 : (int64_t)(random % (uint64_t)(pause / 5 + 1)));
}

/* The pause after a notice's n-th attempt; -1: that was the last. */
static int64_t pause_after(const struct transfer *transfer, int attempts)
{
    const struct channel *channel = transfer->channel;
    const struct settings *settings = transfer->sender->config.settings;
    if (channel->schedule)
        return attempts <= channel->schedule_count ? channel->schedule[attempts - 1] : -1;
    if (attempts >= settings->notify.attempts)
        return -1;
    int64_t pause = settings->notify.backoff_ms, most = settings->notify.backoff_max_ms;
    for (int i = 1; i < attempts && pause < most; i++)
        pause *= 2;
    return pause < most ? pause : most;
}

static int write_later(struct db_tx *tx, const struct transfer *transfer, int64_t now)
{
    const struct notice_verdict *verdict = &transfer->verdict;
    const struct store_notice *row = &transfer->notice.row;
    if (!transfer->asked && verdict->retry_at)
        return store_notice_put_back(tx, row, verdict->retry_at); /* such as for quiet hours */
    int64_t pause = pause_after(transfer, row->attempts), asked = transfer->answer.retry_after_ms;
    if (pause < 0)
        return store_notice_set_aside(tx, row, now,
                                      verdict->reason[0] ? verdict->reason : "failed");
    int64_t at = verdict->retry_at ? verdict->retry_at : now + shaken(pause);
    if (transfer->asked && asked > 0 && at < now + asked)
        at = now + asked;
    return store_notice_back_off(tx, row, at, verdict->reason);
}

static int write_row(struct db_tx *tx, const struct transfer *transfer, int64_t now)
{
    const struct store_notice *row = &transfer->notice.row;
    if (transfer->end == TRANSFER_BACK)
        return store_notice_put_back(tx, row, transfer->back_at);
    switch (transfer->verdict.outcome) {
    case NOTICE_LATER:
        return write_later(tx, transfer, now);
    case NOTICE_REFUSED:
        return store_notice_set_aside(
            tx, row, now, transfer->verdict.reason[0] ? transfer->verdict.reason : "refused");
    default:
        return store_notice_finish(tx, row);
    }
}

/* The row, and then what the channel has to write, unless the notice was dropped meanwhile. */
static int write_end(struct db_tx *tx, const struct transfer *transfer, int64_t now)
{
    const struct channel *channel = transfer->channel;
    int result = write_row(tx, transfer, now);
    if (result == 0 && transfer->end == TRANSFER_JUDGED && channel->settle && !transfer->unsettled)
        result = channel->settle(channel->context, tx, &transfer->notice,
                                 transfer->asked ? &transfer->answer : NULL, &transfer->verdict);
    return result < 0 ? result : 0;
}

/* ---- lines ---- */

static struct line *find_line(struct sender *sender, const struct store_line *row)
{
    struct line *line = sender->lines;
    while (line && (line->channel != row->channel || strcmp(line->target, row->target) != 0))
        line = line->next;
    return line;
}

static struct line *new_line(struct sender *sender, const struct store_line *row)
{
    struct line *line = calloc(1, sizeof *line);
    if (!line)
        return NULL;
    line->channel = row->channel;
    memcpy(line->target, row->target, sizeof line->target);
    line->waiting.last = &line->waiting.first;
    line->hold = (unsigned)sender->config.settings->notify.under_way_per_target;
    line->hold = line->hold < SENDER_HOLD ? line->hold : SENDER_HOLD;
    line->failures = row->failures;
    line->closed_until = row->closed_until == STORE_LINE_NEVER ? 0 : row->closed_until;
    line->next = sender->lines;
    sender->lines = line;
    return line;
}

/* What a line holds after this turn, as far as it is known by now. */
static unsigned line_keeps(const struct line *line)
{
    return line->held - line->ending;
}

/* How many it may hold: one, while its target does not answer. */
static bool line_has_room(const struct line *line)
{
    return line_keeps(line) < (line->failures > 0 ? 1 : line->hold);
}

static int set_line(struct db_tx *tx, const struct line *line, bool full)
{
    struct store_line row = {.channel = line->channel,
                             .closed_until = full ? STORE_LINE_NEVER : line->closed_until,
                             .failures = line->failures,
                             .held = (int)line_keeps(line)};
    memcpy(row.target, line->target, sizeof row.target);
    int result = store_line_set(tx, &row);
    return result < 0 ? result : 0; /* its target may have gone, with all that was for it */
}

/* ---- a turn ---- */

struct turn {
    struct sender *sender;
    int64_t now;
    unsigned ended; /* of sender->done, from the first */
    struct transfers taken;
};

static int write_ends(struct db_tx *tx, struct turn *turn)
{
    struct sender *sender = turn->sender;
    struct transfer *transfer = sender->done.first;
    int result = 0;
    for (unsigned i = 0; result == 0 && i < turn->ended; i++, transfer = transfer->next) {
        result = write_end(tx, transfer, turn->now);
        transfer->line->touched = true;
        transfer->line->ending++;
    }
    return result;
}

static const struct channel *channel_of(const struct sender *sender, enum notice_channel is)
{
    for (size_t i = 0; i < sender->config.channel_count; i++)
        if (sender->config.channels[i].is == is)
            return &sender->config.channels[i];
    return NULL;
}

/* One notice of a line. A notice that took the process down with it at its last attempt is not
 * tried again. STORE_NOT_FOUND: no more are due. */
static int take_one(struct db_tx *tx, struct turn *turn, struct line *line)
{
    struct sender *sender = turn->sender;
    struct transfer *transfer = sender->idle.first;
    struct store_notice_take take = {line->channel, line->target, sender->config.boot, turn->now};
    arena_reset(transfer->arena);
    int result = store_notice_take(tx, &take, transfer->arena, &transfer->notice.row);
    if (result != 0)
        return result;
    transfer->channel = channel_of(sender, line->channel);
    transfer->line = line;
    transfer->asked = transfer->unsettled = false;
    transfer->end = TRANSFER_JUDGED;
    transfer->verdict = (struct notice_verdict){0};
    const struct store_notice *row = &transfer->notice.row;
    if (row->attempts > 1 && pause_after(transfer, row->attempts - 1) < 0) {
        log_event(LOG_WARN, "notice.set_aside", "notice=%s attempts=%d reason=crashed", row->id,
                  row->attempts);
        return store_notice_set_aside(tx, row, turn->now, "crashed");
    }
    (void)transfers_take(&sender->idle);
    transfers_add(&turn->taken, transfer);
    sender->held_of[line->channel]++;
    line->held++;
    return 0;
}

/* Whether a channel may hold one more. */
static bool channel_has_room(const struct sender *sender, enum notice_channel is)
{
    return sender->idle.count > 0 && sender->held_of[is] < sender_share(sender->count);
}

/* What is due in a line, as far as there is room. The first notice of a line may take any room;
 * further ones leave a quarter free, for the lines that have none under way. */
static int take_from(struct db_tx *tx, struct turn *turn, const struct store_line *row)
{
    struct sender *sender = turn->sender;
    struct line *line = find_line(sender, row);
    if (!line)
        line = new_line(sender, row);
    if (!line)
        return log_fault("notice.line", -ENOMEM, "channel=%d", (int)row->channel);
    int result = 0;
    bool none_due = false;
    line->touched = true;
    while (result == 0 && line_has_room(line) && channel_has_room(sender, row->channel) &&
           (line_keeps(line) == 0 || sender->idle.count > sender->count / 4)) {
        result = take_one(tx, turn, line);
        none_due = result == STORE_NOT_FOUND;
    }
    /* One that holds nothing and found no room stays due. */
    bool full = !none_due && line_keeps(line) > 0;
    return result < 0 ? result : set_line(tx, line, full);
}

static int take_due(struct db_tx *tx, struct turn *turn, enum notice_channel is)
{
    struct sender *sender = turn->sender;
    struct store_line_ask ask = {is, turn->now, STORE_PAGE_LIMIT};
    struct store_lines due;
    arena_reset(sender->arena);
    if (sender->idle.count < STORE_PAGE_LIMIT)
        ask.limit = (int)sender->idle.count;
    int result = store_line_due(tx, &ask, sender->arena, &due);
    for (int i = 0; result == 0 && i < due.count && channel_has_room(sender, is); i++)
        result = take_from(tx, turn, &due.items[i]);
    return result;
}

static int turn_in(struct db_tx *tx, void *arg)
{
    struct turn *turn = arg;
    struct sender *sender = turn->sender;
    for (struct line *line = sender->lines; line; line = line->next)
        line->ending = 0;
    int result = write_ends(tx, turn);
    for (struct line *line = sender->lines; result == 0 && line; line = line->next)
        if (line->touched)
            result = set_line(tx, line, !line_has_room(line));
    if (sender->stopping || sender->careful)
        return result;
    for (size_t i = 0; result == 0 && i < sender->config.channel_count; i++)
        if (channel_has_room(sender, sender->config.channels[i].is))
            result = take_due(tx, turn, sender->config.channels[i].is);
    return result;
}

/* ---- after the commit ---- */

static void count_end(struct sender *sender, const struct transfer *transfer)
{
    struct counters *counters = &sender->counters[transfer->notice.row.channel];
    const struct notice_verdict *verdict = &transfer->verdict;
    bool last = pause_after(transfer, transfer->notice.row.attempts) < 0;
    if (transfer->end == TRANSFER_BACK)
        return;
    if (verdict->outcome == NOTICE_SENT)
        atomic_fetch_add(&counters->sent, 1);
    else if (verdict->outcome == NOTICE_STALE)
        atomic_fetch_add(&counters->dropped, 1);
    else if (transfer->asked || verdict->outcome != NOTICE_LATER || !verdict->retry_at)
        atomic_fetch_add(&counters->failed, 1);
    bool aside = verdict->outcome == NOTICE_REFUSED || (verdict->outcome == NOTICE_LATER && last &&
                                                        (transfer->asked || !verdict->retry_at));
    if (aside)
        atomic_fetch_add(&counters->set_aside, 1);
    if (verdict->outcome == NOTICE_SENT || verdict->outcome == NOTICE_STALE)
        return;
    log_event(aside ? LOG_WARN : LOG_INFO, aside ? "notice.set_aside" : "notice.failed",
              "notice=%s channel=%s event=%s attempts=%d reason=%s", transfer->notice.row.id,
              words_name(&words_notice_channel, (int)transfer->notice.row.channel),
              *transfer->notice.row.event_id ? transfer->notice.row.event_id : "-",
              transfer->notice.row.attempts, *verdict->reason ? verdict->reason : "-");
}

static void let_go(struct sender *sender, struct transfer *transfer)
{
    sender->held_of[transfer->line->channel]--;
    transfer->line->held--;
    transfer->line = NULL;
    transfers_add(&sender->idle, transfer);
}

static void free_ended(struct turn *turn)
{
    struct sender *sender = turn->sender;
    for (; turn->ended > 0; turn->ended--) {
        struct transfer *transfer = transfers_take(&sender->done);
        count_end(sender, transfer);
        let_go(sender, transfer);
    }
}

/* Lines that hold nothing are forgotten; of the others the quick ones may hold more. */
static void tend_lines(struct sender *sender)
{
    for (struct line **at = &sender->lines; *at;) {
        struct line *line = *at;
        if (line->held == 0) {
            *at = line->next;
            free(line);
            continue;
        }
        if (line->sent > 0 && line->sent * 2 >= line->hold)
            line->hold = line->hold * 2 < SENDER_HOLD ? line->hold * 2 : SENDER_HOLD;
        line->sent = line->ending = 0;
        line->touched = false;
        at = &line->next;
    }
}

int rows_turn(struct sender *sender)
{
    struct turn turn = {.sender = sender, .now = clock_now()};
    turn.taken.last = &turn.taken.first;
    turn.ended = sender->careful && sender->done.count > 1 ? 1 : sender->done.count;
    int result = db_write(sender->config.db, turn_in, &turn);
    struct transfer *transfer;
    while ((transfer = transfers_take(&turn.taken))) {
        if (result == 0) {
            transfers_add(&transfer->line->waiting, transfer);
            continue;
        }
        let_go(sender, transfer);
    }
    if (result == 0)
        free_ended(&turn);
    tend_lines(sender);
    return result;
}

/* ---- looking and preparing ---- */

int rows_look(struct sender *sender, bool *due_out, int64_t *next_out)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    *next_out = INT64_MAX;
    int result = db_read_begin(sender->config.db, &tx);
    for (size_t i = 0; result >= 0 && i < sender->config.channel_count; i++) {
        enum notice_channel is = sender->config.channels[i].is;
        int64_t next = INT64_MAX;
        if (channel_has_room(sender, is))
            result = store_line_next(tx, is, &next);
        *next_out = next < *next_out ? next : *next_out;
    }
    *due_out = result >= 0 && *next_out <= clock_now();
    return result < 0 ? result : 0;
}

/* A notice whose event was swept has nothing to say any more. */
static int prepare(struct db_tx *tx, struct transfer *transfer)
{
    const struct channel *channel = transfer->channel;
    struct notice *notice = &transfer->notice;
    notice->event = (struct store_event){0};
    transfer->out = (struct outgoing){0};
    if (notice->row.event_id[0]) {
        int result = store_event_get(tx, notice->row.event_id, transfer->arena, &notice->event);
        if (result == STORE_NOT_FOUND)
            transfer->verdict.outcome = NOTICE_STALE;
        if (result != 0)
            return result < 0 ? result : 0;
    }
    notice->arena = transfer->arena;
    return channel->prepare(channel->context, tx, notice, &transfer->out, &transfer->verdict);
}

void rows_prepare(struct sender *sender, struct transfers *list)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct transfers ready = {.last = &ready.first};
    struct transfer *transfer;
    int fault = db_read_begin(sender->config.db, &tx);
    while ((transfer = transfers_take(list))) {
        int result = fault ? fault : prepare(tx, transfer);
        if (result < 0)
            transfer->verdict = (struct notice_verdict){.outcome = NOTICE_LATER, .reason = "fault"};
        if (transfer->verdict.outcome == NOTICE_SENT) {
            transfers_add(&ready, transfer);
            continue;
        }
        sender_done(sender, transfer);
    }
    *list = ready;
    if (!ready.first)
        list->last = &list->first;
}
