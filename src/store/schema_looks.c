/* SPDX-License-Identifier: Apache-2.0
 *
 * The step that gave agents their numbers, and looks what their recipient reads of them: who, under
 * which case, what for, and which entry of the log proves it. Agents that were there are numbered
 * in the order in which they came. A look without a case broke the glass.
 */
#include "store/schema.h"

const char schema_looks[] =
    "ALTER TABLE agent ADD COLUMN number INTEGER NOT NULL DEFAULT 0;"
    "UPDATE agent SET number = (SELECT count(*) FROM agent AS other"
    "  WHERE (other.created_at, other.id) <= (agent.created_at, agent.id));"
    "CREATE UNIQUE INDEX agent_by_number ON agent (number);"
    "CREATE INDEX agent_of_role ON agent (role) WHERE disabled_at IS NULL;"

    "ALTER TABLE look ADD COLUMN kind TEXT NOT NULL DEFAULT 'photo';"
    "ALTER TABLE look ADD COLUMN agent_number INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE look ADD COLUMN case_number INTEGER NOT NULL DEFAULT 0;" /* 0: no case */
    "ALTER TABLE look ADD COLUMN shipper_id BLOB;" /* where there is no case */
    "ALTER TABLE look ADD COLUMN entry INTEGER;"   /* ledger_entry.seq; NULL: none */
    "UPDATE look SET"
    "  agent_number = coalesce((SELECT number FROM agent WHERE id = look.agent_id), 0),"
    "  case_number = coalesce((SELECT number FROM support_case WHERE id = look.case_id), 0),"
    "  entry = (SELECT max(seq) FROM ledger_entry WHERE photo_id = look.photo_id"
    "    AND step = 'looked' AND at = look.created_at);"
    "CREATE INDEX look_broke_glass ON look (id) WHERE case_id IS NULL;"
    "CREATE INDEX look_broke_glass_of ON look (shipper_id, id) WHERE case_id IS NULL;";
