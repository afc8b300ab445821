/* SPDX-License-Identifier: Apache-2.0
 *
 * The address is taken apart by the library that will connect to it, so that no two readers can
 * differ about its host.
 */
#include "notify/push_endpoint.h"

#include <curl/curl.h>

/* That library reads an address with a slash too many or too few, in its kindness. */
static bool is_plain(const char *text)
{
    const char *host = strstr(text, "://");
    if (!host || host[3] == '/' || strlen(text) > PUSH_ENDPOINT)
        return false;
    for (; *text; text++)
        if (*text <= ' ' || *text >= 0x7f || *text == '"' || *text == '\\')
            return false;
    return true;
}

/* A part of the address, to be freed with curl_free; NULL where there is none. */
static char *part_of(CURLU *url, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    return curl_url_get(url, part, &text, flags) == CURLUE_OK ? text : NULL;
}

static bool write_origin(CURLU *url, enum push_schemes schemes, char out[PUSH_ORIGIN_ROOM])
{
    char *scheme = part_of(url, CURLUPART_SCHEME, 0), *host = part_of(url, CURLUPART_HOST, 0);
    char *port = part_of(url, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
    char *fragment = part_of(url, CURLUPART_FRAGMENT, 0);
    bool ok = scheme && host && *host && !fragment &&
              (strcmp(scheme, "https") == 0 ||
               (schemes == PUSH_HTTPS_OR_HTTP && strcmp(scheme, "http") == 0));
    if (ok) {
        int len = snprintf(out, PUSH_ORIGIN_ROOM, "%s://%s%s%s", scheme, host, port ? ":" : "",
                           port ? port : "");
        ok = len > 0 && len < PUSH_ORIGIN_ROOM;
        text_lower(out);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(fragment);
    return ok;
}

bool push_endpoint_read(const char *endpoint, enum push_schemes schemes, char out[PUSH_ORIGIN_ROOM])
{
    if (!is_plain(endpoint))
        return false;
    CURLU *url = curl_url();
    bool ok = url && curl_url_set(url, CURLUPART_URL, endpoint, CURLU_DISALLOW_USER) == CURLUE_OK &&
              write_origin(url, schemes, out);
    curl_url_cleanup(url);
    return ok;
}

static bool read_key(const char *text, uint8_t *out, size_t len)
{
    size_t text_len = strlen(text), got = 0;
    for (int padding = 0; padding < 2 && text_len > 0 && text[text_len - 1] == '='; padding++)
        text_len--;
    return text_unbase64url(text, text_len, out, len, &got) && got == len;
}

bool push_keys_read(const char *p256dh, const char *auth, struct push_keys *out,
                    const char **wrong_out)
{
    *wrong_out = "p256dh";
    if (!read_key(p256dh, out->point, P256_POINT) || !p256_is_point(out->point))
        return false;
    *wrong_out = "auth";
    return read_key(auth, out->auth, PUSH_AUTH);
}
