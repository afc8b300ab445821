/* SPDX-License-Identifier: Apache-2.0
 *
 * QR codes as the path of an SVG, one unit a module: <svg viewBox="0 0 SIDE SIDE"><path d="PATH">.
 * Drawn dark on a light ground; the quiet zone of four modules is part of SIDE.
 */
#ifndef PORCHLIGHT_QR_H
#define PORCHLIGHT_QR_H

#include "base/buf.h"

enum { QR_TEXT_MAX = 500, QR_PATH_MAX = 64 << 10 };
enum { QR_TOO_LONG = 1 };

/* Adds the path of `text` (QR_TEXT_MAX bytes at most) to `path`. 0, QR_TOO_LONG, or a fault. */
int qr_path(const char *text, struct buf *path, int *side_out) MUST_CHECK;

#endif
