/* SPDX-License-Identifier: Apache-2.0
 *
 * The driver's app over the wire: files of the program, none of them private. Each is there packed
 * too, and goes out in the smallest form that the browser takes. The worker and the two files that
 * name all others are asked about anew each time (no-cache with an ETag); the others never change
 * under their name.
 *
 * The policy stands on every file, since a worker obeys the one it was fetched with: nothing but
 * our own files and the API, no script that is not a file, wasm for the scanner, and one named
 * trusted type, for the addresses of its two workers.
 */
#include "api/call.h"
#include "api/faces.h"
#include "drive/drive.h"

#define DRIVE_CSP                                                                                  \
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "                 \
    "img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; "        \
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "           \
    "require-trusted-types-for 'script'; trusted-types porchlight-worker"
/* What the app is for, and nothing else that a browser would ask the driver about. */
#define DRIVE_PERMISSIONS                                                                          \
    "camera=(self), geolocation=(self), screen-wake-lock=(self), accelerometer=(), "               \
    "display-capture=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), "      \
    "usb=()"

static const struct drive_version *choose(struct http_request *req, const struct drive_file *file)
{
    const char *taken = http_header(req, "Accept-Encoding");
    int i = 0;
    while (i < file->version_count - 1 && !http_coding_taken(taken, file->versions[i].encoding))
        i++;
    return &file->versions[i];
}

void face_drive(struct http_request *req)
{
    const struct drive_file *file = drive_find(http_path(req));
    if (!file) {
        http_problem(req, &http_not_found, NULL);
        return;
    }
    const struct drive_version *version = choose(req, file);
    http_set_header(req, "Cache-Control",
                    file->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    http_set_header(req, "Vary", "Accept-Encoding");
    http_set_header(req, "Content-Security-Policy", DRIVE_CSP);
    http_set_header(req, "Permissions-Policy", DRIVE_PERMISSIONS);
    if (strcmp(version->encoding, "identity") != 0)
        http_set_header(req, "Content-Encoding", version->encoding);
    if (!http_not_modified(req, version->etag))
        http_reply_constant(req, 200, file->type, version->bytes);
}

void face_drive_home(struct http_request *req)
{
    http_redirect(req, 303, "/drive/");
}
