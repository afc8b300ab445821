/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages as files and over the wire, against a small mail server of the test's own that can be
 * told what to answer.
 */
#include "notify/mail.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/tap.h"
#include "base/tap_folder.h"
#include "crypto/crypto.h"
#include "notify/mail_message.h"

static const struct mail hello = {
    .to = "ada@example.org", .subject = "Your code to sign in", .text = "One\n.two\n12345678\n"};

static void begin(struct settings *settings)
{
    log_set_level(LOG_ERROR);
    if (crypto_init() != 0)
        abort();
    settings_defaults(settings);
    snprintf(settings->mail.from, sizeof settings->mail.from, "post@shop.example");
    settings->mail.timeout_ms = 3000;
}

/* ---- the message ---- */

static const char *written(const struct mail *mail)
{
    static struct buf buf;
    buf_free(&buf);
    buf_init(&buf, 100000);
    mail_message_write(&buf, "post@shop.example", mail);
    CHECK(!buf.failed);
    return (const char *)buf.data;
}

static bool lines_are_right(const char *message)
{
    size_t column = 0;
    for (const char *at = message; *at; at++) {
        if (*at == '\n')
            return false; /* alone */
        if (*at == '\r' && *++at != '\n')
            return false;
        column = *at == '\n' ? 0 : column + 1;
        if (column > 998)
            return false;
    }
    return column == 0;
}

TEST(a_message_has_its_headers_and_crlf)
{
    begin(&(struct settings){0});
    const char *text = written(&hello);
    CHECK(lines_are_right(text));
    CHECK(strncmp(text, "Date: ", 6) == 0);
    CHECK(strstr(text, "\r\nFrom: Porchlight <post@shop.example>\r\n") != NULL);
    CHECK(strstr(text, "\r\nTo: <ada@example.org>\r\n") != NULL);
    CHECK(strstr(text, "\r\nSubject: Your code to sign in\r\n") != NULL);
    CHECK(strstr(text, "@shop.example>\r\n") != NULL);
    CHECK(strstr(text, "\r\n\r\nOne\r\n.two\r\n12345678\r\n") != NULL);
}

TEST(a_subject_cannot_bring_a_header)
{
    struct mail mail = hello;
    mail.subject = "Hello\r\nBcc: eve@example.org";
    const char *text = written(&mail);
    CHECK(strstr(text, "\r\nBcc:") == NULL);
    mail.subject = "Gr\xc3\xbc\xc3\x9f"
                   "e an alle, die heute ein Paket vor ihrer T\xc3\xbcr gefunden haben\r\nBcc: x";
    text = written(&mail);
    CHECK(strstr(text, "\r\nBcc:") == NULL);
    CHECK(strstr(text, "Subject: =?UTF-8?B?R3LDvMOfZS") != NULL);
    CHECK(lines_are_right(text));
}

TEST(a_very_long_line_is_broken)
{
    static char line[5000];
    memset(line, 'x', sizeof line - 1);
    struct mail mail = hello;
    mail.text = line;
    CHECK(lines_are_right(written(&mail)));
}

/* What a part of quoted-printable says; soft breaks are gone. */
static const char *unquoted(const char *at, const char *end)
{
    static char out[20000];
    size_t len = 0;
    for (; at < end && len + 1 < sizeof out; at++) {
        unsigned byte = 0;
        if (*at != '=') {
            out[len++] = *at;
        } else if (at[1] == '\r') {
            at += 2;
        } else {
            CHECK_INT(sscanf(at + 1, "%2X", &byte), 1);
            out[len++] = (char)byte;
            at += 2;
        }
    }
    out[len] = '\0';
    return out;
}

