/* SPDX-License-Identifier: Apache-2.0
 *
 * Every kind of address that is not public, in every coat that it may wear.
 */
#include "notify/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "base/tap.h"

static const char *const closed[] = {
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8", /* compatible */
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:8.8.8.8", /* mapped, translated */
    "64:ff9b::8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1", /* NAT64 */
    "100::1",       /* discarded */
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", /* Teredo */
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:1ff::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:0808:0808::1", /* 6to4 */
    "2a00:1450::5efe:7f00:1",
    "2a00:1450::200:5efe:a00:1", /* ISATAP */
    "3ffe::1",
    "3fff::1",
    "3fff:fff::1",
    "2620:4f:8000::1",
    "5f00::1",
    "4000::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "",
    "localhost",
    "8.8.8",
    "0x7f.1",
    "2130706433",
    "8.8.8.8 ",
    "[2a00::1]",
    "2a00::1%eth0",
};

static const char *const open[] = {
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "2003::1",
    "3ffd::1",
    "2620:4f:8001::1",
};

static bool by_socket(const char *text)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return guard_is_public((const struct sockaddr *)&four, sizeof four);
    if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1)
        return guard_is_public((const struct sockaddr *)&six, sizeof six);
    return false;
}

TEST(what_is_not_public_is_refused)
{
    for (size_t i = 0; i < ARRAY_LEN(closed); i++) {
        if (guard_is_public_text(closed[i]) || by_socket(closed[i]))
            printf("# %s\n", closed[i]);
        CHECK(!guard_is_public_text(closed[i]));
        CHECK(!by_socket(closed[i]));
    }
}

TEST(what_is_public_is_not)
{
    for (size_t i = 0; i < ARRAY_LEN(open); i++) {
        if (!guard_is_public_text(open[i]) || !by_socket(open[i]))
            printf("# %s\n", open[i]);
        CHECK(guard_is_public_text(open[i]));
        CHECK(by_socket(open[i]));
    }
}

TEST(another_family_or_a_short_address_is_refused)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in four = {.sin_family = AF_INET};
    CHECK(!guard_is_public((const struct sockaddr *)&local, sizeof local));
    CHECK_INT(inet_pton(AF_INET, "8.8.8.8", &four.sin_addr), 1);
    CHECK(guard_is_public((const struct sockaddr *)&four, sizeof four));
    CHECK(!guard_is_public((const struct sockaddr *)&four, sizeof four - 1));
}

TAP_MAIN(TAP(what_is_not_public_is_refused), TAP(what_is_public_is_not),
         TAP(another_family_or_a_short_address_is_refused))
