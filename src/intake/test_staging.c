/* SPDX-License-Identifier: Apache-2.0
 *
 * R8: nothing plain in staging. R10: whatever was told as an offset is there after a kill at any
 * step, and what is there is what was sent. A full disk, failing calls, torn tails, flipped bytes,
 * checked PATCHes.
 */
#include <dirent.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/tap.h"
#include "base/tap_break.h"
#include "base/tap_folder.h"
#include "crypto/crypto.h"
#include "intake/record.h"
#include "intake/staging.h"

enum { SIZE = 5 * STAGING_RECORD + 777 };

static const char id[] = "upl_01jd3yx9rkq8w2h5t7m4n6p0ab";
static const char other_id[] = "upl_01jd3yx9rkq8w2h5t7m4n6p0cd";
static char folder[TAP_FOLDER_ROOM];
static struct staging *staging;
static uint8_t key[STAGING_KEY], photo[SIZE], out[SIZE];

static void begin_test(void)
{
    tap_folder_new(folder);
    if (staging_open(folder, &staging) != 0)
        abort();
    crypto_random(key, sizeof key);
    crypto_random(photo, sizeof photo);
}

static void end_test(void)
{
    staging_close(&staging);
    tap_folder_remove(folder);
}

static const char *file_path(void)
{
    static char path[2 * TAP_FOLDER_ROOM];
    snprintf(path, sizeof path, "%s/%s", folder, id);
    return path;
}

static size_t file_get(uint8_t *bytes, size_t room)
{
    FILE *file = fopen(file_path(), "rb");
    size_t len = file ? fread(bytes, 1, room, file) : 0;
    if (file)
        fclose(file);
    return len;
}

static void file_put(const uint8_t *bytes, size_t len)
{
    FILE *file = fopen(file_path(), "wb");
    if (!file || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
        abort();
}

static size_t file_size(void)
{
    struct stat st;
    return stat(file_path(), &st) == 0 ? (size_t)st.st_size : 0;
}

static struct staging_patch *begin(const struct staging_state *state, enum staging_mode mode)
{
    struct staging_patch *patch = NULL;
    CHECK_INT(staging_begin(staging, &(struct staging_place){id, key, state, mode}, &patch), 0);
    if (!patch)
        abort();
    return patch;
}

/* One PATCH with the photo's bytes up to `to`, appended `piece` at a time. */
static int patch_to(struct staging_state *state, size_t to, size_t piece, enum staging_mode mode)
{
    struct staging_patch *patch = begin(state, mode);
    int result = 0;
    for (size_t at = (size_t)state->offset; at < to && result == 0; at += piece)
        result =
            staging_append(patch, (struct span){photo + at, to - at < piece ? to - at : piece});
    int ended = staging_end(&patch, state);
    CHECK(patch == NULL);
    return result != 0 ? result : ended;
}

/* A new upload with everything up to `to` in it. */
static struct staging_state upload_to(size_t to)
{
    struct staging_state state = {0};
    CHECK_INT(staging_create(staging, id, key, &state), 0);
    if (to > 0)
        CHECK_INT(patch_to(&state, to, 1000, STAGING_PLAIN), 0);
    return state;
}

/* The state says `offset`, its hash is right, and so are the bytes. */
static void check_state(const struct staging_state *state, size_t offset)
{
    uint8_t got[32], want[32];
    struct hash copy = state->hash;
    CHECK_INT(state->offset, offset);
    if (state->offset > SIZE)
        return;
    hash_finish(&copy, got);
    hash_sha256((struct span){photo, (size_t)state->offset}, want);
    CHECK(memcmp(got, want, 32) == 0);
    memset(out, 0, sizeof out);
    CHECK_INT(staging_read(staging, id, key, state, out), 0);
    CHECK(memcmp(out, photo, (size_t)state->offset) == 0);
}

TEST(pieces_of_any_size_come_together)
{
    static const size_t pieces[] = {1, 7, 4095, 4096, 4097, 10000, SIZE};
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct staging_state state;
        begin_test();
        CHECK_INT(staging_create(staging, id, key, &state), 0);
        check_state(&state, 0);
        CHECK_INT(patch_to(&state, SIZE, pieces[i], STAGING_PLAIN), 0);
        check_state(&state, SIZE);
        end_test();
    }
}

