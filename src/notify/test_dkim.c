/* SPDX-License-Identifier: Apache-2.0
 *
 * Canonical forms as RFC 6376 §3.4.5 shows them, signatures checked with the public key, and what
 * the settings must not be. The whole of a signed message is checked by another program in
 * tests/e2e/mail.test.js.
 */
#include "notify/dkim.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/log.h"
#include "base/tap.h"
#include "base/tap_folder.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"

static const char message[] = "Date: Tue, 24 Nov 2026 18:00:00 +0000\r\n"
                              "From: Porchlight <post@shop.example>\r\n"
                              "To: <ada@example.org>\r\n"
                              "Subject: Hello  there\r\n"
                              "Message-ID: <1@shop.example>\r\n"
                              "MIME-Version: 1.0\r\n"
                              "Content-Type: text/plain;\r\n charset=utf-8\r\n"
                              "\r\n"
                              "One\r\n\r\n";

#define TEXT(text) ((struct span){(const uint8_t *)(text), strlen(text)})

static const char *relaxed(void (*relax)(struct span, struct buf *), const char *text)
{
    static struct buf out;
    buf_free(&out);
    buf_init(&out, 10000);
    relax(TEXT(text), &out);
    CHECK(!out.failed);
    return out.data ? (const char *)out.data : "";
}

