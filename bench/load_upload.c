/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-load upload. A line of the list is a stop: the device's token, the number of the photo and
 * the upload's metadata, separated by spaces. Each connection takes the next stop, creates the
 * upload, sends the photo in one PATCH and waits for the receipt; only a receipt that says `stored`
 * counts, so a photo counts when it is durable and judged and posted. Anything else ends the run.
 * So does the end of the list: who measures a rate gives more stops than can be used.
 */
#include "load.h"
#include "base/text.h"

enum { HEAD_ROOM = 2048, PATH_ROOM = 128, BEGINNING_ROOM = 64 };

/* What one connection is about. */
struct visit {
    const char *token;
    size_t token_len;
    struct span photo;
    char path[PATH_ROOM]; /* of the upload, once it is created */
    char head[HEAD_ROOM];
    int64_t began;
};

struct upload {
    const struct load_options *options;
    struct load_window window;
    struct load_lines stops;
    size_t next; /* stop */
    struct span *photos;
    struct visit *visits;           /* one a connection */
    char beginning[BEGINNING_ROOM]; /* of every receipt that says stored */
    struct load_tally whole, verdict;
};

static bool put_head(struct visit *visit, struct link_request *out, int len)
{
    if (len < 0 || len >= HEAD_ROOM)
        load_die("a stop's line is too long");
    out->head = (struct span){(const uint8_t *)visit->head, (size_t)len};
    return true;
}

static bool create(struct upload *upload, struct visit *visit, struct link_request *out)
{
    if (link_clock_us() >= upload->window.until || upload->next >= upload->stops.count)
        return false;
    const char *line = upload->stops.line[upload->next++];
    char *end;
    visit->token = line;
    visit->token_len = strcspn(line, " ");
    unsigned long photo = strtoul(line + visit->token_len, &end, 10);
    if (*end != ' ' || photo >= upload->options->photo_count)
        load_die("not a stop: %s", line);
    visit->photo = upload->photos[photo];
    visit->began = link_clock_us();
    return put_head(visit, out,
                    snprintf(visit->head, HEAD_ROOM,
                             "POST /v1/driver/uploads HTTP/1.1\r\nHost: localhost\r\n"
                             "Authorization: Bearer %.*s\r\nTus-Resumable: 1.0.0\r\n"
                             "Upload-Length: %zu\r\nUpload-Metadata: %s\r\n"
                             "Content-Length: 0\r\n\r\n",
                             (int)visit->token_len, visit->token, visit->photo.len, end + 1));
}

static bool send_photo(struct visit *visit, struct link_request *out)
{
    out->body = visit->photo;
    return put_head(visit, out,
                    snprintf(visit->head, HEAD_ROOM,
                             "PATCH %s HTTP/1.1\r\nHost: localhost\r\n"
                             "Authorization: Bearer %.*s\r\nTus-Resumable: 1.0.0\r\n"
                             "Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
                             "Content-Length: %zu\r\n\r\n",
                             visit->path, (int)visit->token_len, visit->token, visit->photo.len));
}

static bool next_request(void *context, unsigned link, struct link_request *out)
{
    struct upload *upload = context;
    struct visit *visit = &upload->visits[link];
    return visit->path[0] ? send_photo(visit, out) : create(upload, visit, out);
}

static bool take_path(struct visit *visit, const struct link_answer *answer)
{
    size_t len = 0;
    const char *location = link_header(answer->head, "Location", &len);
    if (answer->status != 201 || !location || len >= PATH_ROOM)
        return false;
    snprintf(visit->path, PATH_ROOM, "%.*s", (int)len, location);
    return true;
}

static bool take_receipt(struct upload *upload, struct visit *visit,
                         const struct link_answer *answer)
{
    size_t len = 0;
    const char *receipt = link_header(answer->head, "Porchlight-Receipt", &len);
    if (answer->status != 204 || !receipt ||
        strncmp(receipt, upload->beginning, strlen(upload->beginning)) != 0)
        return false;
    load_tally_add(&upload->whole, &upload->window, link_clock_us() - visit->began,
                   visit->photo.len);
    load_tally_add(&upload->verdict, &upload->window, answer->wait_us, 0);
    visit->path[0] = 0;
    return true;
}

static bool take_answer(void *context, unsigned link, const struct link_answer *answer)
{
    struct upload *upload = context;
    struct visit *visit = &upload->visits[link];
    return visit->path[0] ? take_receipt(upload, visit, answer) : take_path(visit, answer);
}

int load_upload(const struct load_options *options)
{
    /* 33 bytes are 44 letters of base64 without a remainder: up to "sto". */
    static const char stored[] = "porchlight-receipt/v1\nverdict sto";
    struct upload upload = {.options = options, .next = options->skip};
    text_base64url((const uint8_t *)stored, sizeof stored - 1, upload.beginning);
    upload.stops = load_lines_read(options->list);
    upload.photos = calloc(options->photo_count, sizeof *upload.photos);
    upload.visits = calloc(options->links, sizeof *upload.visits);
    if (!upload.photos || !upload.visits)
        load_die("out of memory");
    for (size_t i = 0; i < options->photo_count; i++)
        upload.photos[i] = load_file_read(options->photos[i]);
    upload.window = load_window_now(options);
    struct link_plan plan = {options->port, options->links};
    struct link_script script = {next_request, take_answer, &upload};
    bool ok = link_run(&plan, &script);
    printf("{\"stops\": %zu, ", upload.next - options->skip);
    load_tally_print(&upload.whole, &upload.window, "");
    printf(", ");
    load_tally_print(&upload.verdict, &upload.window, "verdict_");
    puts("}");
    load_tally_free(&upload.whole);
    load_tally_free(&upload.verdict);
    return ok ? 0 : 1;
}
