/* SPDX-License-Identifier: Apache-2.0
 *
 * A message goes to the folder when one is set, else to the server. Every message has a connection
 * of its own: they are few, and a server that hung up in between is nobody's trouble then.
 *
 * Without `smtp_plain` nothing is said before TLS stands and the certificate is right; certificates
 * are those of the system, or of the file that SSL_CERT_FILE names.
 */
#include "notify/mail.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "notify/dkim.h"
#include "notify/mail_message.h"
#include "notify/secret_file.h"

enum { MESSAGE_CEILING = 256 << 10 };

struct mailer {
    const struct settings *settings;
    struct dkim *dkim; /* NULL: nothing is signed */
    int folder;        /* -1: there is none */
    char password[SECRET_FILE_ROOM];
};

/* ---- making ---- */

static int open_folder(struct mailer *mailer)
{
    const char *path = mailer->settings->mail.folder;
    if (!*path)
        return 0;
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return log_fault("mail.folder", -errno, "what=make");
    mailer->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (mailer->folder < 0 || faccessat(mailer->folder, ".", W_OK | X_OK, 0) != 0)
        return log_fault("mail.folder", -errno, "what=open");
    return 0;
}

int mailer_new(const struct settings *settings, struct mailer **mailer_out)
{
    struct mailer *mailer = calloc(1, sizeof *mailer);
    if (!mailer)
        return log_fault("mail.new", -ENOMEM, "memory is short");
    mailer->settings = settings;
    mailer->folder = -1;
    int result = open_folder(mailer);
    if (result == 0)
        result =
            secret_file_read(settings->mail.smtp_password_file, "mail.password", mailer->password);
    if (result == 0)
        result = dkim_new(settings, &mailer->dkim);
    if (result > 0) /* it has said why */
        result = -EINVAL;
    if (result == 0 && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        result = log_fault("mail.new", -ENOMEM, "what=curl");
    *mailer_out = mailer;
    if (result != 0) {
        crypto_wipe(mailer->password, sizeof mailer->password);
        dkim_free(&mailer->dkim);
        if (mailer->folder >= 0)
            close(mailer->folder);
        free(mailer);
        *mailer_out = NULL;
    }
    return result;
}

void mailer_free(struct mailer **mailer_in)
{
    struct mailer *mailer = *mailer_in;
    if (!mailer)
        return;
    if (mailer->folder >= 0)
        close(mailer->folder);
    crypto_wipe(mailer->password, sizeof mailer->password);
    dkim_free(&mailer->dkim);
    free(mailer);
    curl_global_cleanup();
    *mailer_in = NULL;
}

/* ---- into a folder ---- */

static int write_file(int fd, struct span bytes)
{
    int result = file_write(fd, bytes);
    if (result == 0 && fsync(fd) != 0)
        result = -errno;
    return result;
}

/* Under a name that begins with the time, so that a listing is in order. */
int mailer_drop(struct mailer *mailer, struct span message)
{
    uint8_t random[8];
    char hex[17], name[64], draft[72];
    crypto_random(random, sizeof random);
    text_hex(random, sizeof random, hex);
    snprintf(name, sizeof name, "%013lld-%s.eml", (long long)clock_now(), hex);
    snprintf(draft, sizeof draft, ".%s.tmp", name);
    AUTO_CLOSE int fd =
        openat(mailer->folder, draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return log_fault("mail.write", -errno, "what=open");
    int result = write_file(fd, message);
    if (result == 0 && renameat(mailer->folder, draft, mailer->folder, name) != 0)
        result = -errno;
    if (result != 0) {
        unlinkat(mailer->folder, draft, 0);
        return log_fault("mail.write", result, "what=write");
    }
    return 0;
}

/* ---- by SMTP ---- */

static size_t give_bytes(char *out, size_t size, size_t count, void *arg)
{
    struct span *left = arg;
    size_t n = size * count < left->len ? size * count : left->len;
    memcpy(out, left->data, n);
    *left = (struct span){left->data + n, left->len - n};
    return n;
}

/* A handle with all that concerns the server. NULL when memory is short. */
static CURL *new_handle(const struct mailer *mailer)
{
    const struct settings *settings = mailer->settings;
    const char *authorities = getenv("SSL_CERT_FILE");
    CURL *curl = curl_easy_init();
    if (!curl)
        return NULL;
    bool plain = settings->mail.smtp_plain;
    curl_easy_setopt(curl, CURLOPT_URL, settings->mail.smtp_url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)settings->mail.timeout_ms);
    curl_easy_setopt(curl, CURLOPT_USE_SSL, plain ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (authorities && *authorities)
        curl_easy_setopt(curl, CURLOPT_CAINFO, authorities);
    if (*settings->mail.smtp_user) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, settings->mail.smtp_user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, mailer->password);
    }
    return curl;
}

