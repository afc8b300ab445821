/* SPDX-License-Identifier: Apache-2.0
 *
 * The registry of uploads with real files and keys: offsets that are told are kept, one body at a
 * time, a HEAD fences the old body off, and nothing that was not checked counts.
 */
#include "intake/uploads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/tap.h"
#include "base/tap_folder.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "keys/keys.h"

enum { ROOM = 1 << 20, BODIES = 8, KNOWN = 16 };

/* The C library's, for all that is linked in: counted, and held up while `slow_disk`. */
static _Atomic unsigned syncs;
static _Atomic bool slow_disk;

static void count_sync(void)
{
    atomic_fetch_add(&syncs, 1);
    while (atomic_load(&slow_disk))
        usleep(500);
}

int fsync(int fd)
{
    count_sync();
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    count_sync();
    return (int)syscall(SYS_fdatasync, fd);
}

struct dock {
    char folder[TAP_FOLDER_ROOM];
    struct keys *keys;
    struct staging *staging;
    struct uploads *uploads;
};

static void open_dock(struct dock *dock)
{
    char path[TAP_FOLDER_ROOM + 16];
    snprintf(path, sizeof path, "%s/keys", dock->folder);
    struct keys_config keys = {.folder = path, .make = KEYS_MAKE_MISSING};
    if (keys_open(&keys, &dock->keys) != 0)
        abort();
    snprintf(path, sizeof path, "%s/intake", dock->folder);
    if (staging_open(path, &dock->staging) != 0)
        abort();
    struct uploads_config config = {dock->staging, dock->keys, BODIES, KNOWN};
    if (uploads_new(&config, &dock->uploads) != 0)
        abort();
}

static void close_dock(struct dock *dock)
{
    uploads_free(&dock->uploads);
    staging_close(&dock->staging);
    keys_close(&dock->keys);
}

static void new_dock(struct dock *dock)
{
    log_set_level(LOG_ERROR);
    if (crypto_init() != 0)
        abort();
    tap_folder_new(dock->folder);
    open_dock(dock);
}

static void end_dock(struct dock *dock)
{
    close_dock(dock);
    tap_folder_remove(dock->folder);
}

static struct upload_place create(struct dock *dock, char id[ID_ROOM])
{
    uint32_t slot = 0;
    id_new(ID_UPLOAD, id);
    CHECK_INT(uploads_create(dock->uploads, id, &slot), 0);
    return (struct upload_place){id, slot};
}

static int begin(struct dock *dock, const struct upload_place *place, uint64_t offset,
                 struct upload_body **body_out)
{
    struct tus_checksum none = {.algorithm = TUS_NO_CHECKSUM};
    struct upload_start start = {.offset = offset, .room = ROOM - offset, .checksum = &none};
    return uploads_begin(dock->uploads, place, &start, body_out);
}

/* `sum_of`: what the checksum is made of, which need not be what comes. */
static int begin_checked(struct dock *dock, const struct upload_place *place, uint64_t offset,
                         const char *sum_of, struct upload_body **body_out)
{
    uint8_t sha256[32];
    char text[BASE64_ROOM(32)], header[sizeof text + 8];
    struct tus_checksum checksum;
    hash_sha256(HASH_TEXT(sum_of), sha256);
    text_base64(sha256, sizeof sha256, text);
    snprintf(header, sizeof header, "sha256 %s", text);
    CHECK_INT(tus_checksum_start(header, &checksum), 0);
    struct upload_start start = {.offset = offset, .room = ROOM - offset, .checksum = &checksum};
    return uploads_begin(dock->uploads, place, &start, body_out);
}

/* Sends a whole body; its end's result. */
static int send_body(struct dock *dock, const struct upload_place *place, uint64_t offset,
                     const char *text, struct staging_state *state)
{
    struct upload_body *body = NULL;
    int result = begin(dock, place, offset, &body);
    if (result != 0)
        return result;
    CHECK_INT(uploads_add(body, HASH_TEXT(text)), 0);
    result = uploads_end(&body, state);
    CHECK(body == NULL);
    return result;
}

