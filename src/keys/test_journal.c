/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal of erasures: what was added is read back in order, from any mark on; a line that a
 * crash cut short is none; old days go.
 */
#include "keys/journal.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "base/tap.h"
#include "base/tap_folder.h"

enum { SEEN_ROOM = 16 };

struct seen {
    int count;
    struct journal_line lines[SEEN_ROOM];
    char marks[SEEN_ROOM][JOURNAL_MARK_ROOM];
};

static int see(void *context, const struct journal_line *line, const char *mark)
{
    struct seen *seen = context;
    if (seen->count == SEEN_ROOM)
        return 1;
    seen->lines[seen->count] = *line;
    snprintf(seen->marks[seen->count++], JOURNAL_MARK_ROOM, "%s", mark);
    return 0;
}

static struct seen read_from(struct keys *keys, const char *mark)
{
    struct seen seen = {0};
    CHECK_INT(journal_each(keys, mark, see, &seen), 0);
    return seen;
}

static struct keys *open_in(const char *top)
{
    char folder[TAP_FOLDER_ROOM + 8];
    struct keys *keys = NULL;
    snprintf(folder, sizeof folder, "%s/keys", top);
    struct keys_config config = {.folder = folder, .make = KEYS_MAKE_MISSING};
    CHECK_INT(keys_open(&config, &keys), 0);
    if (!keys)
        abort();
    return keys;
}

static struct journal_line line_of(const char *reason)
{
    struct journal_line line = {.at = 1795514401234};
    id_new(ID_PHOTO, line.photo_id);
    snprintf(line.reason, sizeof line.reason, "%s", reason);
    return line;
}

/* Today's file: its name begins the mark. */
static void path_of(const char *top, const char *mark, char out[TAP_FOLDER_ROOM + 64])
{
    snprintf(out, TAP_FOLDER_ROOM + 64, "%s/keys/erasures-%.10s", top, mark);
}

TEST(what_was_added_is_read_back_from_any_mark_on)
{
    char top[TAP_FOLDER_ROOM], mark[JOURNAL_MARK_ROOM], end[JOURNAL_MARK_ROOM];
    struct journal_line lines[3] = {line_of("by_recipient"), line_of("retention"),
                                    line_of("by_administrator")};
    tap_folder_new(top);
    struct keys *keys = open_in(top);
    CHECK_INT(read_from(keys, NULL).count, 0);
    CHECK_INT(journal_add(keys, lines, 1, mark), 0);
    CHECK_INT(journal_add(keys, lines + 1, 2, end), 0);
    keys_close(&keys);
    keys = open_in(top);
    struct seen all = read_from(keys, ""), rest = read_from(keys, mark);
    CHECK_INT(all.count, 3);
    CHECK_INT(rest.count, 2);
    for (int i = 0; i < 3; i++) {
        CHECK_STR(all.lines[i].photo_id, lines[i].photo_id);
        CHECK_STR(all.lines[i].reason, lines[i].reason);
        CHECK(all.lines[i].at == lines[i].at);
    }
    CHECK_STR(all.marks[0], mark);
    CHECK_STR(rest.marks[1], end);
    CHECK_INT(read_from(keys, end).count, 0);
    CHECK_INT(read_from(keys, "2001-01-01 7").count, 3);
    CHECK_INT(read_from(keys, "9001-01-01 7").count, 0);
    keys_close(&keys);
    tap_folder_remove(top);
}

TEST(a_line_that_was_cut_short_is_none_and_the_next_takes_its_place)
{
    char top[TAP_FOLDER_ROOM], mark[JOURNAL_MARK_ROOM], path[TAP_FOLDER_ROOM + 64];
    struct journal_line lines[2] = {line_of("by_recipient"), line_of("retention")};
    tap_folder_new(top);
    struct keys *keys = open_in(top);
    CHECK_INT(journal_add(keys, lines, 1, mark), 0);
    keys_close(&keys);
    path_of(top, mark, path);
    for (int cut = 1; cut < 70; cut += 17) {
        char text[JOURNAL_LINE_ROOM];
        FILE *file = fopen(path, "a");
        journal_format(&lines[1], text);
        CHECK(file && fwrite(text, 1, (size_t)cut, file) == (size_t)cut && fclose(file) == 0);
        keys = open_in(top);
        CHECK_INT(read_from(keys, NULL).count, 1);
        CHECK_INT(journal_add(keys, NULL, 0, mark), 0);
        CHECK_STR(mark, read_from(keys, NULL).marks[0]);
        keys_close(&keys);
    }
    keys = open_in(top);
    CHECK_INT(journal_add(keys, lines + 1, 1, mark), 0);
    CHECK_INT(read_from(keys, NULL).count, 2);
    keys_close(&keys);
    tap_folder_remove(top);
}

