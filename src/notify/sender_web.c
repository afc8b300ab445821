/* SPDX-License-Identifier: Apache-2.0
 *
 * The sender's side of libcurl. A target's answer is a stranger's: it is cut, never followed, and
 * may take so long and no longer.
 *
 * The guard is asked twice: when a socket is opened, about the address that it will connect to, and
 * before the request is sent, about the address that it is connected to, since a connection that
 * an unguarded request opened may be used again.
 */
#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "notify/guard.h"
#include "notify/sender_inside.h"

enum { CONNECT_MS = 10000 };

/* ---- what libcurl asks ---- */

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = arg;
    if (!guard_is_public(&address->addr, (socklen_t)address->addrlen)) {
        transfer->guard_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int before_request(void *arg, char *remote, char *local, int remote_port, int local_port)
{
    struct transfer *transfer = arg;
    if (guard_is_public_text(remote))
        return CURL_PREREQFUNC_OK;
    transfer->guard_refused = true;
    return CURL_PREREQFUNC_ABORT;
}

/* Keeps the beginning, reads on for politeness, and at some point has read enough. */
static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;
    size_t len = size * count;
    if (transfer->body_len < INCOMING_BODY) {
        size_t room = INCOMING_BODY - transfer->body_len;
        memcpy(transfer->body_text + transfer->body_len, data, len < room ? len : room);
    }
    transfer->body_len += len;
    transfer->enough = transfer->body_len > SENDER_BODY;
    return transfer->enough ? 0 : len;
}

static size_t take_header(char *data, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;
    size_t len = size * count;
    if (len >= 5 && memcmp(data, "HTTP/", 5) == 0)
        transfer->headers_len = 0; /* of the last answer only, not of a 100 before it */
    if (len < INCOMING_HEADERS - transfer->headers_len && !memchr(data, 0, len)) {
        memcpy(transfer->headers_text + transfer->headers_len, data, len);
        transfer->headers_len += len;
        transfer->headers_text[transfer->headers_len] = 0;
    }
    return len;
}

static size_t give_message(char *out, size_t size, size_t count, void *arg)
{
    struct span *left = &((struct transfer *)arg)->unsent;
    size_t n = size * count < left->len ? size * count : left->len;
    if (n > 0)
        memcpy(out, left->data, n);
    *left = (struct span){left->data + n, left->len - n};
    return n;
}

/* ---- beginning ---- */

#define SET(option, value) (curl_easy_setopt(curl, option, value) == CURLE_OK)

static bool add(struct curl_slist **list, const char *text)
{
    struct curl_slist *longer = curl_slist_append(*list, text);
    *list = longer ? longer : *list;
    return longer != NULL;
}

static bool set_http(struct transfer *transfer)
{
    const struct outgoing *out = &transfer->out;
    CURL *curl = transfer->curl;
    bool ok = add(&transfer->headers, "Expect:");
    for (int i = 0; ok && i < out->header_count; i++)
        ok = !strpbrk(out->headers[i], "\r\n") && add(&transfer->headers, out->headers[i]);
    ok = ok && SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)out->body.len) &&
         SET(CURLOPT_POSTFIELDS, out->body.len ? (const char *)out->body.data : "") &&
         SET(CURLOPT_HTTPHEADER, transfer->headers) && SET(CURLOPT_USERAGENT, "Porchlight");
    if (ok && out->method && strcmp(out->method, "POST") != 0)
        ok = SET(CURLOPT_CUSTOMREQUEST, out->method);
    return ok;
}

static bool set_mail(struct transfer *transfer)
{
    const struct outgoing *out = &transfer->out;
    CURL *curl = transfer->curl;
    transfer->unsent = out->body;
    return add(&transfer->recipients, out->mail_to) && SET(CURLOPT_MAIL_FROM, out->mail_from) &&
           SET(CURLOPT_MAIL_RCPT, transfer->recipients) && SET(CURLOPT_UPLOAD, 1L) &&
           SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)out->body.len) &&
           SET(CURLOPT_READFUNCTION, give_message) && SET(CURLOPT_READDATA, transfer) &&
           SET(CURLOPT_USE_SSL, out->mail_plain ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
}

static bool set_common(struct transfer *transfer)
{
    const struct settings *settings = transfer->sender->config.settings;
    const struct outgoing *out = &transfer->out;
    const char *authorities = getenv("SSL_CERT_FILE");
    CURL *curl = transfer->curl;
    long timeout = (long)(out->timeout_ms ? out->timeout_ms : settings->notify.timeout_ms);
    bool ok = SET(CURLOPT_URL, out->url) && SET(CURLOPT_PRIVATE, transfer) &&
              SET(CURLOPT_PROTOCOLS_STR, out->mail_to ? "smtp,smtps" : "http,https") &&
              SET(CURLOPT_FOLLOWLOCATION, 0L) && SET(CURLOPT_NOSIGNAL, 1L) &&
              SET(CURLOPT_PROXY, "") && SET(CURLOPT_TIMEOUT_MS, timeout) &&
              SET(CURLOPT_CONNECTTIMEOUT_MS, timeout < CONNECT_MS ? timeout : (long)CONNECT_MS) &&
              SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
              SET(CURLOPT_WRITEFUNCTION, take_body) && SET(CURLOPT_WRITEDATA, transfer) &&
              SET(CURLOPT_HEADERFUNCTION, take_header) && SET(CURLOPT_HEADERDATA, transfer);
    if (ok && authorities && *authorities)
        ok = SET(CURLOPT_CAINFO, authorities);
    if (ok && out->user)
        ok = SET(CURLOPT_USERNAME, out->user) &&
             SET(CURLOPT_PASSWORD, out->password ? out->password : "");
    if (ok && out->guarded && !settings->notify.allow_private_targets)
        ok = SET(CURLOPT_OPENSOCKETFUNCTION, open_socket) &&
             SET(CURLOPT_OPENSOCKETDATA, transfer) && SET(CURLOPT_PREREQFUNCTION, before_request) &&
             SET(CURLOPT_PREREQDATA, transfer);
    return ok;
}

