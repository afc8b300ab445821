/* SPDX-License-Identifier: Apache-2.0
 *
 * An address that we take is read by libcurl as we read it: same scheme, a host, no user. What only
 * libcurl takes is refused; what both take must not differ.
 */
#include <curl/curl.h>
#include <strings.h>

#include "notify/webhook_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static char *part(CURLU *parsed, CURLUPart which)
{
    char *text = NULL;
    return curl_url_get(parsed, which, &text, 0) == CURLUE_OK ? text : NULL;
}

/* The host is where we saw it: it begins right after the slashes, and ends before a port or path.
 */
static void compare(const char *url)
{
    CURLU *parsed = curl_url();
    must(parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK);
    char *scheme = part(parsed, CURLUPART_SCHEME), *host = part(parsed, CURLUPART_HOST);
    char *user = part(parsed, CURLUPART_USER), *fragment = part(parsed, CURLUPART_FRAGMENT);
    must(scheme && (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0));
    must(!user && !fragment && host && *host);
    const char *seen = strstr(url, "//") + 2;
    size_t len = strcspn(seen, seen[0] == '[' ? "]" : ":/?");
    len += seen[0] == '[';
    if (seen[0] != '[') /* libcurl writes IPv6 in its shortest form */
        must(strlen(host) == len && strncasecmp(seen, host, len) == 0);
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_free(fragment);
    curl_url_cleanup(parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 2 * WEBHOOK_URL_CEILING)
        return 0;
    AUTO_FREE char *url = malloc(size + 1);
    must(url != NULL);
    memcpy(url, data, size);
    url[size] = 0;
    enum webhook_url open = webhook_url_check(url, true), strict = webhook_url_check(url, false);
    must(strict != WEBHOOK_URL_OK || open == WEBHOOK_URL_OK);
    must(*webhook_url_text(strict) || strict == WEBHOOK_URL_OK);
    must(strict != WEBHOOK_URL_OK || strncasecmp(url, "https://", 8) == 0);
    if (open == WEBHOOK_URL_OK)
        compare(url);
    return 0;
}
