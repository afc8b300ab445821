/* SPDX-License-Identifier: Apache-2.0
 *
 * The arrows of states.h as a table.
 */
#include "domain/states.h"

#define TO(state) (1u << DELIVERY_##state)

static const unsigned followers[DELIVERY_STATE_COUNT] = {
    [DELIVERY_CREATED] = TO(OUT_FOR_DELIVERY) | TO(DELIVERED) | TO(ATTEMPTED) | TO(CANCELLED),
    [DELIVERY_OUT_FOR_DELIVERY] = TO(DELIVERED) | TO(ATTEMPTED) | TO(RETURNED) | TO(CANCELLED),
    [DELIVERY_ATTEMPTED] = TO(OUT_FOR_DELIVERY) | TO(RETURNED) | TO(CANCELLED),
};

bool states_may_follow(enum delivery_state from, enum delivery_state to)
{
    return (followers[from] >> to) & 1u;
}

bool states_is_final(enum delivery_state state)
{
    return followers[state] == 0;
}

enum photo_state states_photo_after(enum delivery_state state, enum photo_state photo,
                                    bool other_proof, const char **reason_out)
{
    bool waiting = photo == PHOTO_EXPECTED || photo == PHOTO_MISSING;
    if (waiting && (state == DELIVERY_CANCELLED || state == DELIVERY_RETURNED)) {
        *reason_out = "cancelled";
        return PHOTO_NONE;
    }
    if (waiting && state == DELIVERY_DELIVERED && other_proof) {
        *reason_out = "other_proof";
        return PHOTO_MISSING;
    }
    return photo;
}
