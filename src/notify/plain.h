/* SPDX-License-Identifier: Apache-2.0
 *
 * A message's two faces from one: the templates give HTML whose links are paths of ours, and this
 * file makes of it the HTML that is mailed, with whole addresses, and the text beside it. It knows
 * the HTML that the templates of this folder are written in and no more: h1 and p are paragraphs,
 * br breaks a line, a link in a text is followed by its address, and one that is a paragraph of its
 * own has the address on a line of its own. The title is the subject.
 */
#ifndef PORCHLIGHT_PLAIN_H
#define PORCHLIGHT_PLAIN_H

#include "base/buf.h"

/* Adds the text of the title, with nothing escaped any more. */
void plain_title(struct span html, struct buf *out);

/* Adds the body as text: lines of 72 characters at most where words allow it, ending in \n. */
void plain_text(struct span html, const char *base_url, struct buf *out);

/* Adds the HTML with `base_url` before every path in an href. */
void plain_addresses(struct span html, const char *base_url, struct buf *out);

#endif
