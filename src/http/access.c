/* SPDX-License-Identifier: Apache-2.0
 *
 * Two buffers take turns: lines are added to one under the lock while the other is being written
 * without it. A line that finds both full waits for the write, as it would have without any buffer.
 */
#include "http/access.h"

#include <errno.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/request.h"

enum { ROOM = 64 * 1024, LINE_ROOM = 768, ENOUGH = ROOM / 2 };

struct http_access {
    const char *server;
    pthread_mutex_t lock;    /* of the lines */
    pthread_mutex_t writing; /* of the one who writes; taken before `lock` */
    char *lines, *spare;
    size_t len;
};

struct http_access *http_access_new(const char *server)
{
    struct http_access *access = calloc(1, sizeof *access);
    char *lines = malloc(ROOM), *spare = malloc(ROOM);
    if (!access || !lines || !spare) {
        free(access);
        free(lines);
        free(spare);
        return NULL;
    }
    access->server = server;
    access->lines = lines;
    access->spare = spare;
    pthread_mutex_init(&access->lock, NULL);
    pthread_mutex_init(&access->writing, NULL);
    return access;
}

void http_access_free(struct http_access **access)
{
    if (!*access)
        return;
    http_access_flush(*access);
    pthread_mutex_destroy(&(*access)->lock);
    pthread_mutex_destroy(&(*access)->writing);
    free((*access)->lines);
    free((*access)->spare);
    free(*access);
    *access = NULL;
}

void http_access_flush(struct http_access *access)
{
    pthread_mutex_lock(&access->writing);
    pthread_mutex_lock(&access->lock);
    char *full = access->lines;
    size_t len = access->len;
    access->lines = access->spare;
    access->len = 0;
    pthread_mutex_unlock(&access->lock);
    for (size_t done = 0; done < len;) {
        ssize_t n = write(STDERR_FILENO, full + done, len - done);
        if (n < 0 && errno != EINTR)
            break; /* nobody listens: as with any other log line */
        done += n > 0 ? (size_t)n : 0;
    }
    access->spare = full;
    pthread_mutex_unlock(&access->writing);
}

/* ---- Putting a line together, by hand: it is done for every request ---- */

struct line {
    char text[LINE_ROOM];
    size_t len;
};

static void add_text(struct line *line, const char *text)
{
    size_t len = strlen(text);
    if (len > sizeof line->text - 1 - line->len)
        len = sizeof line->text - 1 - line->len;
    memcpy(line->text + line->len, text, len);
    line->len += len;
}

static void add_number(struct line *line, uint64_t n)
{
    char digits[21];
    char *at = digits + sizeof digits - 1;
    *at = 0;
    do
        *--at = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    add_text(line, at);
}

static void add_milliseconds(struct line *line, int64_t us)
{
    uint64_t tenths = us > 0 ? (uint64_t)us / 100 : 0;
    add_number(line, tenths / 10);
    add_text(line, ".");
    add_number(line, tenths % 10);
}

/* The time, of which only the milliseconds change from line to line. */
static void add_time(struct line *line)
{
    static _Thread_local int64_t second;
    static _Thread_local char text[CLOCK_TEXT_ROOM];
    int64_t now = clock_now();
    if (second != now / 1000) {
        second = now / 1000;
        clock_format(now, text);
    }
    char *fraction = text + CLOCK_TEXT_ROOM - 5; /* "…344Z" */
    fraction[0] = (char)('0' + now / 100 % 10);
    fraction[1] = (char)('0' + now / 10 % 10);
    fraction[2] = (char)('0' + now % 10);
    add_text(line, text);
}

void http_access_line(struct http_access *access, const struct http_request *req, bool cut,
                      int64_t us)
{
    if (!log_shows(LOG_INFO))
        return;
    struct line line = {.len = 0};
    add_text(&line, "time=");
    add_time(&line);
    add_text(&line, " level=info event=http.request server=");
    add_text(&line, access->server);
    add_text(&line, " request=");
    add_text(&line, req->id);
    add_text(&line, " method=");
    add_text(&line, http_method_name(req->method));
    add_text(&line, " route=");
    add_text(&line, req->route ? req->route->path : "-");
    add_text(&line, " status=");
    add_number(&line, (uint64_t)req->status);
    add_text(&line, " in=");
    add_number(&line, req->body_received);
    add_text(&line, " out=");
    add_number(&line, req->reply_size);
    add_text(&line, " ms=");
    add_milliseconds(&line, us);
    if (cut)
        add_text(&line, " cut=yes");
    if (req->note) {
        add_text(&line, " ");
        add_text(&line, req->note);
    }
    line.text[line.len++] = '\n';

    pthread_mutex_lock(&access->lock);
    while (access->len + line.len > ROOM) {
        pthread_mutex_unlock(&access->lock);
        http_access_flush(access);
        pthread_mutex_lock(&access->lock);
    }
    memcpy(access->lines + access->len, line.text, line.len);
    access->len += line.len;
    bool enough = access->len >= ENOUGH && access->len - line.len < ENOUGH;
    pthread_mutex_unlock(&access->lock);
    if (enough)
        http_access_flush(access);
}
