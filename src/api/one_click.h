/* SPDX-License-Identifier: Apache-2.0
 *
 * The body of a POST to a link that stops mail: what RFC 8058 has a mail service send, as a form of
 * either kind, or what the form of our own page sends. Strangers' bytes: fuzzed in
 * fuzz_one_click.c.
 */
#ifndef PORCHLIGHT_ONE_CLICK_H
#define PORCHLIGHT_ONE_CLICK_H

#include "base/base.h"

enum one_click {
    ONE_CLICK_NOTHING, /* neither is said */
    ONE_CLICK_STOP,    /* List-Unsubscribe=One-Click */
    ONE_CLICK_ALL,     /* all=yes: every class, not only this */
    ONE_CLICK_AGAIN,   /* again=yes: it was a mistake */
};

/* `type` is the Content-Type; NULL reads as a form. */
enum one_click one_click_read(const char *type, struct span body);

#endif
