/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenSSL 3.0 takes microseconds to fetch a cipher and to make a context, and a fifth of one to key
 * a context that is there. So the cipher is fetched once for the process, each thread keeps one
 * context until it ends, and every call keys it, uses it, and keys it again with zeros: no key
 * outlives its call.
 */
#include "crypto/aead.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>

#include "base/log.h"

static pthread_once_t cipher_once = PTHREAD_ONCE_INIT;
static EVP_CIPHER *cipher; /* fetched once, kept to the end of the process */
static pthread_key_t context_of_thread;

static void context_free(void *context)
{
    EVP_CIPHER_CTX_free(context);
}

static void cipher_fetch(void)
{
    if (pthread_key_create(&context_of_thread, context_free) == 0)
        cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
}

/* This thread's context, ready to be keyed; NULL after logging a fault. */
static EVP_CIPHER_CTX *context_get(void)
{
    pthread_once(&cipher_once, cipher_fetch);
    if (!cipher) {
        log_fault("crypto.fetch", -ENOSYS, "algorithm=AES-256-GCM");
        return NULL;
    }
    EVP_CIPHER_CTX *context = pthread_getspecific(context_of_thread);
    if (context)
        return context;
    context = EVP_CIPHER_CTX_new();
    if (context && EVP_EncryptInit_ex2(context, cipher, NULL, NULL, NULL) == 1 &&
        pthread_setspecific(context_of_thread, context) == 0)
        return context;
    EVP_CIPHER_CTX_free(context);
    log_fault("crypto.context", -ENOMEM, "algorithm=AES-256-GCM");
    return NULL;
}

static void context_forget(EVP_CIPHER_CTX *context)
{
    static const uint8_t zeros[AEAD_KEY];
    EVP_EncryptInit_ex2(context, NULL, zeros, zeros, NULL);
}

/* The part that sealing and opening share: key, nonce, associated data, then the text itself. */
static bool run(EVP_CIPHER_CTX *context, struct span about, struct span in, uint8_t *out)
{
    int len;
    if (about.len > INT_MAX || in.len > INT_MAX)
        return false;
    if (about.len > 0 && EVP_CipherUpdate(context, NULL, &len, about.data, (int)about.len) != 1)
        return false;
    return in.len == 0 || EVP_CipherUpdate(context, out, &len, in.data, (int)in.len) == 1;
}

int aead_seal(const uint8_t key[AEAD_KEY], const uint8_t nonce[AEAD_NONCE], struct span about,
              struct span plain, uint8_t *out)
{
    EVP_CIPHER_CTX *context = context_get();
    if (!context)
        return -ENOMEM;
    uint8_t none[AEAD_TAG];
    int len;
    bool ok = EVP_EncryptInit_ex2(context, NULL, key, nonce, NULL) == 1 &&
              run(context, about, plain, out) && EVP_EncryptFinal_ex(context, none, &len) == 1 &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG, out + plain.len) == 1;
    context_forget(context);
    return ok ? 0 : log_fault("crypto.seal", -EIO, "bytes=%zu", plain.len);
}

int aead_open_apart(const uint8_t key[AEAD_KEY], const uint8_t nonce[AEAD_NONCE], struct span about,
                    const struct aead_apart *parts)
{
    EVP_CIPHER_CTX *context = context_get();
    if (!context)
        return -ENOMEM;
    uint8_t tag[AEAD_TAG], none[AEAD_TAG];
    memcpy(tag, parts->tag, AEAD_TAG);
    int len;
    bool ready = EVP_DecryptInit_ex2(context, NULL, key, nonce, NULL) == 1 &&
                 run(context, about, parts->in, parts->out) &&
                 EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG, tag) == 1;
    bool genuine = ready && EVP_DecryptFinal_ex(context, none, &len) == 1;
    context_forget(context);
    if (!genuine && parts->in.len > 0)
        memset(parts->out, 0, parts->in.len);
    if (!ready)
        return log_fault("crypto.open", -EIO, "bytes=%zu", parts->in.len);
    return genuine ? 0 : AEAD_FORGED;
}

int aead_open(const uint8_t key[AEAD_KEY], const uint8_t nonce[AEAD_NONCE], struct span about,
              struct span sealed, uint8_t *out)
{
    if (sealed.len < AEAD_TAG)
        return AEAD_FORGED;
    size_t len = sealed.len - AEAD_TAG;
    struct aead_apart parts = {{sealed.data, len}, sealed.data + len, out};
    return aead_open_apart(key, nonce, about, &parts);
}

int aead_seal_128(const uint8_t key[AEAD_KEY_128], const uint8_t nonce[AEAD_NONCE],
                  struct span plain, uint8_t *out)
{
    uint8_t none[AEAD_TAG];
    int len;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool ok = context && EVP_EncryptInit_ex2(context, EVP_aes_128_gcm(), key, nonce, NULL) == 1 &&
              run(context, (struct span){NULL, 0}, plain, out) &&
              EVP_EncryptFinal_ex(context, none, &len) == 1 &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG, out + plain.len) == 1;
    EVP_CIPHER_CTX_free(context);
    return ok ? 0 : log_fault("crypto.seal", -EIO, "bytes=%zu", plain.len);
}

void aead_count(uint64_t n, uint8_t nonce_out[AEAD_NONCE])
{
    memset(nonce_out, 0, AEAD_NONCE);
    for (int i = AEAD_NONCE - 1; n > 0; i--, n >>= 8)
        nonce_out[i] = (uint8_t)n;
}
