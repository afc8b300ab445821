/* SPDX-License-Identifier: Apache-2.0
 *
 * What streams say comes from the table of events, in the order of its rows: this thread of the
 * streams reads what was added since it last looked. So nothing is told that was not committed,
 * what another process committed is told too, and no list of what is to be told can overflow.
 */
#include "api/live.h"

#include <errno.h>

#include "api/admit.h"
#include "api/api.h"
#include "api/subject.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/delivery.h"
#include "store/feed.h"
#include "store/share.h"

enum { BATCH = 64, ASK_MEMORY = 256 << 10, POLL_MS = 1000 };

struct live {
    struct api *api;
    struct arena *arena; /* of one question; the streams' thread's */
    int64_t seq;         /* all events up to here were told */
};

/* ---- may it still, and may it know? ---- */

static bool is_of(enum event_kind kind, const char *family)
{
    return strncmp(words_name(&words_event_kind, (int)kind), family, strlen(family)) == 0;
}

/* Whose page a kind is, in the policy's words. */
static bool stands_as(enum live_kind kind, enum policy_actor relation)
{
    return relation == (kind == LIVE_CASE    ? ACTOR_AGENT
                        : kind == LIVE_BUYER ? ACTOR_BUYER
                                             : ACTOR_RECIPIENT);
}

/* The buyer and whoever has the link read of a delivery how far it is, and nothing else; the buyer
 * is also told what becomes of a photo that is or was shared with them. */
static bool knows_state_only(enum live_kind kind)
{
    return kind == LIVE_BUYER || kind == LIVE_STATUS;
}

static int ask_delivery(struct call *call, struct db_tx *tx, const struct http_stream_about *about,
                        const struct store_news *news, enum http_stream_answer *out)
{
    char id[ID_ROOM];
    struct delivery delivery;
    id_from_bytes(ID_DELIVERY, about->key, id);
    int result = store_delivery_get(tx, id, call->arena, &delivery);
    if (result != 0)
        return result;
    bool may = about->kind == LIVE_STATUS
                   ? (uint32_t)delivery.token_version == about->detail
                   : stands_as(about->kind, subject_relation(&call->actor, &delivery));
    int64_t told_at = 0;
    if (may && news && about->kind == LIVE_BUYER && news->kind == EVENT_PHOTO_TERMS)
        result = store_share_told_at(tx, id, SHARE_BUYER, &told_at);
    if (may && news && knows_state_only(about->kind) && !is_of(news->kind, "delivery.") &&
        told_at < news->at)
        *out = HTTP_STREAM_SKIP;
    else if (may)
        *out = HTTP_STREAM_SAY;
    return result;
}

/* No id has this bit: an id begins with its time. */
enum { BOARD_BIT = 0x80 };

void live_desk_key(enum live_kind kind, const struct store_agent_shippers *of, uint8_t out[16])
{
    memset(out, 0, 16);
    if (!of->all && of->count == 1)
        (void)id_to_bytes(of->ids[0], out);
    if (kind == LIVE_BOARD)
        out[0] ^= BOARD_BIT;
}

static bool is_list(uint32_t kind)
{
    return kind == LIVE_DESK || kind == LIVE_BOARD;
}

/* The desk's list is of cases and its board of deliveries: of the agent's shippers. Who has several
 * is asked about each one's. */
static void ask_desk(const struct call *call, const struct http_stream_about *about,
                     const struct store_news *news, enum http_stream_answer *out)
{
    uint8_t key[16];
    live_desk_key((enum live_kind)about->kind, &call->actor.shippers, key);
    if (memcmp(key, about->key, sizeof key) != 0)
        return;
    const char *family = about->kind == LIVE_DESK ? "case." : "delivery.";
    bool tells =
        !news || (is_of(news->kind, family) && actor_serves(&call->actor, news->shipper_id));
    *out = tells ? HTTP_STREAM_SAY : HTTP_STREAM_SKIP;
}

static int ask_who(struct call *call, struct db_tx *tx, const struct http_stream_about *about)
{
    if (about->kind == LIVE_STATUS)
        return 0;
    memcpy(call->actor.credential, about->session, sizeof call->actor.credential);
    bool agent = about->kind == LIVE_CASE || is_list(about->kind);
    int result = admit_still(call, tx, agent ? WHO_AGENT : WHO_RECIPIENT);
    bool wrong =
        result == 0 && agent && about->kind != LIVE_BOARD && call->actor.role == ROLE_DISPATCHER;
    return wrong ? STORE_NOT_FOUND : result;
}

