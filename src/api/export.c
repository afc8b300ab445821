/* SPDX-License-Identifier: Apache-2.0
 *
 * The archive is made while it is sent, a delivery or a piece of a photo at a time: what is held in
 * memory is one of these and the archive's directory. Each step reads on a snapshot of its own, so
 * that a slow client holds up no checkpoint, and asks anew whether the session lives and what its
 * owner may see. A photo enters the fence as its own GET does, before the policy is asked, and
 * stays inside until its last byte is given away; withdrawn before, it is left out, and withdrawn
 * midway, the archive breaks off, which its reader sees by the missing end.
 *
 * Few are made at once: an archive costs as much as all its pages together.
 */
#include "api/export.h"

#include <errno.h>
#include <stdatomic.h>

#include "api/admit.h"
#include "api/api.h"
#include "api/language.h"
#include "api/mine.h"
#include "api/photos.h"
#include "api/subject.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/zip_stream.h"
#include "blob/seal.h"
#include "http/json.h"
#include "pages/pages.h"
#include "store/delivery.h"
#include "store/mine.h"

enum {
    ARENA_CEILING = 32 << 20, /* one delivery with its cases */
    PIECE = 64 << 10,
    LISTED = 20, /* deliveries whose ids are looked up at once */
    DIRECTORY_FILES = 500,
};

/* What comes next. */
enum stage { WELCOME, WELCOME_ORDERS, ACCOUNT, DELIVERIES, PHOTOS, DIRECTORY, DONE };

struct export
{
    struct call call; /* with an arena of its own, and whoever the session is of now */
    struct zip_stream *zip;
    struct buf out; /* made, not yet taken */
    size_t taken;
    enum stage stage;
    char after[ID_ROOM]; /* where the walk through the orders stands */
    int listed;          /* deliveries in the file under way */
    bool open;           /* a file is under way */

    /* The photos of the delivery that `after` names. */
    struct store_mine_photo photos[STORE_PAGE_LIMIT];
    int photo_count, photo;
    bool sending;
    struct sealed_reader reader;
    uint64_t sent, length;
};

static _Atomic int under_way; /* of the whole process */

static bool take_place(const struct settings *settings)
{
    if (atomic_fetch_add(&under_way, 1) < settings->mydata.under_way)
        return true;
    atomic_fetch_sub(&under_way, 1);
    return false;
}

static void leave_place(void)
{
    atomic_fetch_sub(&under_way, 1);
}

static void end_export(void *state)
{
    struct export *export = state;
    if (export->sending)
        sealed_close(&export->reader);
    zip_stream_free(&export->zip);
    arena_free(&export->call.arena);
    buf_free(&export->out);
    free(export);
    leave_place();
}

static int add(struct export *export, const void *bytes, size_t len)
{
    return zip_stream_add(export->zip, (struct span){bytes, len}, &export->out) ? 0 : -ENOSPC;
}

static int add_json(struct export *export, json_t *json)
{
    size_t len;
    char *text = json ? http_json_text(json, &len) : NULL;
    json_decref(json);
    int result = text ? add(export, text, len) : -ENOMEM;
    free(text);
    return result;
}

static int begin_file(struct export *export, const char *name)
{
    export->open = zip_stream_begin(export->zip, name, &export->out);
    return export->open ? 0 : -ENOSPC;
}

static int end_file(struct export *export, enum stage next)
{
    export->open = false;
    export->stage = next;
    export->after[0] = '\0';
    export->listed = 0;
    return zip_stream_end(export->zip, &export->out) ? 0 : -ENOSPC;
}

/* ---- index.html ---- */

/* A part of the page: its beginning, some orders, its end. `items` is stolen. */
static int add_page(struct export *export, const char *part, json_t *items)
{
    const struct api *api = export->call.api;
    const struct pages_reader reader = {language_of(export->call.req, &export->call.actor),
                                        export->call.now};
    struct buf html AUTO_BUF;
    buf_init(&html, PAGES_CEILING);
    json_t *data = json_pack("{s:s, s:o, s:s, s:s, s:o}", "part", part, "items", items, "email",
                             export->call.actor.email, "server", api->settings->server.public_url,
                             "exported_at", json_of_time(export->call.now));
    int result = data ? pages_render(api->pages, PAGE_EXPORT, data, &reader, &html) : -ENOMEM;
    json_decref(data);
    return result == 0 ? add(export, html.data, html.len) : result;
}

static int welcome(struct export *export)
{
    int result = begin_file(export, "index.html");
    export->stage = WELCOME_ORDERS;
    return result == 0 ? add_page(export, "begin", json_array()) : result;
}

/* The next ids of the walk, newest first. */
static int next_orders(struct export *export, struct db_tx *tx, int limit,
                       struct store_deliveries *out)
{
    struct store_page page = {export->after, limit};
    return store_delivery_orders(tx, export->call.actor.email, &page, export->call.arena, out);
}