TEST(nothing_plain_is_on_the_disk)
{
    static uint8_t raw[2 * SIZE];
    begin_test();
    struct staging_state state = upload_to(SIZE);
    size_t len = file_get(raw, sizeof raw);
    CHECK_INT(len, state.file_end);
    for (size_t at = 0; at + 16 <= SIZE; at += 16)
        CHECK(!memmem(raw, len, photo + at, 16));
    end_test();
}

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    DIR *descriptors = opendir("/proc/self/fd");
    while (descriptors && readdir(descriptors))
        count++;
    closedir(descriptors);
    return count;
}

TEST(an_idle_upload_holds_no_descriptor)
{
    begin_test();
    unsigned before = open_descriptors();
    struct staging_state state = upload_to(5000);
    CHECK_INT(open_descriptors(), before);
    struct staging_patch *patch = begin(&state, STAGING_PLAIN);
    CHECK_INT(open_descriptors(), before + 1);
    CHECK_INT(staging_rollback(&patch, &state), 0);
    CHECK_INT(open_descriptors(), before);
    end_test();
}

TEST(a_new_file_is_synced_with_its_name_when_it_has_bytes)
{
    begin_test();
    unsigned syncs = tap_break.syncs;
    struct staging_state state = upload_to(0), again;
    CHECK_INT(patch_to(&state, 0, 1, STAGING_PLAIN), 0);
    CHECK_INT(tap_break.syncs, syncs); /* nobody was told of anything yet */
    CHECK(!state.named);
    CHECK_INT(patch_to(&state, 100, 100, STAGING_PLAIN), 0);
    CHECK_INT(tap_break.syncs, syncs + 2); /* the file, and its name */
    CHECK(state.named);
    CHECK_INT(patch_to(&state, 200, 100, STAGING_PLAIN), 0);
    CHECK_INT(tap_break.syncs, syncs + 3);
    /* What another process wrote may have a name in the kernel's memory only. */
    CHECK_INT(staging_resume(staging, id, key, 200, &again), 0);
    CHECK_INT(tap_break.syncs, syncs + 5);
    CHECK(again.named);
    end_test();
}

TEST(a_name_that_could_not_be_synced_tells_no_offset)
{
    begin_test();
    struct staging_state state = upload_to(0);
    struct staging_patch *patch = begin(&state, STAGING_PLAIN);
    CHECK_INT(staging_append(patch, (struct span){photo, 100}), 0);
    tap_break_at(3, EIO); /* the write, the file, its name */
    CHECK_INT(staging_end(&patch, &state), -EIO);
    tap_break_at(0, 0);
    CHECK_INT(state.offset, 0);
    CHECK_INT(staging_create(staging, other_id, key, &state), 0); /* of which nothing is told */
    CHECK_INT(
        staging_begin(staging, &(struct staging_place){id, key, &state, STAGING_PLAIN}, &patch),
        -EIO);
    end_test();
}

TEST(an_empty_patch_changes_nothing_and_syncs_nothing)
{
    begin_test();
    struct staging_state state = upload_to(5000);
    size_t size = file_size();
    unsigned syncs = tap_break.syncs;
    CHECK_INT(patch_to(&state, 5000, 1, STAGING_PLAIN), 0);
    CHECK_INT(patch_to(&state, 5000, 1, STAGING_CHECKED), 0);
    CHECK_INT(tap_break.syncs, syncs);
    CHECK_INT(file_size(), size);
    check_state(&state, 5000);
    end_test();
}

TEST(a_forgotten_state_is_had_again_from_the_file)
{
    begin_test();
    struct staging_state state = upload_to(3000), again;
    CHECK_INT(patch_to(&state, 9000, 500, STAGING_CHECKED), 0);
    CHECK_INT(patch_to(&state, SIZE - 1, 3333, STAGING_PLAIN), 0);
    CHECK_INT(staging_resume(staging, id, key, state.offset, &again), 0);
    CHECK_INT(again.file_end, state.file_end);
    check_state(&again, SIZE - 1);
    CHECK_INT(patch_to(&again, SIZE, 1, STAGING_PLAIN), 0);
    check_state(&again, SIZE);
    end_test();
}

/* What a child that is going to be killed tells its parent. */
struct told {
    _Atomic uint64_t offset;
};

