/* SPDX-License-Identifier: Apache-2.0
 *
 * A key object is made for each check: a sign-in needs one. Whatever OpenSSL refuses is no
 * signature; its queue of errors is emptied.
 */
#include "crypto/rsa.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

bool rsa_is_public(const struct rsa_public *key)
{
    const struct span *n = &key->n, *e = &key->e;
    if (n->len < RSA_LEAST_BYTES || n->len > RSA_MOST_BYTES || !(n->data[0] & 0x80) ||
        !(n->data[n->len - 1] & 1))
        return false;
    if (e->len < 1 || e->len > RSA_EXPONENT_MOST_BYTES || e->data[0] == 0)
        return false;
    return (e->data[e->len - 1] & 1) && (e->len > 1 || e->data[0] >= 3);
}

static EVP_PKEY *key_of(const struct rsa_public *public)
{
    EVP_PKEY *key = NULL;
    BIGNUM *n = BN_bin2bn(public->n.data, (int)public->n.len, NULL);
    BIGNUM *e = BN_bin2bn(public->e.data, (int)public->e.len, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    if (n && e && builder && context && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) &&
        (params = OSSL_PARAM_BLD_to_param(builder)) != NULL && EVP_PKEY_fromdata_init(context) == 1)
        (void)EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    BN_free(n);
    BN_free(e);
    return key;
}

bool rsa_check(const struct rsa_public *public, struct span bytes, struct span signature)
{
    if (!rsa_is_public(public) || signature.len != public->n.len)
        return false;
    EVP_PKEY *key = key_of(public);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool right =
        key && context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestVerify(context, signature.data, signature.len, bytes.data, bytes.len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return right;
}
