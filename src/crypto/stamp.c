/* SPDX-License-Identifier: Apache-2.0
 *
 * Without trusted certificates only the imprint and the nonce are compared: enough to know that an
 * answer is the one to our request, and no proof of anything.
 */
#include "crypto/stamp.h"

#include <errno.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/ts.h>
#include <time.h>

#include "base/log.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"

const char *stamp_outcome_text(int outcome)
{
    switch (outcome) {
    case STAMP_NONE:
        return "it is no time stamp";
    case STAMP_OTHER:
        return "it is a time stamp of something else";
    default:
        return "no authority that is trusted has signed it";
    }
}

static int forget(int result)
{
    ERR_clear_error();
    return result;
}

/* ---- asking ---- */

static bool fill_imprint(TS_REQ *request, struct span text)
{
    uint8_t digest[HASH_SHA256_LEN];
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    hash_sha256(text, digest);
    bool ok = imprint && algorithm &&
              X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) &&
              TS_MSG_IMPRINT_set_algo(imprint, algorithm) &&
              TS_MSG_IMPRINT_set_msg(imprint, digest, sizeof digest) &&
              TS_REQ_set_msg_imprint(request, imprint);
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    return ok;
}

static ASN1_INTEGER *number_of(const uint8_t nonce[STAMP_NONCE])
{
    uint64_t value = 0;
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    for (int i = 0; i < STAMP_NONCE; i++)
        value = value << 8 | nonce[i];
    if (number && ASN1_INTEGER_set_uint64(number, value))
        return number;
    ASN1_INTEGER_free(number);
    return NULL;
}

int stamp_ask(struct span text, uint8_t nonce_out[STAMP_NONCE], struct buf *out)
{
    unsigned char *der = NULL;
    crypto_random(nonce_out, STAMP_NONCE);
    TS_REQ *request = TS_REQ_new();
    ASN1_INTEGER *nonce = number_of(nonce_out);
    bool ok = request && nonce && TS_REQ_set_version(request, 1) && fill_imprint(request, text) &&
              TS_REQ_set_nonce(request, nonce) && TS_REQ_set_cert_req(request, 1);
    int len = ok ? i2d_TS_REQ(request, &der) : -1;
    if (len > 0)
        buf_add(out, der, (size_t)len);
    OPENSSL_free(der);
    ASN1_INTEGER_free(nonce);
    TS_REQ_free(request);
    return len > 0 && !out->failed ? forget(0)
                                   : forget(log_fault("stamp.ask", -ENOMEM, "what=request"));
}

/* ---- checking ---- */

/* True when the token's imprint and nonce are those that were asked for. */
static bool is_ours(TS_TST_INFO *info, const struct stamp_check *check)
{
    uint8_t digest[HASH_SHA256_LEN];
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
    const ASN1_OBJECT *algorithm = NULL;
    ASN1_OCTET_STRING *message = imprint ? TS_MSG_IMPRINT_get_msg(imprint) : NULL;
    if (!message)
        return false;
    X509_ALGOR_get0(&algorithm, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
    hash_sha256(check->text, digest);
    if (OBJ_obj2nid(algorithm) != NID_sha256 || ASN1_STRING_length(message) != sizeof digest ||
        memcmp(ASN1_STRING_get0_data(message), digest, sizeof digest) != 0)
        return false;
    if (!check->nonce)
        return true;
    ASN1_INTEGER *want = number_of(check->nonce);
    const ASN1_INTEGER *have = TS_TST_INFO_get_nonce(info);
    bool same = want && have && ASN1_INTEGER_cmp(want, have) == 0;
    ASN1_INTEGER_free(want);
    return same;
}

/* 0, STAMP_UNTRUSTED, or a fault. */
static int check_signature(TS_RESP *answer, const struct stamp_check *check)
{
    TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();
    X509_STORE *store = X509_STORE_new();
    BIO *data = BIO_new_mem_buf(check->text.data, (int)check->text.len);
    int result = -ENOMEM;
    if (context && store && data) {
        result = X509_STORE_load_file(store, check->ca_file) ? 0 : -ENOENT;
        TS_VERIFY_CTX_set_flags(context, TS_VFY_VERSION | TS_VFY_DATA | TS_VFY_SIGNATURE);
        TS_VERIFY_CTX_set_data(context, data); /* all three are the context's from here on */
        TS_VERIFY_CTX_set_store(context, store);
        if (result == 0 && TS_RESP_verify_response(context, answer) != 1)
            result = STAMP_UNTRUSTED;
    } else {
        X509_STORE_free(store);
        BIO_free(data);
    }
    TS_VERIFY_CTX_free(context);
    return result < 0 ? log_fault("stamp.trust", result, "what=certificates") : result;
}

static bool read_time(const TS_TST_INFO *info, int64_t *time_out)
{
    struct tm tm;
    const ASN1_GENERALIZEDTIME *time = TS_TST_INFO_get_time(info);
    if (!time || !ASN1_TIME_to_tm(time, &tm))
        return false;
    *time_out = (int64_t)timegm(&tm) * 1000;
    return true;
}

int stamp_read(struct span answer, const struct stamp_check *check, int64_t *time_out)
{
    const unsigned char *at = answer.data;
    if (answer.len == 0 || answer.len > STAMP_ANSWER_CEILING)
        return STAMP_NONE;
    TS_RESP *reply = d2i_TS_RESP(NULL, &at, (long)answer.len);
    TS_STATUS_INFO *status = reply ? TS_RESP_get_status_info(reply) : NULL;
    TS_TST_INFO *info = reply ? TS_RESP_get_tst_info(reply) : NULL;
    int result = 0;
    if (!status || !info || at != answer.data + answer.len ||
        ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(status)) > TS_STATUS_GRANTED_WITH_MODS ||
        !read_time(info, time_out))
        result = STAMP_NONE;
    else if (!is_ours(info, check))
        result = STAMP_OTHER;
    else if (check->ca_file)
        result = check_signature(reply, check);
    TS_RESP_free(reply);
    return forget(result);
}
