/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys, tokens and claims. Tokens are signed here by OpenSSL, with keys of each kind that is taken;
 * every other end is a refusal.
 */
#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/tap.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/p256.h"
#include "crypto/sign.h"
#include "oidc/claims.h"
#include "oidc/document.h"
#include "oidc/fetch.h"
#include "oidc/jwt.h"

enum { TOKEN_MOST = 8192 };

/* One key of each kind, and the set that publishes them. */
static EVP_PKEY *rsa;
static struct p256_pair ec;
static struct sign_key ed;
static char set_text[4096];

static void add_dot(char *token)
{
    size_t len = strlen(token);
    token[len] = '.';
    token[len + 1] = '\0';
}

static void put_base64(char *out, const uint8_t *data, size_t len)
{
    text_base64url(data, len, out);
}

static void make_keys(void)
{
    uint8_t n[256], seed[SIGN_SEED] = {7};
    char n64[400], x64[64], y64[64], ed64[64];
    BIGNUM *modulus = NULL;
    if (rsa)
        return;
    rsa = EVP_RSA_gen(2048);
    CHECK(rsa && EVP_PKEY_get_bn_param(rsa, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1);
    BN_bn2binpad(modulus, n, sizeof n);
    BN_free(modulus);
    CHECK_INT(p256_new(&ec), 0);
    sign_from_seed(seed, &ed);
    put_base64(n64, n, sizeof n);
    put_base64(x64, ec.point + 1, 32);
    put_base64(y64, ec.point + 33, 32);
    put_base64(ed64, ed.public, SIGN_PUBLIC);
    snprintf(
        set_text, sizeof set_text,
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r\",\"use\":\"sig\",\"n\":\"%s\",\"e\":\"AQAB\"},"
        "{\"kty\":\"EC\",\"kid\":\"e\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"},"
        "{\"kty\":\"OKP\",\"kid\":\"o\",\"crv\":\"Ed25519\",\"x\":\"%s\",\"alg\":\"EdDSA\"},"
        "{\"kty\":\"oct\",\"kid\":\"s\",\"k\":\"AAAA\"},"
        "{\"kty\":\"RSA\",\"kid\":\"x\",\"use\":\"enc\",\"n\":\"%s\",\"e\":\"AQAB\"}]}",
        n64, x64, y64, ed64, n64);
}

static struct jwks *read_set(const char *text)
{
    struct jwks *keys = NULL;
    CHECK_INT(jwks_read(HASH_TEXT(text), &keys), 0);
    return keys;
}

/* Signs header and claims as the name of the algorithm says; HS256 is keyed by the published set,
 * as if a checker took a public key for a secret. */
static const char *token_of(const char *how, const char *header, const char *claims)
{
    static char token[TOKEN_MOST];
    uint8_t signature[512] = {0};
    size_t len = 0;
    put_base64(token, (const uint8_t *)header, strlen(header));
    add_dot(token);
    put_base64(token + strlen(token), (const uint8_t *)claims, strlen(claims));
    struct span bytes = HASH_TEXT(token);
    if (strcmp(how, "RS256") == 0) {
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        len = sizeof signature;
        CHECK(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, rsa) == 1 &&
              EVP_DigestSign(context, signature, &len, bytes.data, bytes.len) == 1);
        EVP_MD_CTX_free(context);
    } else if (strcmp(how, "ES256") == 0) {
        CHECK_INT(p256_sign(&ec, bytes, signature), 0);
        len = P256_SIGNATURE;
    } else if (strcmp(how, "EdDSA") == 0) {
        sign_make(&ed, bytes, signature);
        len = SIGN_LEN;
    } else if (strcmp(how, "HS256") == 0) {
        hash_hmac(HASH_TEXT(set_text), bytes, signature);
        len = HASH_SHA256_LEN;
    }
    add_dot(token);
    put_base64(token + strlen(token), signature, len);
    return token;
}

static int open_as(const char *how, const char *header)
{
    struct jwks *keys = read_set(set_text);
    json_t *claims = NULL;
    int result = jwt_open(token_of(how, header, "{\"sub\":\"s\"}"), keys, &claims);
    CHECK((result == JWT_FINE) == (claims != NULL));
    json_decref(claims);
    jwks_free(&keys);
    return result;
}

