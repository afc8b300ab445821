/* SPDX-License-Identifier: Apache-2.0
 *
 * How a ledger begins: what is here is held against what was published, and only when nothing of
 * that is missing may it sign.
 */
#include <errno.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "keys/keys.h"
#include "ledger/ledger_inside.h"

enum { LOGS_CEILING = 10000 };

bool ledger_key_of(const struct ledger *ledger, const char *origin, struct note_key *key_out)
{
    return note_key_make(origin, NOTE_LOG, ledger->secret.public, key_out);
}

/* ---- the logs on the disk ---- */

static void folder_of(const struct ledger *ledger, int number, char out[LOG_PATH_ROOM])
{
    snprintf(out, LOG_PATH_ROOM, "%s/log/%d", ledger->config.data_folder, number);
}

static bool read_about(struct span text, struct log_place *place)
{
    char line[NOTE_NAME_ROOM + 16];
    const uint8_t *at = text.data, *end = text.data + text.len;
    if (!checkpoint_line(&at, end, line, sizeof line) || strncmp(line, "origin ", 7) != 0)
        return false;
    snprintf(place->origin, sizeof place->origin, "%.*s", NOTE_NAME_ROOM - 1, line + 7);
    return checkpoint_line(&at, end, line, sizeof line) && strncmp(line, "first ", 6) == 0 &&
           text_to_i64(line + 6, 1, INT64_MAX, &place->first) && at == end;
}

int ledger_place(const struct ledger *ledger, int number, struct log_place *place_out)
{
    struct buf text AUTO_BUF;
    buf_init(&text, LOG_ABOUT_CEILING);
    *place_out = (struct log_place){.number = number, .lead = number > 1};
    folder_of(ledger, number, place_out->folder);
    int result = log_files_read(place_out->folder, "about", &text);
    if (result != 0)
        return result == LOG_FILES_ABSENT ? LEDGER_ABSENT : result;
    return read_about((struct span){text.data, text.len}, place_out)
               ? 0
               : log_fault("ledger.about", -EBADMSG, "log=%d", number);
}

/* The newest log on the disk; its number is 0 where there is none. */
static int find_newest(struct ledger *ledger)
{
    struct log_place place;
    int result = 0;
    ledger->place = (struct log_place){.first = 1};
    for (int number = 1; result == 0 && number < LOGS_CEILING; number++) {
        result = ledger_place(ledger, number, &place);
        if (result == 0)
            ledger->place = place;
    }
    if (result < 0 || ledger->place.number == 0)
        return result < 0 ? result : 0;
    return ledger_key_of(ledger, ledger->place.origin, &ledger->key)
               ? 0
               : log_fault("ledger.about", -EBADMSG, "log=%d", ledger->place.number);
}

/* Makes the folder of a log, and last the file that says that it is there. */
static int begin_log(struct ledger *ledger, const struct log_place *place)
{
    char parent[LOG_PATH_ROOM];
    snprintf(parent, sizeof parent, "%s/log", ledger->config.data_folder);
    int result = file_make_folder(parent);
    if (result == 0)
        result = file_make_folder(place->folder);
    return result == 0 ? 0 : log_fault("ledger.begin", result, "log=%d", place->number);
}

static int write_about(const struct log_place *place)
{
    char text[NOTE_NAME_ROOM + 64];
    snprintf(text, sizeof text, "origin %s\nfirst %lld\n", place->origin, (long long)place->first);
    return log_files_write(place->folder, "about", HASH_TEXT(text));
}

/* ---- what was published ---- */

/* Takes a checkpoint apart that we signed for log `number`. False: it is none. */
static bool read_head(struct ledger *ledger, struct span bytes, int number, const char *origin,
                      struct signed_head *head)
{
    struct note_key key;
    struct note *note = malloc(sizeof *note);
    bool ok = note && note_parse(bytes, note) && checkpoint_parse(note->text, &head->checkpoint) &&
              (!origin || strcmp(origin, head->checkpoint.origin) == 0) &&
              ledger_key_of(ledger, head->checkpoint.origin, &key) &&
              note_is_signed(note, &key, NULL);
    free(note);
    if (!ok)
        return false;
    head->number = number;
    buf_init(&head->bytes, NOTE_CEILING);
    buf_add(&head->bytes, bytes.data, bytes.len);
    return !head->bytes.failed;
}

