/* SPDX-License-Identifier: Apache-2.0
 *
 * The header is a stranger's word until the signature is right: of it only the algorithm's name and
 * the key's are used, each held against a closed list. Addresses of keys, and keys, that a header
 * brings along are never looked at, and one that demands to be understood (`crit`) is refused.
 */
#include "oidc/jwt.h"

#include <errno.h>

#include "base/log.h"
#include "base/text.h"

enum { PARTS = 3 };

struct parts {
    struct span signed_part; /* header, dot and claims, as they came */
    uint8_t *data;           /* all three, decoded; owned */
    struct span at[PARTS];
};

/* Cuts and decodes. JWT_FINE, JWT_MALFORMED or a fault; data is to be freed in any case. */
static int take_apart(const char *token, struct parts *parts)
{
    size_t len = strlen(token), used = 0;
    *parts = (struct parts){.data = NULL};
    if (len == 0 || len > JWT_CEILING)
        return JWT_MALFORMED;
    parts->data = malloc(len);
    if (!parts->data)
        return log_fault("jwt.open", -ENOMEM, "what=memory");
    const char *at = token;
    for (int i = 0; i < PARTS; i++) {
        const char *end = i + 1 < PARTS ? strchr(at, '.') : token + len;
        size_t n = 0;
        if (!end || !text_unbase64url(at, (size_t)(end - at), parts->data + used, len - used, &n))
            return JWT_MALFORMED;
        parts->at[i] = (struct span){parts->data + used, n};
        used += n;
        if (i + 2 == PARTS)
            parts->signed_part = (struct span){(const uint8_t *)token, (size_t)(end - token)};
        at = end + 1;
    }
    return JWT_FINE;
}

static json_t *object_of(struct span text)
{
    json_t *json = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(json))
        return json;
    json_decref(json);
    return NULL;
}

/* What the header says of algorithm and key. JWT_FINE with a key, or a result. */
static int choose_key(const json_t *header, const struct jwks *keys, const struct jwks_key **out)
{
    const json_t *kid = json_object_get(header, "kid"), *type = json_object_get(header, "typ");
    const char *name = json_string_value(json_object_get(header, "alg"));
    if (!name || (kid && !json_is_string(kid)) || json_object_get(header, "crit"))
        return JWT_MALFORMED;
    if (type && (!json_is_string(type) || strcasecmp(json_string_value(type), "JWT") != 0))
        return JWT_MALFORMED; /* such as an access token */
    int algorithm = jwks_algorithm(name);
    if (algorithm < 0)
        return JWT_ALGORITHM;
    *out = jwks_find(keys, (enum jwks_algorithm)algorithm, json_string_value(kid));
    return *out ? JWT_FINE : JWT_NO_KEY;
}

int jwt_open(const char *token, const struct jwks *keys, json_t **claims_out)
{
    struct parts parts;
    const struct jwks_key *key = NULL;
    *claims_out = NULL;
    int result = take_apart(token, &parts);
    json_t *header = result == JWT_FINE ? object_of(parts.at[0]) : NULL;
    if (result == JWT_FINE)
        result = header ? choose_key(header, keys, &key) : JWT_MALFORMED;
    json_decref(header);
    if (result == JWT_FINE && !jwks_check(key, parts.signed_part, parts.at[2]))
        result = JWT_FORGED;
    if (result == JWT_FINE) {
        *claims_out = object_of(parts.at[1]);
        result = *claims_out ? JWT_FINE : JWT_MALFORMED;
    }
    free(parts.data);
    return result;
}

const char *jwt_result_name(int result)
{
#define JWT_NAME(symbol, text) text,
    static const char *const names[] = {JWT_RESULTS(JWT_NAME)};
#undef JWT_NAME
    return result >= 0 && result < JWT_RESULT_COUNT ? names[result] : "fault";
}
