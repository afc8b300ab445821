/* SPDX-License-Identifier: Apache-2.0
 *
 * The words that a delivery is found by at the desk, and those that somebody looks for: both made
 * the same way, so that they meet. Case, accents, spaces and punctuation play no part, nor whether
 * an umlaut is written out. A name is its words; a reference, a parcel's code, an e-mail address
 * and a postcode are one word each, however they are parted ("1017 AB", "ord-2024/12"); of an
 * address only what has digits is taken, for nobody looks for "street"; a phone number is its
 * digits from the last to the first behind a '#', so that whoever knows its end, or writes it
 * without the country, finds it. Pure.
 */
#ifndef PORCHLIGHT_SEARCH_WORDS_H
#define PORCHLIGHT_SEARCH_WORDS_H

#include "domain/delivery.h"

enum {
    SEARCH_WORDS = 24,
    SEARCH_WORD_ROOM = 48,
    SEARCH_LEAST = 3,  /* characters of what is looked for */
    SEARCH_MOST = 100, /* the same */
};

struct search_words {
    int count;
    char words[SEARCH_WORDS][SEARCH_WORD_ROOM];
};

/* What a delivery is found by: no word twice; none where it is blank but its reference. -ENOMEM
 * when memory is short. */
int search_words_of(const struct delivery *delivery, struct search_words *out) MUST_CHECK;

/* What is looked for: `wholes` are each looked for by themselves, as the beginning of a word;
 * `words`, two or more, must all be there, each as the beginning of one. What has no letter or
 * digit gives neither. -ENOMEM when memory is short. */
struct search_asked {
    struct search_words wholes, words;
};
int search_words_asked(const char *text, struct search_asked *out) MUST_CHECK;

/* True when every one of `words` is the beginning of one of `of`. */
bool search_words_meet(const struct search_words *words, const struct search_words *of);

#endif
