/* SPDX-License-Identifier: Apache-2.0
 *
 * `porchlight backup DIR` and `porchlight backup-keys DIR`: copies of the data folder and of the
 * key folder, each by itself, while the server runs or not. Together they would be what a thief
 * wants and what an erasure must outlive; so there is no command for both.
 *
 * The order makes the data's copy one that the server could have left behind. The log first: then
 * the database is ahead of it, never behind, and the ledger goes on from there. Then the photos,
 * which never change; then the database, as it is at one moment; then what is staged, and what was
 * posted since the photos were copied. A photo that was taken in at that moment and judged before
 * its staged bytes were copied would be lost, so then the database is copied once more.
 */
#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "base/arena.h"
#include "base/log.h"
#include "cli/backup.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/copy.h"
#include "cli/data.h"
#include "keys/journal.h"
#include "keys/wrap.h"
#include "store/photo.h"
#include "store/store.h"

enum { TRIES = 5, ARENA_CEILING = 4 << 20, SLOT_TRIES = 200 };

static const char database[] = "porchlight.db";

/* ---- what may have changed meanwhile ---- */

/* Are all its staged bytes in the copy? They were staged when the photo got its id, which begins
 * with its time; a copy that was begun before that may be of a part. */
static bool is_whole(const struct copy *copy, const struct photo *photo)
{
    char path[COPY_PATH_ROOM];
    uint8_t id[16];
    int64_t at = 0;
    if (photo->staging_slot < 0)
        return true;
    if (!id_to_bytes(photo->id, id))
        return false;
    for (int i = 0; i < 6; i++)
        at = at << 8 | id[i];
    snprintf(path, sizeof path, "intake/%s", photo->upload_id);
    return copy_since(copy, path, at);
}

/* How many photos that wait to be judged have not all their staged bytes in the copy? */
static int count_lost(struct db *db, const struct copy *copy, unsigned *lost_out)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    struct store_photos page = {.more = true};
    char after[ID_ROOM] = "";
    struct arena *arena = arena_new(ARENA_CEILING);
    int result = arena ? db_read_begin(db, &tx) : -ENOMEM;
    *lost_out = 0;
    while (result == 0 && page.more) {
        arena_reset(arena);
        result = store_photo_waiting(tx, PHOTO_RECEIVED,
                                     &(struct store_page){after, STORE_PAGE_LIMIT}, arena, &page);
        for (int i = 0; result == 0 && i < page.count; i++) {
            memcpy(after, page.items[i].id, ID_ROOM);
            *lost_out += !is_whole(copy, &page.items[i]);
        }
    }
    arena_free(&arena);
    return result;
}

static int look_at_copy(const char *path, const struct copy *copy, unsigned *lost_out)
{
    struct db *db = NULL;
    int result = store_open(&(struct db_config){.path = path}, &db);
    if (result == 0)
        result = count_lost(db, copy, lost_out);
    db_close(&db);
    return result;
}

/* ---- the data ---- */

/* The log grows meanwhile: a file of it that is gone was filled up and has another name now. Then
 * all of it is copied again. */
static int copy_log(struct copy *copy)
{
    struct copy quiet = {.from = copy->from, .to = copy->to};
    unsigned gone = 1;
    int result = 0;
    for (int i = 0; result == 0 && gone > 0 && i < TRIES; i++) {
        result = copy_remove_tree(&quiet, "log");
        if (result == 0)
            result = copy_tree(&quiet, "log", &gone);
    }
    if (result == 0 && gone > 0)
        result = -EAGAIN;
    return result == 0 ? copy_note_tree(copy, "log") : result;
}

/* Copies the database, then what is staged and what is new, until nothing is lost between them.
 * What is staged grows from one time to the next. */
static int copy_moment(struct copy *copy, struct db *db, const char *folder)
{
    struct copy staged = {.from = copy->from, .to = copy->to, .again = true};
    char path[DATA_PATH_ROOM];
    unsigned lost = 1, gone;
    int result = 0;
    snprintf(path, sizeof path, "%s/files/%s", folder, database);
    for (int i = 0; result == 0 && lost > 0 && i < TRIES; i++) {
        if (i > 0 && unlink(path) != 0)
            return -errno;
        result = db_copy(db, path);
        if (result == 0)
            result = copy_tree(&staged, "intake", &gone);
        if (result == 0)
            result = copy_tree(copy, "photos", &gone);
        if (result == 0)
            result = look_at_copy(path, copy, &lost);
    }
    if (result == 0 && lost > 0)
        log_event(LOG_WARN, "backup.lost", "photos=%u", lost);
    return result == 0 ? copy_note_tree(copy, "intake") : result;
}

static int copy_data(struct copy *copy, struct db *db, const char *folder)
{
    unsigned gone;
    int result = copy_log(copy);
    if (result == 0)
        result = copy_tree(copy, "photos", &gone);
    if (result == 0)
        result = copy_moment(copy, db, folder);
    return result == 0 ? copy_note_late(copy, database) : result;
}

