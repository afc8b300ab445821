/* SPDX-License-Identifier: Apache-2.0
 *
 * The sender's thread: move bytes, write down what ended and take what is due, begin what may
 * begin, and sleep until something happens.
 *
 * A target that does not answer closes its line for a while that doubles; what the line holds and
 * has not begun goes back as if it had not been taken. The line's row remembers it, so a start
 * does not begin with all that is dead.
 */
#include "notify/sender.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "db/db.h"
#include "notify/sender_inside.h"

enum {
    FIRST_PAUSE_MS = 1000,  /* of a target that did not answer once */
    FAULT_PAUSE_MS = 500,   /* after the database took nothing */
    PREPARE_BATCH = 64,     /* requests built on one snapshot */
    SLEEP_MS = 1000,        /* at most, so that a clock's step is noticed */
    SENDER_LOOK = 256 << 10 /* memory of one look */
};

unsigned sender_share(unsigned whole)
{
    return whole - whole / 4;
}

/* ---- lists ---- */

void transfers_add(struct transfers *list, struct transfer *transfer)
{
    transfer->next = NULL;
    *list->last = transfer;
    list->last = &transfer->next;
    list->count++;
}

struct transfer *transfers_take(struct transfers *list)
{
    struct transfer *first = list->first;
    if (!first)
        return NULL;
    list->first = first->next;
    list->count--;
    if (!list->first)
        list->last = &list->first;
    first->next = NULL;
    return first;
}

static void transfers_init(struct transfers *list)
{
    *list = (struct transfers){.last = &list->first};
}

/* ---- what an answer says of its target ---- */

/* The target did not answer, or asked for patience: it is left alone for a while. */
static bool is_targets_trouble(const struct transfer *transfer)
{
    const struct incoming *answer = &transfer->answer;
    if (!transfer->asked || transfer->verdict.outcome != NOTICE_LATER)
        return false;
    return answer->trouble || !answer->answered || answer->status == 429 ||
           (answer->status >= 502 && answer->status <= 504);
}

static int64_t target_pause(const struct sender *sender, int failures)
{
    int64_t pause = FIRST_PAUSE_MS, most = sender->config.settings->notify.target_pause_ms;
    for (int i = 1; i < failures && pause < most; i++)
        pause *= 2;
    return pause < most ? pause : most;
}

/* What was under way together fails together, and counts once. */
static void learn(struct sender *sender, const struct transfer *transfer)
{
    struct line *line = transfer->line;
    int64_t now = clock_now();
    if (transfer->end != TRANSFER_JUDGED || !transfer->asked)
        return;
    if (!is_targets_trouble(transfer)) {
        line->sent++;
        line->failures = 0;
        line->closed_until = line->asked_until > now ? line->asked_until : 0;
        return;
    }
    if (now >= line->closed_until)
        line->closed_until = now + target_pause(sender, ++line->failures);
    int64_t asked = now + transfer->answer.retry_after_ms;
    if (transfer->answer.retry_after_ms > 0 && line->asked_until < asked)
        line->asked_until = asked;
    if (line->closed_until < line->asked_until)
        line->closed_until = line->asked_until;
    line->hold = 1;
}

void sender_done(struct sender *sender, struct transfer *transfer)
{
    learn(sender, transfer);
    transfers_add(&sender->done, transfer);
}

void sender_ended(struct sender *sender, struct transfer *transfer)
{
    transfer->under_way = false;
    transfer->line->under_way--;
    sender->under_way--;
    sender->under_way_of[transfer->channel->is]--;
    atomic_fetch_sub(&sender->counters[transfer->channel->is].under_way, 1);
    sender_done(sender, transfer);
}

/* ---- beginning ---- */

/* Those of a line that wait, as if they had not been taken. */
static void put_back_waiting(struct sender *sender, struct line *line)
{
    struct transfer *transfer;
    while ((transfer = transfers_take(&line->waiting))) {
        transfer->end = TRANSFER_BACK;
        transfer->back_at = transfer->notice.row.run_at;
        transfers_add(&sender->done, transfer);
    }
}

static void ended_at_once(struct sender *sender, struct transfer *transfer, const char *reason)
{
    transfer->verdict = (struct notice_verdict){.outcome = NOTICE_LATER};
    snprintf(transfer->verdict.reason, sizeof transfer->verdict.reason, "%s", reason);
    sender_done(sender, transfer);
}