int live_newest(struct db_tx *tx, enum live_kind kind, const char *id, int64_t *out)
{
    int result =
        knows_state_only(kind) ? store_feed_state_at(tx, id, out) : store_feed_number(tx, id, out);
    int64_t told_at = 0;
    if (kind == LIVE_BUYER && (result == 0 || result == STORE_NOT_FOUND))
        result = store_share_told_at(tx, id, SHARE_BUYER, &told_at);
    if (result == 0 && told_at > *out)
        *out = told_at;
    return result == STORE_NOT_FOUND ? 0 : result;
}

int live_newest_of_desk(struct db_tx *tx, const struct store_agent_shippers *of, int64_t *out)
{
    int result = of->all ? store_feed_newest(tx, out) : 0;
    if (of->all)
        return result;
    *out = 0;
    for (int i = 0; result == 0 && i < of->count; i++) {
        int64_t its = 0;
        result = store_feed_newest_of(tx, of->ids[i], &its);
        *out = its > *out ? its : *out;
    }
    return result;
}

/* The same for a stream, whose owner was just asked for. */
static int newest(const struct call *call, struct db_tx *tx, const struct http_stream_about *about,
                  int64_t *out)
{
    char id[ID_ROOM];
    if (is_list(about->kind))
        return live_newest_of_desk(tx, &call->actor.shippers, out);
    id_from_bytes(ID_DELIVERY, about->key, id);
    return live_newest(tx, about->kind, id, out);
}

static int64_t number_of(enum live_kind kind, const struct store_news *news)
{
    return is_list(kind) ? news->seq : knows_state_only(kind) ? news->at : news->number;
}

static int ask(struct call *call, struct db_tx *tx, const struct http_stream_about *about,
               const struct store_news *news, enum http_stream_answer *out)
{
    *out = HTTP_STREAM_END;
    int result = ask_who(call, tx, about);
    if (result == 0 && is_list(about->kind))
        ask_desk(call, about, news, out);
    else if (result == 0)
        result = ask_delivery(call, tx, about, news, out);
    return result;
}

/* ---- saying it ---- */

static void write_text(const struct http_stream_about *about, const struct store_news *news,
                       char out[HTTP_STREAM_TEXT])
{
    if (news)
        snprintf(out, HTTP_STREAM_TEXT,
                 "id: %lld\nevent: change\ndata: {\"type\":\"%s\",\"delivery_id\":\"%s\","
                 "\"number\":%lld}\n\n",
                 (long long)about->seen, words_name(&words_event_kind, (int)news->kind),
                 news->delivery_id, (long long)about->seen);
    else
        snprintf(out, HTTP_STREAM_TEXT,
                 "id: %lld\nevent: change\ndata: {\"type\":\"changed\",\"number\":%lld}\n\n",
                 (long long)about->seen, (long long)about->seen);
}

/* A link's page knows no ids; and a buyer's takes its picture away where it is not told why. */
static const struct store_news *shown(const struct http_stream_about *about,
                                      const struct store_news *news)
{
    bool bare = about->kind == LIVE_STATUS || news->kind == EVENT_PHOTO_TERMS;
    return bare && knows_state_only(about->kind) ? NULL : news;
}

static int answer(struct live *live, struct db_tx *tx, struct http_stream_about *about,
                  const struct http_stream_event *event, enum http_stream_answer *out)
{
    struct call call = {
        .api = live->api, .arena = live->arena, .now = clock_now(), .unattended = true};
    const struct store_news *news = event->cause == HTTP_STREAM_EVENT ? event->data : NULL;
    int64_t now = 0;
    int result = ask(&call, tx, about, news, out);
    if (result == 0 && *out == HTTP_STREAM_SAY && !news)
        result = newest(&call, tx, about, &now);
    if (result != 0 || *out != HTTP_STREAM_SAY)
        return result;
    if (event->cause == HTTP_STREAM_BEAT ||
        (event->cause == HTTP_STREAM_OPENED && about->seen >= now)) {
        *out = HTTP_STREAM_SKIP;
        return 0;
    }
    if (news)
        now = number_of(about->kind, news);
    if (news && now <= about->seen) { /* it was told when the stream was opened */
        *out = HTTP_STREAM_SKIP;
        return 0;
    }
    about->seen = now;
    return 0;
}

