/* SPDX-License-Identifier: Apache-2.0
 *
 * The slots that rows name are marked in a bit set; a slot in use without a mark is an orphan. A
 * photo's bytes lose their key with it; its file goes too, unless a later attempt has written the
 * photo anew under another key.
 */
#include "cli/orphans.h"

#include <errno.h>

#include "base/arena.h"
#include "base/log.h"
#include "blob/blob.h"
#include "intake/staging.h"
#include "keys/keys.h"
#include "store/photo.h"
#include "store/upload.h"

enum { PAGE = STORE_PAGE_LIMIT, ARENA_CEILING = 4 << 20 };

struct stock {
    struct orphans *orphans;
    struct db_tx *tx;
    struct arena *arena;
    uint8_t *marks; /* a bit for each slot */
    uint64_t slots;
};

static void mark(struct stock *stock, int64_t slot)
{
    if (slot >= 0 && (uint64_t)slot < stock->slots)
        stock->marks[slot / 8] |= (uint8_t)(1u << (slot % 8));
}

static bool is_marked(const struct stock *stock, uint32_t slot)
{
    return slot < stock->slots && (stock->marks[slot / 8] >> (slot % 8) & 1);
}

static int mark_photos(struct stock *stock, enum store_slot_kind kind)
{
    struct store_slots page;
    int64_t after = -1;
    do {
        arena_reset(stock->arena);
        int result = store_photo_slots(stock->tx, kind, after, stock->arena, &page);
        if (result != 0)
            return result;
        for (int i = 0; i < page.count; i++)
            mark(stock, after = page.items[i].slot);
    } while (page.more);
    return 0;
}

static int mark_uploads(struct stock *stock)
{
    struct store_uploads page;
    char after[ID_ROOM] = "";
    do {
        arena_reset(stock->arena);
        int result = store_upload_list_open(stock->tx, &(struct store_page){after, PAGE},
                                            stock->arena, &page);
        if (result != 0)
            return result;
        for (int i = 0; i < page.count; i++)
            mark(stock, page.items[i].slot);
        if (page.count > 0)
            memcpy(after, page.items[page.count - 1].id, ID_ROOM);
    } while (page.more);
    return 0;
}

/* The file of a photo whose key was an orphan, but not of a posted or withheld one, which has
 * another key by now. 0 or a fault. */
static int remove_photo(struct stock *stock, const uint8_t id[KEYS_ID])
{
    char name[ID_ROOM];
    struct photo photo;
    id_from_bytes(ID_PHOTO, id, name);
    arena_reset(stock->arena);
    int result = store_photo_get(stock->tx, name, stock->arena, &photo);
    if (result < 0)
        return result;
    if (result == 0 && photo.key_slot >= 0)
        return 0;
    result = blob_remove(stock->orphans->photos, name, BLOB_REMOVE_LAZY);
    return result < 0 ? result : 0;
}

static int visit_slot(void *context, uint32_t slot, const uint8_t id[KEYS_ID])
{
    struct stock *stock = context;
    if (is_marked(stock, slot))
        return 0;
    int result = keys_erase(stock->orphans->keys, slot, id);
    if (result < 0)
        return result;
    stock->orphans->slots++;
    return remove_photo(stock, id);
}

/* Is this upload's staging file still needed? 0 yes, 1 no, or a fault. */
static int is_left_over(struct stock *stock, const char *id)
{
    struct store_upload upload;
    struct photo photo;
    arena_reset(stock->arena);
    int result = store_upload_get(stock->tx, id, stock->arena, &upload);
    if (result != 0)
        return result < 0 ? result : 1;
    if (upload.state == UPLOAD_OPEN)
        return 0;
    if (upload.state != UPLOAD_COMPLETE)
        return 1;
    result = store_photo_get(stock->tx, upload.photo_id, stock->arena, &photo);
    if (result != 0)
        return result < 0 ? result : 1;
    return photo.staging_slot < 0;
}

static int visit_file(void *context, const char *id)
{
    struct stock *stock = context;
    int result = is_left_over(stock, id);
    if (result <= 0)
        return result;
    stock->orphans->files++;
    result = staging_remove(stock->orphans->staging, id);
    return result < 0 ? result : 0;
}

static int take_stock(struct stock *stock)
{
    int result = mark_photos(stock, STORE_SLOT_STAGING);
    if (result == 0)
        result = mark_photos(stock, STORE_SLOT_KEY);
    if (result == 0)
        result = mark_uploads(stock);
    if (result == 0)
        result = keys_each(stock->orphans->keys, visit_slot, stock);
    if (result == 0 && stock->orphans->slots)
        result = keys_sync(stock->orphans->keys);
    if (result == 0)
        result = staging_each(stock->orphans->staging, visit_file, stock);
    return result;
}

int orphans_sweep(struct orphans *orphans)
{
    struct keys_facts facts;
    struct stock stock = {.orphans = orphans};
    keys_look(orphans->keys, &facts);
    stock.slots = facts.slots;
    stock.marks = calloc(1, (size_t)(facts.slots / 8 + 1));
    stock.arena = arena_new(ARENA_CEILING);
    int result = -ENOMEM;
    if (stock.marks && stock.arena)
        result = db_read_begin(orphans->db, &stock.tx);
    else
        log_fault("orphans.sweep", result, "what=memory");
    if (result == 0)
        result = take_stock(&stock);
    db_read_end(&stock.tx);
    arena_free(&stock.arena);
    free(stock.marks);
    return result;
}