static void begin(struct sender *sender, struct transfer *transfer)
{
    const struct channel *channel = transfer->channel;
    if (transfer->out.url) {
        if (web_begin(transfer) != 0) {
            ended_at_once(sender, transfer, "fault");
            return;
        }
        transfer->under_way = true;
        transfer->line->under_way++;
        sender->under_way++;
        sender->under_way_of[channel->is]++;
        atomic_fetch_add(&sender->counters[channel->is].under_way, 1);
        return;
    }
    if (!channel->hand) {
        ended_at_once(sender, transfer, "no_address");
        return;
    }
    transfer->answer = (struct incoming){.retry_after_ms = -1};
    channel->hand(channel->context, &transfer->notice, &transfer->out, &transfer->answer);
    transfer->asked = true;
    web_judge(transfer);
    sender_done(sender, transfer);
}

/* Chooses up to a batch of those that wait and may begin, one of each line in turn. */
static void choose(struct sender *sender, struct transfers *chosen)
{
    unsigned most = (unsigned)sender->config.settings->notify.under_way;
    unsigned each = (unsigned)sender->config.settings->notify.under_way_per_target;
    unsigned of_channel[NOTICE_CHANNEL_COUNT], share = sender_share(most);
    bool found = true;
    memcpy(of_channel, sender->under_way_of, sizeof of_channel);
    transfers_init(chosen);
    for (struct line *line = sender->lines; line; line = line->next) {
        if (line->closed_until > clock_now())
            put_back_waiting(sender, line);
        line->chosen = line->under_way;
    }
    while (found) {
        found = false;
        for (struct line *line = sender->lines; line; line = line->next) {
            bool may = chosen->count < PREPARE_BATCH && sender->under_way + chosen->count < most;
            if (!may || !line->waiting.first || line->chosen >= each ||
                of_channel[line->channel] >= share)
                continue;
            of_channel[line->channel]++;
            line->chosen++;
            transfers_add(chosen, transfers_take(&line->waiting));
            found = true;
        }
    }
}

static void begin_waiting(struct sender *sender)
{
    struct transfers chosen;
    struct transfer *transfer;
    for (choose(sender, &chosen); chosen.count > 0; choose(sender, &chosen)) {
        rows_prepare(sender, &chosen);
        while ((transfer = transfers_take(&chosen)))
            begin(sender, transfer);
    }
}

/* ---- a turn ---- */

static bool is_the_databases(int fault)
{
    static const int faults[] = {-EAGAIN, -EBUSY, -ENOSPC, -EIO, -EROFS, -ENOMEM, -ESHUTDOWN};
    for (size_t i = 0; i < ARRAY_LEN(faults); i++)
        if (fault == faults[i])
            return true;
    return false;
}

/* What a channel cannot write down must not hold up the others. */
static void after_fault(struct sender *sender, int fault)
{
    struct transfer *first = sender->done.first;
    if (sender->careful && first && !is_the_databases(fault) && !first->unsettled) {
        log_event(LOG_ERROR, "notice.not_settled", "notice=%s fault=%d", first->notice.row.id,
                  -fault);
        first->unsettled = true;
        return;
    }
    sender->careful = sender->done.count > 0;
    sender->next_look = clock_steady() + FAULT_PAUSE_MS;
}

/* Whether there is something to write or to take. */
static bool wants_turn(struct sender *sender)
{
    bool due = false;
    int64_t next = INT64_MAX, now = clock_steady();
    bool told = atomic_exchange(&sender->woken, false);
    if (sender->done.count > 0 && (!sender->careful || now >= sender->next_look))
        return true;
    if (sender->stopping || sender->careful || sender->idle.count == 0 ||
        (!told && now < sender->next_look))
        return false;
    if (rows_look(sender, &due, &next) != 0) {
        sender->next_look = now + FAULT_PAUSE_MS;
        return false;
    }
    int64_t away = next == INT64_MAX ? INT64_MAX : next - clock_now();
    int64_t most = sender->config.settings->notify.look_ms;
    sender->next_look = now + (away < 0 ? 0 : away < most ? away : most);
    return due;
}

static void turn(struct sender *sender)
{
    int fault = rows_turn(sender);
    if (fault != 0) {
        after_fault(sender, fault);
        return;
    }
    if (sender->done.count == 0)
        sender->careful = false;
    sender->next_look = 0; /* there may be more */
}

static void sleep_a_little(struct sender *sender)
{
    int64_t left = sender->next_look - clock_steady();
    if (sender->idle.count == 0 && sender->done.count == 0)
        left = SLEEP_MS; /* nothing can be taken before something ends */
    if (left > SLEEP_MS)
        left = SLEEP_MS;
    if (left > 0)
        curl_multi_poll(sender->multi, NULL, 0, (int)left, NULL);
}

/* ---- the end ---- */

/* Perhaps it was sent: it is sent again. */
static void break_off(struct sender *sender)
{
    for (unsigned i = 0; i < sender->count; i++) {
        struct transfer *transfer = &sender->all[i];
        if (!transfer->under_way)
            continue;
        web_end(transfer);
        transfer->end = TRANSFER_BACK;
        transfer->back_at = clock_now();
        sender_ended(sender, transfer);
    }
}

