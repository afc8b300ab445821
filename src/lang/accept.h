/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of our languages a browser asks for (RFC 9110 §12.5.4, matched as in RFC 4647 §3.4).
 */
#ifndef PORCHLIGHT_LANG_ACCEPT_H
#define PORCHLIGHT_LANG_ACCEPT_H

#include "lang/lang.h"

enum { LANG_ACCEPT_MOST = 32 }; /* languages of a header that are read; the rest is passed over */

/* The wanted language that we have, the first of the best: "de-CH" is served by "de". `*` and a
 * header that names none of ours (or is not there, or ill-formed) are served by `otherwise`.
 * `pseudo` says whether the languages for tests may be chosen. */
const struct lang *lang_accept(const char *header, bool pseudo, const struct lang *otherwise);

#endif
