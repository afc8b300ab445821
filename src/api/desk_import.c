/* SPDX-License-Identifier: Apache-2.0
 *
 * The file's text is a field of the form, so that it stands on the page while its rows are mended;
 * the page's module puts a chosen file there. Whatever was checked is checked again when it is
 * imported.
 */
#include "api/desk_import.h"

#include <errno.h>

#include "api/api.h"
#include "api/faces.h"
#include "api/import.h"
#include "api/page.h"
#include "base/log.h"
#include "store/shipper.h"

/* What the handler and its operation share. */
struct work {
    struct shipper shipper;
    struct import import;
    bool check;
};

/* The page: whose deliveries, and nothing typed. */
static int read_page(struct call *call, struct db_tx *tx, struct answer *answer)
{
    const char *shipper_id = "";
    json_t *shippers = json_array();
    int result = face_choose_shipper(call, tx, shippers, &shipper_id);
    if (result == 0)
        return call_ok(answer, 200,
                       json_pack("{s:o, s:s?}", "shippers", shippers, "shipper_id",
                                 shipper_id[0] ? shipper_id : NULL));
    json_decref(shippers);
    return result;
}

void face_desk_import(struct http_request *req)
{
    page_read(call_of(req), read_page, PAGE_DESK_IMPORT, NULL);
}

static int find_shipper(struct call *call, struct work *work, struct answer *page)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(call->api->db, &tx);
    if (result == 0)
        result = read_page(call, tx, page);
    const char *id = json_string_value(json_object_get(page->body, "shipper_id"));
    if (result == 0)
        result = id ? store_shipper_get(tx, id, call->arena, &work->shipper) : STORE_NOT_FOUND;
    return result;
}

/* Errors are the answer, and nothing is kept where there are any, or of a check. */
static int insert(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct work *work = call->work;
    struct import *import = &work->import;
    import->announce.telling = &call->telling;
    int result = import_insert(import, tx, &work->shipper);
    if (result != 0)
        return result;
    bool keep = !work->check && import->error_count == 0;
    (void)call_ok(answer, 200, import_answer(import, keep ? import->count : 0));
    json_object_set_new(answer->body, "rows", json_integer(import->count));
    if (!keep)
        return CALL_REFUSE;
    log_event(LOG_INFO, "deliveries.imported", "shipper=%s deliveries=%d", work->shipper.id,
              import->count);
    return 0;
}

static void show(struct call *call, const struct answer *page, const struct answer *answer)
{
    json_t *data = json_incref(page->body);
    bool wrong = json_array_size(json_object_get(answer->body, "errors")) > 0;
    json_object_update(data, answer->body);
    json_object_set_new(data, "values",
                        json_pack("{s:O}", "file", json_object_get(call->body, "file")));
    page_reply(call, wrong ? 422 : 200, PAGE_DESK_IMPORT, data);
}

static void import_text(struct call *call, struct work *work, const struct answer *page)
{
    struct answer answer = {0};
    const char *file = json_string_value(json_object_get(call->body, "file"));
    const char *act = json_string_value(json_object_get(call->body, "do"));
    AUTO_FREE char *text = strdup(file ? file : "");
    work->check = !act || strcmp(act, "import") != 0;
    if (!text) {
        http_fault(call->req, log_fault("desk.import", -ENOMEM, "request=%s", http_id(call->req)));
        return;
    }
    int result =
        import_read(&work->import, call->api->settings, &work->shipper, text, strlen(text));
    call->work = work;
    if (result == 0)
        result = call_perform(call, insert, &answer);
    if (result == 0 && answer.body && !answer.problem)
        show(call, page, &answer);
    else if (result != CALL_REPLIED)
        call_reply(call, result, &answer);
    answer_clear(&answer);
    import_free(&work->import);
}

void face_desk_import_post(struct http_request *req)
{
    struct call *call = call_of(req);
    struct answer page = {0};
    struct work *work = arena_alloc(call->arena, sizeof *work);
    if (!work) {
        http_fault(req, log_fault("desk.import", -ENOMEM, "request=%s", http_id(req)));
        return;
    }
    if (!call_read_body(call, FIELDS_REQUIRED))
        return;
    int result = find_shipper(call, work, &page);
    if (result == STORE_NOT_FOUND)
        http_problem(req, &http_not_found, NULL);
    else if (result != 0)
        http_fault(req, result);
    else
        import_text(call, work, &page);
    answer_clear(&page);
}