static _Thread_local int last_reply;

int mailer_last_reply(void)
{
    return last_reply;
}

/* A refusal for good is the server's 5xx to what was said about this message; a password that it
 * does not take is for the operator to put right. */
static int outcome_of(CURL *curl, CURLcode code)
{
    long reply = 0;
    last_reply = 0;
    if (code == CURLE_OK)
        return 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
    last_reply = (int)reply;
    log_event(LOG_WARN, "mail.failed", "curl=%d reply=%ld", (int)code, reply);
    bool said = code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR ||
                code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UPLOAD_FAILED;
    return said && reply >= 500 && reply <= 599 ? MAIL_REFUSED : MAIL_LATER;
}

static int send_by_smtp(struct mailer *mailer, const struct mail *mail, struct span message)
{
    CURL *curl = new_handle(mailer);
    struct curl_slist *to = curl_slist_append(NULL, mail->to);
    int result = -ENOMEM;
    if (curl && to) {
        struct span left = message;
        curl_easy_setopt(curl, CURLOPT_MAIL_FROM, mailer->settings->mail.from);
        curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)message.len);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_bytes);
        curl_easy_setopt(curl, CURLOPT_READDATA, &left);
        result = outcome_of(curl, curl_easy_perform(curl));
    }
    curl_slist_free_all(to);
    curl_easy_cleanup(curl);
    return result;
}

/* ---- both ---- */

int mailer_compose(struct mailer *mailer, const struct mail *mail, struct buf *out)
{
    const char *from = mailer->settings->mail.from;
    if (!mail_message_takes(mail->to) || !mail_message_takes(from))
        return MAIL_REFUSED;
    AUTO_BUF struct buf message;
    buf_init(&message, MESSAGE_CEILING);
    mail_message_write(&message, from, mail);
    int result = 0;
    if (mailer->dkim && !message.failed)
        result =
            dkim_sign(mailer->dkim, (struct span){message.data, message.len}, clock_now(), out);
    buf_add(out, message.data, message.len);
    if (message.failed || out->failed)
        result = log_fault("mail.compose", -EMSGSIZE, "len=%zu", message.len);
    if (message.data)
        crypto_wipe(message.data, message.len);
    return result;
}

bool mailer_has_folder(const struct mailer *mailer)
{
    return mailer->folder >= 0;
}

const char *mailer_password(const struct mailer *mailer)
{
    return mailer->password;
}

int mailer_records(struct mailer *mailer, struct buf *out)
{
    return mailer->dkim ? dkim_records(mailer->dkim, out) : 0;
}

int mailer_send(struct mailer *mailer, const struct mail *mail)
{
    if (mailer->folder < 0 && !*mailer->settings->mail.smtp_url)
        return MAIL_NOWHERE;
    struct buf message;
    buf_init(&message, MESSAGE_CEILING);
    int result = mailer_compose(mailer, mail, &message);
    struct span bytes = {message.data, message.len};
    if (result == 0)
        result =
            mailer->folder >= 0 ? mailer_drop(mailer, bytes) : send_by_smtp(mailer, mail, bytes);
    if (message.data)
        crypto_wipe(message.data, message.len);
    buf_free(&message);
    return result;
}

int mailer_probe(struct mailer *mailer, char *line_out, size_t room)
{
    const struct settings *settings = mailer->settings;
    if (mailer->folder >= 0) {
        snprintf(line_out, room, "messages are written to the folder %s", settings->mail.folder);
        return faccessat(mailer->folder, ".", W_OK | X_OK, 0) == 0 ? 0 : -errno;
    }
    if (!*settings->mail.smtp_url) {
        snprintf(line_out, room, "neither smtp_url nor folder is set: nobody can sign in");
        return MAIL_NOWHERE;
    }
    CURL *curl = new_handle(mailer);
    if (!curl)
        return -ENOMEM;
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    CURLcode code = curl_easy_perform(curl);
    snprintf(line_out, room, "%s: %s", settings->mail.smtp_url,
             code == CURLE_OK ? "answers, and takes our sign-in" : curl_easy_strerror(code));
    curl_easy_cleanup(curl);
    return code == CURLE_OK ? 0 : MAIL_LATER;
}
