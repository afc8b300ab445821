/* SPDX-License-Identifier: Apache-2.0
 *
 * A look is a row before it is an answer: the row, the ledger's entry (queued) and the notices of
 * all who are told commit together, before the first byte of the photo can leave, because the photo
 * is served only under a look that is in the table (R4).
 */
#include "api/looks.h"

#include "api/api.h"
#include "api/cases.h"
#include "api/shapes.h"
#include "api/terms.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/states.h"
#include "ledger/step.h"
#include "store/delivery.h"
#include "store/entry.h"
#include "store/photo.h"

json_t *looks_granted(const struct store_look *look, json_t *terms)
{
    bool picture = look->kind == LOOK_AT_PHOTO;
    json_t *photo = json_null(), *evidence = json_null(), *sheet = json_null();
    if (store_look_breaks_glass(look))
        photo = json_sprintf("/v1/break-glass/%s/photo", look->id);
    else if (picture)
        photo = json_sprintf("/v1/cases/%s/looks/%s/photo", look->case_id, look->id);
    else {
        evidence = json_sprintf("/v1/cases/%s/looks/%s/evidence", look->case_id, look->id);
        sheet = json_sprintf("/v1/cases/%s/looks/%s/proof.pdf", look->case_id, look->id);
    }
    return json_pack("{s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:o?}", "id", look->id, "kind",
                     words_name(&words_look_kind, (int)look->kind), "agent_number",
                     look->agent_number, "photo_url", photo, "evidence_url", evidence, "proof_url",
                     sheet, "expires_at", json_of_time(look->expires_at), "terms", terms);
}

/* ---- what is asked for ---- */

/* The words: `least` is what they must be, so that a recipient can read something in them. */
static const char *read_words(struct call *call, struct fields *body, const char *name,
                              int64_t least)
{
    int64_t most = call->api->settings->text.reason;
    struct fields_length length = {(size_t)(least < most ? least : most), (size_t)most};
    return fields_lines(body, name, FIELDS_REQUIRED, length);
}

static void read_reason(struct fields *body, struct store_look *look)
{
    look->reason = (enum look_reason)fields_word(body, "reason", FIELDS_REQUIRED,
                                                 &words_look_reason, LOOK_OTHER);
}

/* `attempt_out`: whose photo, 0 for that of the newest attempt that has one. */
static bool read_look(struct call *call, struct store_look *look, int *attempt_out,
                      struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    fields_begin(&body, call->body, &failure);
    read_reason(&body, look);
    look->text = read_words(call, &body, "note", call->api->settings->text.look_least);
    look->kind = (enum look_kind)fields_word(&body, "kind", FIELDS_OPTIONAL, &words_look_kind,
                                             LOOK_AT_PHOTO);
    *attempt_out = (int)fields_integer(&body, "attempt", 1, STATES_ATTEMPTS, 0);
    fields_end(&body);
    return !failure.failed || call_refuse_field(answer, &failure) == 0;
}

/* ---- beginning ---- */

/* The ledger's entry is queued in the same transaction; which one it is stands in the row. */
static int record(struct call *call, struct db_tx *tx, const struct subject *subject,
                  struct store_look *look)
{
    struct store_entry entry;
    const struct recorder *recorder = call->api->recorder;
    int result = step_record(
        recorder, tx,
        &(struct step){
            .step = STEP_LOOKED, .photo = subject->asked, .look = look, .at = call->now});
    if (result != 0 || !recorder || recorder->off)
        return result;
    result = store_entry_last(tx, subject->asked->id, NULL, &entry);
    if (result == 0)
        result = store_look_set_entry(tx, look->id, entry.seq);
    return result;
}

/* Begins the look on the photo that the subject asks for; `row`: its case, or NULL. */
static int begin(struct call *call, struct db_tx *tx, const struct subject *subject,
                 const struct store_case *row, struct store_look *look)
{
    look->created_at = call->now;
    look->expires_at = call->now + call->api->settings->delivery.look_minutes * CLOCK_MINUTE;
    look->agent_number = call->actor.number;
    id_new(ID_LOOK, look->id);
    memcpy(look->photo_id, subject->asked->id, ID_ROOM);
    memcpy(look->delivery_id, subject->delivery.id, ID_ROOM);
    memcpy(look->agent_id, call->actor.id, ID_ROOM);
    memcpy(look->session_hash, call->actor.credential, sizeof look->session_hash);
    if (row) {
        memcpy(look->case_id, row->id, ID_ROOM);
        look->case_number = row->number;
    } else {
        memcpy(look->shipper_id, subject->delivery.shipper_id, ID_ROOM);
    }
    int result = store_look_insert(tx, look);
    if (result == 0)
        result = record(call, tx, subject, look);
    if (result == 0)
        result = tell_event(tx, &call->telling,
                            &(struct event){.kind = EVENT_PHOTO_LOOKED,
                                            .delivery = &subject->delivery,
                                            .photo = subject->asked,
                                            .of_case = row,
                                            .look = look,
                                            .at = call->now});
    if (result == 0)
        log_event(row ? LOG_INFO : LOG_WARN, "photo.looked", "look=%s photo=%s case=%s agent=%s",
                  look->id, look->photo_id, row ? row->id : "none", look->agent_id);
    return result;
}