/* A disk may keep a file's length and lose its bytes. */
static void add_nothing(const char *path, size_t count)
{
    static const char zeros[4 * JOURNAL_LINE_ROOM];
    FILE *file = fopen(path, "a");
    CHECK(count <= sizeof zeros && file && fwrite(zeros, 1, count, file) == count &&
          fclose(file) == 0);
}

TEST(what_is_damaged_hides_nothing_that_follows)
{
    char top[TAP_FOLDER_ROOM], mark[JOURNAL_MARK_ROOM], path[TAP_FOLDER_ROOM + 64];
    struct journal_line line = line_of("by_recipient");
    tap_folder_new(top);
    struct keys *keys = open_in(top);
    CHECK_INT(journal_add(keys, &line, 1, mark), 0);
    path_of(top, mark, path);
    add_nothing(path, 300);
    keys_close(&keys);
    keys = open_in(top);
    struct stat before, after;
    CHECK_INT(journal_add(keys, NULL, 0, mark), 0);
    CHECK_STR(mark, read_from(keys, NULL).marks[0]); /* cut off again */
    for (size_t len = 1; len < 4 * JOURNAL_LINE_ROOM; len += 100) {
        FILE *file;
        add_nothing(path, len);
        CHECK((file = fopen(path, "a")) && fputs("\n", file) >= 0 && fclose(file) == 0);
    }
    CHECK_INT(stat(path, &before), 0);
    keys_close(&keys);
    keys = open_in(top);
    CHECK_INT(journal_add(keys, &line, 1, mark), 0);
    CHECK(stat(path, &after) == 0 && after.st_size > before.st_size);
    CHECK_INT(read_from(keys, NULL).count, 2);
    CHECK_STR(mark, read_from(keys, NULL).marks[1]);
    keys_close(&keys);
    tap_folder_remove(top);
}

TEST(only_lines_of_its_form_are_lines)
{
    struct journal_line line = line_of("retention"), read;
    char good[JOURNAL_LINE_ROOM], text[JOURNAL_LINE_ROOM];
    journal_format(&line, good);
    CHECK(journal_parse(good, &read));
    CHECK(!journal_parse("", &read));
    for (size_t i = 0; i < strlen(good); i++) {
        memcpy(text, good, sizeof text);
        text[i] = '\0';
        bool whole_word = i > 56 && journal_parse(text, &read);
        CHECK(whole_word || !journal_parse(text, &read));
        memcpy(text, good, sizeof text);
        text[i] = '!';
        CHECK(!journal_parse(text, &read));
    }
}

TEST(days_before_are_removed_and_no_others)
{
    char top[TAP_FOLDER_ROOM], mark[JOURNAL_MARK_ROOM], path[TAP_FOLDER_ROOM + 64];
    struct journal_line line = line_of("retention");
    struct stat st;
    tap_folder_new(top);
    struct keys *keys = open_in(top);
    CHECK_INT(journal_add(keys, &line, 1, mark), 0);
    path_of(top, "2001-02-03", path);
    FILE *file = fopen(path, "w");
    CHECK(file && fclose(file) == 0);
    CHECK_INT(journal_sweep(keys, clock_now()), 0);
    CHECK(stat(path, &st) != 0);
    CHECK_INT(read_from(keys, NULL).count, 1);
    CHECK_INT(journal_sweep(keys, clock_now() + 2 * CLOCK_DAY), 0);
    CHECK_INT(read_from(keys, NULL).count, 0);
    keys_close(&keys);
    tap_folder_remove(top);
}

TAP_MAIN(TAP(what_was_added_is_read_back_from_any_mark_on),
         TAP(a_line_that_was_cut_short_is_none_and_the_next_takes_its_place),
         TAP(what_is_damaged_hides_nothing_that_follows), TAP(only_lines_of_its_form_are_lines),
         TAP(days_before_are_removed_and_no_others))
