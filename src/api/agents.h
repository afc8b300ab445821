/* SPDX-License-Identifier: Apache-2.0
 *
 * Agents' second factors at rest: an authenticator's secret is sealed under a key of the agent's
 * own, so that one agent's row is of no use in another's place. Signing in opens it; `porchlight
 * admin` seals it.
 */
#ifndef PORCHLIGHT_AGENTS_H
#define PORCHLIGHT_AGENTS_H

#include "base/base.h"
#include "crypto/aead.h"
#include "crypto/totp.h"

enum { AGENTS_SEALED = TOTP_SECRET + AEAD_TAG };

/* Seals an agent's authenticator secret under the installation's `secret` (api.totp_secret). An
 * agent's is sealed once: whoever gets another secret is another agent. 0 or a fault. */
int agents_seal(const uint8_t secret[32], const char *agent_id, const uint8_t totp[TOTP_SECRET],
                uint8_t sealed_out[AGENTS_SEALED]) MUST_CHECK;

/* And opens it; what does not open is the fault -EBADMSG. Wipe `totp_out` after use. */
int agents_open(const uint8_t secret[32], const char *agent_id, struct span sealed,
                uint8_t totp_out[TOTP_SECRET]) MUST_CHECK;

#endif
