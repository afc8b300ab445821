/* SPDX-License-Identifier: Apache-2.0
 *
 * The templates and style files as embed.py wrote them into the program. A language's templates
 * stand together, embedded_template_count of them, in the order of lang_all.
 */
#ifndef PORCHLIGHT_EMBEDDED_H
#define PORCHLIGHT_EMBEDDED_H

#include "html/template.h"
#include "pages/pages.h"

struct embedded_asset {
    const char *name; /* the file's name, "porchlight.css" */
    struct pages_asset asset;
};

extern const struct template_source embedded_templates[];
extern const size_t embedded_template_count;
extern const struct embedded_asset embedded_assets[];
extern const size_t embedded_asset_count;

#endif