/* An upload in five PATCHes, one of them checked, with each offset told. */
static int upload_and_tell(struct told *told)
{
    struct staging_state state;
    int result = staging_create(staging, id, key, &state);
    if (result == 0)
        result = patch_to(&state, 5000, 999, STAGING_PLAIN);
    if (result != 0)
        return result;
    told->offset = state.offset;
    result = patch_to(&state, 10000, 5000, STAGING_PLAIN);
    if (result == 0) {
        told->offset = state.offset;
        result = patch_to(&state, 12000, 2000, STAGING_PLAIN);
    }
    if (result == 0) {
        told->offset = state.offset;
        result = patch_to(&state, 18000, 4096, STAGING_CHECKED);
    }
    if (result == 0) {
        told->offset = state.offset;
        result = patch_to(&state, SIZE, SIZE, STAGING_PLAIN);
    }
    if (result == 0)
        told->offset = state.offset;
    return result;
}

TEST(killed_at_any_step_what_was_told_is_there)
{
    struct told *told =
        mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = -1;
    unsigned n = 1;
    for (; status != 0 && n < 60; n++) {
        struct staging_state state;
        begin_test();
        told->offset = 0;
        pid_t child = fork();
        if (child == 0) {
            tap_break_at(n, TAP_BREAK_KILL);
            _exit(upload_and_tell(told));
        }
        waitpid(child, &status, 0);
        status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        CHECK(status == 0 || status == TAP_BREAK_STATUS);
        int result = staging_resume(staging, id, key, told->offset, &state);
        if (result == 0) {
            CHECK(state.offset >= told->offset);
            CHECK(state.offset <= 12000 ||
                  state.offset >= 18000); /* the checked PATCH: whole or not at all */
            check_state(&state, (size_t)state.offset);
            CHECK_INT(patch_to(&state, SIZE, 1500, STAGING_PLAIN), 0);
            check_state(&state, SIZE);
        } else {
            /* Not made yet; an unfinished header is damage nobody was told of. */
            CHECK(told->offset == 0 && (result == STAGING_ABSENT || result == STAGING_DAMAGED) &&
                  n <= 4);
        }
        end_test();
    }
    CHECK(n > 15 && n < 60);
    munmap(told, sizeof *told);
}

TEST(a_tail_torn_at_any_byte_is_cut_to_the_last_record)
{
    static uint8_t raw[2 * SIZE];
    begin_test();
    struct staging_state state = upload_to(100), again;
    CHECK_INT(patch_to(&state, 300, 200, STAGING_PLAIN), 0);
    CHECK_INT(patch_to(&state, 350, 50, STAGING_CHECKED), 0);
    size_t len = file_get(raw, sizeof raw);
    size_t before = 0;
    for (size_t cut = 0; cut <= len; cut++) {
        file_put(raw, cut);
        int result = staging_resume(staging, id, key, 0, &again);
        CHECK_INT(result, cut < RECORD_FILE_HEADER ? STAGING_DAMAGED : 0);
        if (result != 0) {
            CHECK_INT(file_size(), cut);
            continue;
        }
        size_t offset = (size_t)again.offset;
        CHECK(offset == 0 || offset == 100 || offset == 300 || offset == 350);
        CHECK(offset >= before);
        before = offset;
        CHECK_INT(file_size(), again.file_end);
        check_state(&again, offset);
    }
    CHECK_INT(before, 350);
    end_test();
}

TEST(a_tail_of_zeros_is_cut)
{
    static const uint8_t zeros[10000];
    begin_test();
    struct staging_state state = upload_to(5000), again;
    FILE *file = fopen(file_path(), "ab");
    CHECK(file && fwrite(zeros, 1, sizeof zeros, file) == sizeof zeros);
    fclose(file);
    CHECK_INT(staging_resume(staging, id, key, 5000, &again), 0);
    CHECK_INT(again.file_end, state.file_end);
    CHECK_INT(file_size(), state.file_end);
    check_state(&again, 5000);
    end_test();
}

TEST(any_flipped_byte_is_noticed)
{
    static uint8_t raw[2 * SIZE];
    begin_test();
    struct staging_state state = upload_to(100), again;
    CHECK_INT(patch_to(&state, 300, 200, STAGING_CHECKED), 0);
    size_t len = file_get(raw, sizeof raw);
    for (size_t i = 0; i < len; i++) {
        raw[i] ^= (uint8_t)(1u << i % 8);
        file_put(raw, len);
        raw[i] ^= (uint8_t)(1u << i % 8);
        CHECK_INT(staging_read(staging, id, key, &state, out), STAGING_DAMAGED);
        /* Of bytes that were told, nothing may be cut off either. */
        int result = staging_resume(staging, id, key, 300, &again);
        CHECK_INT(result, i < RECORD_FILE_HEADER ? STAGING_DAMAGED : STAGING_LOST);
        CHECK_INT(file_size(), len);
        /* Not knowing what was told, we keep what is good. */
        result = staging_resume(staging, id, key, 0, &again);
        CHECK_INT(result, i < RECORD_FILE_HEADER ? STAGING_DAMAGED : 0);
        if (result == 0) {
            CHECK(again.offset < 300);
            check_state(&again, (size_t)again.offset);
        }
    }
    file_put(raw, len);
    check_state(&state, 300);
    end_test();
}

