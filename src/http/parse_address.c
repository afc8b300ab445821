/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is really asking. Behind a proxy the socket's peer is the proxy, and the client is what the
 * proxy wrote at the end of X-Forwarded-For. Everything to the left of the last untrusted entry may
 * be the client's own invention.
 */
#include <arpa/inet.h>

#include "base/text.h"
#include "http/parse.h"

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool http_address_parse(const char *text, struct http_address *out)
{
    struct http_address found;
    if (inet_pton(AF_INET6, text, found.bytes) == 1) {
        *out = found;
        return true;
    }
    memcpy(found.bytes, v4_prefix, sizeof v4_prefix);
    if (inet_pton(AF_INET, text, found.bytes + sizeof v4_prefix) != 1)
        return false;
    *out = found;
    return true;
}

void http_address_text(const struct http_address *address, char out[HTTP_ADDRESS_ROOM])
{
    bool v4 = memcmp(address->bytes, v4_prefix, sizeof v4_prefix) == 0;
    const void *bytes = v4 ? address->bytes + sizeof v4_prefix : address->bytes;
    if (!inet_ntop(v4 ? AF_INET : AF_INET6, bytes, out, HTTP_ADDRESS_ROOM))
        out[0] = 0;
}

void http_address_key(const struct http_address *address, uint8_t key_out[16])
{
    memcpy(key_out, address->bytes, 16);
    if (memcmp(key_out, v4_prefix, sizeof v4_prefix) != 0)
        memset(key_out + 8, 0, 8);
}

bool http_address_of(const struct sockaddr *from, struct http_address *out)
{
    if (from && from->sa_family == AF_INET) {
        memcpy(out->bytes, v4_prefix, sizeof v4_prefix);
        memcpy(out->bytes + sizeof v4_prefix,
               &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
        return true;
    }
    if (from && from->sa_family == AF_INET6) {
        memcpy(out->bytes, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
        return true;
    }
    return false;
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    if (memcmp(a, b, bits / 8) != 0)
        return false;
    return bits % 8 == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - bits % 8) == 0;
}

/* "10.0.0.0/8" or a single address. */
static bool parse_network(char *text, struct http_networks *out)
{
    char *slash = strchr(text, '/');
    if (slash)
        *slash++ = 0;
    struct http_address base;
    if (out->count == HTTP_NETWORKS || !http_address_parse(text, &base))
        return false;
    bool v4 = !strchr(text, ':');
    uint64_t bits = 128;
    if (slash && !text_to_u64(slash, 0, v4 ? 32 : 128, &bits))
        return false;
    if (slash && v4)
        bits += 96;
    for (unsigned bit = (unsigned)bits; bit < 128; bit++)
        if (base.bytes[bit / 8] & (0x80 >> bit % 8))
            return false;
    out->net[out->count].base = base;
    out->net[out->count++].bits = (unsigned)bits;
    return true;
}

bool http_networks_parse(const char *text, struct http_networks *out)
{
    struct http_networks found = {0};
    while (*(text += strspn(text, ", \t"))) {
        char one[HTTP_ADDRESS_ROOM + 4];
        size_t len = strcspn(text, ", \t");
        if (len >= sizeof one)
            return false;
        memcpy(one, text, len);
        one[len] = 0;
        if (!parse_network(one, &found))
            return false;
        text += len;
    }
    *out = found;
    return true;
}

bool http_networks_have(const struct http_networks *networks, const struct http_address *address)
{
    for (size_t i = 0; i < networks->count; i++)
        if (same_prefix(networks->net[i].base.bytes, address->bytes, networks->net[i].bits))
            return true;
    return false;
}

/* One entry, with the port that some proxies add: "1.2.3.4:567", "[::1]:567", "::1". */
static bool parse_entry(const char *text, size_t len, struct http_address *out)
{
    char one[HTTP_ADDRESS_ROOM + 8];
    while (len > 0 && (text[0] == ' ' || text[0] == '\t'))
        text++, len--;
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    if (len == 0 || len >= sizeof one)
        return false;
    memcpy(one, text, len);
    one[len] = 0;
    char *start = one, *port = NULL;
    if (*start == '[') {
        char *end = strchr(++start, ']');
        if (!end)
            return false;
        *end = 0;
        port = end[1] ? end + 1 : NULL;
    } else if (strchr(one, '.') && (port = strchr(one, ':')) && strchr(port + 1, ':')) {
        port = NULL; /* ::ffff:1.2.3.4 */
    }
    if (port) {
        uint64_t number;
        if (*port != ':' || !text_to_u64(port + 1, 0, 65535, &number))
            return false;
        *port = 0;
    }
    return http_address_parse(start, out);
}

void http_forwarded_client(const char *forwarded, const struct http_networks *trusted,
                           const struct http_address *peer, struct http_address *out)
{
    *out = *peer;
    size_t end = forwarded ? strlen(forwarded) : 0;
    while (end > 0 && http_networks_have(trusted, out)) {
        size_t start = end;
        while (start > 0 && forwarded[start - 1] != ',')
            start--;
        if (!parse_entry(forwarded + start, end - start, out))
            return;
        end = start > 0 ? start - 1 : 0;
    }
}