static void check_content(struct dock *dock, const struct upload_place *place, const char *want)
{
    struct staging_state state;
    uint8_t got[4096] = {0}, of_want[32], of_state[32];
    CHECK_INT(uploads_settle(dock->uploads, place, &state), 0);
    CHECK_INT(state.offset, strlen(want));
    CHECK_INT(uploads_read(dock->uploads, place, &state, got), 0);
    CHECK_STR((char *)got, want);
    hash_sha256(HASH_TEXT(want), of_want);
    hash_finish(&state.hash, of_state);
    CHECK(memcmp(of_want, of_state, 32) == 0);
}

TEST(bodies_add_up_and_survive_a_restart)
{
    struct dock dock;
    char id[ID_ROOM];
    struct staging_state state;
    new_dock(&dock);
    struct upload_place place = create(&dock, id);
    CHECK_INT(send_body(&dock, &place, 0, "the first ", &state), 0);
    CHECK_INT(state.offset, 10);
    CHECK_INT(send_body(&dock, &place, 4, "again", &state), UPLOADS_WRONG_OFFSET);
    CHECK_INT(send_body(&dock, &place, 10, "and the second", &state), 0);
    check_content(&dock, &place, "the first and the second");
    close_dock(&dock);
    open_dock(&dock);
    CHECK_INT(uploads_settle(dock.uploads, &place, &state), 0);
    CHECK_INT(send_body(&dock, &place, 24, ", later", &state), 0);
    check_content(&dock, &place, "the first and the second, later");
    CHECK_INT(uploads_bodies(dock.uploads), 0);
    end_dock(&dock);
}

TEST(one_body_at_a_time_and_no_more_than_the_limit)
{
    struct dock dock;
    char ids[BODIES + 1][ID_ROOM];
    struct upload_place places[BODIES + 1];
    struct upload_body *bodies[BODIES], *other = NULL;
    struct staging_state state;
    new_dock(&dock);
    for (int i = 0; i <= BODIES; i++)
        places[i] = create(&dock, ids[i]);
    CHECK_INT(begin(&dock, &places[0], 0, &bodies[0]), 0);
    CHECK_INT(begin(&dock, &places[0], 0, &other), UPLOADS_BUSY);
    CHECK_INT(uploads_bodies(dock.uploads), 1);
    for (int i = 1; i < BODIES; i++)
        CHECK_INT(begin(&dock, &places[i], 0, &bodies[i]), 0);
    CHECK_INT(begin(&dock, &places[BODIES], 0, &other), UPLOADS_TOO_MANY);
    for (int i = 0; i < BODIES; i++)
        CHECK_INT(uploads_end(&bodies[i], &state), 0);
    CHECK_INT(begin(&dock, &places[BODIES], 0, &other), 0);
    uploads_abandon(&other);
    end_dock(&dock);
}

TEST(more_bytes_than_may_come_are_refused_and_the_rest_is_kept)
{
    struct dock dock;
    char id[ID_ROOM];
    struct upload_body *body;
    struct staging_state state;
    struct tus_checksum none = {.algorithm = TUS_NO_CHECKSUM};
    new_dock(&dock);
    struct upload_place place = create(&dock, id);
    struct upload_start start = {.offset = 0, .room = 6, .checksum = &none};
    CHECK_INT(uploads_begin(dock.uploads, &place, &start, &body), 0);
    CHECK_INT(uploads_add(body, HASH_TEXT("four")), 0);
    CHECK_INT(uploads_add(body, HASH_TEXT("more")), UPLOADS_BEYOND);
    CHECK_INT(uploads_add(body, HASH_TEXT("m")), UPLOADS_BEYOND);
    CHECK_INT(uploads_end(&body, &state), UPLOADS_BEYOND);
    CHECK_INT(state.offset, 4);
    check_content(&dock, &place, "four");
    end_dock(&dock);
}