TEST(what_others_might_change_is_quoted)
{
    static char long_line[3000];
    memset(long_line, 'x', sizeof long_line - 1);
    const char *const texts[] = {
        "From here\n",        ".\n",         "Gr\xc3\xbc\xc3\x9f dich = x\n",
        "end \nx \n",         "tab\there\n", long_line,
        "a\n\n\nFrom b\n.c\n"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct mail mail = hello;
        mail.text = texts[i];
        const char *text = written(&mail), *body = strstr(text, "\r\n\r\n") + 4;
        CHECK(lines_are_right(text));
        if (strcmp(texts[i], ".\n") == 0)
            continue; /* the server's stuffing takes care of it */
        CHECK(strstr(text, "\r\nContent-Transfer-Encoding: quoted-printable\r\n") != NULL);
        CHECK(strncmp(body, "From ", 5) != 0 && !strstr(body, "\nFrom "));
        char want[4000];
        size_t len = 0;
        for (const char *at = texts[i]; *at; at++) {
            if (*at == '\n')
                want[len++] = '\r';
            want[len++] = *at;
        }
        if (texts[i] == long_line) {
            want[len++] = '\r';
            want[len++] = '\n';
        }
        want[len] = '\0';
        CHECK_STR(unquoted(body, text + strlen(text)), want);
    }
}

TEST(text_and_html_are_alternatives_the_text_first)
{
    struct mail mail = hello;
    mail.html = "<p>Gr\xc3\xbc\xc3\x9f</p>\n";
    const char *text = written(&mail);
    const char *boundary = strstr(text, "multipart/alternative; boundary=\"");
    CHECK(boundary != NULL);
    char mark[40];
    snprintf(mark, sizeof mark, "\r\n--%.18s", boundary ? strchr(boundary, '"') + 1 : "");
    const char *first = strstr(text, mark), *second = first ? strstr(first + 2, mark) : NULL;
    const char *last = second ? strstr(second + 2, mark) : NULL;
    CHECK(first && second && last);
    CHECK(lines_are_right(text));
    const char *plain = strstr(text, "Content-Type: text/plain; charset=utf-8\r\n");
    const char *html = strstr(text, "Content-Type: text/html; charset=utf-8\r\n");
    CHECK(plain > first && plain < second && html > second && html < last);
    CHECK(last && strcmp(last + strlen(mark), "--\r\n") == 0);
    CHECK(strstr(text, "<p>Gr=C3=BC=C3=9F</p>") != NULL);
}

TEST(notices_can_be_unsubscribed_with_one_click)
{
    struct mail mail = hello;
    const char *text = written(&mail);
    CHECK(strstr(text, "List-Unsubscribe") == NULL);
    mail.unsubscribe = "https://porch.example/u/abc";
    mail.id = "ntc_1";
    text = written(&mail);
    CHECK(strstr(text, "\r\nList-Unsubscribe: <https://porch.example/u/abc>\r\n") != NULL);
    CHECK(strstr(text, "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n") != NULL);
    CHECK(strstr(text, "\r\nMessage-ID: <ntc_1@shop.example>\r\n") != NULL);
    struct buf out;
    buf_init(&out, 10000);
    mail.unsubscribe = "https://porch.example/u/\r\nBcc: eve@example.org";
    mail_message_write(&out, "post@shop.example", &mail);
    CHECK(out.failed);
    buf_free(&out);
}

TEST(an_address_that_could_be_more_is_not_taken)
{
    static const char *const bad[] = {"",
                                      "ada",
                                      "ada@example.org\r\nRCPT TO:<eve@example.org>",
                                      "ada@example.org>",
                                      "<ada@example.org",
                                      "ada,eve@example.org",
                                      "\"a b\"@example.org",
                                      "a b@example.org",
                                      "\xc3\xa4@example.org"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(!mail_message_takes(bad[i]));
    CHECK(mail_message_takes("ada.l+tag_1@mail.example.org"));
}

/* ---- the folder ---- */

static int list(const char *folder, char name_out[300])
{
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2) {
            snprintf(name_out, 300, "%s", entry->d_name);
            count++;
        }
    if (dir)
        closedir(dir);
    return count;
}

