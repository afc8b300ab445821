/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-load get. A line of the list is a path and, after a tab, a header that goes with it (a
 * credential); an answer that is not 200 ends the run. The connections are dealt out to the
 * threads, and each thread goes round the list from another place, so that neighbours ask for
 * different things.
 */
#include <pthread.h>

#include "load.h"

struct worker {
    pthread_t thread;
    struct link_plan plan;
    const struct load_window *window;
    const struct span *requests; /* whole heads */
    size_t count, next;
    struct load_tally tally;
    bool ok;
};

static struct span make_request(char *line)
{
    char *text = NULL;
    const char *path = strsep(&line, "\t");
    int len = asprintf(&text, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n", path,
                       line ? line : "", line ? "\r\n" : "");
    if (len < 0)
        load_die("out of memory");
    return (struct span){(const uint8_t *)text, (size_t)len};
}

static bool next_target(void *context, unsigned link, struct link_request *out)
{
    struct worker *worker = context;
    out->head = worker->requests[worker->next++ % worker->count];
    return link_clock_us() < worker->window->until;
}

static bool take_answer(void *context, unsigned link, const struct link_answer *answer)
{
    struct worker *worker = context;
    load_tally_add(&worker->tally, worker->window, answer->total_us, answer->length);
    return answer->status == 200;
}

static void *run_worker(void *arg)
{
    struct worker *worker = arg;
    struct link_script script = {next_target, take_answer, worker};
    worker->ok = link_run(&worker->plan, &script);
    return NULL;
}

int load_get(const struct load_options *options)
{
    struct load_lines lines = load_lines_read(options->list);
    struct span *requests = calloc(lines.count + 1, sizeof *requests);
    struct worker workers[LOAD_THREADS_MAX] = {0};
    struct load_tally all = {0};
    bool ok = true;
    if (lines.count == 0 || !requests)
        load_die("no targets in %s", options->list);
    for (size_t i = 0; i < lines.count; i++)
        requests[i] = make_request(lines.line[i]);
    struct load_window window = load_window_now(options);
    for (unsigned i = 0; i < options->threads; i++) {
        struct worker *worker = &workers[i];
        worker->plan.port = options->port;
        worker->plan.links = (options->links + i) / options->threads;
        worker->window = &window;
        worker->requests = requests;
        worker->count = lines.count;
        worker->next = i * lines.count / options->threads;
        if (pthread_create(&worker->thread, NULL, run_worker, worker) != 0)
            load_die("cannot start a thread");
    }
    for (unsigned i = 0; i < options->threads; i++) {
        pthread_join(workers[i].thread, NULL);
        ok = ok && workers[i].ok;
        load_tally_merge(&all, &workers[i].tally);
        load_tally_free(&workers[i].tally);
    }
    putchar('{');
    load_tally_print(&all, &window, "");
    puts("}");
    load_tally_free(&all);
    return ok ? 0 : 1;
}