TEST(records_and_segments_in_each_others_place_are_noticed)
{
    enum { STEP = 100 + RECORD_OVERHEAD + RECORD_SEGMENT_HEAD };
    static uint8_t raw[2 * SIZE], swapped[2 * SIZE];
    begin_test();
    struct staging_state state = upload_to(100);
    CHECK_INT(patch_to(&state, 200, 100, STAGING_PLAIN), 0);
    CHECK_INT(patch_to(&state, 300, 100, STAGING_PLAIN), 0);
    size_t len = file_get(raw, sizeof raw);
    CHECK_INT(len, RECORD_FILE_HEADER + 3 * STEP);
    memcpy(swapped, raw, len);
    memcpy(swapped + RECORD_FILE_HEADER, raw + RECORD_FILE_HEADER + STEP, STEP);
    memcpy(swapped + RECORD_FILE_HEADER + STEP, raw + RECORD_FILE_HEADER, STEP);
    file_put(swapped, len);
    CHECK_INT(staging_read(staging, id, key, &state, out), STAGING_DAMAGED);
    memcpy(swapped, raw, len); /* the first segment twice */
    memcpy(swapped + RECORD_FILE_HEADER + STEP, raw + RECORD_FILE_HEADER, STEP);
    file_put(swapped, len);
    CHECK_INT(staging_read(staging, id, key, &state, out), STAGING_DAMAGED);
    end_test();
}

TEST(another_key_or_uploads_file_is_refused_untouched)
{
    static uint8_t raw[2 * SIZE], after[2 * SIZE];
    struct staging_state again;
    char path[2 * TAP_FOLDER_ROOM];
    begin_test();
    struct staging_state state = upload_to(5000);
    size_t len = file_get(raw, sizeof raw);
    key[3] ^= 1;
    CHECK_INT(staging_resume(staging, id, key, 0, &again), STAGING_DAMAGED);
    CHECK_INT(staging_read(staging, id, key, &state, out), STAGING_DAMAGED);
    key[3] ^= 1;
    CHECK_INT(file_get(after, sizeof after), len);
    CHECK(memcmp(raw, after, len) == 0);
    snprintf(path, sizeof path, "%s/%s", folder, other_id);
    CHECK_INT(rename(file_path(), path), 0);
    CHECK_INT(staging_resume(staging, other_id, key, 0, &again), STAGING_DAMAGED);
    end_test();
}

TEST(a_checked_patch_counts_only_when_it_ended_well)
{
    struct staging_state again;
    begin_test();
    struct staging_state state = upload_to(5000);
    struct staging_patch *patch = begin(&state, STAGING_CHECKED);
    CHECK_INT(staging_append(patch, (struct span){photo + 5000, 9000}), 0);
    /* As after a crash: the file is there as it is now. */
    struct staging *later = NULL;
    CHECK_INT(staging_open(folder, &later), 0);
    CHECK_INT(staging_resume(later, id, key, 5000, &again), 0);
    CHECK_INT(again.file_end, state.file_end);
    staging_close(&later);
    check_state(&again, 5000);
    CHECK_INT(staging_rollback(&patch, &state), 0);
    CHECK_INT(patch_to(&state, SIZE, 4096, STAGING_CHECKED), 0);
    check_state(&state, SIZE);
    CHECK_INT(staging_resume(staging, id, key, SIZE, &again), 0);
    check_state(&again, SIZE);
    end_test();
}

TEST(a_patch_taken_back_leaves_no_trace_and_no_nonce_comes_twice)
{
    static uint8_t first[2 * SIZE], second[2 * SIZE];
    begin_test();
    struct staging_state state = upload_to(5000), before = state;
    struct staging_patch *patch = begin(&state, STAGING_CHECKED);
    CHECK_INT(staging_append(patch, (struct span){photo + 5000, 9000}), 0);
    file_get(first, sizeof first);
    CHECK_INT(staging_rollback(&patch, &state), 0);
    CHECK(memcmp(&state, &before, sizeof state) == 0);
    CHECK_INT(file_size(), before.file_end);
    check_state(&state, 5000);
    /* The same bytes at the same offset again: another salt, other ciphertext. */
    CHECK_INT(patch_to(&state, 14000, 9000, STAGING_CHECKED), 0);
    file_get(second, sizeof second);
    size_t from = (size_t)before.file_end;
    CHECK(memcmp(first + from + 16, second + from + 16, 32) != 0);
    for (size_t at = from + RECORD_SEGMENT_HEAD + RECORD_HEAD; at < from + 8000; at += 16)
        CHECK(memcmp(first + at, second + at, 16) != 0);
    end_test();
}

