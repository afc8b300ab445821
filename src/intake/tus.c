/* SPDX-License-Identifier: Apache-2.0
 *
 * Upload-Metadata is the one header with an inside: pairs parted by commas, each a key, a space and
 * a value in base64. The keys that are ours stand in one table with what each value must be. All is
 * checked, also the pairs we do not know, since the header is echoed to whoever asks with HEAD.
 */
#include "intake/tus.h"

#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"

int tus_check_version(const char *text)
{
    return text && strcmp(text, TUS_VERSION) == 0 ? 0 : TUS_OTHER_VERSION;
}

int tus_check_type(const char *text)
{
    size_t len = strlen(TUS_CONTENT_TYPE);
    if (!text || strncasecmp(text, TUS_CONTENT_TYPE, len) != 0)
        return TUS_OTHER_TYPE;
    text += len;
    text += strspn(text, " \t");
    return *text == '\0' || *text == ';' ? 0 : TUS_OTHER_TYPE;
}

int tus_parse_offset(const char *text, uint64_t *offset_out)
{
    if (!text)
        return TUS_MISSING;
    return text_to_u64(text, 0, INT64_MAX, offset_out) ? 0 : TUS_MALFORMED;
}

int tus_parse_length(const char *length, const char *defer, uint64_t largest, uint64_t *length_out)
{
    uint64_t value = TUS_DEFERRED;
    if (!length == !defer)
        return TUS_CONFLICT;
    if (defer && strcmp(defer, "1") != 0)
        return TUS_MALFORMED;
    if (length && !text_to_u64(length, 0, INT64_MAX, &value))
        return TUS_MALFORMED;
    if (length && value > largest)
        return TUS_TOO_LARGE;
    *length_out = value;
    return 0;
}

/* ---- Upload-Metadata ---- */

static int take_delivery_id(struct tus_metadata *metadata, const char *value)
{
    if (!id_is(ID_DELIVERY, value))
        return TUS_MALFORMED;
    memcpy(metadata->delivery_id, value, ID_ROOM);
    return 0;
}

static int take_challenge(struct tus_metadata *metadata, const char *value)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t len = strlen(value);
    if (len > TUS_CHALLENGE_CEILING)
        return TUS_TOO_LONG;
    if (len == 0 || strspn(value, letters) != len)
        return TUS_MALFORMED;
    memcpy(metadata->challenge, value, len + 1);
    return 0;
}

static int take_sha256(struct tus_metadata *metadata, const char *value)
{
    return text_unhex(value, metadata->sha256, sizeof metadata->sha256) ? 0 : TUS_MALFORMED;
}

static int take_captured_at(struct tus_metadata *metadata, const char *value)
{
    return clock_parse(value, &metadata->captured_at) ? 0 : TUS_MALFORMED;
}

/* A decimal of which nine places count: JavaScript prints all it has. An empty one was not sent:
 * *out stays. */
static int take_decimal(const char *value, double min, double max, double *out)
{
    enum { PLACES = 9, ROOM = 32 };
    char text[ROOM];
    size_t len = strlen(value);
    const char *point = memchr(value, '.', len);
    if (len == 0)
        return 0;
    if (point && strspn(point + 1, "0123456789") != len - (size_t)(point + 1 - value))
        return TUS_MALFORMED;
    if (point && len > (size_t)(point - value) + 1 + PLACES)
        len = (size_t)(point - value) + 1 + PLACES;
    if (len >= ROOM)
        return TUS_MALFORMED;
    memcpy(text, value, len);
    text[len] = '\0';
    return text_to_double(text, min, max, out) ? 0 : TUS_MALFORMED;
}

static int take_lat(struct tus_metadata *metadata, const char *value)
{
    return take_decimal(value, -90, 90, &metadata->lat);
}

static int take_lon(struct tus_metadata *metadata, const char *value)
{
    return take_decimal(value, -180, 180, &metadata->lon);
}

static int take_accuracy(struct tus_metadata *metadata, const char *value)
{
    return take_decimal(value, 0, 100000, &metadata->accuracy);
}