TEST(a_settle_fences_the_body_off_and_what_it_told_stands)
{
    struct dock dock;
    char id[ID_ROOM];
    struct upload_body *old, *fresh;
    struct staging_state told, state;
    new_dock(&dock);
    struct upload_place place = create(&dock, id);
    CHECK_INT(begin(&dock, &place, 0, &old), 0);
    CHECK_INT(uploads_add(old, HASH_TEXT("before")), 0);
    CHECK_INT(uploads_settle(dock.uploads, &place, &told), 0);
    CHECK_INT(told.offset, 6);
    CHECK_INT(uploads_add(old, HASH_TEXT("too late")), UPLOADS_FENCED);
    /* The phone goes on while the old connection still hangs. */
    CHECK_INT(begin(&dock, &place, 6, &fresh), 0);
    CHECK_INT(uploads_add(fresh, HASH_TEXT(" after")), 0);
    CHECK_INT(uploads_end(&old, &state), UPLOADS_FENCED);
    CHECK_INT(state.offset, 6);
    CHECK_INT(uploads_end(&fresh, &state), 0);
    check_content(&dock, &place, "before after");
    CHECK_INT(uploads_bodies(dock.uploads), 0);
    end_dock(&dock);
}

TEST(a_fenced_body_that_is_abandoned_leaves_the_new_one_alone)
{
    struct dock dock;
    char id[ID_ROOM];
    struct upload_body *old, *fresh;
    struct staging_state state;
    new_dock(&dock);
    struct upload_place place = create(&dock, id);
    CHECK_INT(begin(&dock, &place, 0, &old), 0);
    CHECK_INT(uploads_settle(dock.uploads, &place, &state), 0);
    CHECK_INT(begin(&dock, &place, 0, &fresh), 0);
    uploads_abandon(&old);
    uploads_tidy(dock.uploads);
    CHECK_INT(uploads_add(fresh, HASH_TEXT("mine")), 0);
    CHECK_INT(uploads_end(&fresh, &state), 0);
    check_content(&dock, &place, "mine");
    end_dock(&dock);
}

TEST(an_abandoned_body_is_kept_as_far_as_it_came)
{
    struct dock dock;
    char ids[3][ID_ROOM];
    struct upload_place places[3];
    struct upload_body *body;
    struct staging_state state;
    new_dock(&dock);
    for (int i = 0; i < 3; i++) {
        places[i] = create(&dock, ids[i]);
        CHECK_INT(begin(&dock, &places[i], 0, &body), 0);
        CHECK_INT(uploads_add(body, HASH_TEXT("part")), 0);
        uploads_abandon(&body);
    }
    CHECK_INT(uploads_bodies(dock.uploads), 3); /* their files are still open */
    CHECK_INT(uploads_settle(dock.uploads, &places[0], &state), 0);
    CHECK_INT(state.offset, 4);
    CHECK_INT(send_body(&dock, &places[1], 4, " two", &state), UPLOADS_BUSY); /* not synced yet */
    uploads_tidy(dock.uploads);
    CHECK_INT(uploads_bodies(dock.uploads), 0);
    CHECK_INT(send_body(&dock, &places[1], 4, " two", &state), 0);
    check_content(&dock, &places[1], "part two");
    check_content(&dock, &places[2], "part");
    end_dock(&dock);
}

TEST(a_checked_body_counts_whole_or_not_at_all)
{
    struct dock dock;
    char id[ID_ROOM];
    struct upload_body *body;
    struct staging_state state;
    new_dock(&dock);
    struct upload_place place = create(&dock, id);
    CHECK_INT(send_body(&dock, &place, 0, "kept ", &state), 0);
    CHECK_INT(begin_checked(&dock, &place, 5, "whole", &body), 0);
    CHECK_INT(uploads_add(body, HASH_TEXT("who1e")), 0);
    CHECK_INT(uploads_end(&body, &state), UPLOADS_MISMATCH);
    CHECK_INT(state.offset, 5);
    CHECK_INT(begin_checked(&dock, &place, 5, "whole", &body), 0);
    CHECK_INT(uploads_add(body, HASH_TEXT("who")), 0);
    uploads_abandon(&body);
    uploads_tidy(dock.uploads); /* a part of it was never checked */
    check_content(&dock, &place, "kept ");
    CHECK_INT(begin_checked(&dock, &place, 5, "whole", &body), 0);
    CHECK_INT(uploads_add(body, HASH_TEXT("who")), 0);
    CHECK_INT(uploads_settle(dock.uploads, &place, &state), 0);
    CHECK_INT(state.offset, 5);
    CHECK_INT(uploads_end(&body, &state), UPLOADS_FENCED);
    CHECK_INT(begin_checked(&dock, &place, 5, "whole", &body), 0);
    CHECK_INT(uploads_add(body, HASH_TEXT("whole")), 0);
    CHECK_INT(uploads_end(&body, &state), 0);
    check_content(&dock, &place, "kept whole");
    end_dock(&dock);
}