static void walk_to(struct export *export, const struct store_deliveries *found)
{
    if (found->count > 0)
        memcpy(export->after, found->items[found->count - 1].id, ID_ROOM);
}

static int welcome_orders(struct export *export, struct db_tx *tx)
{
    struct store_deliveries found;
    json_t *items = json_array();
    int result = next_orders(export, tx, LISTED, &found);
    for (int i = 0; result == 0 && i < found.count; i++) {
        json_t *order = NULL;
        result = mine_delivery(&export->call, tx, found.items[i].id, &order);
        json_array_append_new(items, order);
    }
    if (result == 0)
        result = add_page(export, "items", items);
    else
        json_decref(items);
    if (result != 0)
        return result;
    walk_to(export, &found);
    if (found.more)
        return 0;
    result = add_page(export, "end", json_array());
    return result == 0 ? end_file(export, ACCOUNT) : result;
}

/* ---- JSON ---- */

static int account(struct export *export, struct db_tx *tx)
{
    json_t *mine = NULL;
    int result = mine_account(&export->call, tx, &mine);
    if (result == 0)
        result = begin_file(export, "account.json");
    if (result == 0)
        result = add_json(export, mine);
    else
        json_decref(mine);
    return result == 0 ? end_file(export, DELIVERIES) : result;
}

/* One delivery a step: with its cases it may be long. */
static int deliveries(struct export *export, struct db_tx *tx)
{
    static const char begin[] = "{\"items\":[", end[] = "]}";
    struct store_deliveries found;
    json_t *order = NULL;
    int result = export->open ? 0 : begin_file(export, "deliveries.json");
    if (result == 0 && export->listed == 0)
        result = add(export, begin, sizeof begin - 1);
    if (result == 0)
        result = next_orders(export, tx, 1, &found);
    if (result == 0 && found.count > 0)
        result = mine_delivery(&export->call, tx, found.items[0].id, &order);
    if (result == 0 && order && export->listed++ > 0)
        result = add(export, ",", 1);
    if (result == 0 && order)
        result = add_json(export, order);
    else
        json_decref(order);
    if (result != 0)
        return result;
    walk_to(export, &found);
    if (found.more)
        return 0;
    result = add(export, end, sizeof end - 1);
    return result == 0 ? end_file(export, PHOTOS) : result;
}

/* ---- photos ---- */

/* The next delivery's posted photos. */
static int next_photos(struct export *export, struct db_tx *tx)
{
    struct store_deliveries found;
    struct store_mine_photos photos = {0};
    int result = next_orders(export, tx, 1, &found);
    if (result == 0 && found.count > 0)
        result = store_mine_photo_list(tx, found.items[0].id, export->call.arena, &photos);
    if (result != 0)
        return result;
    if (found.count == 0) {
        export->stage = DIRECTORY;
        return 0;
    }
    walk_to(export, &found);
    export->photo_count = export->photo = 0;
    for (int i = 0; i < photos.count; i++)
        if (photos.items[i].state == PHOTO_POSTED)
            export->photos[export->photo_count++] = photos.items[i];
    return 0;
}

/* Behind the fence: is it theirs, and may they see it still? What a recipient shows to them stays
 * where each fetch of it is on record. 0 and a reader, 1 where not, or a fault. */
static int open_photo(struct export *export, struct db_tx *tx, const char *photo_id)
{
    struct call *call = &export->call;
    struct subject subject;
    int result = subject_load(call, tx, export->after, &subject);
    if (result != 0)
        return result;
    subject_pick_photo(&subject, photo_id);
    if (!subject.asked || subject_ask(&subject, PURPOSE_ORDER) != POLICY_ALLOW ||
        subject_ask(&subject, PURPOSE_PHOTO) != POLICY_ALLOW)
        return 1;
    result = photos_open(call, subject.asked, &export->reader);
    if (result == 0 && sealed_length(&export->reader, SEALED_POSTED, &export->length) != 0) {
        sealed_close(&export->reader);
        return log_fault("export.photo", -EBADMSG, "photo=%s", photo_id);
    }
    return result;
}

/* Begins the next photo; one that may not be seen any more, or has no room, is passed over. */
static int begin_photo(struct export *export)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    char name[MINE_FILE_ROOM];
    uint8_t key[16];
    const struct store_mine_photo *photo = &export->photos[export->photo++];
    if (!id_to_bytes(export->after, key) ||
        !zip_stream_has_room(export->zip, (uint64_t)photo->size))
        return 0;
    int result = http_fence_enter(export->call.api->fence, key, export->call.req);
    if (result == 0)
        result = db_read_begin(export->call.api->db, &tx);
    if (result == 0)
        result = open_photo(export, tx, photo->id);
    if (result != 0)
        return result < 0 ? result : 0;
    export->sending = true;
    export->sent = 0;
    mine_file(photo->id, name);
    return begin_file(export, name);
}