TEST(a_full_disk_keeps_what_was_good_and_passes)
{
    begin_test();
    struct staging_state state = upload_to(5000);
    struct staging_patch *patch = begin(&state, STAGING_PLAIN);
    CHECK_INT(staging_append(patch, (struct span){photo + 5000, 4096}), 0);
    tap_break_at(1, ENOSPC);
    CHECK_INT(staging_append(patch, (struct span){photo + 9096, 5000}), STAGING_FULL);
    CHECK_INT(staging_append(patch, (struct span){photo + 9096, 5000}), STAGING_FULL);
    CHECK_INT(staging_end(&patch, &state), STAGING_FULL);
    CHECK_INT(file_size(), state.file_end);
    check_state(&state, 9096);
    tap_break_at(0, 0);
    CHECK_INT(patch_to(&state, SIZE, 4096, STAGING_PLAIN), 0);
    check_state(&state, SIZE);
    end_test();
}

TEST(a_full_disk_takes_a_checked_patch_back)
{
    begin_test();
    struct staging_state state = upload_to(5000), before = state;
    struct staging_patch *patch = begin(&state, STAGING_CHECKED);
    CHECK_INT(staging_append(patch, (struct span){photo + 5000, 4096}), 0);
    tap_break_at(1, ENOSPC);
    CHECK_INT(staging_append(patch, (struct span){photo + 9096, 5000}), STAGING_FULL);
    CHECK_INT(staging_end(&patch, &state), STAGING_FULL);
    CHECK(memcmp(&state, &before, sizeof state) == 0);
    CHECK_INT(file_size(), before.file_end);
    tap_break_at(0, 0);
    check_state(&state, 5000);
    end_test();
}

TEST(a_disk_full_from_any_step_on_loses_nothing_told)
{
    struct told told;
    int result = -1;
    unsigned n = 1;
    for (; result != 0 && n < 60; n++) {
        struct staging_state state;
        begin_test();
        told.offset = 0;
        tap_break_at(n, ENOSPC);
        result = upload_and_tell(&told);
        CHECK(result == 0 || result == STAGING_FULL || result == -ENOSPC);
        tap_break_at(0, 0);
        staging_close(&staging); /* a failed sync closes the folder for good: start anew */
        CHECK_INT(staging_open(folder, &staging), 0);
        int resumed = staging_resume(staging, id, key, told.offset, &state);
        CHECK(resumed == 0 || (resumed == STAGING_ABSENT && told.offset == 0));
        if (resumed == 0)
            check_state(&state, (size_t)state.offset);
        end_test();
    }
    CHECK(n > 15 && n < 60);
}

TEST(a_failed_sync_is_a_fault_for_ever)
{
    struct staging_state again;
    struct staging_patch *patch = NULL;
    begin_test();
    struct staging_state state = upload_to(5000);
    patch = begin(&state, STAGING_PLAIN);
    CHECK_INT(staging_append(patch, (struct span){photo + 5000, 100}), 0);
    tap_break_at(2, EIO); /* the write, then the sync */
    CHECK_INT(staging_end(&patch, &again), -EIO);
    tap_break_at(0, 0);
    CHECK(patch == NULL);
    CHECK_INT(
        staging_begin(staging, &(struct staging_place){id, key, &state, STAGING_PLAIN}, &patch),
        -EIO);
    CHECK_INT(staging_resume(staging, id, key, 0, &again), -EIO);
    end_test();
}

TEST(what_lies_beyond_the_state_is_cut_and_less_is_refused)
{
    struct staging_patch *patch = NULL;
    begin_test();
    struct staging_state early = upload_to(5000), state = early;
    CHECK_INT(patch_to(&state, 9000, 4096, STAGING_PLAIN), 0);
    struct staging_state late = state;
    state = early; /* the later PATCH was never told */
    CHECK_INT(patch_to(&state, SIZE, 4096, STAGING_PLAIN), 0);
    check_state(&state, SIZE);
    CHECK_INT(truncate(file_path(), (off_t)late.file_end - 1), 0);
    CHECK_INT(
        staging_begin(staging, &(struct staging_place){id, key, &late, STAGING_PLAIN}, &patch),
        STAGING_DAMAGED);
    CHECK(patch == NULL);
    end_test();
}

