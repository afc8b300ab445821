/* SPDX-License-Identifier: Apache-2.0
 *
 * The warm process from which each photo's own process is forked. It belongs to the program
 * porchlight-photo, never to the server: it holds one socket, and no key, file or photo.
 */
#ifndef PORCHLIGHT_PHOTO_ZYGOTE_H
#define PORCHLIGHT_PHOTO_ZYGOTE_H

#include "photo/protocol.h"

/* Does the server's bidding on `socket` until it is closed: takes SETUP and LIMITS, warms the
 * judge, encloses itself, says READY, and then forks a child for each JUDGE, MARK and PROBE.
 * Returns what the program exits with: 0 after the server closed the socket, 1 after anything the
 * protocol does not allow, or when the sandbox cannot be had. */
int zygote_run(int socket);

#endif
