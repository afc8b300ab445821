/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of the C sources as tables.py wrote them into the program, sorted, so that a
 * message is found by halving. A language's `texts` has the same order.
 */
#ifndef PORCHLIGHT_LANG_TABLES_H
#define PORCHLIGHT_LANG_TABLES_H

#include "lang/lang.h"

extern const char *const lang_messages[];
extern const size_t lang_message_count;

#endif
