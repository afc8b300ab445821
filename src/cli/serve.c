/* SPDX-License-Identifier: Apache-2.0
 *
 * `porchlight serve`: runs a server until SIGTERM or SIGINT. The first signal begins a graceful
 * stop; a second one ends the process at once, which is safe at any moment.
 */
#include <signal.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/services.h"
#include "cli/signals.h"

int serve_run(int argc, char **argv)
{
    struct settings settings;
    struct services *services;
    int result = cli_load(&settings, &argc, argv, NULL);
    if (result == 0)
        result = cli_no_words(argc, argv);
    if (result != 0)
        return result;
    signals_hold();
    result = services_start(&settings, &services);
    if (result != 0)
        return result;
    printf("Porchlight listens on port %u; its public address is %s\n",
           http_server_port(services->server), settings.server.public_url);
    fflush(stdout);
    log_event(LOG_INFO, "server.start", "version=" PORCHLIGHT_VERSION " port=%u boot=%lld",
              http_server_port(services->server), (long long)services->api.boot);
    int signal = signals_wait(SIGNALS_FOR_EVER);
    log_event(LOG_INFO, "server.stop", "signal=%d", signal);
    signals_let_go();
    services_stop(&services);
    log_event(LOG_INFO, "server.end", "status=0");
    return 0;
}
