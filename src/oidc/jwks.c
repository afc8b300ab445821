/* SPDX-License-Identifier: Apache-2.0
 *
 * Each key is bound to the one algorithm that its type is for, whatever a token says: a public key
 * can never be taken for a shared secret.
 */
#include "oidc/jwks.h"

#include <errno.h>
#include <jansson.h>

#include "base/log.h"
#include "base/text.h"
#include "crypto/p256.h"
#include "crypto/rsa.h"
#include "crypto/sign.h"

struct jwks_key {
    enum jwks_algorithm algorithm;
    char kid[JWKS_KID + 1]; /* "": it has none */
    uint8_t a[RSA_MOST_BYTES], b[RSA_EXPONENT_MOST_BYTES];
    size_t a_len, b_len; /* RSA: modulus and exponent; EC: the point; OKP: the key */
};

struct jwks {
    int count;
    struct jwks_key keys[JWKS_KEYS];
};

int jwks_algorithm(const char *name)
{
#define JWKS_NAME(symbol, algorithm, type)                                                         \
    if (strcmp(name, algorithm) == 0)                                                              \
        return symbol;
    JWKS_ALGORITHMS(JWKS_NAME)
#undef JWKS_NAME
    return -1;
}

/* ---- reading one key ---- */

static const char *member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static bool bytes_of(const json_t *object, const char *name, uint8_t *out, size_t room,
                     size_t *len_out)
{
    const char *text = member(object, name);
    return *text && text_unbase64url(text, strlen(text), out, room, len_out);
}

static bool read_rsa(const json_t *object, struct jwks_key *key)
{
    if (!bytes_of(object, "n", key->a, sizeof key->a, &key->a_len) ||
        !bytes_of(object, "e", key->b, sizeof key->b, &key->b_len))
        return false;
    return rsa_is_public(&(struct rsa_public){{key->a, key->a_len}, {key->b, key->b_len}});
}

static bool read_ec(const json_t *object, struct jwks_key *key)
{
    size_t x, y;
    key->a[0] = 4; /* an uncompressed point */
    key->a_len = P256_POINT;
    return strcmp(member(object, "crv"), "P-256") == 0 &&
           bytes_of(object, "x", key->a + 1, 32, &x) && x == 32 &&
           bytes_of(object, "y", key->a + 33, 32, &y) && y == 32 && p256_is_point(key->a);
}

static bool read_okp(const json_t *object, struct jwks_key *key)
{
    return strcmp(member(object, "crv"), "Ed25519") == 0 &&
           bytes_of(object, "x", key->a, SIGN_PUBLIC, &key->a_len) && key->a_len == SIGN_PUBLIC;
}

/* For signatures, as far as it says what it is for. */
static bool is_for_signatures(const json_t *object, const char *algorithm)
{
    const char *use = member(object, "use"), *alg = member(object, "alg");
    const json_t *ops = json_object_get(object, "key_ops");
    bool may = !ops;
    for (size_t i = 0; i < json_array_size(ops); i++) {
        const char *op = json_string_value(json_array_get(ops, i));
        may = may || (op && strcmp(op, "verify") == 0);
    }
    return may && (!*use || strcmp(use, "sig") == 0) && (!*alg || strcmp(alg, algorithm) == 0) &&
           !json_object_get(object, "d") && !json_object_get(object, "k");
}

/* False: it is of no use here. */
static bool read_key(const json_t *object, struct jwks_key *key)
{
    static const struct {
        const char *algorithm, *type;
        bool (*read)(const json_t *object, struct jwks_key *key);
    } kinds[] = {{"RS256", "RSA", read_rsa}, {"ES256", "EC", read_ec}, {"EdDSA", "OKP", read_okp}};
    const char *type = member(object, "kty"), *kid = member(object, "kid");
    *key = (struct jwks_key){.algorithm = JWKS_RS256};
    if (strlen(kid) > JWKS_KID)
        return false;
    snprintf(key->kid, sizeof key->kid, "%s", kid);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (strcmp(type, kinds[i].type) != 0)
            continue;
        key->algorithm = (enum jwks_algorithm)jwks_algorithm(kinds[i].algorithm);
        return is_for_signatures(object, kinds[i].algorithm) && kinds[i].read(object, key);
    }
    return false;
}

/* ---- the set ---- */

int jwks_read(struct span text, struct jwks **out)
{
    *out = NULL;
    json_t *root = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *list = json_object_get(root, "keys");
    if (!json_is_array(list)) {
        json_decref(root);
        return JWKS_MALFORMED;
    }
    struct jwks *keys = calloc(1, sizeof *keys);
    for (size_t i = 0; keys && i < json_array_size(list) && keys->count < JWKS_KEYS; i++)
        if (read_key(json_array_get(list, i), &keys->keys[keys->count]))
            keys->count++;
    json_decref(root);
    *out = keys;
    return keys ? 0 : log_fault("jwks.read", -ENOMEM, "what=memory");
}

void jwks_free(struct jwks **keys)
{
    free(*keys);
    *keys = NULL;
}

int jwks_count(const struct jwks *keys)
{
    return keys->count;
}

const struct jwks_key *jwks_find(const struct jwks *keys, enum jwks_algorithm algorithm,
                                 const char *kid)
{
    const struct jwks_key *found = NULL;
    for (int i = 0; i < keys->count; i++) {
        const struct jwks_key *key = &keys->keys[i];
        if (key->algorithm != algorithm || (kid && strcmp(key->kid, kid) != 0))
            continue;
        if (found)
            return NULL;
        found = key;
    }
    return found;
}

bool jwks_check(const struct jwks_key *key, struct span bytes, struct span signature)
{
    switch (key->algorithm) {
    case JWKS_RS256:
        return rsa_check(&(struct rsa_public){{key->a, key->a_len}, {key->b, key->b_len}}, bytes,
                         signature);
    case JWKS_ES256:
        return signature.len == P256_SIGNATURE && p256_check(key->a, bytes, signature.data);
    case JWKS_EDDSA:
        return signature.len == SIGN_LEN && sign_check(key->a, bytes, signature.data);
    case JWKS_ALGORITHM_COUNT:
        break;
    }
    return false;
}
