/* SPDX-License-Identifier: Apache-2.0
 *
 * The small grammars of HTTP that strangers write: query and form pairs, cookies, ranges, entity
 * tags, addresses. All are strict (left-over bytes are a refusal), bounded, pure, and work on text
 * that ends in NUL. Fuzzed in fuzz_parse.c.
 */
#ifndef PORCHLIGHT_HTTP_PARSE_H
#define PORCHLIGHT_HTTP_PARSE_H

#include "base/base.h"

/* What was wrong; each has a sentence. */
enum http_parse {
    HTTP_PARSE_OK,
    HTTP_PARSE_ILL_FORMED, /* a bad escape, an empty name, or bytes that are not clean UTF-8 */
    HTTP_PARSE_TOO_MANY,
    HTTP_PARSE_TWICE, /* one name twice */
};
const char *http_parse_text(enum http_parse result);

/* name=value pairs of a query or an application/x-www-form-urlencoded body. */
enum { HTTP_PAIRS = 32 };
struct http_pairs {
    size_t count;
    struct {
        const char *name, *value;
    } pair[HTTP_PAIRS];
};
/* What a value may hold. A form's text may have lines: CR LF becomes LF. */
enum http_lines { HTTP_ONE_LINE, HTTP_MANY_LINES };
/* Cuts up and decodes `text` in place; the pairs point into it. A name without '=' has the value
 * "". Empty text has no pairs. */
enum http_parse http_pairs_parse(char *text, enum http_lines lines, struct http_pairs *out);
/* The value of a name, or NULL. */
const char *http_pairs_get(const struct http_pairs *pairs, const char *name);

/* Finds one cookie in a Cookie header (RFC 6265: name=value separated by "; "). False when absent,
 * named twice, or anything in the header is ill-formed. The value is a part of `header`. */
bool http_cookie_find(const char *header, const char *name, struct span *value_out);
/* A cookie's name (a token) and value (no quotes, commas, semicolons, backslashes, white space or
 * control characters). */
bool http_cookie_name_ok(const char *name);
bool http_cookie_value_ok(const char *value);

/* A header's name and value as we would send them. */
bool http_header_name_ok(const char *name);
bool http_header_value_ok(const char *value);

/* A Range header against a body of `total` bytes. */
enum http_range {
    HTTP_RANGE_WHOLE,         /* none, ill-formed, or several: send it all */
    HTTP_RANGE_PART,          /* one: offset and length are set, length >= 1 */
    HTTP_RANGE_UNSATISFIABLE, /* 416 */
};
enum http_range http_range_parse(const char *header, uint64_t total, uint64_t *offset_out,
                                 uint64_t *length_out);

/* True when a list of entity tags (If-None-Match) is "*" or has `etag`, by weak comparison;
 * ill-formed lists have nothing. */
bool http_etag_listed(const char *header, const char *etag);

/* An address in 16 bytes, IPv4 as ::ffff:a.b.c.d. */
struct http_address {
    uint8_t bytes[16];
};
enum { HTTP_ADDRESS_ROOM = 46 };
bool http_address_parse(const char *text, struct http_address *out);
void http_address_text(const struct http_address *address, char out[HTTP_ADDRESS_ROOM]);
/* The address as a rate limit counts it: an IPv6 address by its /64, since a household has all of
 * one. */
void http_address_key(const struct http_address *address, uint8_t key_out[16]);
struct sockaddr;
/* False for a family other than IPv4 and IPv6. */
bool http_address_of(const struct sockaddr *from, struct http_address *out);

/* Networks, as "10.0.0.0/8, ::1". */
enum { HTTP_NETWORKS = 32 };
struct http_networks {
    size_t count;
    struct {
        struct http_address base;
        unsigned bits; /* of 128 */
    } net[HTTP_NETWORKS];
};
/* False for anything but addresses and CIDRs separated by commas and spaces, at most HTTP_NETWORKS;
 * host bits must be 0. */
bool http_networks_parse(const char *text, struct http_networks *out);
bool http_networks_have(const struct http_networks *networks, const struct http_address *address);

/* The client by X-Forwarded-For: its right-most entry that is not a trusted proxy, where `peer` is
 * one; the left-most when all are; `peer` itself when it is not trusted. An entry that is no
 * address ends the search: the last trusted one is the client. `forwarded` may be NULL. */
void http_forwarded_client(const char *forwarded, const struct http_networks *trusted,
                           const struct http_address *peer, struct http_address *out);

/* True when an Accept-Encoding header (RFC 9110) takes this coding: it is named, or "*" is, with a
 * weight above 0. No header, or one that is ill-formed, takes none; "identity" is not asked here.
 */
bool http_coding_taken(const char *header, const char *coding);

/* Compares a Content-Type without its parameters, ignoring case; `charset` other than utf-8 does
 * not match. */
bool http_type_is(const char *header, const char *type);

#endif