static void tokens_of_each_kind_open_under_their_key(void)
{
    make_keys();
    CHECK_INT(open_as("RS256", "{\"alg\":\"RS256\",\"kid\":\"r\",\"typ\":\"JWT\"}"), JWT_FINE);
    CHECK_INT(open_as("RS256", "{\"alg\":\"RS256\"}"), JWT_FINE); /* the only one of its kind */
    CHECK_INT(open_as("ES256", "{\"alg\":\"ES256\",\"kid\":\"e\"}"), JWT_FINE);
    CHECK_INT(open_as("EdDSA", "{\"alg\":\"EdDSA\",\"kid\":\"o\"}"), JWT_FINE);
}

static void no_other_token_opens(void)
{
    make_keys();
    CHECK_INT(open_as("none", "{\"alg\":\"none\"}"), JWT_ALGORITHM);
    CHECK_INT(open_as("none", "{\"alg\":\"None\",\"kid\":\"r\"}"), JWT_ALGORITHM);
    CHECK_INT(open_as("HS256", "{\"alg\":\"HS256\",\"kid\":\"r\"}"), JWT_ALGORITHM);
    CHECK_INT(open_as("HS256", "{\"alg\":\"HS256\",\"kid\":\"s\"}"), JWT_ALGORITHM);
    CHECK_INT(open_as("HS256", "{\"alg\":\"RS256\",\"kid\":\"r\"}"), JWT_FORGED);
    CHECK_INT(open_as("none", "{\"alg\":\"RS256\",\"kid\":\"r\"}"), JWT_FORGED);
    CHECK_INT(open_as("ES256", "{\"alg\":\"RS256\",\"kid\":\"r\"}"), JWT_FORGED);
    CHECK_INT(open_as("ES256", "{\"alg\":\"ES256\",\"kid\":\"r\"}"),
              JWT_NO_KEY); /* another kind's */
    CHECK_INT(open_as("RS256", "{\"alg\":\"RS256\",\"kid\":\"x\"}"), JWT_NO_KEY); /* to encrypt */
    CHECK_INT(open_as("RS256", "{\"alg\":\"RS256\",\"kid\":\"unknown\"}"), JWT_NO_KEY);
    CHECK_INT(open_as("RS256", "{\"alg\":\"RS256\",\"kid\":7}"), JWT_MALFORMED);
    CHECK_INT(open_as("RS256", "{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}"), JWT_MALFORMED);
    CHECK_INT(open_as("RS256", "{\"alg\":\"RS256\",\"crit\":[\"exp\"]}"), JWT_MALFORMED);
    CHECK_INT(open_as("RS256", "{\"alg\":\"RS256\",\"alg\":\"none\"}"), JWT_MALFORMED);
    CHECK_INT(open_as("RS256", "[]"), JWT_MALFORMED);
}

static void every_changed_character_is_caught(void)
{
    static const char letters[] = "ABab01-_.";
    make_keys();
    struct jwks *keys = read_set(set_text);
    char token[TOKEN_MOST];
    snprintf(token, sizeof token, "%s",
             token_of("ES256", "{\"alg\":\"ES256\",\"kid\":\"e\"}", "{\"sub\":\"s\"}"));
    for (size_t i = 0; token[i]; i++) {
        char before = token[i];
        token[i] = letters[i % (sizeof letters - 1)];
        json_t *claims = NULL;
        bool opens = jwt_open(token, keys, &claims) == JWT_FINE;
        CHECK(!opens || token[i] == before);
        json_decref(claims);
        token[i] = before;
    }
    token[strlen(token) - 1] = '\0';
    json_t *claims = NULL;
    CHECK(jwt_open(token, keys, &claims) != JWT_FINE);
    CHECK_INT(jwt_open("", keys, &claims), JWT_MALFORMED);
    CHECK_INT(jwt_open("a.b", keys, &claims), JWT_MALFORMED);
    CHECK_INT(jwt_open("a.b.c.d", keys, &claims), JWT_MALFORMED);
    jwks_free(&keys);
}