static int more_photo(struct export *export)
{
    static _Thread_local uint8_t piece[PIECE];
    uint64_t left = export->length - export->sent;
    size_t n = left < sizeof piece ? (size_t)left : sizeof piece;
    int result = sealed_read(&export->reader, SEALED_POSTED, export->sent, piece, n);
    if (result == 0)
        result = add(export, piece, n);
    export->sent += n;
    if (result != 0 || export->sent < export->length)
        return result < 0 ? result : result > 0 ? -EIO : 0;
    sealed_close(&export->reader);
    export->sending = export->open = false;
    return zip_stream_end(export->zip, &export->out) ? 0 : -ENOSPC;
}

/* ---- steps ---- */

static int read_step(struct export *export, struct db_tx *tx)
{
    switch (export->stage) {
    case WELCOME_ORDERS:
        return welcome_orders(export, tx);
    case ACCOUNT:
        return account(export, tx);
    case DELIVERIES:
        return deliveries(export, tx);
    default:
        return next_photos(export, tx);
    }
}

/* On a snapshot, if the session lives still; whose words it reads live until the next step. */
static int step_on_snapshot(struct export *export)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    arena_reset(export->call.arena);
    int result = db_read_begin(export->call.api->db, &tx);
    if (result == 0)
        result = admit_still(&export->call, tx, WHO_RECIPIENT);
    if (result != 0)
        return result < 0 ? result : -ECANCELED;
    if (export->stage == WELCOME)
        return welcome(export);
    result = read_step(export, tx);
    return result > 0 ? -ECANCELED : result; /* an order that went meanwhile: begin again */
}

/* Everything that was made before has been given away. */
static int make_more(struct export *export)
{
    buf_free(&export->out);
    export->taken = 0;
    if (export->sending)
        return more_photo(export);
    http_fence_leave(export->call.req);
    if (export->stage == DIRECTORY) {
        bool more = zip_stream_close(export->zip, DIRECTORY_FILES, &export->out);
        export->stage = more ? DIRECTORY : DONE;
        return 0;
    }
    if (export->stage == PHOTOS && export->photo < export->photo_count)
        return begin_photo(export);
    return step_on_snapshot(export);
}

static int64_t read_piece(void *state, uint64_t offset, uint8_t *out, size_t room)
{
    struct export *export = state;
    (void)offset; /* always what comes next */
    while (export->taken == export->out.len) {
        if (export->stage == DONE)
            return HTTP_PIECES_END;
        int result = make_more(export);
        if (result == 0 && export->out.failed)
            result = -ENOMEM;
        if (result == -ECANCELED)
            return 0;
        if (result != 0)
            return log_fault("export.step", result, "stage=%d", (int)export->stage);
    }
    size_t n = export->out.len - export->taken < room ? export->out.len - export->taken : room;
    memcpy(out, export->out.data + export->taken, n);
    export->taken += n;
    return (int64_t)n;
}

/* ---- the request ---- */

/* Has the place that was taken for it, and leaves it in the end. */
static struct export *new_export(const struct call *call)
{
    struct export *export = calloc(1, sizeof *export);
    if (!export) {
        leave_place();
        return NULL;
    }
    export->call = *call;
    export->call.body = NULL;
    export->call.arena = arena_new(ARENA_CEILING);
    export->zip = zip_stream_new();
    buf_init(&export->out, 2 * ARENA_CEILING);
    if (export->call.arena && export->zip)
        return export;
    end_export(export);
    return NULL;
}

/* True: a place is taken. */
static bool may(struct call *call)
{
    struct span key = {(const uint8_t *)call->actor.id, strlen(call->actor.id)};
    if (!take_place(call->api->settings)) {
        http_problem_later(call->req, &http_unavailable, 30, NULL);
        return false;
    }
    unsigned wait = http_limit_take(call->api->exports, key, clock_steady());
    if (wait == 0)
        return true;
    leave_place();
    http_problem_later(call->req, &http_too_many_requests, wait / 1000 + 1, NULL);
    return false;
}

void export_mine(struct http_request *req)
{
    struct call *call = call_of(req);
    if (!may(call))
        return;
    struct export *export = new_export(call);
    if (!export) {
        http_fault(req, log_fault("export.new", -ENOMEM, "request=%s", http_id(req)));
        return;
    }
    log_event(LOG_INFO, "export.begun", "account=%s", call->actor.id);
    http_set_header(req, "Content-Disposition", "attachment; filename=\"porchlight-export.zip\"");
    struct http_pieces pieces = {.read = read_piece, .free = end_export, .state = export};
    http_reply_pieces(req, 200, "application/zip", HTTP_OPEN_END, &pieces);
}
