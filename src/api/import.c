/* SPDX-License-Identifier: Apache-2.0
 *
 * The file is read on the handler's thread, before the transaction; the writer only inserts. A
 * check (`?check=true`) inserts too, and is then undone: so it knows of taken references and of
 * drivers, and says what the import would.
 */
#include "api/import.h"

#include <errno.h>

#include "api/api.h"
#include "api/call.h"
#include "api/import_columns.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/shipper.h"

enum { ARENA_CEILING = 64 << 20 };

/* ---- errors ---- */

/* Remembers one error; the first IMPORT_ERRORS are told. */
static void add_error(struct import *import, int row, const char *field, const char *detail)
{
    if (import->error_count == IMPORT_ERRORS)
        return;
    struct import_error *error = &import->errors[import->error_count++];
    error->row = row;
    snprintf(error->field, sizeof error->field, "%s", field);
    snprintf(error->detail, sizeof error->detail, "%s", detail);
}

/* ---- reading ---- */

static bool is_empty(const struct csv_row *row)
{
    for (int i = 0; i < row->count; i++)
        if (*row->cells[i])
            return false;
    return true;
}

/* Reads one row into the next delivery. 0 or -ENOMEM. */
static int read_row(struct import *import, const struct import_columns *columns,
                    const struct csv_row *row, const struct shipper *shipper)
{
    struct fields_failure failure = {0};
    struct fields body;
    if (row->count > columns->count) {
        add_error(import, row->number, "", "This row has more cells than there are columns.");
        return 0;
    }
    json_t *object = import_columns_object(columns, row);
    if (!object || json_array_append_new(import->objects, object) != 0)
        return log_fault("import.read", -ENOMEM, "row=%d", row->number);
    fields_begin(&body, object, &failure);
    announce_read_new(&import->announce, &body, shipper, &import->deliveries[import->count]);
    if (failure.failed)
        add_error(import, row->number, import_columns_of_field(failure.field), failure.detail);
    else
        import->rows[import->count++] = row->number;
    return 0;
}

/* Reads the rows after the header. */
static int read_rows(struct import *import, struct csv *csv, const struct import_columns *columns,
                     const struct shipper *shipper)
{
    struct csv_row row;
    int64_t most = import->announce.settings->api.import_rows, seen = 0;
    int result;
    while ((result = csv_next(csv, &row)) == 0) {
        if (is_empty(&row))
            continue;
        if (seen++ == most) {
            char detail[FIELDS_DETAIL_ROOM];
            snprintf(detail, sizeof detail, "There are more than %lld rows.", (long long)most);
            add_error(import, row.number, "", detail);
            return 0;
        }
        int fault = read_row(import, columns, &row, shipper);
        if (fault != 0)
            return fault;
    }
    if (result != CSV_END)
        add_error(import, row.number, "", csv_text((enum csv_result)result));
    else if (seen == 0)
        add_error(import, 1, "", "There are no rows below the columns' names.");
    return 0;
}

/* Makes room for the rows. 0 or -ENOMEM. */
static int make_room(struct import *import)
{
    size_t most = (size_t)import->announce.settings->api.import_rows;
    struct arena *arena = arena_new(ARENA_CEILING);
    import->announce.arena = arena;
    import->objects = json_array();
    import->deliveries = arena ? arena_alloc(arena, most * sizeof *import->deliveries) : NULL;
    import->rows = arena ? arena_alloc(arena, most * sizeof *import->rows) : NULL;
    if (import->objects && import->deliveries && import->rows)
        return 0;
    (void)log_fault("import.read", -ENOMEM, "rows=%zu", most);
    return -ENOMEM;
}

int import_read(struct import *import, const struct settings *settings,
                const struct shipper *shipper, char *text, size_t len)
{
    struct csv csv;
    struct csv_row header = {.number = 1};
    struct import_columns columns;
    const char *name = "";
    *import = (struct import){.announce = {.settings = settings, .now = clock_now()}};
    int result = make_room(import);
    if (result != 0)
        return result;
    result = csv_begin(&csv, text, len);
    if (result == 0)
        result = csv_next(&csv, &header);
    if (result != 0) {
        add_error(import, header.number, "",
                  result == CSV_END ? "The file is empty." : csv_text((enum csv_result)result));
        return 0;
    }
    const char *wrong = import_columns_read(&columns, &header, &name);
    if (wrong)
        add_error(import, header.number, name, wrong);
    return wrong ? 0 : read_rows(import, &csv, &columns, shipper);
}

void import_free(struct import *import)
{
    json_decref(import->objects);
    import->objects = NULL;
    arena_free(&import->announce.arena);
}

/* ---- writing ---- */

static int by_row(const void *a, const void *b)
{
    return ((const struct import_error *)a)->row - ((const struct import_error *)b)->row;
}

