/* SPDX-License-Identifier: Apache-2.0
 *
 * The step that ties agents to any number of shippers, and to who they are at the operator's
 * provider. That an agent works for all shippers is a word of its own: an agent whose last shipper
 * is taken away works for none.
 */
#include "store/schema.h"

const char schema_roles[] =
    "CREATE TABLE agent_shipper ("
    "  agent_id BLOB NOT NULL,"
    "  shipper_id BLOB NOT NULL,"
    "  PRIMARY KEY (agent_id, shipper_id)"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO agent_shipper (agent_id, shipper_id)"
    "  SELECT id, shipper_id FROM agent WHERE shipper_id IS NOT NULL;"
    "ALTER TABLE agent ADD COLUMN all_shippers INTEGER NOT NULL DEFAULT 0;"
    "UPDATE agent SET all_shippers = 1 WHERE shipper_id IS NULL;"
    "ALTER TABLE agent DROP COLUMN shipper_id;"

    "CREATE TABLE agent_identity ("
    "  issuer TEXT NOT NULL,"
    "  subject TEXT NOT NULL,"
    "  agent_id BLOB NOT NULL,"
    "  by_groups INTEGER NOT NULL," /* 1: the provider's groups made the agent, and keep it */
    "  created_at INTEGER NOT NULL,"
    "  PRIMARY KEY (issuer, subject)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX agent_identity_of_agent ON agent_identity (agent_id, issuer);"

    /* Sign-ins that were completed, for as long as their cookie could be shown again. */
    "CREATE TABLE oidc_spent ("
    "  state_hash BLOB NOT NULL PRIMARY KEY,"
    "  expires_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX oidc_spent_by_end ON oidc_spent (expires_at);";
