/* SPDX-License-Identifier: Apache-2.0
 *
 * setjmp lives here and nowhere else. jpeg_guard_run has no local variable that changes between
 * setjmp and longjmp.
 */
#include "photo/jpeg_guard.h"

#include <jerror.h>

static _Noreturn void escape(j_common_ptr cinfo)
{
    struct jpeg_guard *guard = (struct jpeg_guard *)(void *)cinfo->err;
    longjmp(guard->escape, 1);
}

static void on_message(j_common_ptr cinfo, int level)
{
    if (level >= 0) /* a trace, not a warning */
        return;
    switch (cinfo->err->msg_code) {
    case JWRN_ADOBE_XFORM:    /* an unknown colour transform counts as the usual one */
    case JWRN_JFIF_MAJOR:     /* a JFIF of the future */
    case JWRN_NOT_SEQUENTIAL: /* a scan header with zeros where they do not matter */
        return;
    default:
        escape(cinfo);
    }
}

static void on_output(j_common_ptr cinfo)
{
    (void)cinfo; /* nothing is printed */
}

void jpeg_guard_init(struct jpeg_guard *guard)
{
    jpeg_std_error(&guard->manager);
    guard->manager.error_exit = escape;
    guard->manager.emit_message = on_message;
    guard->manager.output_message = on_output;
}

int jpeg_guard_run(struct jpeg_guard *guard, void (*work)(void *), void *arg)
{
    guard->manager.msg_code = 0;
    if (setjmp(guard->escape) != 0)
        return guard->manager.msg_code;
    work(arg);
    return 0;
}
