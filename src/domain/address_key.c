/* SPDX-License-Identifier: Apache-2.0
 *
 * Text is folded (fold.h); then each word is taken by itself. After that "ue" may be a written-out
 * "ü" and is read as "u", everywhere, so that it need not be known which language an address is in.
 */
#include "domain/address_key.h"

#include <errno.h>

#include "domain/fold.h"

enum { WORD_ROOM = 128 };

struct word {
    char text[WORD_ROOM];
    size_t len;
};

/* Whole words that have a short form. */
static const struct {
    const char *word, *brief;
} briefs[] = {
    {"street", "st"}, {"road", "rd"},       {"avenue", "av"}, {"ave", "av"},   {"avenida", "av"},
    {"avda", "av"},   {"lane", "ln"},       {"drive", "dr"},  {"court", "ct"}, {"square", "sq"},
    {"calle", "c"},   {"apartment", "apt"}, {"plaza", "pl"},  {"pza", "pl"},   {"platz", "pl"},
};

/* The ends of German words that name a street. */
static const struct {
    const char *end, *brief;
} ends[] = {{"strasse", "str"}, {"platz", "pl"}};

/* What follows the first `keep` bytes of a word gives way to something shorter. */
static void put_end(struct word *word, size_t keep, const char *end)
{
    snprintf(word->text + keep, WORD_ROOM - keep, "%s", end);
    word->len = strlen(word->text);
}

static void shorten(struct word *word)
{
    for (size_t i = 0; i < ARRAY_LEN(briefs); i++)
        if (strcmp(word->text, briefs[i].word) == 0) {
            put_end(word, 0, briefs[i].brief);
            return;
        }
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        size_t len = strlen(ends[i].end);
        if (word->len > len && strcmp(word->text + word->len - len, ends[i].end) == 0) {
            put_end(word, word->len - len, ends[i].brief);
            return;
        }
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Adds a word, apart from the one before it only where digits would run together. */
static void end_word(struct word *word, struct buf *out)
{
    if (word->len == 0)
        return;
    word->text[word->len] = 0;
    shorten(word);
    if (out->len > 0 && is_digit((char)out->data[out->len - 1]) && is_digit(word->text[0]))
        buf_byte(out, ' ');
    for (size_t i = 0; i < word->len; i++) {
        char c = word->text[i];
        buf_byte(out, (uint8_t)c);
        if ((c == 'a' || c == 'o' || c == 'u') && word->text[i + 1] == 'e')
            i++;
    }
    word->len = 0;
}

static int add_line(const char *line, struct buf *out)
{
    long len;
    AUTO_FREE uint8_t *folded = fold_text(line, &len);
    struct word word = {.len = 0};
    for (long at = 0; at < len;) {
        bool of_word;
        long used = fold_next(folded + at, len - at, &of_word);
        if (used == 0)
            break;
        if (!of_word || word.len + (size_t)used >= WORD_ROOM)
            end_word(&word, out);
        if (of_word) {
            memcpy(word.text + word.len, folded + at, (size_t)used);
            word.len += (size_t)used;
        }
        at += used;
    }
    end_word(&word, out);
    return len < 0 ? -ENOMEM : 0; /* what is not a text has nothing to compare */
}

int address_key(const struct address *address, struct buf *out)
{
    int result = 0;
    for (int i = 0; i < address->line_count && result == 0; i++)
        result = add_line(address->lines[i], out);
    return result == 0 && out->failed ? -ENOMEM : result;
}
