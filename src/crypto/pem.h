/* SPDX-License-Identifier: Apache-2.0
 *
 * A private key of the operator's in a PEM file, to sign with: RSA (PKCS #1 v1.5 over SHA-256) or
 * Ed25519. Our own keys are never read this way; they live in the key folder.
 */
#ifndef PORCHLIGHT_PEM_H
#define PORCHLIGHT_PEM_H

#include "base/buf.h"

enum { PEM_SIGNATURE_CEILING = 1024 }; /* of RSA with 8192 bits */

enum pem_kind { PEM_RSA, PEM_ED25519 };

enum pem_result {
    PEM_NO_KEY = 1, /* no private key, or one with a password */
    PEM_OTHER_KIND, /* neither RSA nor Ed25519 */
    PEM_TOO_SHORT,  /* RSA with fewer than 2048 bits, or more than 8192 */
};

struct pem_key;

/* 0, a result, or a fault (the file cannot be opened). */
int pem_key_open(const char *path, struct pem_key **key_out) MUST_CHECK;
void pem_key_free(struct pem_key **key);

enum pem_kind pem_key_kind(const struct pem_key *key);

/* Signs: RSA hashes `bytes` with SHA-256 first, Ed25519 signs them as they are. 0 or a fault.
 * Thread-safe. */
int pem_key_sign(const struct pem_key *key, struct span bytes, uint8_t out[PEM_SIGNATURE_CEILING],
                 size_t *len_out) MUST_CHECK;

/* Adds the public key in base64: of RSA its SubjectPublicKeyInfo, of Ed25519 the 32 bytes, as DKIM
 * publishes them. 0 or a fault. */
int pem_key_public(const struct pem_key *key, struct buf *out) MUST_CHECK;

#endif
