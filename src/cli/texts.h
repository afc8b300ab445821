/* SPDX-License-Identifier: Apache-2.0
 *
 * The channels of short texts with what they need, for a server and for `porchlight admin` alike.
 */
#ifndef PORCHLIGHT_CLI_TEXTS_H
#define PORCHLIGHT_CLI_TEXTS_H

#include "api/api.h"

struct relay;
struct sms;

/* `api` has its secrets; its settings are read when a text is written. It must outlive both. 0, or
 * CLI_FAILED after one line. */
int texts_open(const struct settings *settings, const struct api *api, struct sms **sms_out,
               struct relay **relay_out) MUST_CHECK;
void texts_close(struct sms **sms, struct relay **relay);

#endif
