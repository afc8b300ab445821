/* SPDX-License-Identifier: Apache-2.0
 *
 * The two links in mail that need no sign-in. Both are computed and nowhere stored: an HMAC under a
 * secret of the installation shows that we wrote them.
 *
 * One stops a class of mail to an address (RFC 8058): it holds the class and the address's SHA-256,
 * under which the word is kept, so that no account is needed. One refuses the photo of a delivery:
 * it is bound to the delivery, to the address it was mailed to (or, where there is none, the number
 * it was texted to), and to the version of the delivery's links; when the recipient changes or the
 * links are renewed, it opens nothing.
 */
#ifndef PORCHLIGHT_MAIL_TOKEN_H
#define PORCHLIGHT_MAIL_TOKEN_H

#include "base/base.h"
#include "domain/delivery.h"

#define MAIL_TOKEN_ROOM 68 /* both fit, with NUL */

/* `secret` has 32 bytes. */
void mail_token_stop(const uint8_t secret[32], const uint8_t address_hash[32],
                     enum notice_class what, char out[MAIL_TOKEN_ROOM]);
/* False: not one of ours. */
bool mail_token_read_stop(const uint8_t secret[32], const char *token, uint8_t address_hash_out[32],
                          enum notice_class *what_out);

/* The delivery must have an e-mail or a telephone number. */
void mail_token_refuse(const uint8_t secret[32], const struct delivery *delivery,
                       char out[MAIL_TOKEN_ROOM]);
/* The delivery that a token names: it proves nothing yet. Read it, and ask whether it fits. */
bool mail_token_names(const char *token, char delivery_id_out[ID_ROOM]);
bool mail_token_fits(const uint8_t secret[32], const char *token, const struct delivery *delivery);

#endif