int looks_op_begin(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct cases_found found;
    struct store_look look = {.reason = LOOK_OTHER};
    json_t *terms = NULL;
    int attempt, result = cases_need(call, tx, PURPOSE_FACTS, answer, &found);
    if (result != 0)
        return result;
    found.subject.facts.case_open =
        found.row.state == CASE_OPEN; /* this case, not another one on the delivery */
    enum policy_answer policy = subject_ask(&found.subject, PURPOSE_LOOK);
    if (policy == POLICY_ALLOW) {
        if (!read_look(call, &look, &attempt, answer))
            return CALL_REFUSE;
        result = subject_pick_attempt(call, tx, &found.subject, attempt);
        if (result != 0)
            return result;
        policy = subject_ask(&found.subject, PURPOSE_LOOK);
    }
    if (policy != POLICY_ALLOW)
        return call_refuse_policy(answer, policy);
    result = begin(call, tx, &found.subject, &found.row, &look);
    if (result == 0)
        result = terms_for_agent(call, tx, found.subject.asked, &terms);
    return result != 0 ? result : call_ok(answer, 201, looks_granted(&look, terms));
}

void looks_begin(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, looks_op_begin);
}

/* ---- without a case ---- */

int looks_op_break_glass(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct subject subject;
    struct store_look look = {.reason = LOOK_OTHER, .kind = LOOK_AT_PHOTO};
    json_t *terms = NULL;
    fields_begin(&body, call->body, &failure);
    const char *delivery_id = fields_id(&body, "delivery_id", FIELDS_REQUIRED, ID_DELIVERY);
    read_reason(&body, &look);
    look.text = read_words(call, &body, "text", call->api->settings->text.break_glass_least);
    int attempt = (int)fields_integer(&body, "attempt", 1, STATES_ATTEMPTS, 0);
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    int result = subject_load(call, tx, delivery_id, &subject);
    if (result == 0)
        result = subject_pick_attempt(call, tx, &subject, attempt);
    if (result < 0)
        return result;
    enum policy_answer policy =
        result == 0 ? subject_ask(&subject, PURPOSE_BREAK_GLASS) : POLICY_HIDDEN;
    if (policy != POLICY_ALLOW)
        return call_refuse_policy(answer, policy);
    result = begin(call, tx, &subject, NULL, &look);
    if (result == 0)
        result = terms_for_agent(call, tx, subject.asked, &terms);
    return result != 0 ? result : call_ok(answer, 201, looks_granted(&look, terms));
}

void looks_break_glass(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, looks_op_break_glass);
}

/* A look as administrators read it, with the delivery that it was at. */
static int shape_glass(struct call *call, struct db_tx *tx, const struct store_look *look,
                       json_t **out)
{
    struct delivery delivery;
    int result = store_delivery_get(tx, look->delivery_id, call->arena, &delivery);
    if (result != 0)
        return result;
    *out = shape_look(look);
    json_object_set_new(*out, "delivery",
                        json_pack("{s:s, s:s, s:s}", "id", delivery.id, "reference",
                                  delivery.reference, "time_zone", delivery.time_zone));
    return 0;
}

int looks_op_list_glass(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct list_page page = {.of = ID_LOOK};
    struct store_looks looks;
    if (!call_list_page(call, &page, answer))
        return CALL_REFUSE;
    json_t *items = json_array();
    int result =
        store_look_glass(tx, &(struct store_look_glass){call->actor.id, &call->actor.shippers},
                         &(struct store_page){page.after, page.limit}, call->arena, &looks);
    for (int i = 0; result == 0 && i < looks.count; i++) {
        json_t *item = NULL;
        result = shape_glass(call, tx, &looks.items[i], &item);
        if (result == 0)
            json_array_append_new(items, item);
    }
    if (result != 0) {
        json_decref(items);
        return result < 0 ? result : call_refuse(answer, &http_not_found, NULL);
    }
    return call_ok(answer, 200,
                   call_list(items, looks.more ? looks.items[looks.count - 1].id : NULL));
}

void looks_list_glass(struct http_request *req)
{
    call_read(call_of(req), looks_op_list_glass);
}

/* A look that runs, with the terms of its photo. */
static int grant_glass(struct call *call, struct db_tx *tx, const struct store_look *look,
                       json_t **out)
{
    struct photo photo;
    json_t *terms = NULL;
    int result = store_photo_get(tx, look->photo_id, call->arena, &photo);
    if (result >= 0)
        result = terms_for_agent(call, tx, result == 0 ? &photo : NULL, &terms);
    *out = looks_granted(look, terms);
    return result;
}

int looks_op_get_glass(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct store_look look;
    json_t *shape = NULL, *granted = NULL;
    int result = store_look_get(tx, http_param(call->req, "look_id"), call->arena, &look);
    if (result == 0 &&
        (!store_look_breaks_glass(&look) || strcmp(look.agent_id, call->actor.id) != 0))
        result = STORE_NOT_FOUND;
    if (result == 0)
        result = shape_glass(call, tx, &look, &shape);
    if (result != 0)
        return result < 0 ? result : call_refuse(answer, &http_not_found, NULL);
    bool runs = call->now < look.expires_at &&
                memcmp(look.session_hash, call->actor.credential, STORE_HASH) == 0;
    if (runs)
        result = grant_glass(call, tx, &look, &granted);
    json_object_set_new(shape, "look", granted ? granted : json_null());
    if (result == 0)
        return call_ok(answer, 200, shape);
    json_decref(shape);
    return result;
}
