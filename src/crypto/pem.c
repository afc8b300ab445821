/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenSSL's EVP does it all; here are only the checks and one shape for both kinds.
 */
#include "crypto/pem.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/log.h"
#include "base/text.h"

enum { RSA_LEAST_BITS = 2048, RSA_MOST_BITS = 8192, ED25519_PUBLIC = 32 };

struct pem_key {
    EVP_PKEY *key;
    enum pem_kind kind;
};

/* A key with a password is no key: nobody is there to be asked. */
static int no_password(char *buf, int size, int rwflag, void *arg)
{
    (void)buf, (void)size, (void)rwflag, (void)arg;
    return -1;
}

static int judge(EVP_PKEY *key, enum pem_kind *kind_out)
{
    int bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
        *kind_out = PEM_ED25519;
        return 0;
    }
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
        return PEM_OTHER_KIND;
    *kind_out = PEM_RSA;
    return bits >= RSA_LEAST_BITS && bits <= RSA_MOST_BITS ? 0 : PEM_TOO_SHORT;
}

int pem_key_open(const char *path, struct pem_key **key_out)
{
    enum pem_kind kind;
    *key_out = NULL;
    AUTO_FCLOSE FILE *file = fopen(path, "re");
    if (!file)
        return log_fault("pem.open", -errno, "what=open");
    EVP_PKEY *read = PEM_read_PrivateKey(file, NULL, no_password, NULL);
    if (!read)
        return PEM_NO_KEY;
    int result = judge(read, &kind);
    struct pem_key *key = result == 0 ? malloc(sizeof *key) : NULL;
    if (result == 0 && !key)
        result = log_fault("pem.open", -ENOMEM, "memory is short");
    if (!key) {
        EVP_PKEY_free(read);
        return result;
    }
    *key = (struct pem_key){read, kind};
    *key_out = key;
    return 0;
}

void pem_key_free(struct pem_key **key)
{
    if (*key) {
        EVP_PKEY_free((*key)->key);
        free(*key);
    }
    *key = NULL;
}

enum pem_kind pem_key_kind(const struct pem_key *key)
{
    return key->kind;
}

int pem_key_sign(const struct pem_key *key, struct span bytes, uint8_t out[PEM_SIGNATURE_CEILING],
                 size_t *len_out)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *digest = key->kind == PEM_RSA ? EVP_sha256() : NULL;
    size_t len = PEM_SIGNATURE_CEILING;
    bool done = context && EVP_DigestSignInit(context, NULL, digest, NULL, key->key) == 1 &&
                EVP_DigestSign(context, out, &len, bytes.data, bytes.len) == 1;
    EVP_MD_CTX_free(context);
    *len_out = done ? len : 0;
    return done ? 0 : log_fault("pem.sign", -EIO, "what=sign");
}

static void add_base64(struct buf *out, const uint8_t *bytes, size_t len)
{
    AUTO_FREE char *text = malloc(BASE64_ROOM(len));
    if (!text) {
        out->failed = true;
        return;
    }
    text_base64(bytes, len, text);
    buf_text(out, text);
}

int pem_key_public(const struct pem_key *key, struct buf *out)
{
    uint8_t raw[ED25519_PUBLIC], *der = NULL;
    size_t raw_len = sizeof raw;
    if (key->kind == PEM_ED25519) {
        if (EVP_PKEY_get_raw_public_key(key->key, raw, &raw_len) != 1)
            return log_fault("pem.public", -EIO, "what=raw");
        add_base64(out, raw, raw_len);
        return 0;
    }
    int len = i2d_PUBKEY(key->key, &der);
    if (len <= 0)
        return log_fault("pem.public", -EIO, "what=der");
    add_base64(out, der, (size_t)len);
    OPENSSL_free(der);
    return 0;
}
