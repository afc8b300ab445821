/* SPDX-License-Identifier: Apache-2.0
 *
 * The demo's mailbox: the folder that the server writes its messages to, read as one reads mail.
 */
#ifndef PORCHLIGHT_DEMO_MAIL_H
#define PORCHLIGHT_DEMO_MAIL_H

#include "base/base.h"

struct demo_mail {
    char to[255];
    char subject[100];
    char code[9]; /* eight digits, or "" */
};

/* Takes the oldest message out of the folder. False when there is none. */
bool demo_mail_take(const char *folder, struct demo_mail *mail_out);

/* Waits at most `ms` for a code to this address; other messages are dropped. */
bool demo_mail_wait(const char *folder, const char *to, int ms, char code_out[9]);

#endif
