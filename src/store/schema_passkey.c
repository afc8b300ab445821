/* SPDX-License-Identifier: Apache-2.0
 *
 * The step that added passkeys, the challenges that were answered already, and invitations of
 * agents.
 */
#include "store/schema.h"

const char schema_passkey[] =
    "CREATE TABLE passkey ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  kind TEXT NOT NULL," /* whose: as a session's */
    "  subject_id BLOB NOT NULL,"
    "  credential BLOB NOT NULL," /* the id that the authenticator gave it */
    "  algorithm INTEGER NOT NULL,"
    "  public_key BLOB NOT NULL,"
    "  counter INTEGER NOT NULL,"
    "  backup_eligible INTEGER NOT NULL,"
    "  backed_up INTEGER NOT NULL,"
    "  name TEXT NOT NULL,"
    "  created_at INTEGER NOT NULL,"
    "  used_at INTEGER,"
    "  doubted_at INTEGER" /* when its counter went back */
    ") STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX passkey_by_credential ON passkey (credential);"
    "CREATE INDEX passkey_of_subject ON passkey (kind, subject_id, id);"

    /* For as long as the challenge could be shown again. */
    "CREATE TABLE passkey_spent ("
    "  challenge_hash BLOB NOT NULL PRIMARY KEY,"
    "  expires_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX passkey_spent_by_end ON passkey_spent (expires_at);"

    "CREATE TABLE invitation ("
    "  agent_id BLOB NOT NULL PRIMARY KEY,"
    "  token_hash BLOB NOT NULL,"
    "  expires_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX invitation_by_token ON invitation (token_hash);"
    "CREATE INDEX invitation_by_end ON invitation (expires_at);";
