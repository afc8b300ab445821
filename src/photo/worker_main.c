/* SPDX-License-Identifier: Apache-2.0
 *
 * porchlight-photo: reads strangers' photos so that the server need not. Started by the server
 * alone, with an empty environment, /dev/null on descriptors 0 to 2 and a socket on 3; run by hand
 * it says so and ends.
 *
 * The signals that ask a service to stop are for the server, which lets photos under way finish and
 * then closes the socket; a service manager sends them to every process of the service, so here
 * they are ignored.
 */
#include <signal.h>
#include <sys/socket.h>

#include "photo/zygote.h"

static bool has_socket(void)
{
    int type = 0;
    socklen_t len = sizeof type;
    return getsockopt(PROTOCOL_SOCKET, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
           type == SOCK_SEQPACKET;
}

int main(void)
{
    static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE};
    if (!has_socket()) {
        fputs("porchlight-photo is started by porchlight, not by hand.\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
        signal(ignored[i], SIG_IGN);
    /* Not exit(): what a library wants to do at the end has no place in a process without files. */
    _exit(zygote_run(PROTOCOL_SOCKET));
}
