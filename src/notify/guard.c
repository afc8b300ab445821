/* SPDX-License-Identifier: Apache-2.0
 *
 * What is not public is a list; all that it does not name is. IPv6 is the other way round: only
 * 2000::/3 is given out to anyone, so all else is refused, and within it what carries an IPv4
 * address or is set apart.
 */
#include "notify/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>

struct network4 {
    uint32_t address;
    int bits;
};

#define NETWORK4(a, b, c, d, bits)                                                                 \
    {                                                                                              \
        (uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d), bits       \
    }

static const struct network4 closed4[] = {
    NETWORK4(0, 0, 0, 0, 8),       /* this network */
    NETWORK4(10, 0, 0, 0, 8),      /* private */
    NETWORK4(100, 64, 0, 0, 10),   /* shared by carriers */
    NETWORK4(127, 0, 0, 0, 8),     /* loopback */
    NETWORK4(169, 254, 0, 0, 16),  /* link-local, and the clouds' metadata */
    NETWORK4(172, 16, 0, 0, 12),   /* private */
    NETWORK4(192, 0, 0, 0, 24),    /* protocol assignments */
    NETWORK4(192, 0, 2, 0, 24),    /* documentation */
    NETWORK4(192, 31, 196, 0, 24), /* AS112 */
    NETWORK4(192, 52, 193, 0, 24), /* AMT */
    NETWORK4(192, 88, 99, 0, 24),  /* 6to4 relays */
    NETWORK4(192, 168, 0, 0, 16),  /* private */
    NETWORK4(192, 175, 48, 0, 24), /* AS112 */
    NETWORK4(198, 18, 0, 0, 15),   /* benchmarks */
    NETWORK4(198, 51, 100, 0, 24), /* documentation */
    NETWORK4(203, 0, 113, 0, 24),  /* documentation */
    NETWORK4(224, 0, 0, 0, 4),     /* multicast */
    NETWORK4(240, 0, 0, 0, 4),     /* reserved, and broadcast */
};

static bool is_public4(uint32_t address)
{
    for (size_t i = 0; i < ARRAY_LEN(closed4); i++)
        if ((address ^ closed4[i].address) >> (32 - closed4[i].bits) == 0)
            return false;
    return true;
}

struct network6 {
    uint8_t address[16];
    int bits;
};

/* Of 2000::/3. */
static const struct network6 closed6[] = {
    {{0x20, 0x01}, 23},                   /* protocol assignments: Teredo, benchmarks, ORCHID … */
    {{0x20, 0x01, 0x0d, 0xb8}, 32},       /* documentation */
    {{0x20, 0x02}, 16},                   /* 6to4: an IPv4 address inside */
    {{0x26, 0x20, 0x00, 0x4f, 0x80}, 48}, /* AS112 */
    {{0x3f, 0xfe}, 16},                   /* 6bone, returned */
    {{0x3f, 0xff}, 20},                   /* documentation */
};

static bool is_within(const uint8_t address[16], const struct network6 *network)
{
    int whole = network->bits / 8, rest = network->bits % 8;
    if (memcmp(address, network->address, (size_t)whole) != 0)
        return false;
    return rest == 0 || (address[whole] ^ network->address[whole]) >> (8 - rest) == 0;
}

/* ISATAP: an interface id of 0000:5efe or 0200:5efe with an IPv4 address behind it. */
static bool is_isatap(const uint8_t address[16])
{
    return (address[8] & 0xfd) == 0 && address[9] == 0 && address[10] == 0x5e &&
           address[11] == 0xfe;
}

static bool is_public6(const uint8_t address[16])
{
    if ((address[0] & 0xe0) != 0x20 || is_isatap(address))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(closed6); i++)
        if (is_within(address, &closed6[i]))
            return false;
    return true;
}

bool guard_is_public(const struct sockaddr *address, socklen_t len)
{
    if (len >= (socklen_t)sizeof(struct sockaddr_in) && address->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, address, sizeof four);
        return is_public4(ntohl(four.sin_addr.s_addr));
    }
    if (len >= (socklen_t)sizeof(struct sockaddr_in6) && address->sa_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, address, sizeof six);
        return is_public6(six.sin6_addr.s6_addr);
    }
    return false;
}

bool guard_is_public_text(const char *address)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, address, &four) == 1)
        return is_public4(ntohl(four.s_addr));
    if (inet_pton(AF_INET6, address, &six) == 1)
        return is_public6(six.s6_addr);
    return false;
}
