/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-load hold: as many phones as --links says, on a line so bad that none of them ever comes to
 * the end of its photo. The uploads are created a few at a time on shared connections; then each
 * gets a connection and an open PATCH of its own, brings two records at once and a few hundred
 * bytes every second. Prints "held N" when all stand and again the number that still stand when
 * stdin closes.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "load.h"

enum {
    CREATORS = 32,
    PATH_ROOM = 128,
    HEAD_ROOM = 2048,
    FIRST = 9000,
    DROP = 400,
    PAUSE_MS = 1000
};

/* One upload that is held open. */
struct phone {
    const char *line; /* of the list: token, photo, metadata */
    int token_len;
    char path[PATH_ROOM];
    int fd;
};

struct hold {
    const struct load_options *options;
    struct load_lines stops;
    struct span photo;
    struct phone *phones;
    unsigned next;
    unsigned creating[CREATORS]; /* the phone of each connection */
    char heads[CREATORS][HEAD_ROOM];
};

/* ---- creating ---- */

static bool next_creation(void *context, unsigned link, struct link_request *out)
{
    struct hold *hold = context;
    if (hold->next >= hold->options->links)
        return false;
    struct phone *phone = &hold->phones[hold->next];
    hold->creating[link] = hold->next++;
    char *metadata;
    phone->token_len = (int)strcspn(phone->line, " ");
    (void)strtoul(phone->line + phone->token_len, &metadata, 10);
    int len = snprintf(hold->heads[link], HEAD_ROOM,
                       "POST /v1/driver/uploads HTTP/1.1\r\nHost: localhost\r\n"
                       "Authorization: Bearer %.*s\r\nTus-Resumable: 1.0.0\r\n"
                       "Upload-Length: %zu\r\nUpload-Metadata:%s\r\nContent-Length: 0\r\n\r\n",
                       phone->token_len, phone->line, hold->photo.len, metadata);
    if (len >= HEAD_ROOM)
        load_die("a stop's line is too long");
    out->head = (struct span){(const uint8_t *)hold->heads[link], (size_t)len};
    return true;
}

static bool take_path(void *context, unsigned link, const struct link_answer *answer)
{
    struct hold *hold = context;
    struct phone *phone = &hold->phones[hold->creating[link]];
    size_t len = 0;
    const char *location = link_header(answer->head, "Location", &len);
    if (answer->status != 201 || !location || len >= PATH_ROOM)
        return false;
    snprintf(phone->path, PATH_ROOM, "%.*s", (int)len, location);
    return true;
}

/* ---- holding ---- */

static void begin_patch(struct hold *hold, struct phone *phone)
{
    char head[HEAD_ROOM + FIRST];
    int len = snprintf(head, HEAD_ROOM,
                       "PATCH %s HTTP/1.1\r\nHost: localhost\r\n"
                       "Authorization: Bearer %.*s\r\nTus-Resumable: 1.0.0\r\n"
                       "Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
                       "Content-Length: %zu\r\n\r\n",
                       phone->path, phone->token_len, phone->line, hold->photo.len);
    memcpy(head + len, hold->photo.data, FIRST);
    phone->fd = link_connect(hold->options->port);
    if (phone->fd < 0)
        load_die("cannot connect: %s", strerror(errno));
    if (send(phone->fd, head, (size_t)len + FIRST, MSG_NOSIGNAL) != len + FIRST)
        load_die("cannot send: %s", strerror(errno));
}

/* Nothing was answered and nothing closed: the server still waits for the rest. */
static bool still_stands(const struct phone *phone)
{
    char byte;
    return recv(phone->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static unsigned count_standing(struct hold *hold)
{
    unsigned standing = 0;
    for (unsigned i = 0; i < hold->options->links; i++)
        standing += still_stands(&hold->phones[i]);
    return standing;
}

static void bring_forward(struct hold *hold, size_t offset)
{
    for (unsigned i = 0; i < hold->options->links; i++)
        (void)!send(hold->phones[i].fd, hold->photo.data + offset, DROP,
                    MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void hold_on(struct hold *hold)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    size_t offset = FIRST;
    printf("held %u\n", count_standing(hold));
    fflush(stdout);
    while (poll(&input, 1, PAUSE_MS) == 0 && offset + 2 * DROP < hold->photo.len) {
        bring_forward(hold, offset);
        offset += DROP;
    }
    printf("held %u\n", count_standing(hold));
}

int load_hold(const struct load_options *options)
{
    struct hold hold = {.options = options, .stops = load_lines_read(options->list)};
    hold.photo = load_file_read(options->photos[0]);
    hold.phones = calloc(options->links, sizeof *hold.phones);
    if (!hold.phones || options->skip + options->links > hold.stops.count ||
        hold.photo.len < FIRST + 2 * DROP)
        load_die("not enough stops, memory or photo");
    for (unsigned i = 0; i < options->links; i++)
        hold.phones[i].line = hold.stops.line[options->skip + i];
    struct link_plan plan = {options->port, CREATORS};
    struct link_script script = {next_creation, take_path, &hold};
    if (!link_run(&plan, &script))
        return 1;
    for (unsigned i = 0; i < options->links; i++)
        begin_patch(&hold, &hold.phones[i]);
    hold_on(&hold);
    return 0;
}
