/* SPDX-License-Identifier: Apache-2.0
 *
 * What a browser hands over of a passkey: the first byte says what the rest is. An attestation
 * object, authenticator data that is said to be signed, or clientDataJSON; none of it is ours, and
 * all of it goes through libfido2 or jansson once it was walked over.
 */
#include <assert.h>

#include "crypto/cbor.h"
#include "crypto/webauthn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct webauthn_site site = {"https://photos.example.org", "photos.example.org"};
static const struct span client = {(const uint8_t *)"{}", 2};

static void make(struct span bytes)
{
    static struct webauthn_credential credential;
    if (webauthn_make(&site, client, bytes, &credential) != 0)
        return;
    assert(credential.id_len > 0 && credential.id_len <= WEBAUTHN_ID);
    assert(credential.key.len > 0 && credential.key.len <= WEBAUTHN_KEY);
}

/* Nobody has the key of the curve's own generator (SEC 2 §2.4.2), so nothing is signed by it. */
static void check(struct span bytes)
{
    static const struct webauthn_key key = {
        WEBAUTHN_ES256,
        {0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63,
         0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1,
         0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f,
         0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57,
         0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5},
        64};
    struct webauthn_assertion from = {client, bytes, bytes};
    struct webauthn_state state;
    if (from.signature.len > 72)
        from.signature.len = 72;
    assert(webauthn_check(&site, &key, &from, &state) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct webauthn_challenge challenge;
    if (size == 0)
        return 0;
    struct span bytes = {data + 1, size - 1};
    switch (*data) {
    case 'o':
        make(bytes);
        break;
    case 'a':
        check(bytes);
        break;
    default:
        if (webauthn_read_client(bytes, WEBAUTHN_GET, &site, &challenge) == 0)
            assert(challenge.len <= WEBAUTHN_CHALLENGE);
    }
    return 0;
}
