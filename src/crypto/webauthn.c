/* SPDX-License-Identifier: Apache-2.0
 *
 * libfido2 takes keys and extensions apart with a CBOR library that makes room for whatever length
 * it reads, so what it is handed was walked over first (cbor.h): it is well-formed, and ends where
 * it ends. It wants the algorithm named before it reads a key; the three are tried in turn.
 */
#include "crypto/webauthn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <jansson.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/log.h"
#include "base/text.h"
#include "crypto/cbor.h"
#include "crypto/hash.h"

/* Authenticator data (§6.1): where its parts stand, and its flags. */
enum { RP_HASH = 32, FLAGS = 32, COUNTER = 33, FIXED = 37, AAGUID = 16, ID_LENGTH = 2 };
enum {
    FLAG_UP = 0x01,
    FLAG_UV = 0x04,
    FLAG_BE = 0x08,
    FLAG_BS = 0x10,
    FLAG_AT = 0x40,
    FLAG_ED = 0x80
};

bool webauthn_rp_id(const char *origin, char out[WEBAUTHN_RP_ROOM])
{
    uint8_t address[16];
    const char *host = strstr(origin, "://");
    host = host ? host + 3 : origin;
    size_t len = strcspn(host, ":/");
    if (len == 0 || len >= WEBAUTHN_RP_ROOM || *host == '[')
        return false;
    memcpy(out, host, len);
    out[len] = '\0';
    return inet_pton(AF_INET, out, address) != 1;
}

bool webauthn_counts_on(uint32_t before, uint32_t now)
{
    return (before == 0 && now == 0) || now > before;
}

/* ---- clientDataJSON ---- */

static bool says(const json_t *object, const char *name, const char *wanted)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text && strcmp(text, wanted) == 0;
}

int webauthn_read_client(struct span client, enum webauthn_act act,
                         const struct webauthn_site *site, struct webauthn_challenge *out)
{
    if (client.len == 0 || client.len > WEBAUTHN_CLIENT)
        return WEBAUTHN_MALFORMED;
    json_t *object =
        json_loadb((const char *)client.data, client.len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *challenge = json_object_get(object, "challenge");
    const json_t *cross = json_object_get(object, "crossOrigin");
    int result = 0;
    if (!json_is_object(object) || !json_is_string(challenge) ||
        !json_is_string(json_object_get(object, "type")) ||
        !json_is_string(json_object_get(object, "origin")) || (cross && !json_is_boolean(cross)) ||
        !text_unbase64url(json_string_value(challenge), json_string_length(challenge), out->bytes,
                          sizeof out->bytes, &out->len))
        result = WEBAUTHN_MALFORMED;
    else if (!says(object, "type", act == WEBAUTHN_CREATE ? "webauthn.create" : "webauthn.get"))
        result = WEBAUTHN_OTHER_ACT;
    else if (!says(object, "origin", site->origin) || json_is_true(cross) ||
             json_object_get(object, "topOrigin"))
        result = WEBAUTHN_OTHER_SITE;
    json_decref(object);
    return result;
}

/* ---- authenticator data ---- */

/* All of it, to the last byte, before anybody else takes it apart. */
static bool is_well_formed(struct span data, bool attested)
{
    if (data.len < FIXED || !(data.data[FLAGS] & FLAG_AT) != !attested)
        return false;
    struct cbor rest = {data.data + FIXED, data.data + data.len};
    if (attested) {
        if (data.len < FIXED + AAGUID + ID_LENGTH)
            return false;
        const uint8_t *length = rest.at + AAGUID;
        size_t id_len = (size_t)length[0] << 8 | length[1];
        rest.at = length + ID_LENGTH;
        if (id_len == 0 || id_len > WEBAUTHN_ID || id_len > (size_t)(rest.end - rest.at))
            return false;
        rest.at += id_len;
        if (!cbor_skip(&rest, NULL))
            return false;
    }
    if ((data.data[FLAGS] & FLAG_ED) && !cbor_skip(&rest, NULL))
        return false;
    return rest.at == rest.end;
}

/* Who was asked, and who was there. */
static int check_presence(const struct webauthn_site *site, struct span data)
{
    uint8_t hash[HASH_SHA256_LEN];
    uint8_t flags = data.data[FLAGS];
    hash_sha256(HASH_TEXT(site->rp_id), hash);
    if (memcmp(hash, data.data, RP_HASH) != 0)
        return WEBAUTHN_OTHER_SITE;
    if (!(flags & FLAG_UP))
        return WEBAUTHN_NOT_PRESENT;
    if (!(flags & FLAG_UV))
        return WEBAUTHN_NOT_VERIFIED;
    if ((flags & FLAG_BS) && !(flags & FLAG_BE)) /* level 3: backed up, and cannot be */
        return WEBAUTHN_MALFORMED;
    return 0;
}

static struct webauthn_state state_of(struct span data)
{
    const uint8_t *at = data.data + COUNTER;
    return (struct webauthn_state){
        .counter = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3],
        .backup_eligible = data.data[FLAGS] & FLAG_BE,
        .backed_up = data.data[FLAGS] & FLAG_BS,
    };
}