/* KEYS/published. 0, with number 0 where there is none, or a fault. */
static int read_published(struct ledger *ledger, struct signed_head *head)
{
    char line[40];
    size_t len;
    uint64_t number;
    AUTO_FREE uint8_t *bytes = malloc(NOTE_CEILING);
    if (!bytes)
        return log_fault("ledger.published", -ENOMEM, "what=memory");
    *head = (struct signed_head){0};
    int result = keys_get_published(ledger->config.keys, bytes, NOTE_CEILING, &len);
    if (result != 0)
        return result < 0 ? result : 0;
    const uint8_t *at = bytes, *end = bytes + len;
    if (len > NOTE_CEILING || !checkpoint_line(&at, end, line, sizeof line) ||
        strncmp(line, "log ", 4) != 0 || !text_to_u64(line + 4, 1, LOGS_CEILING, &number) ||
        !read_head(ledger, (struct span){at, (size_t)(end - at)}, (int)number, NULL, head))
        return log_fault("ledger.published", -EBADMSG, "what=keys_published");
    return 0;
}

/* The checkpoint in the log's folder. 0, with number 0 where there is none, or a fault. */
static int read_checkpoint(struct ledger *ledger, struct signed_head *head)
{
    struct buf bytes AUTO_BUF;
    buf_init(&bytes, NOTE_CEILING);
    *head = (struct signed_head){0};
    if (ledger->place.number == 0)
        return 0;
    int result = log_files_read(ledger->place.folder, "checkpoint", &bytes);
    if (result != 0)
        return result < 0 ? result : 0;
    return read_head(ledger, (struct span){bytes.data, bytes.len}, ledger->place.number,
                     ledger->place.origin, head)
               ? 0
               : log_fault("ledger.checkpoint", -EBADMSG, "log=%d", ledger->place.number);
}

/* ---- comparing ---- */

int ledger_has(struct ledger *ledger, int64_t seq)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    uint8_t commitment[1][STORE_HASH];
    char entry[STEP_ENTRY_ROOM];
    tree_hash ours, theirs;
    int count = 0, result = db_read_begin(ledger->config.db, &tx);
    if (result == 0)
        result = store_entry_commitments(tx, seq - 1, 1, commitment, &count);
    if (result != 0 || count == 0)
        return result;
    step_entry(commitment[0], entry);
    tree_leaf(HASH_TEXT(entry), ours);
    uint64_t index = (uint64_t)(seq - ledger->place.first + ledger->place.lead);
    result = log_files_node(ledger->place.folder, 0, index, theirs);
    return result != 0 ? result : memcmp(ours, theirs, TREE_HASH) == 0;
}

/* Are the files those that were signed? Sets edge. */
static int compare_files(struct ledger *ledger, enum ledger_state *state_out)
{
    const struct tree_head *head = &ledger->head.checkpoint.head;
    struct tree_reader reader = {log_files_node, ledger->place.folder};
    tree_hash root;
    int result = ledger->looking ? 0 : log_files_cut(ledger->place.folder, head->size);
    if (result == 0)
        result = tree_edge_read(&reader, head->size, &ledger->edge);
    if (result == LOG_FILES_DAMAGED || result == LOG_FILES_ABSENT || result == -EBADMSG) {
        *state_out = LEDGER_BEHIND;
        return 0;
    }
    if (result != 0)
        return result;
    tree_edge_root(&ledger->edge, root);
    *state_out = memcmp(root, head->root, TREE_HASH) == 0 ? LEDGER_SIGNS : LEDGER_DAMAGED;
    return 0;
}

/* Does the database hold the entries that were published? The last of them is enough: where it is
 * the same, so is all before it. */
