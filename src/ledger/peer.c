/* SPDX-License-Identifier: Apache-2.0
 *
 * A handle a request: they are minutes apart. libcurl does the rest; an answer that outgrows its
 * buffer ends the transfer.
 */
#include "ledger/peer.h"

#include <curl/curl.h>
#include <errno.h>

#include "base/log.h"

static size_t take(char *data, size_t size, size_t count, void *out)
{
    struct buf *buf = out;
    buf_add(buf, data, size * count);
    return buf->failed ? 0 : size * count;
}

static struct curl_slist *headers_of(const struct peer_call *call)
{
    char line[200];
    snprintf(line, sizeof line, "Content-Type: %s", call->type);
    struct curl_slist *list = curl_slist_append(NULL, line);
    if (list && call->accept) {
        snprintf(line, sizeof line, "Accept: %s", call->accept);
        struct curl_slist *longer = curl_slist_append(list, line);
        if (!longer)
            curl_slist_free_all(list);
        list = longer;
    }
    return list;
}

int peer_post(const struct peer_call *call, struct buf *out)
{
    long status = 0;
    struct curl_slist *headers = headers_of(call);
    CURL *curl = curl_easy_init();
    CURLcode code = curl && headers ? CURLE_OK : CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK) {
        curl_easy_setopt(curl, CURLOPT_URL, call->url);
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)PEER_SECONDS);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body.data);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)call->body.len);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
        code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    if (code != CURLE_OK || status == 0) {
        log_event(LOG_WARN, "peer.unreached", "code=%d", (int)code);
        return -EIO;
    }
    return (int)status;
}