/* ---- keys ---- */

/* A key as libfido2 wants to have it. */
struct fido_key {
    es256_pk_t *es256;
    eddsa_pk_t *eddsa;
    rs256_pk_t *rs256;
};

static void free_key(struct fido_key *key)
{
    es256_pk_free(&key->es256);
    eddsa_pk_free(&key->eddsa);
    rs256_pk_free(&key->rs256);
}

/* The key, or NULL: no memory, or no such key. Freed with `room`. */
static const void *open_key(const struct webauthn_key *key, struct fido_key *room)
{
    switch (key->algorithm) {
    case WEBAUTHN_ES256:
        room->es256 = es256_pk_new();
        return room->es256 && es256_pk_from_ptr(room->es256, key->bytes, key->len) == FIDO_OK
                   ? room->es256
                   : NULL;
    case WEBAUTHN_EDDSA:
        room->eddsa = eddsa_pk_new();
        return room->eddsa && eddsa_pk_from_ptr(room->eddsa, key->bytes, key->len) == FIDO_OK
                   ? room->eddsa
                   : NULL;
    case WEBAUTHN_RS256:
        room->rs256 = rs256_pk_new();
        return room->rs256 && rs256_pk_from_ptr(room->rs256, key->bytes, key->len) == FIDO_OK
                   ? room->rs256
                   : NULL;
    default:
        return NULL;
    }
}

static bool is_key(const struct webauthn_key *key)
{
    struct fido_key room = {0};
    bool opens = open_key(key, &room) != NULL;
    free_key(&room);
    return opens;
}

/* ---- a new passkey ---- */

/* An attestation object (§6.5.4): three members, each once. */
struct attestation {
    struct span format, statement, data;
};

static bool is_text(struct span text, const char *wanted)
{
    return text.len == strlen(wanted) && memcmp(text.data, wanted, text.len) == 0;
}

static bool take_apart(struct span object, struct attestation *out)
{
    struct cbor in = {object.data, object.data + object.len};
    size_t pairs;
    if (object.len > WEBAUTHN_OBJECT || !cbor_map(&in, &pairs) || pairs != 3)
        return false;
    *out = (struct attestation){0};
    for (size_t i = 0; i < pairs; i++) {
        struct span name;
        if (!cbor_text(&in, &name))
            return false;
        bool ok = is_text(name, "fmt") && !out->format.data ? cbor_text(&in, &out->format)
                  : is_text(name, "attStmt") && !out->statement.data
                      ? cbor_skip(&in, &out->statement)
                  : is_text(name, "authData") && !out->data.data ? cbor_bytes(&in, &out->data)
                                                                 : false;
        if (!ok)
            return false;
    }
    return in.at == in.end && is_well_formed(out->data, true);
}

/* The credential as libfido2 reads it, with its key's algorithm; NULL when it has none of ours. */
static fido_cred_t *read_credential(struct span data, int *algorithm_out)
{
    static const int algorithms[] = {
#define NUMBER(symbol, number) number,
        WEBAUTHN_ALGORITHMS(NUMBER)
#undef NUMBER
    };
    for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
        fido_cred_t *credential = fido_cred_new();
        *algorithm_out = algorithms[i];
        if (credential && fido_cred_set_type(credential, algorithms[i]) == FIDO_OK &&
            fido_cred_set_authdata_raw(credential, data.data, data.len) == FIDO_OK)
            return credential;
        fido_cred_free(&credential);
    }
    return NULL;
}

/* §8.2, self attestation. libfido2 would ask for the extensions that it asked for itself. */
static int check_own_signature(struct span client, const struct attestation *attestation,
                               const fido_cred_t *credential, const struct webauthn_key *key)
{
    uint8_t text[WEBAUTHN_OBJECT + HASH_SHA256_LEN];
    struct fido_key room = {0};
    struct span data = attestation->data;
    const EVP_MD *digest = key->algorithm == WEBAUTHN_EDDSA ? NULL : EVP_sha256();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool opened = open_key(key, &room) != NULL;
    EVP_PKEY *own = !opened      ? NULL
                    : room.es256 ? es256_pk_to_EVP_PKEY(room.es256)
                    : room.eddsa ? eddsa_pk_to_EVP_PKEY(room.eddsa)
                                 : rs256_pk_to_EVP_PKEY(room.rs256);
    memcpy(text, data.data, data.len);
    hash_sha256(client, text + data.len);
    bool right =
        context && own && EVP_DigestVerifyInit(context, NULL, digest, NULL, own) == 1 &&
        EVP_DigestVerify(context, fido_cred_sig_ptr(credential), fido_cred_sig_len(credential),
                         text, data.len + HASH_SHA256_LEN) == 1;
    ERR_clear_error();
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(own);
    free_key(&room);
    return right ? 0 : WEBAUTHN_FORGED;
}

