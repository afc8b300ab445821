/* SPDX-License-Identifier: Apache-2.0
 *
 * Narrower than RFC 3986 on purpose: nothing that two programs might read differently (a backslash,
 * a user name, an escaped host, a number that some take for an address) is let through.
 */
#include "notify/webhook_url.h"

#include <arpa/inet.h>
#include <strings.h>

#include "base/text.h"
#include "notify/guard.h"

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Labels of letters, digits and inner hyphens; the last one has a letter, so that no number passes
 * for a name. An underscore is met in real hosts. */
static bool is_name(const char *host)
{
    size_t label = 0;
    bool letter = false;
    for (const char *at = host;; at++) {
        if (*at == '.' || *at == 0) {
            if (label == 0 || label > 63 || at[-1] == '-' || at[-(ptrdiff_t)label] == '-')
                return false;
            if (*at == 0)
                return letter;
            label = 0;
            letter = false;
            continue;
        }
        if (!is_letter_or_digit(*at) && *at != '-' && *at != '_')
            return false;
        letter = letter || !(*at >= '0' && *at <= '9');
        label++;
    }
}

static bool ends_in(const char *host, const char *end)
{
    size_t len = strlen(host), tail = strlen(end);
    return len >= tail && strcasecmp(host + len - tail, end) == 0 &&
           (len == tail || host[len - tail - 1] == '.');
}

static enum webhook_url check_address(const char *address, bool private)
{
    return private || guard_is_public_text(address) ? WEBHOOK_URL_OK : WEBHOOK_URL_PRIVATE;
}

/* A number in the last label, as in 0x7f.1, is no name. */
static enum webhook_url check_host(const char *host, bool private)
{
    struct in_addr four;
    if (inet_pton(AF_INET, host, &four) == 1)
        return check_address(host, private);
    const char *dot = strrchr(host, '.');
    const char *last = dot ? dot + 1 : host;
    if (!is_name(host) || (last[0] == '0' && (last[1] == 'x' || last[1] == 'X')))
        return WEBHOOK_URL_HOST;
    if (!private && (ends_in(host, "localhost") || ends_in(host, "local") || !dot))
        return WEBHOOK_URL_PRIVATE;
    return WEBHOOK_URL_OK;
}

/* "name", "1.2.3.4" or "[::1]", then ":port" or nothing. */
static enum webhook_url check_authority(const char *text, size_t len, bool private)
{
    char copy[WEBHOOK_HOST_CEILING + sizeof "[]:65535"];
    if (memchr(text, '@', len))
        return WEBHOOK_URL_USER;
    if (len == 0 || len >= sizeof copy)
        return WEBHOOK_URL_HOST;
    memcpy(copy, text, len);
    copy[len] = 0;
    char *port = strchr(copy, ']');
    port = copy[0] == '[' ? port ? port + 1 : copy + len : strchr(copy, ':');
    uint64_t number;
    if (port && *port && *port != ':')
        return WEBHOOK_URL_HOST;
    if (port && *port && !text_to_u64(port + 1, 1, 65535, &number))
        return WEBHOOK_URL_PORT;
    if (port)
        *port = 0;
    if (copy[0] != '[')
        return strlen(copy) > WEBHOOK_HOST_CEILING ? WEBHOOK_URL_HOST : check_host(copy, private);
    struct in6_addr six;
    size_t end = strlen(copy) - 1;
    if (copy[end] != ']')
        return WEBHOOK_URL_HOST;
    copy[end] = 0;
    return inet_pton(AF_INET6, copy + 1, &six) == 1 ? check_address(copy + 1, private)
                                                    : WEBHOOK_URL_HOST;
}

/* The characters of a path and query (RFC 3986), with whole escapes. */
static bool is_rest(const char *text)
{
    for (; *text; text++) {
        uint8_t byte;
        char escape[3] = {text[0] == '%' ? text[1] : 0, 0, 0};
        if (escape[0])
            escape[1] = text[2];
        if (*text == '%' ? !text_unhex(escape, &byte, 1)
                         : !is_letter_or_digit(*text) && !strchr("-._~!$&'()*+,;=:@/?", *text))
            return false;
    }
    return true;
}

enum webhook_url webhook_url_check(const char *url, bool private)
{
    if (strlen(url) > WEBHOOK_URL_CEILING)
        return WEBHOOK_URL_LONG;
    for (const char *at = url; *at; at++)
        if (*at <= ' ' || *at > '~')
            return WEBHOOK_URL_BYTES;
    bool plain = private && strncasecmp(url, "http://", 7) == 0;
    if (!plain && strncasecmp(url, "https://", 8) != 0)
        return WEBHOOK_URL_SCHEME;
    const char *host = url + (plain ? 7 : 8);
    size_t len = strcspn(host, "/?#\\");
    enum webhook_url result = check_authority(host, len, private);
    if (result != WEBHOOK_URL_OK)
        return result;
    return is_rest(host + len) ? WEBHOOK_URL_OK : WEBHOOK_URL_REST;
}

const char *webhook_url_text(enum webhook_url result)
{
    switch (result) {
    case WEBHOOK_URL_LONG:
        return "An address has 1000 characters at most.";
    case WEBHOOK_URL_BYTES:
        return "An address is written in visible ASCII characters; write others as %XX or, in a "
               "host, as xn--.";
    case WEBHOOK_URL_SCHEME:
        return "The address must begin with https://.";
    case WEBHOOK_URL_USER:
        return "An address with a name or password in it is not called.";
    case WEBHOOK_URL_HOST:
        return "The address must name a host.";
    case WEBHOOK_URL_PORT:
        return "A port is a number from 1 to 65535.";
    case WEBHOOK_URL_PRIVATE:
        return "The host must be one that the open network knows.";
    case WEBHOOK_URL_REST:
        return "The path has a character that does not belong there, or a fragment.";
    default:
        return "";
    }
}