static int count_file(void *context, const char *id)
{
    ++*(int *)context;
    return 0;
}

static int files(struct dock *dock)
{
    int count = 0;
    CHECK_INT(staging_each(dock->staging, count_file, &count), 0);
    return count;
}

TEST(destroying_ends_a_body_under_way_and_leaves_nothing)
{
    struct dock dock;
    char id[ID_ROOM];
    struct upload_body *body, *other;
    struct staging_state state;
    struct keys_facts facts;
    uint8_t out[16];
    new_dock(&dock);
    struct upload_place place = create(&dock, id);
    CHECK_INT(send_body(&dock, &place, 0, "here", &state), 0);
    CHECK_INT(begin(&dock, &place, 4, &body), 0);
    CHECK_INT(uploads_add(body, HASH_TEXT("more")), 0);
    CHECK_INT(uploads_destroy(dock.uploads, &place), 0);
    CHECK_INT(uploads_add(body, HASH_TEXT("more")), UPLOADS_FENCED);
    CHECK_INT(uploads_read(dock.uploads, &place, &state, out), UPLOADS_ABSENT);
    CHECK_INT(uploads_settle(dock.uploads, &place, &state), UPLOADS_ABSENT);
    CHECK_INT(begin(&dock, &place, 0, &other), UPLOADS_ABSENT);
    CHECK_INT(uploads_end(&body, &state), UPLOADS_FENCED);
    CHECK_INT(uploads_destroy(dock.uploads, &place), 0); /* and again */
    keys_look(dock.keys, &facts);
    CHECK_INT(facts.slots_used, 0);
    CHECK_INT(files(&dock), 0);
    CHECK_INT(uploads_bodies(dock.uploads), 0);
    end_dock(&dock);
}

/* What runs on a network thread, and what it leaves to others. */
TEST(creating_beginning_and_adding_wait_for_no_disk)
{
    struct dock dock;
    char ids[3][ID_ROOM];
    struct upload_body *body = NULL;
    struct staging_state state;
    new_dock(&dock);
    struct upload_place known = create(&dock, ids[0]), forgotten = create(&dock, ids[1]);
    CHECK_INT(send_body(&dock, &forgotten, 0, "before", &state), 0);
    close_dock(&dock);
    open_dock(&dock);
    CHECK_INT(uploads_settle(dock.uploads, &known, &state), 0);
    unsigned before = atomic_load(&syncs);
    struct upload_place fresh = create(&dock, ids[2]);
    CHECK_INT(begin(&dock, &fresh, 0, &body), 0);
    CHECK_INT(uploads_add(body, HASH_TEXT("first bytes")), 0);
    uploads_abandon(&body);
    CHECK_INT(begin(&dock, &fresh, 11, &body), UPLOADS_BUSY);
    CHECK_INT(begin(&dock, &forgotten, 6, &body), UPLOADS_BUSY);
    CHECK_INT(begin(&dock, &known, 0, &body), 0);
    uploads_abandon(&body);
    CHECK_INT(atomic_load(&syncs), before);
    uploads_tidy(dock.uploads);
    CHECK(atomic_load(&syncs) > before);
    CHECK_INT(send_body(&dock, &forgotten, 6, " and after", &state), 0);
    CHECK_INT(send_body(&dock, &fresh, 11, " and more", &state), 0);
    check_content(&dock, &forgotten, "before and after");
    end_dock(&dock);
}

TEST(an_upload_whose_file_is_lost_is_absent_and_not_busy_for_ever)
{
    struct dock dock;
    char ids[2][ID_ROOM], path[TAP_FOLDER_ROOM + 64];
    struct upload_body *body = NULL;
    struct staging_state state;
    new_dock(&dock);
    struct upload_place gone = create(&dock, ids[0]), torn = create(&dock, ids[1]);
    close_dock(&dock);
    snprintf(path, sizeof path, "%s/intake/%s", dock.folder, gone.id);
    CHECK_INT(unlink(path), 0);
    snprintf(path, sizeof path, "%s/intake/%s", dock.folder, torn.id);
    CHECK_INT(truncate(path, 20), 0);
    open_dock(&dock);
    CHECK_INT(begin(&dock, &gone, 0, &body), UPLOADS_BUSY);
    CHECK_INT(begin(&dock, &torn, 0, &body), UPLOADS_BUSY);
    uploads_tidy(dock.uploads);
    CHECK_INT(begin(&dock, &gone, 0, &body), UPLOADS_ABSENT);
    CHECK_INT(begin(&dock, &torn, 0, &body), UPLOADS_DAMAGED);
    CHECK_INT(uploads_settle(dock.uploads, &torn, &state), UPLOADS_DAMAGED);
    CHECK_INT(uploads_bodies(dock.uploads), 0);
    end_dock(&dock);
}

