/* SPDX-License-Identifier: Apache-2.0
 *
 * The schema, step by step. A step that has been released is never changed; a new one is added at
 * the end.
 *
 * Made for age: what is asked often is one index away, what is rare work (waiting photos, open
 * uploads, overdue pictures) has a partial index that holds only that work, and there is no index
 * that only repeats the order of another. Ids are 16 bytes that begin with the time, so new rows
 * land at the end of every index that is led by an owner, and the id is the cursor of every list.
 *
 * Wide tables keep their rowid and small ones are clustered by their key (WITHOUT ROWID). There are
 * no foreign keys: rows are referred to, never deleted from under, and a check at each insert would
 * cost an index on both sides.
 */
#include "store/schema.h"

static const char schema_1[] =
    "CREATE TABLE meta ("
    "  key TEXT NOT NULL PRIMARY KEY,"
    "  value TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE shipper ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  name TEXT NOT NULL,"
    "  retention_days INTEGER NOT NULL,"
    "  far_metres INTEGER NOT NULL,"
    "  confidential_photos TEXT NOT NULL,"
    "  refuse_dark INTEGER NOT NULL,"
    "  refuse_blurred INTEGER NOT NULL,"
    "  photo_default TEXT NOT NULL,"
    "  created_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE api_key ("
    "  token_hash BLOB NOT NULL PRIMARY KEY,"
    "  shipper_id BLOB NOT NULL,"
    "  label TEXT,"
    "  created_at INTEGER NOT NULL,"
    "  revoked_at INTEGER"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX api_key_of_shipper ON api_key (shipper_id, created_at);"

    "CREATE TABLE driver ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  shipper_id BLOB NOT NULL,"
    "  name TEXT NOT NULL,"
    "  created_at INTEGER NOT NULL,"
    "  disabled_at INTEGER"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX driver_of_shipper ON driver (shipper_id, id);"

    "CREATE TABLE pairing ("
    "  code_hash BLOB NOT NULL PRIMARY KEY,"
    "  driver_id BLOB NOT NULL,"
    "  expires_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX pairing_of_driver ON pairing (driver_id);"
    "CREATE INDEX pairing_by_end ON pairing (expires_at);"

    "CREATE TABLE device ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  driver_id BLOB NOT NULL,"
    "  token_hash BLOB NOT NULL,"
    "  name TEXT,"
    "  created_at INTEGER NOT NULL,"
    "  revoked_at INTEGER"
    ") STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX device_by_token ON device (token_hash);"
    "CREATE INDEX device_of_driver ON device (driver_id, id);"

    /* 10 million rows of about 400 bytes. */
    "CREATE TABLE delivery ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  shipper_id BLOB NOT NULL,"
    "  driver_id BLOB,"
    "  state TEXT NOT NULL,"
    "  attempt INTEGER NOT NULL,"
    "  attempt_reason TEXT NOT NULL,"
    "  left_at TEXT NOT NULL,"
    "  proof TEXT NOT NULL,"
    "  delivered_captured_at INTEGER,"
    "  delivered_received_at INTEGER,"
    "  photo_state TEXT NOT NULL,"
    "  photo_reason TEXT,"
    "  photo_id BLOB,"
    "  changed_at INTEGER NOT NULL,"
    "  out_at INTEGER,"
    "  token_version INTEGER NOT NULL,"
    "  confidential TEXT NOT NULL,"
    "  photo_want TEXT NOT NULL,"
    "  consent TEXT NOT NULL,"
    "  window_from INTEGER,"
    "  window_to INTEGER,"
    "  lat REAL,"
    "  lon REAL,"
    "  time_zone TEXT NOT NULL,"
    "  recipient_name TEXT,"
    "  recipient_email TEXT,"
    "  recipient_phone TEXT,"
    "  buyer_email TEXT,"
    "  address TEXT NOT NULL," /* its lines, parted by line breaks */
    "  instructions TEXT,"
    "  reference TEXT,"
    "  created_at INTEGER NOT NULL"
    ") STRICT;"
    "CREATE UNIQUE INDEX delivery_by_reference ON delivery (reference, shipper_id);"
    /* A list of all states merges the six runs of an owner: see delivery_list.c. */
    "CREATE INDEX delivery_of_shipper ON delivery (shipper_id, state, id);"
    "CREATE INDEX delivery_of_driver ON delivery (driver_id, state, id)"
    "  WHERE driver_id IS NOT NULL;"
    "CREATE INDEX delivery_of_recipient ON delivery (recipient_email, id)"
    "  WHERE recipient_email IS NOT NULL;"
    "CREATE INDEX delivery_of_buyer ON delivery (buyer_email, id)"
    "  WHERE buyer_email IS NOT NULL;"
    "CREATE INDEX delivery_overdue ON delivery (delivered_received_at, id)"
    "  WHERE " SCHEMA_DELIVERY_AWAITS ";"

    "CREATE TABLE photo ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  delivery_id BLOB NOT NULL,"
    "  driver_id BLOB NOT NULL,"
    "  device_id BLOB NOT NULL,"
    "  upload_id BLOB,"
    "  attempt INTEGER NOT NULL,"
    "  state TEXT NOT NULL,"
    "  reason TEXT,"
    "  sha256 BLOB NOT NULL,"
    "  size INTEGER NOT NULL,"
    "  captured_at INTEGER NOT NULL,"
    "  received_at INTEGER NOT NULL,"
    "  posted_at INTEGER,"
    "  delete_by INTEGER,"
    "  posted_sha256 BLOB,"
    "  posted_size INTEGER NOT NULL,"
    "  preview_size INTEGER NOT NULL,"
    "  width INTEGER NOT NULL,"
    "  height INTEGER NOT NULL,"
    "  place TEXT NOT NULL,"
    "  flags INTEGER NOT NULL," /* bits in the order of PHOTO_FLAGS */
    "  fingerprint INTEGER,"    /* of live photos only */
    "  darkness INTEGER NOT NULL,"
    "  sharpness INTEGER NOT NULL,"
    "  anyway TEXT,"
    "  staging_slot INTEGER,"
    "  key_slot INTEGER"
    ") STRICT;"
    "CREATE UNIQUE INDEX photo_live ON photo (delivery_id, attempt) WHERE " SCHEMA_PHOTO_IS_LIVE ";"
    "CREATE INDEX photo_recent ON photo (driver_id, id, delivery_id, fingerprint, state)"
    "  WHERE " SCHEMA_PHOTO_IS_KEPT ";"
    "CREATE INDEX photo_due ON photo (delete_by, id)"
    "  WHERE delete_by IS NOT NULL AND " SCHEMA_PHOTO_CAN_BE_DUE ";"
    "CREATE INDEX photo_waiting ON photo (state, id) WHERE " SCHEMA_PHOTO_WAITS ";"
    "CREATE INDEX photo_staging_slot ON photo (staging_slot, id) WHERE staging_slot IS NOT NULL;"
    "CREATE INDEX photo_key_slot ON photo (key_slot, id) WHERE key_slot IS NOT NULL;"

    "CREATE TABLE upload ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  delivery_id BLOB NOT NULL,"
    "  device_id BLOB NOT NULL,"
    "  driver_id BLOB NOT NULL,"
    "  attempt INTEGER NOT NULL,"
    "  challenge BLOB NOT NULL,"
    "  sha256 BLOB,"
    "  length INTEGER," /* NULL = deferred */
    "  metadata TEXT,"
    "  captured_at INTEGER NOT NULL,"
    "  slot INTEGER,"
    "  created_at INTEGER NOT NULL,"
    "  expires_at INTEGER NOT NULL,"
    "  state TEXT NOT NULL,"
    "  photo_id BLOB,"
    "  answer TEXT"
    ") STRICT;"
    "CREATE INDEX upload_by_challenge ON upload (device_id, challenge, id);"
    "CREATE INDEX upload_by_end ON upload (expires_at, id);"
    "CREATE INDEX upload_open ON upload (id) WHERE state = 'open';"
    "CREATE INDEX upload_open_of_device ON upload (device_id, state) WHERE state = 'open';"

    "CREATE TABLE job ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  kind TEXT NOT NULL,"
    "  subject TEXT,"
    "  payload TEXT,"
    "  attempts INTEGER NOT NULL,"
    "  put_off INTEGER NOT NULL,"
    "  taken INTEGER NOT NULL,"
    "  run_at INTEGER NOT NULL,"
    "  lease_owner INTEGER,"
    "  set_aside_at INTEGER,"
    "  last_error TEXT,"
    "  created_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX job_due ON job (kind, run_at, id, lease_owner, set_aside_at)"
    "  WHERE " SCHEMA_JOB_IS_QUEUED ";"
    "CREATE INDEX job_of_subject ON job (kind, subject, id);"
    "CREATE INDEX job_set_aside ON job (id) WHERE set_aside_at IS NOT NULL;"

    "CREATE TABLE account ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  email TEXT NOT NULL,"
    "  consent TEXT NOT NULL,"
    "  created_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX account_by_email ON account (email);"

    "CREATE TABLE sign_in_code ("
    "  email TEXT NOT NULL PRIMARY KEY,"
    "  mac BLOB NOT NULL,"
    "  created_at INTEGER NOT NULL,"
    "  expires_at INTEGER NOT NULL,"
    "  tries_left INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX sign_in_code_by_end ON sign_in_code (expires_at);"

    "CREATE TABLE session ("
    "  token_hash BLOB NOT NULL PRIMARY KEY,"
    "  kind TEXT NOT NULL,"
    "  subject_id BLOB NOT NULL,"
    "  created_at INTEGER NOT NULL,"
    "  seen_at INTEGER NOT NULL,"
    "  expires_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX session_of_subject ON session (subject_id, kind);"
    "CREATE INDEX session_by_end ON session (expires_at);"

    "CREATE TABLE agent ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  email TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  role TEXT NOT NULL,"
    "  shipper_id BLOB," /* NULL = every shipper */
    "  password_hash TEXT,"
    "  totp_secret BLOB,"
    "  totp_step INTEGER NOT NULL,"
    "  failed_tries INTEGER NOT NULL,"
    "  failed_since INTEGER," /* when the first of them was */
    "  locked_until INTEGER,"
    "  created_at INTEGER NOT NULL,"
    "  disabled_at INTEGER"
    ") STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX agent_by_email ON agent (email);"

    "CREATE TABLE support_case ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  number INTEGER NOT NULL,"
    "  delivery_id BLOB NOT NULL,"
    "  shipper_id BLOB NOT NULL,"
    "  kind TEXT NOT NULL,"
    "  state TEXT NOT NULL,"
    "  opened_by TEXT NOT NULL,"
    "  agent_id BLOB,"
    "  reason TEXT,"
    "  opened_at INTEGER NOT NULL,"
    "  resolved_at INTEGER,"
    "  resolution TEXT"
    ") STRICT;"
    "CREATE UNIQUE INDEX support_case_by_number ON support_case (number);"
    "CREATE INDEX support_case_of_shipper ON support_case (shipper_id, state, id);"
    "CREATE INDEX support_case_by_state ON support_case (state, id);"
    "CREATE INDEX support_case_on_delivery ON support_case (delivery_id, id);"

    "CREATE TABLE case_message ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  case_id BLOB NOT NULL,"
    "  side TEXT NOT NULL,"
    "  agent_id BLOB,"
    "  text TEXT NOT NULL,"
    "  at INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX case_message_in_case ON case_message (case_id, id);"

    "CREATE TABLE look ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  photo_id BLOB NOT NULL,"
    "  delivery_id BLOB NOT NULL,"
    "  case_id BLOB,"
    "  agent_id BLOB NOT NULL,"
    "  session_hash BLOB NOT NULL,"
    "  reason TEXT NOT NULL,"
    "  text TEXT,"
    "  created_at INTEGER NOT NULL,"
    "  expires_at INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX look_by_session ON look (session_hash, photo_id, expires_at);"
    "CREATE INDEX look_on_delivery ON look (delivery_id, id);"

    "CREATE TABLE idempotency ("
    "  actor TEXT NOT NULL,"
    "  key_hash BLOB NOT NULL,"
    "  request_hash BLOB NOT NULL,"
    "  status INTEGER NOT NULL,"
    "  salt BLOB NOT NULL,"
    "  body BLOB,"
    "  created_at INTEGER NOT NULL,"
    "  PRIMARY KEY (actor, key_hash)"
    ") STRICT;"
    "CREATE INDEX idempotency_by_age ON idempotency (created_at);";

