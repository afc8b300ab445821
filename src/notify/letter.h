/* SPDX-License-Identifier: Apache-2.0
 *
 * What is mailed, in words. Each letter is one template of src/notify/templates, from which
 * subject, text and HTML are made together, so that they never differ. A letter lies about in
 * mailboxes and its subject on locked screens: none names what was ordered, where, by or for whom,
 * and no picture is in it (R12); it says that something happened and where to read of it after
 * signing in.
 *
 * Data of the letters; every link is a path of ours:
 *   all          unsubscribe_url (or null)
 *   code         code, minutes
 *   first        photo: "asked", "withheld", "declined" or "none"; days; order_url, refuse_url
 *   out, picture, returned, cancelled    order_url
 *   delivered    order_url, picture, expected (booleans)
 *   attempted    order_url, picture
 */
#ifndef PORCHLIGHT_LETTER_H
#define PORCHLIGHT_LETTER_H

#include <jansson.h>

#include "base/arena.h"
#include "base/base.h"
#include "lang/lang.h"

#define LETTERS(X)                                                                                 \
    X(LETTER_CODE, "code")                                                                         \
    X(LETTER_FIRST, "first")                                                                       \
    X(LETTER_OUT, "out")                                                                           \
    X(LETTER_DELIVERED, "delivered")                                                               \
    X(LETTER_PICTURE, "picture")                                                                   \
    X(LETTER_ATTEMPTED, "attempted")                                                               \
    X(LETTER_RETURNED, "returned")                                                                 \
    X(LETTER_CANCELLED, "cancelled")                                                               \
    X(LETTER_CASE_OPENED, "case-opened")                                                           \
    X(LETTER_CASE_ANSWERED, "case-answered")                                                       \
    X(LETTER_CASE_RESOLVED, "case-resolved")                                                       \
    X(LETTER_LOOK, "look")                                                                         \
    X(LETTER_GLASS, "glass")           /* an administrator looked without a case */                \
    X(LETTER_GLASS_DESK, "glass-desk") /* the same, to administrators */                           \
    X(LETTER_TEST, "test")                                                                         \
    X(LETTER_FAREWELL, "farewell")

#define LETTER_ENUM(symbol, name) symbol,
enum letter { LETTERS(LETTER_ENUM) LETTER_COUNT };

struct letters;

/* Compiles the templates of every language. `base_url` goes before every path and must stay. 0 or a
 * fault, logged. */
int letters_new(const char *base_url, struct letters **letters_out) MUST_CHECK;
void letters_free(struct letters **letters);

struct letter_words {
    char *subject, *text, *html; /* in the arena */
};

struct letter_wanted {
    enum letter letter;
    const struct lang *lang;
    json_t *data; /* stolen; NULL reads as no memory */
};

/* 0 or a fault, logged. Thread-safe. */
int letters_write(const struct letters *letters, const struct letter_wanted *wanted,
                  struct arena *arena, struct letter_words *out) MUST_CHECK;

#endif
