/* SPDX-License-Identifier: Apache-2.0
 *
 * A handle a request: sign-ins are minutes apart. The addresses are those of the operator's
 * provider, which may well stand in the operator's own network, so inner addresses are allowed.
 */
#include "oidc/fetch.h"

#include <curl/curl.h>
#include <errno.h>

#include "base/log.h"
#include "base/text.h"

enum { URL_MOST = 1000 };

/* What follows the scheme, or NULL. */
static const char *rest_of(const char *url, bool *secure_out)
{
    *secure_out = strncasecmp(url, "https://", 8) == 0;
    if (*secure_out)
        return url + 8;
    return strncasecmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

bool fetch_may(const char *url)
{
    static const char *const here[] = {"localhost", "127.0.0.1", "[::1]"};
    bool secure, local = false;
    const char *rest = rest_of(url, &secure);
    if (!rest || strlen(url) > URL_MOST || !text_is_clean(url, strlen(url), false))
        return false;
    size_t host = strcspn(rest, "/?#");
    if (host == 0 || memchr(rest, '@', host) || strpbrk(url, "# \\\"'<>;,"))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(here); i++) {
        size_t len = strlen(here[i]);
        local = local || (host >= len && strncasecmp(rest, here[i], len) == 0 &&
                          (host == len || rest[len] == ':'));
    }
    return secure || local;
}

bool fetch_origin(const char *url, char *out, size_t room)
{
    bool secure;
    const char *rest = rest_of(url, &secure);
    size_t len = rest ? (size_t)(rest - url) + strcspn(rest, "/?#") : room;
    if (len >= room)
        return false;
    memcpy(out, url, len);
    out[len] = '\0';
    return true;
}

static size_t take(char *data, size_t size, size_t count, void *out)
{
    struct buf *buf = out;
    buf_add(buf, data, size * count);
    return buf->failed ? 0 : size * count;
}

static void prepare(CURL *curl, const struct fetch *fetch, struct buf *out)
{
    curl_easy_setopt(curl, CURLOPT_URL, fetch->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)fetch->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)fetch->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    if (fetch->form)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, fetch->form);
    if (fetch->user) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(curl, CURLOPT_USERNAME, fetch->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, fetch->secret);
    }
    if (fetch->bearer) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, fetch->bearer);
    }
}

int fetch_perform(const struct fetch *fetch, struct buf *out)
{
    long status = 0;
    struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
    CURL *curl = curl_easy_init();
    CURLcode code = curl && headers ? CURLE_OK : CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK) {
        prepare(curl, fetch, out);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    if (code != CURLE_OK || status < 100) {
        log_event(LOG_WARN, "oidc.unreached", "code=%d", (int)code);
        return -EIO;
    }
    return (int)status;
}