TEST(bodies_and_headers_are_relaxed_as_the_standard_shows)
{
    CHECK_STR(relaxed(dkim_relax_header, "A: X\r\n"), "a:X\r\n");
    CHECK_STR(relaxed(dkim_relax_header, "B : Y\t\r\n\tZ  \r\n"), "b:Y Z\r\n");
    CHECK_STR(relaxed(dkim_relax_body, " C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n");
    CHECK_STR(relaxed(dkim_relax_body, ""), "");
    CHECK_STR(relaxed(dkim_relax_body, "\r\n \r\n"), "");
    CHECK_STR(relaxed(dkim_relax_body, "a"), "a\r\n");
    CHECK_STR(relaxed(dkim_relax_body, "a\r\n\t\r\nb\r\n"), "a\r\n\r\nb\r\n");
}

/* ---- keys ---- */

struct office {
    char folder[TAP_FOLDER_ROOM];
    struct settings settings;
    EVP_PKEY *rsa, *ed;
};

static void write_key(const char *folder, const char *name, EVP_PKEY *key)
{
    char path[TAP_FOLDER_ROOM + 20];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    AUTO_FCLOSE FILE *file = fopen(path, "we");
    CHECK(file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
}

static void begin(struct office *office)
{
    log_set_level((enum log_level) - 1);
    if (crypto_init() != 0)
        abort();
    tap_folder_new(office->folder);
    settings_defaults(&office->settings);
    office->rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    office->ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    write_key(office->folder, "rsa.pem", office->rsa);
    write_key(office->folder, "ed.pem", office->ed);
    snprintf(office->settings.mail.dkim_domain, sizeof office->settings.mail.dkim_domain,
             "shop.example");
    snprintf(office->settings.mail.dkim_selectors, sizeof office->settings.mail.dkim_selectors,
             "a, b");
    snprintf(office->settings.mail.dkim_key_files, sizeof office->settings.mail.dkim_key_files,
             "%s/rsa.pem, %s/ed.pem", office->folder, office->folder);
}

static void end(struct office *office)
{
    EVP_PKEY_free(office->rsa);
    EVP_PKEY_free(office->ed);
    tap_folder_remove(office->folder);
}

/* What the header signs: `head`, the header itself relaxed and without its signature. */
static size_t signed_text(const char *head, const char *header, size_t len, char *out, size_t room)
{
    const char *b = strstr(header, " b=") + 3;
    char unsigned_header[4000];
    snprintf(unsigned_header, sizeof unsigned_header, "%.*s\r\n", (int)(b - header), header);
    CHECK(len < sizeof unsigned_header);
    const char *text = relaxed(dkim_relax_header, unsigned_header);
    return (size_t)snprintf(out, room, "%s%.*s", head, (int)strlen(text) - 2, text);
}

static size_t read_signature(const char *header, size_t len, uint8_t *out, size_t room)
{
    char base64[1400];
    size_t count = 0, out_len = 0;
    for (const char *at = strstr(header, " b=") + 3; at < header + len; at++)
        if (!strchr(" \r\n", *at) && count + 1 < sizeof base64)
            base64[count++] = *at;
    CHECK(text_unbase64(base64, count, out, room, &out_len));
    return out_len;
}

TEST(each_key_signs_and_its_public_half_agrees)
{
    static const char head[] = "from:Porchlight <post@shop.example>\r\n"
                               "to:<ada@example.org>\r\n"
                               "subject:Hello there\r\n"
                               "date:Tue, 24 Nov 2026 18:00:00 +0000\r\n"
                               "message-id:<1@shop.example>\r\n"
                               "mime-version:1.0\r\n"
                               "content-type:text/plain; charset=utf-8\r\n";
    struct office office;
    struct dkim *dkim = NULL;
    struct buf out;
    begin(&office);
    buf_init(&out, 100000);
    CHECK_INT(dkim_new(&office.settings, &dkim), 0);
    CHECK_INT(dkim_sign(dkim, TEXT(message), 1795543200000, &out), 0);
    const char *first = (const char *)out.data;
    const char *second = strstr(first + 1, "DKIM-Signature: ");
    CHECK(second != NULL);
    CHECK(strstr(first, "a=rsa-sha256; c=relaxed/relaxed;\r\n d=shop.example;\r\n s=a;") != NULL);
    CHECK(strstr(second, "a=ed25519-sha256; c=relaxed/relaxed;\r\n d=shop.example;\r\n s=b;") !=
          NULL);
    CHECK(strstr(first, "h=From:From:To:To:") != NULL);
    CHECK(strstr(first, "List-Unsubscribe:") && strstr(first, "List-Unsubscribe-Post;"));
    char text[6000];
    uint8_t signature[1024], digest[32];
    size_t len = signed_text(head, first, (size_t)(second - first), text, sizeof text);
    size_t signature_len =
        read_signature(first, (size_t)(second - first), signature, sizeof signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    CHECK_INT(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, office.rsa), 1);
    CHECK_INT(EVP_DigestVerify(context, signature, signature_len, (uint8_t *)text, len), 1);
    EVP_MD_CTX_free(context);
    len = signed_text(head, second, strlen(second), text, sizeof text);
    signature_len = read_signature(second, strlen(second), signature, sizeof signature);
    hash_sha256((struct span){(uint8_t *)text, len}, digest);
    context = EVP_MD_CTX_new();
    CHECK_INT(EVP_DigestVerifyInit(context, NULL, NULL, NULL, office.ed), 1);
    CHECK_INT(EVP_DigestVerify(context, signature, signature_len, digest, sizeof digest), 1);
    EVP_MD_CTX_free(context);
    buf_free(&out);
    dkim_free(&dkim);
    end(&office);
}

TEST(the_records_to_publish_are_told)
{
    struct office office;
    struct dkim *dkim = NULL;
    struct buf out;
    begin(&office);
    buf_init(&out, 100000);
    CHECK_INT(dkim_new(&office.settings, &dkim), 0);
    CHECK_INT(dkim_records(dkim, &out), 0);
    CHECK(strncmp((char *)out.data, "a._domainkey.shop.example\tv=DKIM1; k=rsa; p=MII", 46) == 0);
    CHECK(strstr((char *)out.data, "\nb._domainkey.shop.example\tv=DKIM1; k=ed25519; p=") != NULL);
    buf_free(&out);
    dkim_free(&dkim);
    end(&office);
}

TEST(settings_that_would_sign_nothing_are_refused)
{
    struct office office;
    struct dkim *dkim = NULL;
    char path[TAP_FOLDER_ROOM + 20];
    begin(&office);
    struct settings settings = office.settings;
    settings.mail.dkim_domain[0] = '\0';
    CHECK_INT(dkim_new(&settings, &dkim), DKIM_BAD_SETTINGS);
    settings = office.settings;
    snprintf(settings.mail.dkim_selectors, 10, "a");
    CHECK_INT(dkim_new(&settings, &dkim), DKIM_BAD_SETTINGS);
    snprintf(settings.mail.dkim_selectors, 10, "a,b,c");
    CHECK_INT(dkim_new(&settings, &dkim), DKIM_BAD_SETTINGS);
    EVP_PKEY *small = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
    write_key(office.folder, "rsa.pem", small);
    EVP_PKEY_free(small);
    CHECK_INT(dkim_new(&office.settings, &dkim), DKIM_BAD_KEY);
    snprintf(path, sizeof path, "%s/rsa.pem", office.folder);
    AUTO_FCLOSE FILE *file = fopen(path, "we");
    fprintf(file, "no key\n");
    fflush(file);
    CHECK_INT(dkim_new(&office.settings, &dkim), DKIM_BAD_KEY);
    unlink(path);
    CHECK(dkim_new(&office.settings, &dkim) < 0);
    CHECK(dkim == NULL);
    settings_defaults(&settings);
    CHECK_INT(dkim_new(&settings, &dkim), 0);
    CHECK(dkim == NULL);
    end(&office);
}

TAP_MAIN(TAP(bodies_and_headers_are_relaxed_as_the_standard_shows),
         TAP(each_key_signs_and_its_public_half_agrees), TAP(the_records_to_publish_are_told),
         TAP(settings_that_would_sign_nothing_are_refused))
