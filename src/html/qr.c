/* SPDX-License-Identifier: Apache-2.0
 *
 * libqrencode makes the modules; a run of dark ones in a row becomes one rectangle, which keeps the
 * path short and leaves no seams between modules when it is scaled.
 */
#include "html/qr.h"

#include <errno.h>
#include <qrencode.h>

#include "base/log.h"

enum { QUIET = 4 }; /* modules of light ground on every side, as the standard asks */

static void add_run(struct buf *path, int x, int y, int length)
{
    char text[64];
    snprintf(text, sizeof text, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, length, length);
    buf_text(path, text);
}

static void add_row(struct buf *path, const unsigned char *modules, int width, int y)
{
    for (int x = 0; x < width;) {
        int start = x;
        while (x < width && modules[x] & 1)
            x++;
        if (x > start)
            add_run(path, start, y, x - start);
        else
            x++;
    }
}

int qr_path(const char *text, struct buf *path, int *side_out)
{
    if (strlen(text) > QR_TEXT_MAX)
        return QR_TOO_LONG;
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!code)
        return log_fault("qr.path", errno ? -errno : -ENOMEM, "bytes=%zu", strlen(text));
    for (int y = 0; y < code->width; y++)
        add_row(path, code->data + (size_t)y * (size_t)code->width, code->width, y);
    *side_out = code->width + 2 * QUIET;
    QRcode_free(code);
    return path->failed ? log_fault("qr.path", -ENOMEM, "side=%d", *side_out) : 0;
}
