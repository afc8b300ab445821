/* SPDX-License-Identifier: Apache-2.0
 *
 * What an administrator does about erasures: has the journal to keep it elsewhere, and, where the
 * journal is lost too, takes back a receipt that a recipient has kept.
 */
#include <errno.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/admin.h"
#include "cli/cli.h"
#include "cli/data.h"
#include "jobs/erase.h"
#include "keys/journal.h"
#include "ledger/erasure.h"
#include "store/photo.h"

/* ---- the journal ---- */

static int print_line(void *context, const struct journal_line *line, const char *mark)
{
    char text[JOURNAL_LINE_ROOM];
    (void)context;
    (void)mark;
    journal_format(line, text);
    return puts(text) < 0 ? 1 : 0;
}

int erasures_print(const struct settings *settings, const char *since)
{
    char day[40], mark[JOURNAL_MARK_ROOM];
    int64_t at;
    struct keys *keys = NULL;
    struct keys_config config = data_keys(settings, KEYS_MUST_EXIST);
    snprintf(day, sizeof day, "%.20sT00:00:00Z", since);
    if (!clock_parse(day, &at))
        return cli_usage("`admin erasures` wants the first day, such as 2026-11-24");
    snprintf(mark, sizeof mark, "%.10s 0", since);
    int result = keys_open_secrets(&config, &keys);
    if (result != 0)
        return cli_fail("cannot use the key folder %s: %s", config.folder,
                        keys_outcome_text(result));
    result = journal_each(keys, mark, print_line, NULL);
    keys_close(&keys);
    return result == 0 ? 0 : cli_fail("cannot read the journal: %s", cli_fault_text(result));
}

/* ---- a receipt that comes back ---- */

int erasures_prepare(struct admin_call *call)
{
    struct buf bytes AUTO_BUF;
    if (cli_read_file(call->words[0], ERASURE_CEILING, &bytes) != 0)
        return admin_refuse(call, "the receipt cannot be read");
    call->file = arena_printf(call->arena, "%s", buf_string(&bytes));
    call->file_len = call->file ? strlen(call->file) : 0;
    return call->file ? 0 : -ENOMEM;
}

/* Checks the receipt against our own key, which the database knows. */
static int read_receipt(struct db_tx *tx, struct admin_call *call, struct erasure_receipt *receipt)
{
    uint8_t public[KEYS_PUBLIC];
    const char *hex;
    struct span bytes = {(const uint8_t *)call->file, call->file_len};
    int result = store_meta_get(tx, "receipt_key", call->arena, &hex);
    if (result < 0)
        return result;
    if (result > 0 || strlen(hex) != 2 * sizeof public || !text_unhex(hex, public, sizeof public) ||
        erasure_check_own(bytes, public, receipt) != ERASURE_HOLDS)
        return admin_refuse(call, "this is no receipt of an erasure that this server has signed");
    return 0;
}

int erasures_again(struct db_tx *tx, struct admin_call *call)
{
    struct erasure_receipt receipt;
    struct photo photo;
    int result = read_receipt(tx, call, &receipt);
    if (result == 0)
        result = store_photo_get(tx, receipt.photo_id, call->arena, &photo);
    if (result > 0)
        return *call->refusal ? result
                              : admin_refuse(call, "there is no photo %s here: nothing to erase",
                                             receipt.photo_id);
    struct erasure erasure = {.recorder = call->api->recorder,
                              .arena = call->arena,
                              .now = call->now,
                              .asked_at = receipt.asked_at,
                              .reason = arena_printf(call->arena, "%s", receipt.reason),
                              .telling = &call->telling};
    bool was_there =
        result == 0 && (photo.state == PHOTO_RECEIVED || photo.state == PHOTO_POSTED ||
                        photo.state == PHOTO_WITHHELD || photo.state == PHOTO_SET_ASIDE);
    if (result == 0 && was_there)
        result = erase_photo(&erasure, tx, &photo);
    return result != 0
               ? result
               : admin_answer(call, json_pack("{s:s, s:s, s:s, s:b}", "id", photo.id, "delivery_id",
                                              photo.delivery_id, "state",
                                              words_name(&words_photo_state, (int)photo.state),
                                              "erased_again", was_there));
}