static const char schema_2[] =
    "ALTER TABLE delivery ADD COLUMN position INTEGER;"
    "ALTER TABLE delivery ADD COLUMN parcels TEXT;" /* lines of code, tab, label; NULL: the
                                                       reference */
    /* A driver's open stops in the order of the round, those without a place in it last. */
    "CREATE INDEX delivery_on_round ON delivery (driver_id, position IS NULL, position, id)"
    "  WHERE driver_id IS NOT NULL AND " SCHEMA_DELIVERY_IS_OPEN ";"

    "CREATE TABLE kept_proof ("
    "  delivery_id BLOB NOT NULL PRIMARY KEY,"
    "  value TEXT NOT NULL,"
    "  delete_by INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX kept_proof_due ON kept_proof (delete_by, delivery_id);";

static const char schema_3[] =
    "ALTER TABLE delivery ADD COLUMN events INTEGER NOT NULL DEFAULT 0;" /* the newest's number */

    /* A number is never given again, so that a cursor keeps its place after the sweep. */
    "CREATE TABLE event ("
    "  seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  id BLOB NOT NULL,"
    "  delivery_id BLOB NOT NULL,"
    "  shipper_id BLOB NOT NULL,"
    "  number INTEGER NOT NULL,"
    "  kind TEXT NOT NULL,"
    "  data TEXT NOT NULL,"
    "  at INTEGER NOT NULL"
    ") STRICT;"
    "CREATE UNIQUE INDEX event_by_id ON event (id);"
    "CREATE INDEX event_of_shipper ON event (shipper_id);" /* and by seq, which is the rowid */
    "CREATE UNIQUE INDEX event_of_delivery ON event (delivery_id, number);"

    "CREATE TABLE notice ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  event_id BLOB,"
    "  delivery_id BLOB,"
    "  channel TEXT NOT NULL,"
    "  target TEXT NOT NULL,"
    "  payload TEXT,"
    "  behind INTEGER NOT NULL," /* 1: another of its delivery goes first */
    "  attempts INTEGER NOT NULL,"
    "  taken INTEGER NOT NULL,"
    "  run_at INTEGER NOT NULL,"
    "  lease_owner INTEGER,"
    "  set_aside_at INTEGER,"
    "  last_error TEXT,"
    "  created_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX notice_due ON notice (channel, target, run_at, id)"
    "  WHERE " SCHEMA_NOTICE_IS_HEAD ";"
    "CREATE INDEX notice_order ON notice (channel, target, delivery_id, set_aside_at, id);"
    "CREATE INDEX notice_set_aside ON notice (id) WHERE set_aside_at IS NOT NULL;"
    "CREATE INDEX notice_given_up ON notice (channel, set_aside_at)"
    "  WHERE set_aside_at IS NOT NULL;"

    "CREATE TABLE notice_line ("
    "  channel TEXT NOT NULL,"
    "  target TEXT NOT NULL,"
    "  next_at INTEGER NOT NULL,"
    "  closed_until INTEGER NOT NULL,"
    "  failures INTEGER NOT NULL,"
    "  PRIMARY KEY (channel, target)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX notice_line_due ON notice_line (channel, next_at);";