TEST(into_a_folder_goes_one_whole_file_a_message)
{
    char folder[TAP_FOLDER_ROOM], name[300], path[600], text[2000], line[300];
    struct settings settings;
    struct mailer *mailer = NULL;
    struct stat st;
    begin(&settings);
    tap_folder_new(folder);
    snprintf(settings.mail.folder, sizeof settings.mail.folder, "%s/out", folder);
    CHECK_INT(mailer_new(&settings, &mailer), 0);
    CHECK_INT(mailer_probe(mailer, line, sizeof line), 0);
    CHECK_INT(mailer_send(mailer, &hello), 0);
    CHECK_INT(list(settings.mail.folder, name), 1);
    CHECK(strlen(name) > 4 && strcmp(name + strlen(name) - 4, ".eml") == 0);
    snprintf(path, sizeof path, "%s/out/%s", folder, name);
    CHECK_INT(stat(path, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    AUTO_FCLOSE FILE *file = fopen(path, "re");
    size_t len = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[len] = '\0';
    CHECK(strstr(text, "\r\n12345678\r\n") != NULL);
    struct mail bad = hello;
    bad.to = "ada@example.org>\r\nX: y";
    CHECK_INT(mailer_send(mailer, &bad), MAIL_REFUSED);
    CHECK_INT(list(settings.mail.folder, name), 1);
    mailer_free(&mailer);
    tap_folder_remove(folder);
}

TEST(nowhere_is_said)
{
    struct settings settings;
    struct mailer *mailer = NULL;
    char line[200];
    begin(&settings);
    CHECK_INT(mailer_new(&settings, &mailer), 0);
    CHECK_INT(mailer_send(mailer, &hello), MAIL_NOWHERE);
    CHECK_INT(mailer_probe(mailer, line, sizeof line), MAIL_NOWHERE);
    mailer_free(&mailer);
}

/* ---- a mail server ---- */

struct server {
    int listener, port;
    const char *to_rcpt, *to_data; /* answers; NULL: hang up */
    bool tls_offered;
    char got[8000]; /* every line of the last client */
    pthread_t thread;
};

static void say(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0)
        return;
}

static const char *answer_to(struct server *server, const char *line, bool *in_data)
{
    if (*in_data) {
        if (strcmp(line, ".\r\n") != 0)
            return "";
        *in_data = false;
        return server->to_data;
    }
    if (strncmp(line, "EHLO", 4) == 0)
        return server->tls_offered ? "250-here\r\n250 STARTTLS\r\n" : "250 here\r\n";
    if (strncmp(line, "RCPT", 4) == 0)
        return server->to_rcpt;
    if (strncmp(line, "DATA", 4) == 0) {
        *in_data = true;
        return "354 go on\r\n";
    }
    if (strncmp(line, "STARTTLS", 8) == 0)
        return "454 not today\r\n";
    return "250 fine\r\n";
}

static void *serve(void *arg)
{
    struct server *server = arg;
    int fd;
    while ((fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        char line[1200];
        bool in_data = false;
        FILE *in = fdopen(fd, "r+");
        server->got[0] = '\0';
        say(fd, "220 test\r\n");
        while (in && fgets(line, sizeof line, in)) {
            size_t len = strlen(server->got);
            snprintf(server->got + len, sizeof server->got - len, "%s", line);
            const char *answer = answer_to(server, line, &in_data);
            if (!answer)
                break;
            say(fd, answer);
            if (strncmp(line, "QUIT", 4) == 0)
                break;
        }
        if (in)
            fclose(in);
    }
    return NULL;
}

static void start_server(struct server *server, struct settings *settings)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->listener, (struct sockaddr *)&address, len) != 0 ||
        listen(server->listener, 5) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &len) != 0 ||
        pthread_create(&server->thread, NULL, serve, server) != 0)
        abort();
    server->port = ntohs(address.sin_port);
    snprintf(settings->mail.smtp_url, sizeof settings->mail.smtp_url, "smtp://127.0.0.1:%d",
             server->port);
}

