/* SPDX-License-Identifier: Apache-2.0
 *
 * Pairs and secrets are made with the curve's own multiplication, in constant time: a key object of
 * OpenSSL 3 takes longer to make than all of that, and each message of Web Push needs two. A
 * signature wants such an object, and comes as DER, whose two numbers may be shorter than 32 bytes.
 * That a point lies on the curve is checked by OpenSSL when it reads one; P-256 has no points of
 * small order, so nothing more need be checked.
 */
#include "crypto/p256.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <pthread.h>

#include "base/log.h"
#include "crypto/crypto.h"

#define CURVE "prime256v1"
enum { NUMBER = 32, DER_ROOM = 80 };

/* The key of a point and, where `secret` is not NULL, of its secret; NULL where there is none such.
 */
static EVP_PKEY *key_of(const uint8_t *secret, const uint8_t *point)
{
    EVP_PKEY *key = NULL;
    BIGNUM *number = secret ? BN_bin2bn(secret, P256_SECRET, NULL) : NULL;
    OSSL_PARAM_BLD *list = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    bool ok =
        list && context && (number || !secret) &&
        OSSL_PARAM_BLD_push_utf8_string(list, OSSL_PKEY_PARAM_GROUP_NAME, CURVE, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(list, OSSL_PKEY_PARAM_PUB_KEY, point, P256_POINT) == 1 &&
        (!number || OSSL_PARAM_BLD_push_BN(list, OSSL_PKEY_PARAM_PRIV_KEY, number) == 1);
    OSSL_PARAM *params = ok ? OSSL_PARAM_BLD_to_param(list) : NULL;
    if (params && EVP_PKEY_fromdata_init(context) == 1)
        EVP_PKEY_fromdata(context, &key, secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(list);
    EVP_PKEY_CTX_free(context);
    BN_clear_free(number);
    return key;
}

/* ---- pairs and secrets ---- */

static pthread_once_t group_once = PTHREAD_ONCE_INIT;
static EC_GROUP *group; /* made once, kept to the end of the process, only read */

static void group_make(void)
{
    group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
}

/* What one multiplication works with. */
struct work {
    EC_POINT *point, *product;
    BIGNUM *number, *x;
};

static void work_free(struct work *work)
{
    EC_POINT_free(work->point);
    EC_POINT_clear_free(work->product);
    BN_clear_free(work->number);
    BN_clear_free(work->x);
}

/* False: memory is short. */
static bool work_new(struct work *work)
{
    pthread_once(&group_once, group_make);
    *work = (struct work){0};
    if (!group)
        return false;
    work->point = EC_POINT_new(group);
    work->product = EC_POINT_new(group);
    work->number = BN_new();
    work->x = BN_new();
    if (work->point && work->product && work->number && work->x)
        return true;
    work_free(work);
    return false;
}

/* 0, P256_UNFIT, or a fault. */
static int read_secret(struct work *work, const uint8_t secret[P256_SECRET])
{
    if (!BN_bin2bn(secret, P256_SECRET, work->number))
        return -ENOMEM;
    BN_set_flags(work->number, BN_FLG_CONSTTIME);
    if (BN_is_zero(work->number) || BN_cmp(work->number, EC_GROUP_get0_order(group)) >= 0)
        return P256_UNFIT;
    return 0;
}

static bool read_point(struct work *work, const uint8_t point[P256_POINT])
{
    bool ok = point[0] == POINT_CONVERSION_UNCOMPRESSED &&
              EC_POINT_oct2point(group, work->point, point, P256_POINT, NULL) == 1;
    if (!ok)
        ERR_clear_error();
    return ok;
}

int p256_from_secret(const uint8_t secret[P256_SECRET], struct p256_pair *pair_out)
{
    struct work work;
    if (!work_new(&work))
        return log_fault("crypto.p256", -ENOMEM, "what=pair");
    int result = read_secret(&work, secret);
    if (result == 0 && (EC_POINT_mul(group, work.product, work.number, NULL, NULL, NULL) != 1 ||
                        EC_POINT_point2oct(group, work.product, POINT_CONVERSION_UNCOMPRESSED,
                                           pair_out->point, P256_POINT, NULL) != P256_POINT))
        result = -EIO;
    work_free(&work);
    if (result == 0)
        memcpy(pair_out->secret, secret, P256_SECRET);
    return result < 0 ? log_fault("crypto.p256", result, "what=pair") : result;
}

int p256_new(struct p256_pair *pair_out)
{
    uint8_t secret[P256_SECRET];
    int result;
    do { /* again once in four thousand million times */
        crypto_random(secret, sizeof secret);
        result = p256_from_secret(secret, pair_out);
    } while (result == P256_UNFIT);
    crypto_wipe(secret, sizeof secret);
    return result;
}

bool p256_is_point(const uint8_t point[P256_POINT])
{
    struct work work;
    if (!work_new(&work))
        return false;
    bool ok = read_point(&work, point);
    work_free(&work);
    return ok;
}

int p256_agree(const struct p256_pair *own, const uint8_t theirs[P256_POINT],
               uint8_t out[P256_SHARED])
{
    struct work work;
    if (!work_new(&work))
        return log_fault("crypto.p256", -ENOMEM, "what=agree");
    int result = read_point(&work, theirs) ? read_secret(&work, own->secret) : P256_UNFIT;
    if (result == 0 &&
        (EC_POINT_mul(group, work.product, NULL, work.point, work.number, NULL) != 1 ||
         EC_POINT_get_affine_coordinates(group, work.product, work.x, NULL, NULL) != 1 ||
         BN_bn2binpad(work.x, out, P256_SHARED) != P256_SHARED))
        result = -EIO;
    work_free(&work);
    return result < 0 ? log_fault("crypto.p256", result, "what=agree") : result;
}

/* ---- signing ---- */

/* DER's two numbers as 64 bytes. */
static bool plain_of_der(const uint8_t *der, size_t len, uint8_t out[P256_SIGNATURE])
{
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)len);
    bool ok = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, NUMBER) == NUMBER &&
              BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + NUMBER, NUMBER) == NUMBER;
    ECDSA_SIG_free(pair);
    return ok;
}

int p256_sign(const struct p256_pair *own, struct span bytes, uint8_t out[P256_SIGNATURE])
{
    uint8_t der[DER_ROOM];
    size_t len = sizeof der;
    EVP_PKEY *key = key_of(own->secret, own->point);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = key && context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSign(context, der, &len, bytes.data, bytes.len) == 1 &&
              plain_of_der(der, len, out);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return ok ? 0 : log_fault("crypto.p256", -EIO, "what=sign");
}

bool p256_check(const uint8_t point[P256_POINT], struct span bytes,
                const uint8_t signature[P256_SIGNATURE])
{
    uint8_t der[DER_ROOM], *end = der;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, NUMBER, NULL);
    BIGNUM *s = BN_bin2bn(signature + NUMBER, NUMBER, NULL);
    int len = 0;
    if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL; /* the pair's own by now */
        len = i2d_ECDSA_SIG(pair, &end);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    EVP_PKEY *key = point[0] == POINT_CONVERSION_UNCOMPRESSED ? key_of(NULL, point) : NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = len > 0 && key && context &&
              EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestVerify(context, der, (size_t)len, bytes.data, bytes.len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return ok;
}
