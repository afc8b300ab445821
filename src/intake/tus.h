/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of tus 1.0.0: header values in, structs or a named refusal out. Pure: no HTTP, no
 * clock, no memory of its own. A NULL text is a header that was not sent. Which status each refusal
 * becomes is in the comment beside it.
 */
#ifndef PORCHLIGHT_TUS_H
#define PORCHLIGHT_TUS_H

#include "base/base.h"
#include "base/id.h"
#include "crypto/hash.h"

#define TUS_VERSION "1.0.0"
#define TUS_EXTENSIONS                                                                             \
    "creation,creation-with-upload,creation-defer-length,checksum,termination,expiration"
#define TUS_CHECKSUM_ALGORITHMS "sha1,sha256"
#define TUS_CONTENT_TYPE        "application/offset+octet-stream"

enum {
    TUS_METADATA_CEILING = 4096, /* bytes of the header */
    TUS_KEYS_CEILING = 32,       /* pairs in it */
    TUS_KEY_CEILING = 64,        /* bytes of a key */
    TUS_CHALLENGE_CEILING = 128,
    TUS_REASON_CEILING = 200, /* bytes of `anyway` */
};

enum tus_outcome {
    TUS_MISSING = 1,       /* a header or key that must be there is not: 400 */
    TUS_MALFORMED,         /* not of the form, or out of range: 400 */
    TUS_REPEATED,          /* a metadata key twice: 400 */
    TUS_TOO_LONG,          /* header, key, value or count over its ceiling: 400 */
    TUS_CONFLICT,          /* both Upload-Length and Upload-Defer-Length, or neither: 400 */
    TUS_TOO_LARGE,         /* Upload-Length over the limit: 413 */
    TUS_OTHER_VERSION,     /* Tus-Resumable missing or not ours: 412 with Tus-Version */
    TUS_OTHER_TYPE,        /* Content-Type: 415 */
    TUS_UNKNOWN_ALGORITHM, /* Upload-Checksum: 400 */
    TUS_MISMATCH,          /* the checksum is another: 460 */
};

/* Tus-Resumable. */
int tus_check_version(const char *text) MUST_CHECK;

/* The Content-Type of a PATCH, or of a POST that has a body; parameters after ';' are tolerated. */
int tus_check_type(const char *text) MUST_CHECK;

/* Upload-Offset: plain decimal, required. */
int tus_parse_offset(const char *text, uint64_t *offset_out) MUST_CHECK;

/* Upload-Length and Upload-Defer-Length of a creation; exactly one is sent. A length that is still
 * to come is TUS_DEFERRED. Over `largest` is TUS_TOO_LARGE. */
#define TUS_DEFERRED UINT64_MAX
int tus_parse_length(const char *length, const char *defer, uint64_t largest,
                     uint64_t *length_out) MUST_CHECK;

/* What we know of a photo from Upload-Metadata. Unknown keys are tolerated; the header as sent is
 * safe to echo once it was accepted here, since it then is printable ASCII. */
struct tus_metadata {
    char delivery_id[ID_ROOM];                 /* always: a delivery's id */
    char challenge[TUS_CHALLENGE_CEILING + 1]; /* always: 1 to 128 characters of base64url */
    uint8_t sha256[HASH_SHA256_LEN]; /* always: of the whole photo; sent as 64 hex digits */
    int64_t captured_at;             /* always: milliseconds since 1970; sent as RFC 3339 */
    bool has_place;                  /* lat and lon were sent, both or neither */
    double lat, lon;                 /* degrees */
    double accuracy;                 /* metres, 0 to 100,000; negative when not sent */
    char anyway[TUS_REASON_CEILING +
                1]; /* why a dark or blurred photo is sent all the same; "" when it is not */
};

/* Parses the header. On a refusal *key_out (never NULL) names the key it is about, "" for the
 * header as a whole. The name is one of ours, not the sender's bytes. */
int tus_parse_metadata(const char *text, struct tus_metadata *metadata_out,
                       const char **key_out) MUST_CHECK;

/* Upload-Checksum of a PATCH: parse when its headers are there, add each piece of the body, compare
 * at its end. A plain value; `algorithm` TUS_NO_CHECKSUM when the header was not sent (then adding
 * does nothing and comparing gives 0). */
enum tus_algorithm { TUS_NO_CHECKSUM, TUS_SHA1, TUS_SHA256 };
struct tus_checksum {
    enum tus_algorithm algorithm;
    union {
        struct hash_sha1 sha1;
        struct hash sha256;
    } running;
    uint8_t want[HASH_SHA256_LEN];
};
int tus_checksum_start(const char *text, struct tus_checksum *checksum_out) MUST_CHECK;
void tus_checksum_add(struct tus_checksum *checksum, struct span bytes);
int tus_checksum_compare(struct tus_checksum *checksum) MUST_CHECK;

/* Upload-Expires: an instant in milliseconds as an IMF-fixdate, "Mon, 23 Nov 2026 20:26:10 GMT";
 * years 1970 to 9999. */
#define TUS_DATE_ROOM 30
void tus_format_date(int64_t at, char out[TUS_DATE_ROOM]);

#endif
