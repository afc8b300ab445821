/* SPDX-License-Identifier: Apache-2.0
 *
 * What changes here changes what stands in the table of words (store/search.h): it needs a
 * migration that has them made anew.
 */
#include "domain/search_words.h"

#include <errno.h>

#include "domain/fold.h"

enum {
    TOKENS = 16,
    NAME_WORDS = 6,
    ADDRESS_WORDS = 6,
    PARCEL_WORDS = 8,
    PHONE_LEAST = 4, /* digits that are looked for as a phone number */
};

/* A text cut at what is neither letter nor number, each piece up to a word's room. */
struct tokens {
    int count;
    char list[TOKENS][SEARCH_WORD_ROOM];
};

static int cut(const char *text, struct tokens *out)
{
    long len, used;
    AUTO_FREE uint8_t *folded = fold_text(text, &len);
    size_t fill = 0;
    out->count = 0;
    for (long at = 0; at < len && out->count < TOKENS; at += used) {
        bool of_word;
        used = fold_next(folded + at, len - at, &of_word);
        if (used == 0)
            break;
        if (of_word && fill + (size_t)used < SEARCH_WORD_ROOM) {
            memcpy(out->list[out->count] + fill, folded + at, (size_t)used);
            fill += (size_t)used;
        }
        if (fill > 0 && (!of_word || at + used >= len)) {
            out->list[out->count++][fill] = 0;
            fill = 0;
        }
    }
    return len < 0 ? -ENOMEM : 0;
}

/* "ue" may be a written-out "ü": it is read as "u" everywhere, as in an address's key. */
static void shorten(char *word)
{
    char *to = word;
    for (const char *from = word; *from; from++) {
        *to++ = *from;
        if ((*from == 'a' || *from == 'o' || *from == 'u') && from[1] == 'e')
            from++;
    }
    *to = 0;
}

static void add(struct search_words *out, const char *text)
{
    char word[SEARCH_WORD_ROOM];
    snprintf(word, sizeof word, "%s", text);
    shorten(word);
    if (!word[0] || !word[1] || out->count == SEARCH_WORDS)
        return;
    for (int i = 0; i < out->count; i++)
        if (strcmp(out->words[i], word) == 0)
            return;
    memcpy(out->words[out->count++], word, sizeof word);
}

/* All pieces as one word, cut where its room ends. */
static void add_joined(struct search_words *out, const struct tokens *tokens)
{
    char word[SEARCH_WORD_ROOM] = "";
    size_t fill = 0;
    for (int i = 0; i < tokens->count; i++) {
        size_t len = strlen(tokens->list[i]);
        if (fill + len >= sizeof word)
            break;
        memcpy(word + fill, tokens->list[i], len + 1);
        fill += len;
    }
    add(out, word);
}

static bool has_digit(const char *word)
{
    return strpbrk(word, "0123456789") != NULL;
}

/* Two pieces that may be a postcode: "1017 AB", "SW1A 1AA", "123 45", "1000-001". */
static bool may_be_postcode(const char *first, const char *second)
{
    size_t a = strlen(first), b = strlen(second);
    return a <= 5 && b <= 4 && a + b >= 5 && a + b <= 9 && has_digit(first) &&
           (has_digit(second) || b == 2);
}

/* A phone number's digits from the last to the first, without zeros and the sign that stand before
 * it. False: it is none. */
static bool add_phone(struct search_words *out, const char *text)
{
    char digits[SEARCH_WORD_ROOM], word[SEARCH_WORD_ROOM] = "#";
    size_t len = 0;
    for (const char *at = text; *at; at++) {
        if (*at >= '0' && *at <= '9' && len + 2 < sizeof digits && (len > 0 || *at != '0'))
            digits[len++] = *at;
        else if ((*at < '0' || *at > '9') && !strchr(" +-()/.", *at))
            return false;
    }
    for (size_t i = 0; i < len; i++)
        word[1 + i] = digits[len - 1 - i];
    word[1 + len] = 0;
    if (len < PHONE_LEAST)
        return false;
    add(out, word);
    return true;
}

/* ---- of a delivery ---- */

static int add_whole(struct search_words *out, const char *text)
{
    struct tokens tokens;
    int result = text ? cut(text, &tokens) : 0;
    if (text && result == 0)
        add_joined(out, &tokens);
    return result;
}

static int add_name(struct search_words *out, const char *name)
{
    struct tokens tokens = {.count = 0};
    int result = name ? cut(name, &tokens) : 0;
    for (int i = 0; i < tokens.count && i < NAME_WORDS; i++)
        add(out, tokens.list[i]);
    return result;
}

static int add_address_line(struct search_words *out, const char *line)
{
    struct tokens tokens;
    int result = cut(line, &tokens);
    for (int i = 0; result == 0 && i < tokens.count; i++) {
        const char *word = tokens.list[i];
        struct tokens pair = {.count = 2};
        if (has_digit(word) && strlen(word) >= SEARCH_LEAST)
            add(out, word);
        if (i + 1 == tokens.count || !may_be_postcode(word, tokens.list[i + 1]))
            continue;
        memcpy(pair.list[0], word, SEARCH_WORD_ROOM);
        memcpy(pair.list[1], tokens.list[i + 1], SEARCH_WORD_ROOM);
        add_joined(out, &pair);
    }
    return result;
}

int search_words_of(const struct delivery *delivery, struct search_words *out)
{
    const struct address *address = &delivery->address;
    out->count = 0;
    int result = add_whole(out, delivery->reference);
    if (result == 0)
        result = add_name(out, delivery->recipient_name);
    if (result == 0)
        result = add_whole(out, delivery->recipient_email);
    if (result == 0 && delivery->recipient_phone)
        (void)add_phone(out, delivery->recipient_phone);
    /* The last lines first: they have the postcode. */
    int most = out->count + ADDRESS_WORDS;
    for (int i = address->line_count - 1; i >= 0 && result == 0 && out->count < most; i--)
        result = add_address_line(out, address->lines[i]);
    for (int i = 0; i < delivery->parcel_count && i < PARCEL_WORDS && result == 0; i++)
        result = add_whole(out, delivery->parcels[i].code);
    return result;
}

/* ---- of what is looked for ---- */

int search_words_asked(const char *text, struct search_asked *out)
{
    struct tokens tokens;
    memset(out, 0, sizeof *out);
    int result = cut(text, &tokens);
    if (result != 0)
        return result;
    add_joined(&out->wholes, &tokens);
    (void)add_phone(&out->wholes, text);
    for (int i = 0; i < tokens.count && !strchr(text, '@'); i++)
        add(&out->words, tokens.list[i]);
    if (out->words.count < 2)
        out->words.count = 0;
    return 0;
}

bool search_words_meet(const struct search_words *words, const struct search_words *of)
{
    for (int i = 0; i < words->count; i++) {
        bool found = false;
        for (int j = 0; j < of->count && !found; j++)
            found = strncmp(of->words[j], words->words[i], strlen(words->words[i])) == 0;
        if (!found)
            return false;
    }
    return true;
}