int web_begin(struct transfer *transfer)
{
    struct sender *sender = transfer->sender;
    transfer->answer = (struct incoming){.retry_after_ms = -1};
    transfer->guard_refused = transfer->enough = false;
    transfer->body_len = transfer->headers_len = 0;
    transfer->body_text = arena_alloc(transfer->arena, INCOMING_BODY);
    transfer->headers_text = arena_alloc(transfer->arena, INCOMING_HEADERS);
    transfer->begun_at = clock_steady();
    if (!transfer->curl)
        transfer->curl = curl_easy_init();
    else
        curl_easy_reset(transfer->curl);
    bool ok = transfer->curl && transfer->body_text && transfer->headers_text &&
              set_common(transfer) &&
              (transfer->out.mail_to ? set_mail(transfer) : set_http(transfer));
    if (ok && curl_multi_add_handle(sender->multi, transfer->curl) == CURLM_OK) {
        transfer->asked = true;
        return 0;
    }
    web_end(transfer);
    return log_fault("notice.begin", -ENOMEM, "notice=%s", transfer->notice.row.id);
}

void web_end(struct transfer *transfer)
{
    if (transfer->curl)
        curl_multi_remove_handle(transfer->sender->multi, transfer->curl);
    curl_slist_free_all(transfer->headers);
    curl_slist_free_all(transfer->recipients);
    transfer->headers = transfer->recipients = NULL;
}

/* ---- ending ---- */

static const char *trouble_of(const struct transfer *transfer, CURLcode code)
{
    if (transfer->guard_refused)
        return "guarded";
    switch (code) {
    case CURLE_COULDNT_CONNECT:
        return "refused";
    case CURLE_COULDNT_RESOLVE_HOST:
        return "name";
    case CURLE_OPERATION_TIMEDOUT:
        return "timeout";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CERTPROBLEM:
        return "tls";
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return "reset";
    case CURLE_LOGIN_DENIED:
        return "login";
    case CURLE_URL_MALFORMAT:
        return "address";
    case CURLE_UNSUPPORTED_PROTOCOL: /* also what libcurl calls an answer that is not HTTP's */
        return transfer->spoken ? "protocol" : "address";
    default:
        return "protocol";
    }
}

static void read_answer(struct transfer *transfer, CURLcode code)
{
    struct incoming *answer = &transfer->answer;
    char *remote = NULL;
    int64_t most = transfer->sender->config.settings->notify.retry_after_max_ms;
    curl_off_t after = 0;
    long status = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer->curl, CURLINFO_RETRY_AFTER, &after);
    curl_easy_getinfo(transfer->curl, CURLINFO_PRIMARY_IP, &remote);
    transfer->spoken = remote && *remote;
    answer->status = (int)status;
    answer->answered = status > 0;
    answer->took_ms = clock_steady() - transfer->begun_at;
    answer->headers = transfer->headers_text;
    answer->body =
        (struct span){(const uint8_t *)transfer->body_text,
                      transfer->body_len < INCOMING_BODY ? transfer->body_len : INCOMING_BODY};
    if (after > 0)
        answer->retry_after_ms = after < most / 1000 ? (int64_t)after * 1000 : most;
    bool whole = code == CURLE_OK || (code == CURLE_WRITE_ERROR && transfer->enough);
    /* What a mail server refuses ends the dialogue with an error, and is an answer all the same. */
    bool said = transfer->out.mail_to && status >= 400 && code != CURLE_LOGIN_DENIED &&
                code != CURLE_OPERATION_TIMEDOUT;
    if (!whole && !said)
        answer->trouble = trouble_of(transfer, code);
}

void web_judge(struct transfer *transfer)
{
    const struct channel *channel = transfer->channel;
    transfer->verdict = (struct notice_verdict){0};
    transfer->end = TRANSFER_JUDGED;
    if (channel->judge)
        channel->judge(channel->context, &transfer->notice, &transfer->answer, &transfer->verdict);
    else
        notice_judge_http(&transfer->answer, &transfer->verdict);
}

void web_move(struct sender *sender)
{
    int running, left;
    CURLMsg *message;
    curl_multi_perform(sender->multi, &running);
    while ((message = curl_multi_info_read(sender->multi, &left))) {
        struct transfer *transfer;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        read_answer(transfer, code);
        web_end(transfer);
        web_judge(transfer);
        sender_ended(sender, transfer);
    }
}