struct settling {
    struct dock *dock;
    struct upload_place place;
    struct staging_state state;
    int result;
};

static void *settle(void *arg)
{
    struct settling *settling = arg;
    settling->result = uploads_settle(settling->dock->uploads, &settling->place, &settling->state);
    return NULL;
}

TEST(a_body_that_is_being_fenced_off_does_not_wait_for_the_sync)
{
    struct dock dock;
    char id[ID_ROOM];
    struct upload_body *body, *other;
    struct staging_state state;
    pthread_t thread;
    new_dock(&dock);
    struct settling settling = {.dock = &dock, .place = create(&dock, id), .result = -1};
    CHECK_INT(begin(&dock, &settling.place, 0, &body), 0);
    CHECK_INT(uploads_add(body, HASH_TEXT("before")), 0);
    unsigned before = atomic_load(&syncs);
    atomic_store(&slow_disk, true);
    CHECK(pthread_create(&thread, NULL, settle, &settling) == 0);
    while (atomic_load(&syncs) == before)
        usleep(500);
    CHECK_INT(uploads_add(body, HASH_TEXT("too late")), UPLOADS_FENCED);
    CHECK_INT(begin(&dock, &settling.place, 6, &other), UPLOADS_BUSY);
    uploads_abandon(&body);
    CHECK_INT(settling.result, -1); /* it still waits */
    atomic_store(&slow_disk, false);
    pthread_join(thread, NULL);
    CHECK_INT(settling.result, 0);
    CHECK_INT(settling.state.offset, 6);
    CHECK_INT(send_body(&dock, &settling.place, 6, " after", &state), 0);
    check_content(&dock, &settling.place, "before after");
    end_dock(&dock);
}

TEST(more_uploads_than_are_remembered_are_read_again)
{
    enum { MANY = 5 * KNOWN };
    struct dock dock;
    static char ids[MANY][ID_ROOM];
    struct upload_place places[MANY];
    struct staging_state state;
    new_dock(&dock);
    for (int i = 0; i < MANY; i++) {
        places[i] = create(&dock, ids[i]);
        CHECK_INT(send_body(&dock, &places[i], 0, "one ", &state), 0);
    }
    CHECK_INT(send_body(&dock, &places[0], 4, "two", &state), UPLOADS_BUSY);
    for (int i = 0; i < MANY; i++) {
        CHECK_INT(uploads_settle(dock.uploads, &places[i], &state), 0);
        CHECK_INT(send_body(&dock, &places[i], 4, "two", &state), 0);
    }
    for (int i = 0; i < MANY; i++)
        check_content(&dock, &places[i], "one two");
    end_dock(&dock);
}

TEST(what_is_under_way_when_the_server_ends_is_synced)
{
    struct dock dock;
    char ids[2][ID_ROOM];
    struct upload_body *body;
    new_dock(&dock);
    struct upload_place plain = create(&dock, ids[0]), checked = create(&dock, ids[1]);
    CHECK_INT(begin(&dock, &plain, 0, &body), 0);
    CHECK_INT(uploads_add(body, HASH_TEXT("so far")), 0);
    CHECK_INT(begin_checked(&dock, &checked, 0, "whole", &body), 0);
    CHECK_INT(uploads_add(body, HASH_TEXT("who")), 0);
    close_dock(&dock);
    open_dock(&dock);
    check_content(&dock, &plain, "so far");
    check_content(&dock, &checked, "");
    end_dock(&dock);
}

/* ---- a phone and its hanging connections, all at once ---- */

