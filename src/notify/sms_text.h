/* SPDX-License-Identifier: Apache-2.0
 *
 * A text message's length as the networks count it (3GPP TS 23.038): 160 septets of the GSM
 * alphabet in one segment, 153 in each of several; 70 and 67 UTF-16 units where one character is
 * outside that alphabet. A segment costs money, so texts are folded into the alphabet where that
 * loses nothing but a stroke above a letter. Pure.
 */
#ifndef PORCHLIGHT_SMS_TEXT_H
#define PORCHLIGHT_SMS_TEXT_H

#include "base/buf.h"

struct sms_size {
    bool gsm;     /* in the GSM alphabet, else UTF-16 */
    int units;    /* septets or UTF-16 units */
    int segments; /* 0 for an empty text */
};

/* Measures well-formed UTF-8. No character of two units is parted by the end of a segment. */
struct sms_size sms_measure(const char *text);

/* Adds the text with what the GSM alphabet lacks replaced by what it has (á by a, a curly quote by
 * a straight one); a character for which it has nothing stays as it is. */
void sms_fold(const char *text, struct buf *out);

/* The calling code of an E.164 number ("+4930…" is 49); 0 when it begins like none. */
int sms_calling_code(const char *phone);

#endif
