/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses that are called, and many that are not.
 */
#include "base/tap.h"
#include "notify/webhook_url.h"

TEST(plain_addresses_are_taken)
{
    static const char *const good[] = {
        "https://shop.example/hooks",
        "https://shop.example",
        "https://SHOP.example:8443/a/b%20c?x=1&y=(2)",
        "HTTPS://shop.example/",
        "https://xn--bcher-kva.example/~hooks",
        "https://8.8.8.8/hooks",
        "https://[2606:4700::1111]:443/hooks",
        "https://a_b.shop-example.co.uk?x",
        "https://3com.example",
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        CHECK_INT(webhook_url_check(good[i], false), WEBHOOK_URL_OK);
}

TEST(others_are_refused_by_name)
{
    static const struct {
        const char *url;
        enum webhook_url want;
    } bad[] = {
        {"", WEBHOOK_URL_SCHEME},
        {"shop.example", WEBHOOK_URL_SCHEME},
        {"http://shop.example/", WEBHOOK_URL_SCHEME},
        {"ftp://shop.example/", WEBHOOK_URL_SCHEME},
        {"file:///etc/passwd", WEBHOOK_URL_SCHEME},
        {"https:shop.example", WEBHOOK_URL_SCHEME},
        {"https://", WEBHOOK_URL_HOST},
        {"https:///path", WEBHOOK_URL_HOST},
        {"https://?x", WEBHOOK_URL_HOST},
        {"https://:443/", WEBHOOK_URL_HOST},
        {"https://shop..example/", WEBHOOK_URL_HOST},
        {"https://shop.example./", WEBHOOK_URL_HOST},
        {"https://-shop.example/", WEBHOOK_URL_HOST},
        {"https://shop-.example/", WEBHOOK_URL_HOST},
        {"https://shop%2eexample/", WEBHOOK_URL_HOST},
        {"https://127.1/", WEBHOOK_URL_HOST},
        {"https://2130706433/", WEBHOOK_URL_HOST},
        {"https://0x7f.1/", WEBHOOK_URL_HOST},
        {"https://0x7f000001/", WEBHOOK_URL_HOST},
        {"https://1.2.3.0x4/", WEBHOOK_URL_HOST},
        {"https://1.2.3.4.5/", WEBHOOK_URL_HOST},
        {"https://256.1.1.1/", WEBHOOK_URL_HOST},
        {"https://[::1/", WEBHOOK_URL_HOST},
        {"https://[::1]x/", WEBHOOK_URL_HOST},
        {"https://[fe80::1%25eth0]/", WEBHOOK_URL_HOST},
        {"https://[]/", WEBHOOK_URL_HOST},
        {"https://[/", WEBHOOK_URL_HOST},
        {"https://]/", WEBHOOK_URL_HOST},
        {"https://shop.example:/", WEBHOOK_URL_PORT},
        {"https://shop.example:0/", WEBHOOK_URL_PORT},
        {"https://shop.example:65536/", WEBHOOK_URL_PORT},
        {"https://shop.example:8o/", WEBHOOK_URL_PORT},
        {"https://shop.example:80:80/", WEBHOOK_URL_PORT},
        {"https://robin@shop.example/", WEBHOOK_URL_USER},
        {"https://robin:secret@shop.example/", WEBHOOK_URL_USER},
        {"https://shop.example\\@evil.example/", WEBHOOK_URL_REST},
        {"https://shop.example/#part", WEBHOOK_URL_REST},
        {"https://shop.example#part", WEBHOOK_URL_REST},
        {"https://shop.example/%zz", WEBHOOK_URL_REST},
        {"https://shop.example/%2", WEBHOOK_URL_REST},
        {"https://shop.example/%", WEBHOOK_URL_REST},
        {"https://shop.example/a\"b", WEBHOOK_URL_REST},
        {"https://shop.example/{id}", WEBHOOK_URL_REST},
        {"https://shop.example/a b", WEBHOOK_URL_BYTES},
        {"https://shop.example/a\r\nHost:x", WEBHOOK_URL_BYTES},
        {"https://b\xc3\xbc"
         "cher.example/",
         WEBHOOK_URL_BYTES},
        {"https://localhost/", WEBHOOK_URL_PRIVATE},
        {"https://LOCALHOST:1/", WEBHOOK_URL_PRIVATE},
        {"https://a.localhost/", WEBHOOK_URL_PRIVATE},
        {"https://printer.local/", WEBHOOK_URL_PRIVATE},
        {"https://intranet/", WEBHOOK_URL_PRIVATE},
        {"https://127.0.0.1/", WEBHOOK_URL_PRIVATE},
        {"https://169.254.169.254/latest", WEBHOOK_URL_PRIVATE},
        {"https://10.0.0.1:443/", WEBHOOK_URL_PRIVATE},
        {"https://[::1]/", WEBHOOK_URL_PRIVATE},
        {"https://[::ffff:10.0.0.1]/", WEBHOOK_URL_PRIVATE},
        {"https://[fd00::1]/", WEBHOOK_URL_PRIVATE},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        enum webhook_url got = webhook_url_check(bad[i].url, false);
        if (got != bad[i].want)
            printf("# %s\n", bad[i].url);
        CHECK_INT(got, bad[i].want);
        CHECK(*webhook_url_text(got));
    }
}

TEST(where_private_targets_are_allowed_more_is_taken)
{
    CHECK_INT(webhook_url_check("http://127.0.0.1:8080/x", true), WEBHOOK_URL_OK);
    CHECK_INT(webhook_url_check("http://localhost/", true), WEBHOOK_URL_OK);
    CHECK_INT(webhook_url_check("https://intranet", true), WEBHOOK_URL_OK);
    CHECK_INT(webhook_url_check("http://a@localhost/", true), WEBHOOK_URL_USER);
    CHECK_INT(webhook_url_check("gopher://localhost/", true), WEBHOOK_URL_SCHEME);
}

TEST(lengths_have_ends)
{
    char url[WEBHOOK_URL_CEILING + 2];
    snprintf(url, sizeof url, "https://shop.example/");
    size_t len = strlen(url);
    memset(url + len, 'a', sizeof url - 1 - len);
    url[sizeof url - 1] = 0;
    CHECK_INT(webhook_url_check(url, false), WEBHOOK_URL_LONG);
    url[WEBHOOK_URL_CEILING] = 0;
    CHECK_INT(webhook_url_check(url, false), WEBHOOK_URL_OK);
    memset(url, 0, sizeof url);
    snprintf(url, sizeof url, "https://");
    memset(url + 8, 'a', 64);
    snprintf(url + 8 + 64, sizeof url - 72, ".example");
    CHECK_INT(webhook_url_check(url, false), WEBHOOK_URL_HOST);
}

TAP_MAIN(TAP(plain_addresses_are_taken), TAP(others_are_refused_by_name),
         TAP(where_private_targets_are_allowed_more_is_taken), TAP(lengths_have_ends))
