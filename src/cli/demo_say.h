/* SPDX-License-Identifier: Apache-2.0
 *
 * How the demo tells its story: plain text of 80 columns on stdout, with a little weight where it
 * is a terminal.
 */
#ifndef PORCHLIGHT_DEMO_SAY_H
#define PORCHLIGHT_DEMO_SAY_H

#include "base/base.h"

/* A heading, with an empty line before it. */
void demo_say_title(const char *format, ...) PRINTF_LIKE(1, 2);
/* What happened, wrapped, with a mark before it. */
void demo_say_done(const char *format, ...) PRINTF_LIKE(1, 2);
/* Plain words, wrapped. */
void demo_say(const char *format, ...) PRINTF_LIKE(1, 2);
/* A name and what belongs to it, in two columns; not wrapped, so that it can be copied. */
void demo_say_item(const char *name, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