static void stop_server(struct server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
}

/* Sends one message to a server that answers so. */
static int send_to(struct server *server, bool plain)
{
    struct settings settings;
    struct mailer *mailer = NULL;
    begin(&settings);
    settings.mail.smtp_plain = plain;
    start_server(server, &settings);
    CHECK_INT(mailer_new(&settings, &mailer), 0);
    int result = mailer_send(mailer, &hello);
    mailer_free(&mailer);
    stop_server(server);
    return result;
}

TEST(a_server_takes_the_message)
{
    struct server server = {.to_rcpt = "250 fine\r\n", .to_data = "250 taken\r\n"};
    CHECK_INT(send_to(&server, true), 0);
    CHECK(strstr(server.got, "MAIL FROM:<post@shop.example>") != NULL);
    CHECK(strstr(server.got, "RCPT TO:<ada@example.org>\r\n") != NULL);
    CHECK(strstr(server.got, "\r\nOne\r\n..two\r\n12345678\r\n.\r\n") != NULL);
}

TEST(a_refusal_for_good_and_one_for_now_are_told_apart)
{
    struct server unknown = {.to_rcpt = "550 no such person\r\n", .to_data = "250 taken\r\n"};
    struct server spam = {.to_rcpt = "250 fine\r\n", .to_data = "554 not that\r\n"};
    struct server busy = {.to_rcpt = "451 later\r\n", .to_data = "250 taken\r\n"};
    struct server full = {.to_rcpt = "250 fine\r\n", .to_data = "452 full\r\n"};
    struct server gone = {.to_rcpt = NULL};
    CHECK_INT(send_to(&unknown, true), MAIL_REFUSED);
    CHECK_INT(send_to(&spam, true), MAIL_REFUSED);
    CHECK_INT(send_to(&busy, true), MAIL_LATER);
    CHECK_INT(send_to(&full, true), MAIL_LATER);
    CHECK_INT(send_to(&gone, true), MAIL_LATER);
}

TEST(without_tls_nothing_is_said_of_the_message)
{
    struct server bare = {.to_rcpt = "250 fine\r\n", .to_data = "250 taken\r\n"};
    struct server broken = bare;
    broken.tls_offered = true;
    CHECK_INT(send_to(&bare, false), MAIL_LATER);
    CHECK(strstr(bare.got, "RCPT") == NULL);
    CHECK(strstr(bare.got, "MAIL") == NULL);
    CHECK_INT(send_to(&broken, false), MAIL_LATER);
    CHECK(strstr(broken.got, "MAIL") == NULL);
}

TEST(a_server_that_is_not_there_is_tried_later)
{
    struct settings settings;
    struct mailer *mailer = NULL;
    char line[300];
    begin(&settings);
    settings.mail.smtp_plain = true;
    snprintf(settings.mail.smtp_url, sizeof settings.mail.smtp_url, "smtp://127.0.0.1:1");
    CHECK_INT(mailer_new(&settings, &mailer), 0);
    CHECK_INT(mailer_send(mailer, &hello), MAIL_LATER);
    CHECK_INT(mailer_probe(mailer, line, sizeof line), MAIL_LATER);
    mailer_free(&mailer);
}

TAP_MAIN(TAP(a_message_has_its_headers_and_crlf), TAP(a_subject_cannot_bring_a_header),
         TAP(a_very_long_line_is_broken), TAP(what_others_might_change_is_quoted),
         TAP(text_and_html_are_alternatives_the_text_first),
         TAP(notices_can_be_unsubscribed_with_one_click),
         TAP(an_address_that_could_be_more_is_not_taken),
         TAP(into_a_folder_goes_one_whole_file_a_message), TAP(nowhere_is_said),
         TAP(a_server_takes_the_message), TAP(a_refusal_for_good_and_one_for_now_are_told_apart),
         TAP(without_tls_nothing_is_said_of_the_message),
         TAP(a_server_that_is_not_there_is_tried_later))