int import_insert(struct import *import, struct db_tx *tx, const struct shipper *shipper)
{
    for (int i = 0; i < import->count; i++) {
        int result = announce_insert(&import->announce, tx, shipper, &import->deliveries[i]);
        if (result < 0)
            return result;
        if (result > 0)
            add_error(import, import->rows[i], result == ANNOUNCE_TAKEN ? "reference" : "driver_id",
                      announce_sentence((enum announce_result)result));
    }
    qsort(import->errors, (size_t)import->error_count, sizeof import->errors[0], by_row);
    return 0;
}

json_t *import_answer(const struct import *import, int created)
{
    json_t *ids = json_array(), *errors = json_array();
    for (int i = 0; i < created; i++)
        json_array_append_new(ids, json_string(import->deliveries[i].id));
    for (int i = 0; i < import->error_count; i++) {
        const struct import_error *error = &import->errors[i];
        json_array_append_new(errors,
                              json_pack("{s:i, s:o, s:s}", "row", error->row, "field",
                                        json_of_text(error->field), "detail", error->detail));
    }
    return json_pack("{s:i, s:o, s:o}", "created", created, "ids", ids, "errors", errors);
}

/* ---- over HTTP ---- */

/* What the handler and its operation share. */
struct work {
    struct shipper shipper;
    struct import import;
    bool check; /* only */
};

/* The first error is the problem, all of them are with it. */
static int refuse(const struct import *import, struct answer *answer)
{
    const struct import_error *first = &import->errors[0];
    answer->body = import_answer(import, 0);
    if (answer->body)
        json_object_set_new(answer->body, "row", json_integer(first->row));
    snprintf(answer->field, sizeof answer->field, "%s", first->field[0] ? first->field : "row");
    return call_refuse(answer, &api_invalid_field, first->detail);
}

static int insert(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct work *work = call->work;
    struct import *import = &work->import;
    import->announce.telling = &call->telling;
    int result = import_insert(import, tx, &work->shipper);
    if (result != 0)
        return result;
    if (work->check) { /* what was inserted is undone again */
        (void)call_ok(answer, 200, import_answer(import, 0));
        return CALL_REFUSE;
    }
    if (import->error_count > 0)
        return refuse(import, answer);
    log_event(LOG_INFO, "deliveries.imported", "shipper=%s deliveries=%d", work->shipper.id,
              import->count);
    return call_ok(answer, 201, import_answer(import, import->count));
}

/* Reads the file, then performs. */
static void import_text(struct call *call, struct work *work, struct span body)
{
    AUTO_FREE char *text = malloc(body.len + 1);
    if (!text) {
        http_fault(call->req, log_fault("import.body", -ENOMEM, "bytes=%zu", body.len));
        return;
    }
    if (body.len > 0)
        memcpy(text, body.data, body.len);
    text[body.len] = 0;
    int result = import_read(&work->import, call->api->settings, &work->shipper, text, body.len);
    call->work = work;
    if (result != 0)
        http_fault(call->req, result);
    else
        call_write(call, insert);
    import_free(&work->import);
}

static int find_shipper(struct call *call, struct work *work)
{
    AUTO_DB_READ struct db_tx *tx = NULL;
    int result = db_read_begin(call->api->db, &tx);
    return result != 0 ? result
                       : store_shipper_get(tx, call->actor.shipper_id, call->arena, &work->shipper);
}

/* Whether only to check; false: a problem was replied. */
static bool read_check(struct http_request *req, bool *check_out)
{
    const char *check = http_query(req, "check");
    *check_out = check && strcmp(check, "true") == 0;
    if (!check || *check_out || strcmp(check, "false") == 0)
        return true;
    http_problem_field(req, &api_invalid_field, "check", "This must be true or false.");
    return false;
}

void import_rows(struct http_request *req)
{
    struct call *call = call_of(req);
    struct span body = http_body(req);
    unsigned long long most = (unsigned long long)call->api->settings->api.import_bytes;
    struct work *work = arena_alloc(call->arena, sizeof *work);
    if (!http_type_is(http_header(req, "Content-Type"), "text/csv")) {
        http_problem(req, &http_unsupported_media_type, "The body must be text/csv in UTF-8.");
        return;
    }
    if (body.len > most) {
        http_problem(req, &http_payload_too_large, "At most %llu bytes.", most);
        return;
    }
    if (!work) {
        http_fault(req, log_fault("import.work", -ENOMEM, "request=%s", http_id(req)));
        return;
    }
    if (!read_check(req, &work->check))
        return;
    int result = find_shipper(call, work);
    if (result != 0)
        http_fault(req, result < 0 ? result : -ENOENT);
    else
        import_text(call, work, body);
}