/* What became of the photo of an attempt, of whichever state: a phone may bring one late. */
static const char schema_4[] = "CREATE INDEX photo_of_attempt ON photo (delivery_id, attempt, id);";

static const char schema_ledger[] =
    /* Entries are never deleted, so `seq` says where in the log an entry stands. */
    "CREATE TABLE ledger_entry ("
    "  seq INTEGER PRIMARY KEY,"
    "  photo_id BLOB NOT NULL,"
    "  step TEXT NOT NULL,"
    "  commitment BLOB NOT NULL,"
    "  sealed BLOB,"
    "  at INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX ledger_entry_of_photo ON ledger_entry (photo_id, seq);";

const struct db_migration schema_migrations[] = {
    {"first", {[DB_SQLITE] = schema_1}},
    {"rounds", {[DB_SQLITE] = schema_2}},
    {"telling", {[DB_SQLITE] = schema_3}},
    {"photo of attempt", {[DB_SQLITE] = schema_4}},
    {"webhooks", {[DB_SQLITE] = schema_webhooks}},
    {"preferences", {[DB_SQLITE] = schema_preference}},
    {"push", {[DB_SQLITE] = schema_push}},
    {"text messages", {[DB_SQLITE] = schema_text_message}},
    {"ledger", {[DB_SQLITE] = schema_ledger}},
    {"refusals", {[DB_SQLITE] = schema_refusal}},
    {"erasures", {[DB_SQLITE] = schema_erasure}},
    {"sharing", {[DB_SQLITE] = schema_share}},
    {"roles", {[DB_SQLITE] = schema_roles}},
    {"looks", {[DB_SQLITE] = schema_looks}},
    {"passkeys", {[DB_SQLITE] = schema_passkey}},
    {"privacy", {[DB_SQLITE] = schema_privacy}},
    {"complaints found", {[DB_SQLITE] = schema_found}},
    {"search", {[DB_SQLITE] = schema_search}},
};
const int schema_migration_count = ARRAY_LEN(schema_migrations);