struct phone {
    struct dock *dock;
    struct upload_place place;
    uint8_t *bytes;
    uint64_t size;
    _Atomic uint64_t told; /* the highest offset that was ever acknowledged */
    _Atomic int wrong;
};

static void note_told(struct phone *phone, uint64_t offset)
{
    uint64_t before = atomic_load(&phone->told);
    while (before < offset && !atomic_compare_exchange_weak(&phone->told, &before, offset))
        ;
}

/* HEAD, a body that ends or is abandoned, and again, until the upload is whole. */
static void *connect_again_and_again(void *arg)
{
    struct phone *phone = arg;
    struct uploads *uploads = phone->dock->uploads;
    struct staging_state state;
    struct tus_checksum none = {.algorithm = TUS_NO_CHECKSUM};
    for (unsigned round = 0; atomic_load(&phone->told) < phone->size; round++) {
        uint64_t floor = atomic_load(&phone->told);
        if (uploads_settle(uploads, &phone->place, &state) != 0 || state.offset < floor)
            phone->wrong++;
        note_told(phone, state.offset);
        struct upload_start start = {
            .offset = state.offset, .room = phone->size - state.offset, .checksum = &none};
        struct upload_body *body = NULL;
        if (uploads_begin(uploads, &phone->place, &start, &body) != 0)
            continue;
        for (uint64_t at = state.offset; at < phone->size && at < state.offset + 40000;) {
            size_t n = phone->size - at < 1777 ? (size_t)(phone->size - at) : 1777;
            if (uploads_add(body, (struct span){phone->bytes + at, n}) != 0)
                break;
            at += n;
        }
        if (round % 3 == 0) {
            uploads_abandon(&body);
            continue;
        }
        if (uploads_end(&body, &state) < 0)
            phone->wrong++;
        note_told(phone, state.offset);
    }
    return NULL;
}

static void *tidy_again_and_again(void *arg)
{
    struct phone *phone = arg;
    while (atomic_load(&phone->told) < phone->size) {
        uploads_tidy(phone->dock->uploads);
        usleep(500);
    }
    return NULL;
}

TEST(many_connections_of_one_phone_never_lose_what_was_told)
{
    struct dock dock;
    char id[ID_ROOM];
    pthread_t threads[5];
    struct staging_state state;
    new_dock(&dock);
    struct phone phone = {.dock = &dock, .size = 700000};
    phone.place = create(&dock, id);
    phone.bytes = malloc(phone.size);
    crypto_random(phone.bytes, phone.size);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        CHECK(pthread_create(&threads[i], NULL, i ? connect_again_and_again : tidy_again_and_again,
                             &phone) == 0);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(phone.wrong, 0);
    CHECK_INT(uploads_settle(dock.uploads, &phone.place, &state), 0);
    CHECK_INT(state.offset, phone.size);
    AUTO_FREE uint8_t *got = malloc(phone.size);
    CHECK_INT(uploads_read(dock.uploads, &phone.place, &state, got), 0);
    CHECK(memcmp(got, phone.bytes, phone.size) == 0);
    uploads_tidy(dock.uploads);
    CHECK_INT(uploads_bodies(dock.uploads), 0);
    free(phone.bytes);
    end_dock(&dock);
}

TAP_MAIN(TAP(bodies_add_up_and_survive_a_restart),
         TAP(one_body_at_a_time_and_no_more_than_the_limit),
         TAP(more_bytes_than_may_come_are_refused_and_the_rest_is_kept),
         TAP(a_settle_fences_the_body_off_and_what_it_told_stands),
         TAP(a_fenced_body_that_is_abandoned_leaves_the_new_one_alone),
         TAP(an_abandoned_body_is_kept_as_far_as_it_came),
         TAP(a_checked_body_counts_whole_or_not_at_all),
         TAP(destroying_ends_a_body_under_way_and_leaves_nothing),
         TAP(creating_beginning_and_adding_wait_for_no_disk),
         TAP(an_upload_whose_file_is_lost_is_absent_and_not_busy_for_ever),
         TAP(a_body_that_is_being_fenced_off_does_not_wait_for_the_sync),
         TAP(more_uploads_than_are_remembered_are_read_again),
         TAP(what_is_under_way_when_the_server_ends_is_synced),
         TAP(many_connections_of_one_phone_never_lose_what_was_told))
