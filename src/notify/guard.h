/* SPDX-License-Identifier: Apache-2.0
 *
 * The guard of addresses that users gave: our server must not be had to reach what only it can
 * reach. It is asked about the address that is really connected to, after the name was resolved,
 * so that no trick with names comes past it.
 */
#ifndef PORCHLIGHT_GUARD_H
#define PORCHLIGHT_GUARD_H

#include <sys/socket.h>

#include "base/base.h"

/* True for an address of the public internet; false for loopback, private, link-local, shared
 * (CGNAT), multicast, reserved, documentation and benchmark addresses, the same inside IPv6
 * (mapped, compatible, 6to4, NAT64, Teredo), and everything that is not IPv4 or IPv6. */
bool guard_is_public(const struct sockaddr *address, socklen_t len);

/* The same of an address as text. */
bool guard_is_public_text(const char *address);

#endif
