/* SPDX-License-Identifier: Apache-2.0
 *
 * The scheme of the server's address is no part of the name, nor is anything behind its host.
 */
#include "ledger/name.h"

#include "base/base.h"

void ledger_name(const struct settings *settings, char out[LEDGER_NAME_ROOM])
{
    const char *host = strstr(settings->server.public_url, "://");
    host = host ? host + 3 : settings->server.public_url;
    if (*settings->ledger.name)
        snprintf(out, LEDGER_NAME_ROOM, "%s", settings->ledger.name);
    else
        snprintf(out, LEDGER_NAME_ROOM, "%.*s/log", (int)strcspn(host, "/"), host);
}
