/* SPDX-License-Identifier: Apache-2.0
 *
 * A shipper's own choices, which a delivery that does not say otherwise follows.
 */
#include "api/shippers.h"

#include "api/api.h"
#include "api/shapes.h"
#include "store/shipper.h"

static int get_settings(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct shipper shipper;
    int result = store_shipper_get(tx, call->actor.shipper_id, call->arena, &shipper);
    return result != 0 ? result : call_ok(answer, 200, shape_settings(&shipper));
}

void shippers_get_settings(struct http_request *req)
{
    call_read(call_of(req), get_settings);
}

static int put_settings(struct call *call, struct db_tx *tx, struct answer *answer)
{
    struct fields_failure failure = {0};
    struct fields body;
    struct shipper shipper;
    int result = store_shipper_get(tx, call->actor.shipper_id, call->arena, &shipper);
    if (result != 0)
        return result;
    fields_begin(&body, call->body, &failure);
    shipper.retention_days =
        (int)fields_integer(&body, "retention_days", 1, 365, shipper.retention_days);
    shipper.far_metres = (int)fields_integer(&body, "far_metres", 10, 100000, shipper.far_metres);
    shipper.confidential_photos = (enum confidential_photos)fields_word(
        &body, "confidential_photos", FIELDS_OPTIONAL, &words_confidential_photos,
        (int)shipper.confidential_photos);
    shipper.refuse_dark = fields_flag(&body, "refuse_dark", shipper.refuse_dark);
    shipper.refuse_blurred = fields_flag(&body, "refuse_blurred", shipper.refuse_blurred);
    shipper.photo_default = (enum photo_want)fields_word(
        &body, "photo_default", FIELDS_OPTIONAL, &words_photo_want, (int)shipper.photo_default);
    fields_end(&body);
    if (failure.failed)
        return call_refuse_field(answer, &failure);
    result = store_shipper_update(tx, &shipper);
    return result != 0 ? result : call_ok(answer, 200, shape_settings(&shipper));
}

void shippers_put_settings(struct http_request *req)
{
    struct call *call = call_of(req);
    if (call_read_body(call, FIELDS_REQUIRED))
        call_write(call, put_settings);
}