static void close_copy(struct copy *copy)
{
    if (copy->manifest)
        fclose(copy->manifest);
    if (copy->from >= 0)
        close(copy->from);
    if (copy->to >= 0)
        close(copy->to);
}

/* Ends a backup, and says so. */
static int end(struct copy *copy, int result, const char *folder, const char *what)
{
    if (result < 0)
        result = cli_fail("the backup to %s came to no end: %s", folder, cli_fault_text(result));
    if (result == 0)
        result = copy_end(copy, folder, what);
    if (result == 0)
        printf("%s: %llu files, %llu bytes\n", folder, (unsigned long long)copy->files,
               (unsigned long long)copy->bytes);
    close_copy(copy);
    return result;
}

int backup_run(int argc, char **argv)
{
    struct settings settings;
    struct db *db = NULL;
    struct copy copy = {.from = -1, .to = -1};
    int result = cli_load(&settings, &argc, argv, NULL);
    if (result == 0 && argc != 2)
        result = cli_usage("`porchlight backup` wants the FOLDER to write to, and --data FOLDER");
    if (result == 0)
        result = data_open(&settings, DATA_MUST_EXIST, &db);
    if (result != 0)
        return result;
    copy.from = open(settings.server.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    result = copy.from >= 0 ? copy_begin(&copy, argv[1])
                            : cli_fail("cannot read %s", settings.server.data);
    if (result == 0)
        result = copy_data(&copy, db, argv[1]);
    db_close(&db);
    return end(&copy, result, argv[1], BACKUP_DATA);
}

/* ---- the keys ---- */

/* A slot that was written while it was read may have come torn: it is read again until it is not.
 */
static int mend_slot(int from, int to, off_t at)
{
    uint8_t slot[WRAP_SLOT];
    for (int i = 0; i < SLOT_TRIES; i++) {
        if (pread(from, slot, sizeof slot, at) != (ssize_t)sizeof slot)
            return -EIO;
        if (wrap_slot_is_free(slot) || wrap_slot_is_sound(slot))
            return pwrite(to, slot, sizeof slot, at) == (ssize_t)sizeof slot ? 0 : -EIO;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return 0; /* it is damaged there too */
}

static int mend_slots(struct copy *copy)
{
    uint8_t slot[WRAP_SLOT];
    AUTO_CLOSE int from = openat(copy->from, "slots", O_RDONLY | O_CLOEXEC);
    AUTO_CLOSE int to = openat(copy->to, "slots", O_RDWR | O_CLOEXEC);
    if (from < 0 || to < 0)
        return -errno;
    int result = 0;
    for (off_t at = 0; result == 0; at += WRAP_SLOT) {
        ssize_t n = pread(to, slot, sizeof slot, at);
        if (n != (ssize_t)sizeof slot)
            break;
        if (!wrap_slot_is_free(slot) && !wrap_slot_is_sound(slot))
            result = mend_slot(from, to, at);
    }
    return result;
}

/* One of the small files; `needed` or perhaps not there. */
static int copy_small(struct copy *copy, const char *name, bool needed)
{
    struct copy_fact fact = {0};
    int result = copy_file(copy, name, &fact);
    if (result == COPY_GONE)
        return needed ? -ENOENT : 0;
    return result == 0 ? copy_note(copy, name, &fact) : result;
}

static int copy_keys(struct copy *copy)
{
    struct copy_fact fact = {0};
    unsigned gone;
    int result = copy_small(copy, "secrets", true);
    if (result == 0)
        result = copy_small(copy, "master.key", false);
    if (result == 0)
        result = copy_small(copy, "published", false);
    if (result == 0)
        result = copy_file(copy, "slots", &fact);
    if (result == 0)
        result = mend_slots(copy);
    if (result == 0)
        result = copy_note_late(copy, "slots");
    /* The journal last: what is erased while the slots are copied stands in it. */
    if (result == 0)
        copy->only = JOURNAL_PREFIX;
    if (result == 0)
        result = copy_tree(copy, ".", &gone);
    return result > 0 ? -ENOENT : result;
}

int backup_keys_run(int argc, char **argv)
{
    struct settings settings;
    struct copy copy = {.from = -1, .to = -1};
    int result = cli_load(&settings, &argc, argv, NULL);
    if (result == 0 && argc != 2)
        result = cli_usage(
            "`porchlight backup-keys` wants the FOLDER to write to, and --data or --keys");
    if (result != 0)
        return result;
    if (!*settings.server.keys)
        return cli_fail("no key folder is set: add --keys FOLDER, or --data FOLDER");
    copy.from = open(settings.server.keys, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy.from < 0)
        return cli_fail("cannot read %s: %s", settings.server.keys, strerror(errno));
    result = copy_begin(&copy, argv[1]);
    if (result == 0 && faccessat(copy.from, "rotation", F_OK, 0) == 0)
        result = cli_fail("the master key is being changed: start the server once, then back up");
    if (result == 0)
        result = copy_keys(&copy);
    return end(&copy, result, argv[1], BACKUP_KEYS);
}
