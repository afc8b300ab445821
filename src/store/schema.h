/* SPDX-License-Identifier: Apache-2.0
 *
 * The schema's migrations, and the conditions of partial indexes, which a query must repeat word
 * for word to use them.
 */
#ifndef PORCHLIGHT_STORE_SCHEMA_H
#define PORCHLIGHT_STORE_SCHEMA_H

#include "db/db.h"

#define SCHEMA_PHOTO_IS_LIVE    "state IN ('received', 'posted', 'withheld', 'set_aside')"
#define SCHEMA_PHOTO_IS_KEPT    "state IN ('posted', 'withheld')"
#define SCHEMA_PHOTO_CAN_BE_DUE "state IN ('posted', 'withheld', 'set_aside')"
#define SCHEMA_PHOTO_WAITS      "state IN ('received', 'set_aside')"
#define SCHEMA_DELIVERY_IS_OPEN "state IN ('created', 'out_for_delivery', 'attempted')"
#define SCHEMA_JOB_IS_QUEUED    "lease_owner IS NULL AND set_aside_at IS NULL"
#define SCHEMA_NOTICE_IS_HEAD   "behind = 0 AND lease_owner IS NULL AND set_aside_at IS NULL"
#define SCHEMA_DELIVERY_AWAITS  "photo_state = 'expected' AND delivered_received_at IS NOT NULL"

/* Steps that stand in files of their own. */
extern const char schema_webhooks[];
extern const char schema_push[];
extern const char schema_preference[];
extern const char schema_text_message[];
extern const char schema_refusal[];
extern const char schema_erasure[];
extern const char schema_share[];
extern const char schema_passkey[];
extern const char schema_roles[];
extern const char schema_looks[];
extern const char schema_privacy[];
extern const char schema_found[];
extern const char schema_search[];

extern const struct db_migration schema_migrations[];
extern const int schema_migration_count;

#endif
