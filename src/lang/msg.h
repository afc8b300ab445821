/* SPDX-License-Identifier: Apache-2.0
 *
 * Marks for constant texts that are messages and not handed to a function of lang.h where they
 * stand, as in tables: tools/catalogues looks for them. They change nothing.
 */
#ifndef PORCHLIGHT_LANG_MSG_H
#define PORCHLIGHT_LANG_MSG_H

#define MSG(text) text

/* Tells two messages of one English text apart: MSG_IN("month of a date", "May"). */
#define MSG_IN(context, text) context "\004" text

#endif