static void keys_of_no_use_are_left_aside(void)
{
    make_keys();
    struct jwks *keys = read_set(set_text);
    CHECK_INT(jwks_count(keys), 3);
    jwks_free(&keys);
    keys = read_set("{\"keys\":[1,{},{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"},"
                    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQAB\",\"y\":\"AQAB\"},"
                    "{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AQAB\",\"y\":\"AQAB\"}]}");
    CHECK_INT(jwks_count(keys), 0);
    jwks_free(&keys);
    CHECK_INT(jwks_read(HASH_TEXT("{\"keys\":{}}"), &keys), JWKS_MALFORMED);
    CHECK_INT(jwks_read(HASH_TEXT("{"), &keys), JWKS_MALFORMED);
}

static const struct claims_expected expected = {
    .issuer = "https://id.example",
    .client_id = "porch",
    .nonce = "n0",
    .acr_values = "",
    .started_at = INT64_C(1700000000000),
    .now = INT64_C(1700000030000),
    .leeway = 10000,
};

/* A good token's claims with some others laid over it: "" takes one away. */
static enum claims_result check_with(const char *more)
{
    json_t *claims = json_loads("{\"iss\":\"https://id.example\",\"aud\":\"porch\",\"sub\":\"s1\","
                                "\"exp\":1700000300,\"iat\":1700000020,\"nonce\":\"n0\"}",
                                0, NULL);
    json_t *over = json_loads(more, 0, NULL);
    CHECK(claims && over);
    json_object_update(claims, over);
    enum claims_result result = claims_check(claims, &expected);
    json_decref(over);
    json_decref(claims);
    return result;
}

static void claims_must_be_ours_and_of_now(void)
{
    CHECK_INT(check_with("{}"), CLAIMS_FINE);
    CHECK_INT(check_with("{\"iss\":\"https://id.example/\"}"), CLAIMS_ISSUER);
    CHECK_INT(check_with("{\"iss\":null}"), CLAIMS_ISSUER);
    CHECK_INT(check_with("{\"aud\":[\"porch\"]}"), CLAIMS_FINE);
    CHECK_INT(check_with("{\"aud\":[\"porch\",\"other\"],\"azp\":\"porch\"}"), CLAIMS_FINE);
    CHECK_INT(check_with("{\"aud\":[\"porch\",\"other\"]}"), CLAIMS_AUDIENCE);
    CHECK_INT(check_with("{\"aud\":[\"porch\",\"other\"],\"azp\":\"other\"}"), CLAIMS_AUDIENCE);
    CHECK_INT(check_with("{\"azp\":\"other\"}"), CLAIMS_AUDIENCE);
    CHECK_INT(check_with("{\"aud\":[\"porch\",7]}"), CLAIMS_AUDIENCE);
    CHECK_INT(check_with("{\"aud\":\"other\"}"), CLAIMS_AUDIENCE);
    CHECK_INT(check_with("{\"aud\":[]}"), CLAIMS_AUDIENCE);
    CHECK_INT(check_with("{\"nonce\":\"n1\"}"), CLAIMS_NONCE);
    CHECK_INT(check_with("{\"nonce\":null}"), CLAIMS_NONCE);
    CHECK_INT(check_with("{\"sub\":\"\"}"), CLAIMS_SUBJECT_MISSING);
    CHECK_INT(check_with("{\"sub\":5}"), CLAIMS_SUBJECT_MISSING);
}

static void times_have_a_little_room_and_no_more(void)
{
    CHECK_INT(check_with("{\"exp\":1700000021}"), CLAIMS_FINE); /* within the leeway */
    CHECK_INT(check_with("{\"exp\":1700000020}"), CLAIMS_TIME);
    CHECK_INT(check_with("{\"exp\":\"1700000300\"}"), CLAIMS_TIME);
    CHECK_INT(check_with("{\"exp\":1e300}"), CLAIMS_TIME);
    CHECK_INT(check_with("{\"iat\":1700000040}"), CLAIMS_FINE);
    CHECK_INT(check_with("{\"iat\":1700000041}"), CLAIMS_TIME);
    CHECK_INT(check_with("{\"iat\":1699999990}"), CLAIMS_FINE);
    CHECK_INT(check_with("{\"iat\":1699999989}"), CLAIMS_TIME); /* before it was asked for */
    CHECK_INT(check_with("{\"iat\":null}"), CLAIMS_TIME);
    CHECK_INT(check_with("{\"nbf\":1700000040}"), CLAIMS_FINE);
    CHECK_INT(check_with("{\"nbf\":1700000041}"), CLAIMS_TIME);
}

