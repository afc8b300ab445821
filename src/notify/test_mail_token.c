/* SPDX-License-Identifier: Apache-2.0
 *
 * Links in mail open what they were made for, and nothing else.
 */
#include "notify/mail_token.h"

#include "base/tap.h"

static const uint8_t secret[32] = {1, 2, 3}, other_secret[32] = {9};

TEST(a_link_to_stop_gives_address_and_class_back)
{
    uint8_t address[32] = {7, 7, 7}, got[32];
    char token[MAIL_TOKEN_ROOM], again[MAIL_TOKEN_ROOM];
    enum notice_class what;
    mail_token_stop(secret, address, CLASS_LOOK, token);
    CHECK(mail_token_read_stop(secret, token, got, &what));
    CHECK(memcmp(got, address, 32) == 0);
    CHECK_INT(what, CLASS_LOOK);
    mail_token_stop(secret, address, CLASS_LOOK, again);
    CHECK_STR(token, again);
    CHECK(!mail_token_read_stop(other_secret, token, got, &what));
    for (size_t i = 0; i < strlen(token); i++) { /* no character may be another */
        char changed[MAIL_TOKEN_ROOM];
        memcpy(changed, token, sizeof changed);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        CHECK(!mail_token_read_stop(secret, changed, got, &what));
    }
    token[strlen(token) - 1] = '\0';
    CHECK(!mail_token_read_stop(secret, token, got, &what));
    CHECK(!mail_token_read_stop(secret, "", got, &what));
}

static struct delivery parcel(void)
{
    struct delivery delivery = {.recipient_email = "ada@example.org", .token_version = 1};
    id_from_bytes(ID_DELIVERY, (const uint8_t[16]){1, 2, 3, 4}, delivery.id);
    return delivery;
}

TEST(a_link_to_refuse_fits_one_delivery_address_and_version)
{
    struct delivery delivery = parcel(), other;
    char token[MAIL_TOKEN_ROOM], id[ID_ROOM];
    mail_token_refuse(secret, &delivery, token);
    CHECK(mail_token_names(token, id));
    CHECK_STR(id, delivery.id);
    CHECK(mail_token_fits(secret, token, &delivery));
    CHECK(!mail_token_fits(other_secret, token, &delivery));
    other = delivery;
    other.recipient_email = "eve@example.org";
    CHECK(!mail_token_fits(secret, token, &other));
    other.recipient_email = NULL;
    CHECK(!mail_token_fits(secret, token, &other));
    other = delivery;
    other.token_version = 2;
    CHECK(!mail_token_fits(secret, token, &other));
    other = delivery;
    id_from_bytes(ID_DELIVERY, (const uint8_t[16]){1, 2, 3, 5}, other.id);
    CHECK(!mail_token_fits(secret, token, &other));
    CHECK(!mail_token_names("", id) && !mail_token_names("AAAA", id));
}

TEST(neither_link_passes_for_the_other)
{
    struct delivery delivery = parcel();
    uint8_t address[32] = {0}, got[32];
    char stop[MAIL_TOKEN_ROOM], refuse[MAIL_TOKEN_ROOM], id[ID_ROOM];
    enum notice_class what;
    mail_token_stop(secret, address, CLASS_CASE, stop);
    mail_token_refuse(secret, &delivery, refuse);
    CHECK(!mail_token_names(stop, id) && !mail_token_fits(secret, stop, &delivery));
    CHECK(!mail_token_read_stop(secret, refuse, got, &what));
}

TAP_MAIN(TAP(a_link_to_stop_gives_address_and_class_back),
         TAP(a_link_to_refuse_fits_one_delivery_address_and_version),
         TAP(neither_link_passes_for_the_other))