static void stop(struct sender *sender)
{
    int64_t until = clock_steady() + sender->config.settings->notify.stop_ms;
    sender->stopping = true;
    for (struct line *line = sender->lines; line; line = line->next)
        put_back_waiting(sender, line);
    while (sender->under_way > 0 && clock_steady() < until) {
        web_move(sender);
        if (sender->under_way > 0)
            curl_multi_poll(sender->multi, NULL, 0, 50, NULL);
    }
    break_off(sender);
    sender->careful = false;
    if (sender->done.count > 0 && rows_turn(sender) != 0)
        log_event(LOG_WARN, "notice.not_put_back", "notices=%u", sender->done.count);
}

static void *run(void *arg)
{
    struct sender *sender = arg;
    while (!atomic_load(&sender->closing)) {
        web_move(sender);
        if (wants_turn(sender))
            turn(sender);
        begin_waiting(sender);
        if (sender->done.count == 0 || sender->careful)
            sleep_a_little(sender);
    }
    stop(sender);
    return NULL;
}

/* ---- made and freed ---- */

static int release_in(struct db_tx *tx, void *arg)
{
    struct sender *sender = arg;
    int64_t released;
    int result = store_notice_release(tx, sender->config.boot, clock_now(), &released);
    if (result == 0 && released > 0)
        log_event(LOG_INFO, "notice.released", "notices=%lld", (long long)released);
    return result;
}

static void free_parts(struct sender *sender)
{
    for (unsigned i = 0; sender->all && i < sender->count; i++) {
        struct transfer *transfer = &sender->all[i];
        if (transfer->curl)
            curl_easy_cleanup(transfer->curl);
        arena_free(&transfer->arena);
    }
    while (sender->lines) {
        struct line *line = sender->lines;
        sender->lines = line->next;
        free(line);
    }
    if (sender->multi)
        curl_multi_cleanup(sender->multi);
    curl_global_cleanup();
    arena_free(&sender->arena);
    free(sender->all);
    free(sender);
}

static bool make_parts(struct sender *sender)
{
    const struct settings *settings = sender->config.settings;
    sender->count = 2 * (unsigned)settings->notify.under_way;
    sender->all = calloc(sender->count, sizeof *sender->all);
    sender->arena = arena_new(SENDER_LOOK);
    sender->multi = curl_multi_init();
    if (!sender->all || !sender->arena || !sender->multi)
        return false;
    curl_multi_setopt(sender->multi, CURLMOPT_MAXCONNECTS, (long)settings->notify.under_way);
    transfers_init(&sender->idle);
    transfers_init(&sender->done);
    for (unsigned i = 0; i < sender->count; i++) {
        struct transfer *transfer = &sender->all[i];
        transfer->sender = sender;
        transfer->arena = arena_new(SENDER_ARENA);
        if (!transfer->arena)
            return false;
        transfers_add(&sender->idle, transfer);
    }
    return true;
}

int sender_new(const struct sender_config *config, struct sender **sender_out)
{
    *sender_out = NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return log_fault("sender.new", -ENOMEM, "what=curl");
    struct sender *sender = calloc(1, sizeof *sender);
    if (!sender) {
        curl_global_cleanup();
        return log_fault("sender.new", -ENOMEM, "what=memory");
    }
    sender->config = *config;
    int result = make_parts(sender) ? 0 : log_fault("sender.new", -ENOMEM, "what=memory");
    if (result == 0)
        result = db_write(config->db, release_in, sender);
    if (result == 0)
        result = -pthread_create(&sender->thread, NULL, run, sender);
    if (result != 0) {
        free_parts(sender);
        return result;
    }
    *sender_out = sender;
    return 0;
}

void sender_free(struct sender **sender_in)
{
    struct sender *sender = *sender_in;
    if (!sender)
        return;
    atomic_store(&sender->closing, true);
    curl_multi_wakeup(sender->multi);
    pthread_join(sender->thread, NULL);
    free_parts(sender);
    *sender_in = NULL;
}

void sender_wake(struct sender *sender)
{
    if (!atomic_exchange(&sender->woken, true))
        curl_multi_wakeup(sender->multi);
}

void sender_counts(struct sender *sender, enum notice_channel channel, struct sender_counts *out)
{
    struct counters *counters = &sender->counters[channel];
    *out = (struct sender_counts){.sent = atomic_load(&counters->sent),
                                  .failed = atomic_load(&counters->failed),
                                  .set_aside = atomic_load(&counters->set_aside),
                                  .dropped = atomic_load(&counters->dropped),
                                  .under_way = atomic_load(&counters->under_way)};
}
