/* SPDX-License-Identifier: Apache-2.0
 *
 * What a webhook says: {"type", "timestamp", "data"}. Inside this folder only.
 */
#ifndef PORCHLIGHT_WEBHOOK_BODY_H
#define PORCHLIGHT_WEBHOOK_BODY_H

#include "notify/channel.h"

enum { WEBHOOK_PAYLOAD_ROOM = 128, WEBHOOK_TYPE_ROOM = 40 };

/* What a notice is of: an event, or a webhook's own. */
struct webhook_name {
    char id[ID_ROOM]; /* webhook-id */
    char type[WEBHOOK_TYPE_ROOM];
};
void webhook_name(const struct notice *notice, struct webhook_name *out);

struct webhook_parts {
    const char *id, *body; /* in the arena */
};

enum {
    WEBHOOK_UNTRUE = 1 /* what the event says is no longer so, and must not be said */
};
/* 0, WEBHOOK_UNTRUE, or a fault. */
int webhook_body(struct db_tx *tx, const struct notice *notice, struct arena *arena,
                 struct webhook_parts *out) MUST_CHECK;

#endif
