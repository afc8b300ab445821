/* SPDX-License-Identifier: Apache-2.0
 *
 * The browsers' makers run a handful of push services, so a few words are remembered, the oldest
 * giving way: a stranger who subscribes with many origins costs a signature a message and no more.
 */
#include "notify/push_vapid.h"

#include <errno.h>
#include <pthread.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "keys/keys.h"

/* A word lives well under the 24 hours that RFC 8292 allows, and is renewed while it is still good
 * on a clock that is an hour ahead. */
#define WORD_LIFE  (12 * CLOCK_HOUR)
#define WORD_LEAST (2 * CLOCK_HOUR)

enum { WORDS = 8, CLAIMS_CEILING = 800 };

struct word {
    char origin[PUSH_ORIGIN_ROOM];
    int64_t expires_at;
    char header[PUSH_VAPID_ROOM];
};

struct push_vapid {
    struct p256_pair pair;
    char key[PUSH_VAPID_KEY_ROOM];
    char contact[PUSH_CONTACT_ROOM];
    pthread_mutex_t lock; /* of what follows */
    struct word words[WORDS];
    int next; /* the oldest */
};

/* The first number under the root secret that is a P-256 secret; the first one, but for one folder
 * in four thousand million. */
static int derive_pair(struct keys *keys, struct p256_pair *pair)
{
    uint8_t secret[P256_SECRET];
    char label[32];
    int result = P256_UNFIT;
    for (int i = 1; result == P256_UNFIT; i++) {
        snprintf(label, sizeof label, "porchlight push %d", i);
        keys_secret(keys, label, secret);
        result = p256_from_secret(secret, pair);
    }
    crypto_wipe(secret, sizeof secret);
    return result;
}

int push_vapid_new(struct keys *keys, const char *contact, struct push_vapid **out)
{
    struct push_vapid *vapid = crypto_secret_new(sizeof *vapid);
    if (!vapid)
        return log_fault("push.vapid", -ENOMEM, "what=memory");
    memset(vapid, 0, sizeof *vapid);
    pthread_mutex_init(&vapid->lock, NULL);
    snprintf(vapid->contact, sizeof vapid->contact, "%s", contact);
    int result = derive_pair(keys, &vapid->pair);
    if (result != 0) {
        push_vapid_free(&vapid);
        return result;
    }
    text_base64url(vapid->pair.point, P256_POINT, vapid->key);
    *out = vapid;
    return 0;
}

void push_vapid_free(struct push_vapid **vapid)
{
    if (!*vapid)
        return;
    pthread_mutex_destroy(&(*vapid)->lock);
    crypto_secret_free(*vapid);
    *vapid = NULL;
}

const char *push_vapid_key(const struct push_vapid *vapid)
{
    return vapid->key;
}

/* A text within quotes: origin and contact are plain, and what is not is left out. */
static void add_text(struct buf *buf, const char *text)
{
    buf_byte(buf, '"');
    for (; *text; text++)
        if (*text > ' ' && *text != '"' && *text != '\\' && *text != 0x7f)
            buf_byte(buf, (uint8_t)*text);
    buf_byte(buf, '"');
}

static void add_base64url(struct buf *buf, struct span bytes)
{
    char text[BASE64_ROOM(CLAIMS_CEILING)];
    text_base64url(bytes.data, bytes.len, text);
    buf_text(buf, text);
}

static int make_word(const struct push_vapid *vapid, const char *origin, int64_t expires_at,
                     char out[PUSH_VAPID_ROOM])
{
    static const char head[] = "{\"typ\":\"JWT\",\"alg\":\"ES256\"}";
    uint8_t signature[P256_SIGNATURE];
    AUTO_BUF struct buf claims, token;
    buf_init(&claims, CLAIMS_CEILING);
    buf_init(&token, PUSH_VAPID_ROOM);
    buf_text(&claims, "{\"aud\":");
    add_text(&claims, origin);
    buf_printf(&claims, ",\"exp\":%lld,\"sub\":", (long long)(expires_at / 1000));
    add_text(&claims, vapid->contact);
    buf_byte(&claims, '}');
    if (claims.failed)
        return log_fault("push.vapid", -EOVERFLOW, "what=claims");
    add_base64url(&token, (struct span){(const uint8_t *)head, sizeof head - 1});
    buf_byte(&token, '.');
    add_base64url(&token, (struct span){claims.data, claims.len});
    if (token.failed)
        return log_fault("push.vapid", -EOVERFLOW, "what=token");
    int result = p256_sign(&vapid->pair, (struct span){token.data, token.len}, signature);
    if (result != 0)
        return result;
    buf_byte(&token, '.');
    add_base64url(&token, (struct span){signature, sizeof signature});
    int len = token.failed
                  ? -1
                  : snprintf(out, PUSH_VAPID_ROOM, "vapid t=%s, k=%s", token.data, vapid->key);
    return len > 0 && len < PUSH_VAPID_ROOM ? 0
                                            : log_fault("push.vapid", -EOVERFLOW, "what=header");
}

int push_vapid_header(struct push_vapid *vapid, const char *origin, int64_t now,
                      char out[PUSH_VAPID_ROOM])
{
    if (strlen(origin) >= PUSH_ORIGIN_ROOM)
        return log_fault("push.vapid", -EINVAL, "what=origin");
    int result = 0;
    pthread_mutex_lock(&vapid->lock);
    struct word *word = NULL;
    for (int i = 0; i < WORDS && !word; i++)
        if (strcmp(vapid->words[i].origin, origin) == 0)
            word = &vapid->words[i];
    /* A clock that was set back makes a word look too young to be ours. */
    bool good = word && word->expires_at > now + WORD_LEAST && word->expires_at <= now + WORD_LIFE;
    if (!word) {
        word = &vapid->words[vapid->next];
        vapid->next = (vapid->next + 1) % WORDS;
    }
    if (!good) {
        word->origin[0] = 0;
        word->expires_at = now + WORD_LIFE;
        result = make_word(vapid, origin, word->expires_at, word->header);
        if (result == 0)
            snprintf(word->origin, sizeof word->origin, "%s", origin);
    }
    if (result == 0)
        memcpy(out, word->header, PUSH_VAPID_ROOM);
    pthread_mutex_unlock(&vapid->lock);
    return result;
}
