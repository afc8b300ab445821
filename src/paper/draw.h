/* SPDX-License-Identifier: Apache-2.0
 *
 * Lays a sheet out (paper.h) with Pango and draws it with Cairo: for porchlight-paper only.
 */
#ifndef PORCHLIGHT_PAPER_DRAW_H
#define PORCHLIGHT_PAPER_DRAW_H

#include <jansson.h>

#include "base/base.h"

/* Writes the PDF to a descriptor. True when all of it is written. The picture must outlive the
 * call.
 */
bool draw_sheet(const json_t *sheet, struct span jpeg, int fd);

#endif