static int take_anyway(struct tus_metadata *metadata, const char *value)
{
    size_t len = strlen(value);
    if (len > TUS_REASON_CEILING)
        return TUS_TOO_LONG;
    if (!text_is_clean(value, len, false))
        return TUS_MALFORMED;
    memcpy(metadata->anyway, value, len + 1);
    return 0;
}

enum need { OPTIONAL, REQUIRED };

static const struct known_key {
    const char *name;
    enum need need;
    int (*take)(struct tus_metadata *metadata, const char *value);
} known_keys[] = {
    {"delivery_id", REQUIRED, take_delivery_id},
    {"captured_at", REQUIRED, take_captured_at},
    {"challenge", REQUIRED, take_challenge},
    {"sha256", REQUIRED, take_sha256},
    {"lat", OPTIONAL, take_lat},
    {"lon", OPTIONAL, take_lon},
    {"accuracy", OPTIONAL, take_accuracy},
    {"anyway", OPTIONAL, take_anyway},
};

/* What has been seen of a header so far. */
struct parse {
    struct span keys[TUS_KEYS_CEILING];
    size_t count;
    bool seen[ARRAY_LEN(known_keys)];
    struct tus_metadata metadata;
    const char *key; /* the known key being read, "" for others */
};

/* The value of a pair, decoded and told to `take`; a value with a NUL in it is nothing we know. */
static int take_value(struct parse *parse, const struct known_key *known, struct span encoded)
{
    char value[TUS_METADATA_CEILING / 4 * 3 + 1];
    size_t len = 0;
    if (encoded.len > 0 && !text_unbase64((const char *)encoded.data, encoded.len, (uint8_t *)value,
                                          sizeof value - 1, &len))
        return TUS_MALFORMED;
    if (!known)
        return 0;
    if (memchr(value, '\0', len))
        return TUS_MALFORMED;
    value[len] = '\0';
    return known->take(&parse->metadata, value);
}

/* Visible ASCII but a comma: what may be in a key. */
static bool is_key(struct span key)
{
    for (size_t i = 0; i < key.len; i++)
        if (key.data[i] <= ' ' || key.data[i] > '~' || key.data[i] == ',')
            return false;
    return key.len > 0;
}

static const struct known_key *find_key(struct parse *parse, struct span key)
{
    for (size_t i = 0; i < ARRAY_LEN(known_keys); i++) {
        if (strlen(known_keys[i].name) != key.len ||
            memcmp(known_keys[i].name, key.data, key.len) != 0)
            continue;
        parse->seen[i] = true;
        parse->key = known_keys[i].name;
        return &known_keys[i];
    }
    parse->key = "";
    return NULL;
}

/* One pair, "key" or "key value". */
static int take_pair(struct parse *parse, struct span pair)
{
    const uint8_t *space = memchr(pair.data, ' ', pair.len);
    struct span key = {pair.data, space ? (size_t)(space - pair.data) : pair.len};
    struct span value = {space ? space + 1 : NULL, space ? pair.len - key.len - 1 : 0};
    parse->key = "";
    if (!is_key(key))
        return TUS_MALFORMED;
    if (key.len > TUS_KEY_CEILING || parse->count == TUS_KEYS_CEILING)
        return TUS_TOO_LONG;
    const struct known_key *known = find_key(parse, key);
    for (size_t i = 0; i < parse->count; i++)
        if (parse->keys[i].len == key.len && memcmp(parse->keys[i].data, key.data, key.len) == 0)
            return TUS_REPEATED;
    parse->keys[parse->count++] = key;
    return take_value(parse, known, value);
}

/* Splits at the commas. Spaces around a pair are tolerated: proxies join repeated headers with ",
 * ". */
static int take_pairs(struct parse *parse, const char *text)
{
    for (;;) {
        text += strspn(text, " ");
        size_t len = strcspn(text, ",");
        struct span pair = {(const uint8_t *)text, len};
        while (pair.len > 0 && pair.data[pair.len - 1] == ' ')
            pair.len--;
        int result = take_pair(parse, pair);
        if (result != 0)
            return result;
        text += len;
        if (*text == '\0')
            return 0;
        text++;
    }
}

