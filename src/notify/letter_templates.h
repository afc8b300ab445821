/* SPDX-License-Identifier: Apache-2.0
 *
 * The templates of this folder as embed.py put them into the program: letter_template_count in
 * English, as many in the next language of lang_all, and so on.
 */
#ifndef PORCHLIGHT_LETTER_TEMPLATES_H
#define PORCHLIGHT_LETTER_TEMPLATES_H

#include "html/template.h"

extern const struct template_source letter_templates[];
extern const size_t letter_template_count;

#endif