static int compare_database(struct ledger *ledger, enum ledger_state *state_out)
{
    int64_t newest,
        last = ledger->place.first - 1 + (int64_t)ledger->edge.size - ledger->place.lead;
    int result = ledger_count(ledger, &newest);
    if (result != 0 || last < ledger->place.first)
        return result;
    int has = newest < last ? 0 : ledger_has(ledger, last);
    if (has == 0)
        *state_out = LEDGER_BEHIND;
    return has < 0 ? has : 0;
}

/* Puts the newer of the two into the ledger's head. */
static void choose_head(struct ledger *ledger, struct signed_head *here, struct signed_head *told)
{
    bool told_is_newer =
        told->number > here->number ||
        (told->number == here->number && told->checkpoint.head.size > here->checkpoint.head.size);
    ledger->head = told_is_newer ? *told : *here;
    buf_free(told_is_newer ? &here->bytes : &told->bytes);
}

int ledger_compare(struct ledger *ledger)
{
    struct signed_head here, told = {0};
    enum ledger_state state = LEDGER_SIGNS;
    int result = find_newest(ledger);
    if (result == 0)
        result = read_checkpoint(ledger, &here);
    if (result != 0)
        return result;
    result = read_published(ledger, &told);
    if (result != 0) {
        buf_free(&here.bytes);
        return result;
    }
    choose_head(ledger, &here, &told);
    if (ledger->head.number > ledger->place.number)
        state = LEDGER_BEHIND;
    else if (ledger->head.number > 0)
        result = compare_files(ledger, &state);
    if (result == 0 && state == LEDGER_SIGNS && ledger->head.number > 0)
        result = compare_database(ledger, &state);
    ledger->state = state;
    return result;
}

/* ---- opening ---- */

static int begin_first(struct ledger *ledger)
{
    struct log_place place = {.number = 1, .first = 1};
    folder_of(ledger, place.number, place.folder);
    snprintf(place.origin, sizeof place.origin, "%s", ledger->name);
    if (!ledger_key_of(ledger, place.origin, &ledger->key))
        return log_fault("ledger.begin", -EINVAL, "what=name");
    int result = begin_log(ledger, &place);
    if (result == 0)
        result = write_about(&place);
    if (result == 0)
        ledger->place = place;
    return result;
}

/* Everything that a round needs. What was published is signed again, and comes out the same: so
 * there is a checkpoint from the first moment, in both places. */
static int make_ready(struct ledger *ledger)
{
    int result = ledger_compare(ledger);
    if (result == 0 && ledger->state == LEDGER_SIGNS && ledger->place.number == 0)
        result = begin_first(ledger);
    if (result == -EBADMSG) {
        ledger->state = LEDGER_DAMAGED;
        result = 0;
    }
    if (result == 0 && ledger->state == LEDGER_SIGNS && ledger_publish(ledger) != 0)
        ledger->failed++; /* the next round tries again */
    if (result == 0 && ledger->state != LEDGER_SIGNS)
        log_event(LOG_ERROR, "ledger.refuses", "state=%d log=%d", (int)ledger->state,
                  ledger->place.number);
    return result;
}

static struct ledger *new_ledger(const struct ledger_config *config)
{
    uint8_t seed[SIGN_SEED];
    pthread_condattr_t steady;
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger)
        return NULL;
    ledger->config = *config;
    snprintf(ledger->name, sizeof ledger->name, "%s", config->name);
    keys_secret(config->keys, "ledger signing key", seed);
    sign_from_seed(seed, &ledger->secret);
    crypto_wipe(seed, sizeof seed);
    ledger_recorder_fill(config->keys, &ledger->recorder);
    ledger->recorder.keys = config->keys;
    ledger->recorder.off = config->off;
    pthread_mutex_init(&ledger->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&ledger->changed, &steady);
    pthread_condattr_destroy(&steady);
    ledger->place.first = 1;
    ledger->state = LEDGER_OFF;
    return ledger;
}

int ledger_open(const struct ledger_config *config, struct ledger **ledger_out)
{
    struct ledger *ledger = new_ledger(config);
    if (!ledger)
        return log_fault("ledger.open", -ENOMEM, "what=memory");
    int result = config->off ? 0 : make_ready(ledger);
    if (result != 0)
        ledger_free(&ledger);
    *ledger_out = ledger;
    return result;
}

