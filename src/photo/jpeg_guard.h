/* SPDX-License-Identifier: Apache-2.0
 *
 * libjpeg reports what it cannot go on from by a function that must not return. This is the one
 * place of the program that jumps out of it, and it owns nothing: no memory, no buffer, no libjpeg
 * object.
 *
 * A warning ends the work as well. libjpeg warns where it had to invent pixels, and an invented
 * door is not evidence. Three warnings are about form only and pass.
 */
#ifndef PORCHLIGHT_JPEG_GUARD_H
#define PORCHLIGHT_JPEG_GUARD_H

#include <setjmp.h>

#include "base/base.h"

#include <jpeglib.h>

struct jpeg_guard {
    struct jpeg_error_mgr manager; /* first, because libjpeg hands it back to us */
    jmp_buf escape;
};

/* Makes `guard` ready; then set cinfo.err = &guard.manager before creating the object. */
void jpeg_guard_init(struct jpeg_guard *guard);

/* Runs work(arg), within which libjpeg may be called on the guarded object. 0 when it came to its
 * end, else libjpeg's message code (jerror.h). What `work` allocates must be reachable from `arg`:
 * the caller frees it in either case. */
int jpeg_guard_run(struct jpeg_guard *guard, void (*work)(void *), void *arg) MUST_CHECK;

#endif
