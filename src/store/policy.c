/* SPDX-License-Identifier: Apache-2.0
 *
 * A recipient known only by telephone has no account yet, so no word for all deliveries.
 */
#include "store/policy.h"

#include "store/account.h"
#include "store/refusal.h"
#include "store/row.h"

STORE_SQL(sql_policy_of_recipient,
          "SELECT delivery.id, state, photo_state, confidential, photo_want, consent,"
          " confidential_photos FROM delivery JOIN shipper ON shipper.id = shipper_id"
          " WHERE recipient_email = ?1 AND delivery.id < ?2 ORDER BY delivery.id DESC LIMIT ?3");

int store_policy_facts(struct db_tx *tx, const struct delivery *delivery,
                       const struct shipper *shipper, struct arena *arena, struct policy_facts *out)
{
    *out = (struct policy_facts){
        .confidential = delivery->confidential,
        .confidential_photos = shipper->confidential_photos,
        .want = delivery->photo_want,
        .delivery_consent = delivery->consent,
        .delivery = delivery->state,
        .photo = delivery->photo_state,
    };
    int result = store_refusal_facts(tx, delivery, out);
    if (result != 0 || !delivery->recipient_email)
        return result;
    struct store_account account;
    result = store_account_by_email(tx, delivery->recipient_email, arena, &account);
    if (result == 0)
        out->account_consent = account.consent;
    return result == STORE_NOT_FOUND ? 0 : result;
}

static void policy_read(struct db_stmt *stmt, struct arena *arena, void *out)
{
    struct store_facts_row *row = out;
    (void)arena;
    *row = (struct store_facts_row){
        .facts = {
            .delivery = (enum delivery_state)row_word(stmt, 1, &words_delivery_state),
            .photo = (enum photo_state)row_word(stmt, 2, &words_photo_state),
            .confidential = (enum confidentiality)row_word(stmt, 3, &words_confidentiality),
            .want = (enum photo_want)row_word(stmt, 4, &words_photo_want),
            .delivery_consent = (enum consent)row_word(stmt, 5, &words_consent),
            .confidential_photos =
                (enum confidential_photos)row_word(stmt, 6, &words_confidential_photos),
        }};
    row_id(stmt, 0, ID_DELIVERY, row->delivery_id);
}

int store_policy_of_recipient(struct db_tx *tx, const char *email, const struct store_page *page,
                              struct arena *arena, struct store_facts *out)
{
    static const struct row_shape shape = {policy_read, sizeof(struct store_facts_row)};
    struct row_list list;
    struct db_stmt *stmt;
    int fault = db_query(tx, sql_policy_of_recipient, &stmt);
    if (fault)
        return fault;
    db_bind_text(stmt, 1, email);
    row_bind_after(stmt, 2, ID_DELIVERY, page->after, ROW_NEWEST_FIRST);
    fault = row_page(stmt, (struct row_cut){3, page->limit}, &shape, arena, &list);
    ROW_HAND_OVER(list, out);
    return fault;
}
