/* SPDX-License-Identifier: Apache-2.0
 *
 * The step of the schema that gave every personal datum an end.
 *
 * `personal_due` says when a row is to be asked whether its day has come; what the answer is, the
 * row and the settings say then. It holds cases, accounts and those who left; a delivery only when
 * its day was found to be another than the usual, for the sweep finds deliveries by their age in
 * the order of their ids. So this step writes nothing for the ten million that may be there, and
 * intake writes nothing for it at all.
 */
#include "store/schema.h"

#define ASKED(table, kind, when)                                                                   \
    "INSERT OR IGNORE INTO personal_due SELECT 0, '" kind "', id FROM " table " WHERE " when ";"

const char schema_privacy[] =
    "CREATE TABLE personal_due ("
    "  due_at INTEGER NOT NULL,"
    "  kind TEXT NOT NULL,"
    "  subject BLOB NOT NULL,"
    "  PRIMARY KEY (due_at, kind, subject)"
    ") STRICT, WITHOUT ROWID;"

    /* Whoever writes these rows, by whichever program. */
    "CREATE TRIGGER personal_case AFTER INSERT ON support_case BEGIN"
    "  INSERT OR IGNORE INTO personal_due VALUES (new.opened_at, 'case', new.id); END;"
    "CREATE TRIGGER personal_account AFTER INSERT ON account BEGIN"
    "  INSERT OR IGNORE INTO personal_due VALUES (new.created_at, 'account', new.id); END;"
    "CREATE TRIGGER personal_driver AFTER UPDATE OF disabled_at ON driver"
    "  WHEN new.disabled_at IS NOT NULL BEGIN"
    "  INSERT OR IGNORE INTO personal_due VALUES (new.disabled_at, 'driver', new.id); END;"
    "CREATE TRIGGER personal_device AFTER UPDATE OF revoked_at ON device"
    "  WHEN new.revoked_at IS NOT NULL BEGIN"
    "  INSERT OR IGNORE INTO personal_due VALUES (new.revoked_at, 'device', new.id); END;"
    "CREATE TRIGGER personal_agent AFTER UPDATE OF disabled_at ON agent"
    "  WHEN new.disabled_at IS NOT NULL BEGIN"
    "  INSERT OR IGNORE INTO personal_due VALUES (new.disabled_at, 'agent', new.id); END;" ASKED(
        "support_case", "case", "1") ASKED("account", "account", "1")
        ASKED("driver", "driver", "disabled_at IS NOT NULL")
            ASKED("device", "device", "revoked_at IS NOT NULL") ASKED("agent", "agent",
                                                                      "disabled_at IS NOT NULL")

                "ALTER TABLE account ADD COLUMN used_at INTEGER;" /* the last sign-in */

                /* A refusal of photos that outlives its account: a keyed hash of the address. */
                "CREATE TABLE kept_refusal ("
                "  contact_hash BLOB NOT NULL PRIMARY KEY,"
                "  created_at INTEGER NOT NULL"
                ") STRICT, WITHOUT ROWID;"

                /* Of people without an account, about a picture that they are in. */
                "CREATE TABLE complaint ("
                "  id BLOB NOT NULL PRIMARY KEY,"
                "  number INTEGER NOT NULL,"
                "  state TEXT NOT NULL,"
                "  kind TEXT NOT NULL,"
                "  place TEXT,"    /* where and when, in their words */
                "  tracking TEXT," /* what they know of the delivery */
                "  contact TEXT,"
                "  language TEXT NOT NULL,"
                "  case_id BLOB," /* opened by the agent who found the delivery */
                "  created_at INTEGER NOT NULL,"
                "  changed_at INTEGER NOT NULL,"
                "  delete_by INTEGER NOT NULL"
                ") STRICT;"
                "CREATE UNIQUE INDEX complaint_by_number ON complaint (number);"
                "CREATE INDEX complaint_by_state ON complaint (state, id);"
                "CREATE INDEX complaint_due ON complaint (delete_by, id);"

                "CREATE TABLE complaint_message ("
                "  id BLOB NOT NULL PRIMARY KEY,"
                "  complaint_id BLOB NOT NULL,"
                "  side TEXT NOT NULL,"
                "  agent_id BLOB,"
                "  text TEXT NOT NULL,"
                "  at INTEGER NOT NULL"
                ") STRICT;"
                "CREATE INDEX complaint_message_in ON complaint_message (complaint_id, id);";
