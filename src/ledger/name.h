/* SPDX-License-Identifier: Apache-2.0
 *
 * What the installation's log is called, and with it the keys that sign for it.
 */
#ifndef PORCHLIGHT_LEDGER_NAME_H
#define PORCHLIGHT_LEDGER_NAME_H

#include "settings/settings.h"

enum { LEDGER_NAME_ROOM = 256 };

/* The first log's name by these settings; without one of its own a log is called as the server is.
 */
void ledger_name(const struct settings *settings, char out[LEDGER_NAME_ROOM]);

#endif