TEST(ids_and_files_that_are_not_there)
{
    static const char *const ids[] = {"",
                                      "upl_",
                                      "../upl_01jd3yx9rkq8w2h5t7m4n6p0ab",
                                      "pho_01jd3yx9rkq8w2h5t7m4n6p0ab",
                                      "upl_01jd3yx9rkq8w2h5t7m4n6p0abx",
                                      "upl_01jd3yx9rkq8w2h5t7m4n6p0a/"};
    struct staging_state state = {0};
    struct staging_patch *patch = NULL;
    begin_test();
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct staging_place place = {ids[i], key, &state, STAGING_PLAIN};
        CHECK_INT(staging_create(staging, ids[i], key, &state), STAGING_BAD_ID);
        CHECK_INT(staging_resume(staging, ids[i], key, 0, &state), STAGING_BAD_ID);
        CHECK_INT(staging_begin(staging, &place, &patch), STAGING_BAD_ID);
        CHECK_INT(staging_read(staging, ids[i], key, &state, out), STAGING_BAD_ID);
        CHECK_INT(staging_remove(staging, ids[i]), STAGING_BAD_ID);
    }
    struct staging_place place = {id, key, &state, STAGING_PLAIN};
    CHECK_INT(staging_resume(staging, id, key, 0, &state), STAGING_ABSENT);
    CHECK_INT(staging_begin(staging, &place, &patch), STAGING_ABSENT);
    CHECK_INT(staging_read(staging, id, key, &state, out), STAGING_ABSENT);
    CHECK_INT(staging_remove(staging, id), STAGING_ABSENT);
    CHECK_INT(staging_create(staging, id, key, &state), 0);
    CHECK_INT(staging_create(staging, id, key, &state), -EEXIST);
    CHECK_INT(staging_remove(staging, id), 0);
    end_test();
}

static int remove_visited(void *context, const char *visited)
{
    ++*(unsigned *)context;
    return staging_remove(staging, visited);
}

TEST(each_upload_is_shown_and_strangers_are_not)
{
    struct staging_state state;
    unsigned seen = 0;
    uint64_t bytes = 0;
    begin_test();
    upload_to(10);
    CHECK_INT(staging_create(staging, other_id, key, &state), 0);
    char path[2 * TAP_FOLDER_ROOM];
    snprintf(path, sizeof path, "%s/notes.txt", folder);
    fclose(fopen(path, "w"));
    CHECK_INT(staging_each(staging, remove_visited, &seen), 0);
    CHECK_INT(seen, 2);
    CHECK_INT(staging_each(staging, remove_visited, &seen), 0);
    CHECK_INT(seen, 2);
    CHECK_INT(staging_free_space(staging, &bytes), 0);
    CHECK(bytes > 0);
    end_test();
}

TAP_MAIN(TAP(pieces_of_any_size_come_together), TAP(nothing_plain_is_on_the_disk),
         TAP(an_idle_upload_holds_no_descriptor),
         TAP(a_new_file_is_synced_with_its_name_when_it_has_bytes),
         TAP(a_name_that_could_not_be_synced_tells_no_offset),
         TAP(an_empty_patch_changes_nothing_and_syncs_nothing),
         TAP(a_forgotten_state_is_had_again_from_the_file),
         TAP(killed_at_any_step_what_was_told_is_there),
         TAP(a_tail_torn_at_any_byte_is_cut_to_the_last_record), TAP(a_tail_of_zeros_is_cut),
         TAP(any_flipped_byte_is_noticed),
         TAP(records_and_segments_in_each_others_place_are_noticed),
         TAP(another_key_or_uploads_file_is_refused_untouched),
         TAP(a_checked_patch_counts_only_when_it_ended_well),
         TAP(a_patch_taken_back_leaves_no_trace_and_no_nonce_comes_twice),
         TAP(a_full_disk_keeps_what_was_good_and_passes),
         TAP(a_full_disk_takes_a_checked_patch_back),
         TAP(a_disk_full_from_any_step_on_loses_nothing_told),
         TAP(a_failed_sync_is_a_fault_for_ever),
         TAP(what_lies_beyond_the_state_is_cut_and_less_is_refused),
         TAP(ids_and_files_that_are_not_there), TAP(each_upload_is_shown_and_strangers_are_not))