static enum claims_result read_into(struct claims_person *person, const char *text)
{
    json_t *claims = json_loads(text, 0, NULL);
    enum claims_result result = claims_read(claims, "groups", person);
    json_decref(claims);
    return result;
}

static void only_a_verified_address_counts(void)
{
    struct claims_person person = {.groups = NULL};
    CHECK_INT(read_into(&person, "{\"sub\":\"s\",\"email\":\"A@b.example\"}"), CLAIMS_FINE);
    CHECK_STR(person.email, "");
    CHECK_INT(read_into(&person, "{\"sub\":\"s\",\"email\":\"a@b.example\","
                                 "\"email_verified\":\"true\"}"),
              CLAIMS_FINE);
    CHECK_STR(person.email, "");
    CHECK_INT(read_into(&person, "{\"sub\":\"s\",\"email\":\"A@B.example\","
                                 "\"email_verified\":true,\"groups\":[\"one\",2,\"two\"]}"),
              CLAIMS_FINE);
    CHECK_STR(person.email, "a@b.example");
    CHECK_INT(json_array_size(person.groups), 2);
    /* The userinfo endpoint speaks of the same subject, and changes nothing that is there. */
    CHECK_INT(read_into(&person, "{\"sub\":\"s\",\"email\":\"c@d.example\","
                                 "\"email_verified\":true,\"name\":\"Ines\"}"),
              CLAIMS_FINE);
    CHECK_STR(person.email, "a@b.example");
    CHECK_STR(person.name, "Ines");
    CHECK_INT(read_into(&person, "{\"sub\":\"t\"}"), CLAIMS_SUBJECT_MISSING);
    json_decref(person.groups);
}

static void a_description_is_of_the_issuer_and_points_to_safe_places(void)
{
    static const char base[] = "{\"issuer\":\"https://id.example\","
                               "\"authorization_endpoint\":\"%s\","
                               "\"token_endpoint\":\"https://id.example/token\","
                               "\"jwks_uri\":\"https://id.example/keys\"%s}";
    static const struct {
        const char *endpoint, *more, *wrong;
    } cases[] = {
        {"https://id.example/auth", "", NULL},
        {"http://id.example/auth", "", "authorization_endpoint"},
        {"https://user@id.example/auth", "", "authorization_endpoint"},
        {"https://id.example/auth#x", "", "authorization_endpoint"},
        {"javascript:alert(1)", "", "authorization_endpoint"},
        {"https://id.example/auth", ",\"code_challenge_methods_supported\":[\"plain\"]",
         "code_challenge_methods_supported"},
        {"https://id.example/auth", ",\"response_types_supported\":[\"id_token\"]",
         "response_types_supported"},
        {"https://id.example/auth", ",\"userinfo_endpoint\":\"file:///etc/passwd\"",
         "userinfo_endpoint"},
    };
    struct document document;
    const char *wrong;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[1000];
        snprintf(text, sizeof text, base, cases[i].endpoint, cases[i].more);
        int result = document_read(HASH_TEXT(text), "https://id.example", &document, &wrong);
        CHECK_INT(result, cases[i].wrong ? DOCUMENT_WRONG : 0);
        CHECK_STR(wrong ? wrong : "", cases[i].wrong ? cases[i].wrong : "");
        CHECK_INT(document_read(HASH_TEXT(text), "https://other.example", &document, &wrong),
                  DOCUMENT_WRONG);
    }
    CHECK(fetch_may("http://127.0.0.1:99/x") && fetch_may("http://localhost/x"));
    CHECK(!fetch_may("http://localhost.evil.example/x") && !fetch_may("http://127.0.0.1.evil/x"));
}

TAP_MAIN(TAP(tokens_of_each_kind_open_under_their_key), TAP(no_other_token_opens),
         TAP(every_changed_character_is_caught), TAP(keys_of_no_use_are_left_aside),
         TAP(claims_must_be_ours_and_of_now), TAP(times_have_a_little_room_and_no_more),
         TAP(only_a_verified_address_counts),
         TAP(a_description_is_of_the_issuer_and_points_to_safe_places))