/* `none` says nothing, and must. A browser leaves the passkey's signature of itself in its place
 * where that names no make either. */
static int check_attestation(struct span client, const struct attestation *attestation,
                             fido_cred_t *credential, const struct webauthn_key *key)
{
    size_t pairs;
    struct cbor in = {attestation->statement.data,
                      attestation->statement.data + attestation->statement.len};
    if (is_text(attestation->format, "none"))
        return cbor_map(&in, &pairs) && pairs == 0 ? 0 : WEBAUTHN_MALFORMED;
    if (!is_text(attestation->format, "packed"))
        return WEBAUTHN_ATTESTED;
    if (fido_cred_set_fmt(credential, "packed") != FIDO_OK ||
        fido_cred_set_attstmt(credential, attestation->statement.data,
                              attestation->statement.len) != FIDO_OK ||
        fido_cred_x5c_len(credential) > 0)
        return WEBAUTHN_ATTESTED;
    return check_own_signature(client, attestation, credential, key);
}

static int copy_credential(const fido_cred_t *credential, struct webauthn_credential *out)
{
    size_t id_len = fido_cred_id_len(credential), key_len = fido_cred_pubkey_len(credential);
    if (id_len == 0 || id_len > sizeof out->id || key_len == 0 || key_len > sizeof out->key.bytes)
        return WEBAUTHN_MALFORMED;
    memcpy(out->id, fido_cred_id_ptr(credential), id_len);
    out->id_len = id_len;
    memcpy(out->key.bytes, fido_cred_pubkey_ptr(credential), key_len);
    out->key.len = key_len;
    return is_key(&out->key) ? 0 : WEBAUTHN_ALGORITHM;
}

int webauthn_make(const struct webauthn_site *site, struct span client, struct span object,
                  struct webauthn_credential *out)
{
    struct attestation attestation;
    *out = (struct webauthn_credential){0};
    if (!take_apart(object, &attestation))
        return WEBAUTHN_MALFORMED;
    int result = check_presence(site, attestation.data);
    if (result != 0)
        return result;
    out->state = state_of(attestation.data);
    fido_cred_t *credential = read_credential(attestation.data, &out->key.algorithm);
    if (!credential)
        return WEBAUTHN_ALGORITHM;
    result = copy_credential(credential, out);
    if (result == 0)
        result = check_attestation(client, &attestation, credential, &out->key);
    fido_cred_free(&credential);
    return result;
}

/* ---- signing in ---- */

static int check_signature(const struct webauthn_site *site, const struct webauthn_key *key,
                           const struct webauthn_assertion *from, fido_assert_t *assertion)
{
    struct fido_key room = {0};
    int result = 0;
    if (fido_assert_set_rp(assertion, site->rp_id) != FIDO_OK ||
        fido_assert_set_clientdata(assertion, from->client.data, from->client.len) != FIDO_OK ||
        fido_assert_set_count(assertion, 1) != FIDO_OK ||
        fido_assert_set_up(assertion, FIDO_OPT_TRUE) != FIDO_OK ||
        fido_assert_set_uv(assertion, FIDO_OPT_TRUE) != FIDO_OK)
        return log_fault("webauthn.check", -ENOMEM, "what=memory");
    if (fido_assert_set_authdata_raw(assertion, 0, from->authenticator.data,
                                     from->authenticator.len) != FIDO_OK ||
        fido_assert_set_sig(assertion, 0, from->signature.data, from->signature.len) != FIDO_OK)
        return WEBAUTHN_MALFORMED;
    const void *opened = open_key(key, &room);
    if (!opened)
        result = log_fault("webauthn.check", -EBADMSG, "what=key");
    else if (fido_assert_verify(assertion, 0, key->algorithm, opened) != FIDO_OK)
        result = WEBAUTHN_FORGED;
    free_key(&room);
    return result;
}

int webauthn_check(const struct webauthn_site *site, const struct webauthn_key *key,
                   const struct webauthn_assertion *from, struct webauthn_state *out)
{
    *out = (struct webauthn_state){0};
    if (from->client.len == 0 || from->authenticator.len > WEBAUTHN_AUTH ||
        from->signature.len == 0 || from->signature.len > WEBAUTHN_SIGNATURE ||
        !is_well_formed(from->authenticator, false))
        return WEBAUTHN_MALFORMED;
    int result = check_presence(site, from->authenticator);
    if (result != 0)
        return result;
    fido_assert_t *assertion = fido_assert_new();
    if (!assertion)
        return log_fault("webauthn.check", -ENOMEM, "what=memory");
    result = check_signature(site, key, from, assertion);
    fido_assert_free(&assertion);
    if (result == 0)
        *out = state_of(from->authenticator);
    return result;
}
