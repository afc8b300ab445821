/* SPDX-License-Identifier: Apache-2.0
 *
 * Input: a set of keys or a provider's description, NUL, a token. Whatever is in it, reading stays
 * inside and gives one of the results; claims come only out of a token whose signature is right.
 */
#include "oidc/claims.h"
#include "oidc/document.h"
#include "oidc/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_claims(const json_t *claims)
{
    struct claims_person person = {.groups = NULL};
    const struct claims_expected expected = {.issuer = "https://id.example",
                                             .client_id = "porchlight",
                                             .nonce = "n",
                                             .acr_values = "a b",
                                             .started_at = INT64_C(1700000000000),
                                             .now = INT64_C(1700000001000),
                                             .leeway = 60000};
    if (claims_check(claims, &expected) >= CLAIMS_RESULT_COUNT)
        abort();
    if (claims_read(claims, "groups", &person) == CLAIMS_FINE && !person.subject[0])
        abort();
    json_decref(person.groups);
}

static void read_as_claims(struct span text)
{
    json_t *claims = json_loadb((const char *)text.data, text.len, 0, NULL);
    if (claims)
        read_claims(claims);
    json_decref(claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jwks *keys = NULL;
    struct document document;
    const char *wrong;
    json_t *claims = NULL;
    const uint8_t *gap = size ? memchr(data, '\0', size) : NULL;
    if (!gap)
        return 0;
    struct span first = {data, (size_t)(gap - data)};
    char *token = strndup((const char *)gap + 1, size - first.len - 1);
    if (document_read(first, "https://id.example", &document, &wrong) == 0 && wrong)
        abort();
    read_as_claims(first);
    if (token && jwks_read(first, &keys) == 0) {
        if (jwks_count(keys) > JWKS_KEYS)
            abort();
        int result = jwt_open(token, keys, &claims);
        if ((result == JWT_FINE) != (claims != NULL))
            abort();
        if (claims)
            read_claims(claims);
    }
    json_decref(claims);
    jwks_free(&keys);
    free(token);
    return 0;
}
