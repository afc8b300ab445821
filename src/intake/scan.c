/* SPDX-License-Identifier: Apache-2.0
 *
 * The file goes through a window of 64 KB; each record is opened in it or into the caller's buffer.
 * Anything that is not a good record where one is due ends the scan: after a crash that is the torn
 * tail.
 */
#include "intake/scan.h"

#include <errno.h>

#include "base/log.h"
#include "crypto/crypto.h"
#include "intake/record.h"

enum { WINDOW = 64 * 1024 };

struct scan {
    const struct scan_request *request;
    uint8_t *window;
    size_t from, len;   /* the unread bytes in the window */
    uint64_t next_read; /* where in the file the window ends */
    struct record_segment segment;
    bool in_segment;
    struct staging_state good; /* counts for certain */
    struct staging_state seen; /* ahead of it within a checked segment, else the same */
};

/* Sees to it that `need` bytes lie at window + from. False when the file has no more; the fault, if
 * it is one, in *fault_out. */
static bool need(struct scan *scan, size_t bytes, int *fault_out)
{
    if (scan->len >= bytes)
        return true;
    memmove(scan->window, scan->window + scan->from, scan->len);
    scan->from = 0;
    while (scan->len < bytes) {
        uint64_t left = scan->request->stop_at - scan->next_read;
        size_t want = left < WINDOW - scan->len ? (size_t)left : WINDOW - scan->len;
        ssize_t n =
            want ? pread(scan->request->fd, scan->window + scan->len, want, (off_t)scan->next_read)
                 : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            *fault_out =
                log_fault("staging.read", -errno, "at=%llu", (unsigned long long)scan->next_read);
        if (n <= 0)
            return false;
        scan->next_read += (uint64_t)n;
        scan->len += (size_t)n;
    }
    return true;
}

static void advance(struct scan *scan, size_t bytes)
{
    scan->from += bytes;
    scan->len -= bytes;
    scan->seen.file_end += bytes;
}

/* The results of one step beside a fault. */
enum { GO_ON = 0, ENOUGH = 1 };

static int take_segment(struct scan *scan)
{
    int fault = 0;
    if (!need(scan, RECORD_SEGMENT_HEAD, &fault))
        return fault ? fault : ENOUGH;
    /* A checked segment that was not closed was given up: nothing follows it. */
    if (scan->seen.offset != scan->good.offset)
        return ENOUGH;
    if (!record_segment_take(&scan->segment, scan->request->key, scan->good.offset,
                             scan->window + scan->from))
        return ENOUGH;
    scan->in_segment = true;
    advance(scan, RECORD_SEGMENT_HEAD);
    return GO_ON;
}

static int take_record(struct scan *scan)
{
    int fault = 0;
    size_t len = need(scan, RECORD_HEAD, &fault) ? record_len(scan->window + scan->from) : 0;
    if (len == 0 || !need(scan, len, &fault))
        return fault ? fault : ENOUGH;
    uint8_t *record = scan->window + scan->from;
    bool closes = record[0] == RECORD_CLOSE;
    size_t plain_len = len - RECORD_OVERHEAD;
    uint8_t *out = record + RECORD_HEAD;
    if (scan->request->out) {
        if (plain_len > scan->request->room - scan->seen.offset)
            return STAGING_DAMAGED;
        out = scan->request->out + scan->seen.offset;
    }
    int result = record_open(&scan->segment, scan->seen.offset, (struct span){record, len}, out);
    if (result != 0)
        return result < 0 ? result : ENOUGH;
    if (!scan->request->out)
        hash_add(&scan->seen.hash, (struct span){out, plain_len});
    scan->seen.offset += plain_len;
    advance(scan, len);
    scan->in_segment = !closes;
    if (closes || scan->segment.kind == RECORD_SEGMENT_PLAIN)
        scan->good = scan->seen;
    return GO_ON;
}

/* One segment head or one record, whichever comes. */
static int step(struct scan *scan)
{
    int fault = 0;
    if (!need(scan, 1, &fault))
        return fault ? fault : ENOUGH;
    uint8_t kind = scan->window[scan->from];
    if (kind == RECORD_SEGMENT_PLAIN || kind == RECORD_SEGMENT_CHECKED)
        return take_segment(scan);
    return scan->in_segment ? take_record(scan) : ENOUGH;
}

static int run(struct scan *scan)
{
    const struct scan_request *request = scan->request;
    int fault = 0;
    if (!need(scan, RECORD_FILE_HEADER, &fault))
        return fault ? fault : STAGING_DAMAGED;
    int result = record_file_check(request->id, request->key, scan->window);
    if (result != 0)
        return result == AEAD_FORGED ? STAGING_DAMAGED : result;
    hash_start(&scan->seen.hash);
    advance(scan, RECORD_FILE_HEADER);
    scan->good = scan->seen;
    do
        result = step(scan);
    while (result == GO_ON);
    return result == ENOUGH ? 0 : result;
}

int scan_file(const struct scan_request *request, struct staging_state *good_out)
{
    struct scan scan = {.request = request};
    memcpy(scan.segment.id, request->id, RECORD_ID);
    scan.window = malloc(WINDOW);
    if (!scan.window)
        return log_fault("staging.read", -ENOMEM, "bytes=%d", (int)WINDOW);
    int result = run(&scan);
    if (result == 0)
        *good_out = scan.good;
    crypto_wipe(&scan.segment, sizeof scan.segment);
    crypto_wipe(scan.window, WINDOW);
    free(scan.window);
    return result;
}
