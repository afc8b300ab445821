/* SPDX-License-Identifier: Apache-2.0
 *
 * The evidence log for whoever keeps a server: how it stands, and a new one after a restore.
 */
#ifndef PORCHLIGHT_LOG_ADMIN_H
#define PORCHLIGHT_LOG_ADMIN_H

#include "ledger/ledger.h"
#include "settings/settings.h"

/* Looks, beside a running server or none. 0, or CLI_FAILED, said. */
int log_admin_peek(const struct settings *settings, struct ledger_facts *facts_out,
                   struct note_key *key_out);

/* `admin ledger-show` and `admin ledger-continue`: the exit status; the second word is for others
 * of their kind. */
int log_admin_show(const struct settings *settings, const char *unused);
int log_admin_continue(const struct settings *settings, const char *unused);

#endif