int ledger_peek(const struct ledger_config *config, struct ledger_facts *facts_out,
                struct note_key *key_out)
{
    struct ledger *ledger = new_ledger(config);
    if (!ledger)
        return log_fault("ledger.peek", -ENOMEM, "what=memory");
    ledger->looking = true;
    int result = config->off ? 0 : ledger_compare(ledger);
    if (result == -EBADMSG) {
        ledger->state = LEDGER_DAMAGED;
        result = 0;
    }
    *key_out = ledger->key;
    if (result == 0)
        result = ledger_look(ledger, facts_out);
    ledger_free(&ledger);
    return result;
}

/* ---- after a restore ---- */

/* The database's newest entry that is in the old log too. What is the same is the same from the
 * beginning, so it is searched for by halves. */
static int find_common(struct ledger *ledger, int64_t newest, int64_t *common_out)
{
    const struct log_place *place = &ledger->place;
    int64_t low = place->first - 1;
    int64_t high = low + (int64_t)ledger->edge.size - place->lead;
    high = high < newest ? high : newest;
    while (place->number > 0 && low < high) {
        int64_t middle = low + (high - low + 1) / 2;
        int has = ledger_has(ledger, middle);
        if (has < 0)
            return has;
        if (has)
            low = middle;
        else
            high = middle - 1;
    }
    *common_out = place->number > 0 ? low : 0;
    return 0;
}

/* How far the files of the old log go, whatever was published: as far as its own checkpoint. */
static int read_old_edge(struct ledger *ledger)
{
    struct signed_head here = {0};
    struct tree_reader reader = {log_files_node, ledger->place.folder};
    int result = read_checkpoint(ledger, &here);
    ledger->edge = (struct tree_edge){0};
    if (result == 0 && here.number > 0 &&
        tree_edge_read(&reader, here.checkpoint.head.size, &ledger->edge) != 0)
        ledger->edge = (struct tree_edge){0};
    buf_free(&here.bytes);
    return result == -EBADMSG ? 0 : result;
}

static int begin_next(struct ledger *ledger, int64_t common)
{
    char entry[CHECKPOINT_ROOM + 64], text[CHECKPOINT_ROOM];
    struct log_place next = {.first = common + 1, .lead = 1};
    int newest =
        ledger->head.number > ledger->place.number ? ledger->head.number : ledger->place.number;
    next.number = newest + 1;
    folder_of(ledger, next.number, next.folder);
    snprintf(next.origin, sizeof next.origin, "%.200s/%d", ledger->name, next.number);
    checkpoint_format(&ledger->head.checkpoint, text);
    snprintf(entry, sizeof entry, "porchlight-ledger/v1\ncontinues\n%s", text);
    if (!ledger_key_of(ledger, next.origin, &ledger->key))
        return log_fault("ledger.continue", -EINVAL, "what=name");
    int result = begin_log(ledger, &next);
    ledger->place = next;
    ledger->edge = (struct tree_edge){0};
    struct span span = HASH_TEXT(entry);
    if (result == 0)
        result = log_files_append(next.folder, &ledger->edge, &(struct log_entries){1, &span});
    if (result == 0)
        result = ledger_publish(ledger);
    if (result == 0)
        result = write_about(&next);
    if (result == 0)
        log_event(LOG_WARN, "ledger.continued", "log=%d first=%lld", next.number,
                  (long long)next.first);
    return result;
}

int ledger_continue(struct ledger *ledger)
{
    int64_t newest, common;
    if (ledger->state != LEDGER_BEHIND && ledger->state != LEDGER_DAMAGED)
        return LEDGER_ABSENT;
    int result = ledger_count(ledger, &newest);
    if (result == 0)
        result = read_old_edge(ledger);
    if (result == 0)
        result = find_common(ledger, newest, &common);
    if (result == 0)
        result = begin_next(ledger, common);
    if (result == 0)
        ledger->state = LEDGER_SIGNS;
    return result;
}
