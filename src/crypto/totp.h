/* SPDX-License-Identifier: Apache-2.0
 *
 * Time-based one-time codes (RFC 6238: SHA-1, 30 seconds, 6 digits: what every authenticator app
 * speaks) and the base32 in which apps want the secret. Pure; the caller stores the step of the
 * last accepted code, so that no code counts twice.
 */
#ifndef PORCHLIGHT_TOTP_H
#define PORCHLIGHT_TOTP_H

#include "base/base.h"

enum {
    TOTP_SECRET = 20,      /* bytes of a secret */
    TOTP_SECRET_ROOM = 33, /* its base32 text with NUL */
    TOTP_DIGITS = 6,
    TOTP_STEP_SECONDS = 30,
};

enum totp_outcome {
    TOTP_WRONG = 1,
    TOTP_SPENT, /* right, but of a step not later than the last accepted one */
};

/* The code of a step (unix time / 30), as TOTP_DIGITS digits and NUL. */
void totp_code(struct span secret, uint64_t step, char out[TOTP_DIGITS + 1]);

/* Compares `code` with the codes of now and of one step to either side. `now` is in milliseconds;
 * `last_step` is that of the last accepted code, 0 for none. 0 and the step to store in *step_out,
 * or an outcome. Constant time. */
int totp_check(struct span secret, const char *code, int64_t now, uint64_t last_step,
               uint64_t *step_out) MUST_CHECK;

/* RFC 4648 base32 in upper case without padding; `out` has TOTP_BASE32_ROOM(len) bytes. */
#define TOTP_BASE32_ROOM(len) (((len)*8 + 4) / 5 + 1)
void totp_base32(const uint8_t *data, size_t len, char *out);

/* Reads base32 as a person may type it: either case, spaces and hyphens between, optional padding
 * at the end. Writes at most `room` bytes, their number to *len_out; false when it is anything
 * else. */
bool totp_unbase32(const char *text, uint8_t *out, size_t room, size_t *len_out);

#endif
