/* SPDX-License-Identifier: Apache-2.0
 *
 * What a list leaves out is taken as the standard says: no list of ways to authenticate means HTTP
 * Basic. A provider that names its PKCE methods must name S256; one that names none is asked for it
 * all the same.
 */
#include "oidc/document.h"

#include <jansson.h>

#include "oidc/fetch.h"

static bool take_url(const json_t *root, const char *name, char out[DOCUMENT_URL + 1])
{
    const char *url = json_string_value(json_object_get(root, name));
    if (!url || strlen(url) > DOCUMENT_URL || !fetch_may(url))
        return false;
    snprintf(out, DOCUMENT_URL + 1, "%s", url);
    return true;
}

/* Is `word` in the list of that name? `otherwise` where there is no such list. */
static bool lists(const json_t *root, const char *name, const char *word, bool otherwise)
{
    const json_t *list = json_object_get(root, name);
    if (!json_is_array(list))
        return otherwise;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text && strcmp(text, word) == 0)
            return true;
    }
    return false;
}

static const char *find_wrong(const json_t *root, const char *issuer, struct document *out)
{
    const char *its = json_string_value(json_object_get(root, "issuer"));
    if (!its || strcmp(its, issuer) != 0)
        return "issuer";
    if (!take_url(root, "authorization_endpoint", out->authorization))
        return "authorization_endpoint";
    if (!take_url(root, "token_endpoint", out->token))
        return "token_endpoint";
    if (!take_url(root, "jwks_uri", out->keys))
        return "jwks_uri";
    if (json_object_get(root, "userinfo_endpoint") &&
        !take_url(root, "userinfo_endpoint", out->userinfo))
        return "userinfo_endpoint";
    if (!lists(root, "response_types_supported", "code", true))
        return "response_types_supported";
    if (!lists(root, "code_challenge_methods_supported", "S256", true))
        return "code_challenge_methods_supported";
    return NULL;
}

int document_read(struct span text, const char *issuer, struct document *out,
                  const char **wrong_out)
{
    json_t *root = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    *out = (struct document){.authorization = ""};
    *wrong_out = json_is_object(root) ? find_wrong(root, issuer, out) : "json";
    if (!*wrong_out) {
        static const char methods[] = "token_endpoint_auth_methods_supported";
        out->names_issuer =
            json_is_true(json_object_get(root, "authorization_response_iss_parameter_supported"));
        out->secret_in_form = !lists(root, methods, "client_secret_basic", true) &&
                              lists(root, methods, "client_secret_post", false);
    }
    json_decref(root);
    return *wrong_out ? DOCUMENT_WRONG : 0;
}