/* Where it cannot be asked the page is not told, but ended: it comes back and asks again. */
static enum http_stream_answer say(void *context, struct http_stream_about *about,
                                   const struct http_stream_event *event,
                                   char text_out[HTTP_STREAM_TEXT])
{
    struct live *live = context;
    enum http_stream_answer out = HTTP_STREAM_END;
    AUTO_DB_READ struct db_tx *tx = NULL;
    arena_reset(live->arena);
    int result = db_read_begin(live->api->db, &tx);
    if (result == 0)
        result = answer(live, tx, about, event, &out);
    if (result != 0)
        return HTTP_STREAM_END;
    if (out == HTTP_STREAM_SAY)
        write_text(about, event->cause == HTTP_STREAM_EVENT ? shown(about, event->data) : NULL,
                   text_out);
    return out;
}

/* ---- following the table ---- */

static void tell(struct http_streams *streams, const struct store_news *news)
{
    struct http_stream_event event = {.cause = HTTP_STREAM_EVENT, .data = news};
    if (id_to_bytes(news->delivery_id, event.key))
        http_streams_tell(streams, &event);
    bool board = is_of(news->kind, "delivery.");
    if (!board && !is_of(news->kind, "case."))
        return;
    if (id_to_bytes(news->shipper_id, event.key)) {
        event.key[0] ^= board ? BOARD_BIT : 0;
        http_streams_tell(streams, &event);
    }
    memset(event.key, 0, sizeof event.key);
    event.key[0] ^= board ? BOARD_BIT : 0;
    http_streams_tell(streams, &event);
}

static int read_next(struct live *live, struct store_news *news, int *count_out)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(live->api->db, &tx);
    return result != 0 ? result : store_feed_next(tx, live->seq, news, BATCH, count_out);
}

static void pull(void *context, struct http_streams *streams)
{
    struct live *live = context;
    struct store_news news[BATCH];
    int count = 0;
    do {
        if (read_next(live, news, &count) != 0)
            return; /* logged; the next pull begins at the same place */
        for (int i = 0; i < count; i++) {
            live->seq = news[i].seq;
            tell(streams, &news[i]);
        }
    } while (count == BATCH);
}

void live_heard(void *context, const char *delivery_id)
{
    (void)delivery_id;
    http_streams_wake(((struct api *)context)->streams);
}

static struct http_streams_config config_of(struct live *live)
{
    const struct settings *settings = live->api->settings;
    return (struct http_streams_config){
        .limit = (unsigned)settings->live.streams,
        .owner_limit = (unsigned)settings->live.streams_per_person,
        .address_limit = (unsigned)settings->live.streams_per_address,
        .beat_ms = (unsigned)settings->live.heartbeat_seconds * 1000,
        .slow_ms = (unsigned)settings->live.slow_seconds * 1000,
        .poll_ms = POLL_MS,
        .retry_ms = (unsigned)settings->live.retry_ms,
        .buffer = (size_t)settings->live.stream_buffer,
        .say = say,
        .pull = pull,
        .context = live,
    };
}

static int find_place(struct live *live)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(live->api->db, &tx);
    return result != 0 ? result : store_feed_newest(tx, &live->seq);
}

int live_new(struct api *api, struct live **out)
{
    struct live *live = calloc(1, sizeof *live);
    *out = live;
    if (!live)
        return log_fault("live.new", -ENOMEM, "size=%zu", sizeof *live);
    live->api = api;
    live->arena = arena_new(ASK_MEMORY);
    int result = live->arena ? find_place(live) : -ENOMEM;
    struct http_streams_config config = config_of(live);
    if (result == 0)
        result = http_streams_new(&config, &api->streams);
    if (result != 0)
        live_free(out, api);
    return result;
}

void live_free(struct live **live, struct api *api)
{
    if (!*live)
        return;
    http_streams_free(&api->streams);
    arena_free(&(*live)->arena);
    free(*live);
    *live = NULL;
}