/* What concerns more than one key. */
static int check_whole(struct parse *parse)
{
    struct tus_metadata *metadata = &parse->metadata;
    for (size_t i = 0; i < ARRAY_LEN(known_keys); i++) {
        if (known_keys[i].need == REQUIRED && !parse->seen[i]) {
            parse->key = known_keys[i].name;
            return TUS_MISSING;
        }
    }
    bool has_lat = metadata->lat == metadata->lat, has_lon = metadata->lon == metadata->lon;
    if (has_lat != has_lon) {
        parse->key = has_lat ? "lon" : "lat";
        return TUS_MISSING;
    }
    metadata->has_place = has_lat;
    if (!has_lat)
        metadata->lat = metadata->lon = 0;
    return 0;
}

int tus_parse_metadata(const char *text, struct tus_metadata *metadata_out, const char **key_out)
{
    *key_out = "";
    if (!text || *text == '\0')
        return TUS_MISSING;
    if (strlen(text) > TUS_METADATA_CEILING)
        return TUS_TOO_LONG;
    /* Not a number stands for a place that was not sent. */
    struct parse parse = {
        .metadata = {.lat = __builtin_nan(""), .lon = __builtin_nan(""), .accuracy = -1},
        .key = ""};
    int result = take_pairs(&parse, text);
    if (result == 0)
        result = check_whole(&parse);
    if (result == 0)
        *metadata_out = parse.metadata;
    else
        *key_out = parse.key;
    return result;
}

/* ---- Upload-Checksum ---- */

int tus_checksum_start(const char *text, struct tus_checksum *checksum_out)
{
    struct tus_checksum checksum = {.algorithm = TUS_NO_CHECKSUM};
    size_t want_len = 0, len = 0;
    if (!text) {
        *checksum_out = checksum;
        return 0;
    }
    if (strncmp(text, "sha1 ", 5) == 0) {
        checksum.algorithm = TUS_SHA1;
        want_len = HASH_SHA1_LEN;
        hash_sha1_start(&checksum.running.sha1);
    } else if (strncmp(text, "sha256 ", 7) == 0) {
        checksum.algorithm = TUS_SHA256;
        want_len = HASH_SHA256_LEN;
        hash_start(&checksum.running.sha256);
    } else {
        return TUS_UNKNOWN_ALGORITHM;
    }
    const char *digest = strchr(text, ' ') + 1;
    if (!text_unbase64(digest, strlen(digest), checksum.want, sizeof checksum.want, &len) ||
        len != want_len)
        return TUS_MALFORMED;
    *checksum_out = checksum;
    return 0;
}

void tus_checksum_add(struct tus_checksum *checksum, struct span bytes)
{
    if (checksum->algorithm == TUS_SHA1)
        hash_sha1_add(&checksum->running.sha1, bytes);
    else if (checksum->algorithm == TUS_SHA256)
        hash_add(&checksum->running.sha256, bytes);
}

int tus_checksum_compare(struct tus_checksum *checksum)
{
    uint8_t got[HASH_SHA256_LEN] = {0};
    size_t len = 0;
    if (checksum->algorithm == TUS_SHA1) {
        len = HASH_SHA1_LEN;
        hash_sha1_finish(&checksum->running.sha1, got);
    } else if (checksum->algorithm == TUS_SHA256) {
        len = HASH_SHA256_LEN;
        hash_finish(&checksum->running.sha256, got);
    }
    return memcmp(got, checksum->want, len) == 0 ? 0 : TUS_MISMATCH;
}

/* ---- the rest ---- */

void tus_format_date(int64_t at, char out[TUS_DATE_ROOM])
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const int64_t last = INT64_C(253402300799); /* the end of 9999 */
    time_t seconds = at < 0 ? 0 : at / CLOCK_SECOND > last ? last : at / CLOCK_SECOND;
    struct tm tm;
    gmtime_r(&seconds, &tm);
    snprintf(out, TUS_DATE_ROOM, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday % 7],
             tm.tm_mday % 100, months[tm.tm_mon % 12], (tm.tm_year + 1900) % 10000,
             tm.tm_hour % 100, tm.tm_min % 100, tm.tm_sec % 100);
}
