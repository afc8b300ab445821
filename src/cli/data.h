/* SPDX-License-Identifier: Apache-2.0
 *
 * The data folder and what its files are called, for `serve`, `admin` and `doctor`.
 */
#ifndef PORCHLIGHT_DATA_H
#define PORCHLIGHT_DATA_H

#include "keys/keys.h"
#include "ledger/ledger.h"
#include "ledger/name.h"
#include "settings/settings.h"

struct db;
struct db_config;
struct tlog_policy;

enum { DATA_PATH_ROOM = 1100, DATA_NAME_ROOM = LEDGER_NAME_ROOM };

/* DATA/name. */
void data_path(const struct settings *settings, const char *name, char out[DATA_PATH_ROOM]);

/* Makes the folder (0700) when it is missing, and refuses one that others may enter. 0 or
 * CLI_FAILED, said. */
int data_make(const struct settings *settings);

/* Takes DATA/lock: one server at a time. 0 and a descriptor to be closed, or CLI_FAILED, said. */
int data_lock(const struct settings *settings, int *lock_out);

/* How the key folder is opened by these settings. */
struct keys_config data_keys(const struct settings *settings, enum keys_make make);

/* Reads the policy with the log's witnesses. 0, and NULL where none is set, or CLI_FAILED, said.
 * The caller frees it. */
int data_policy(const struct settings *settings, struct tlog_policy **policy_out);

/* How the ledger is opened by these settings. `name` is room for the log's name. */
struct ledger_config data_ledger(const struct settings *settings, struct db *db, struct keys *keys,
                                 char name[DATA_NAME_ROOM]);

/* Opens the database. With `create` false a missing one is CLI_FAILED, said with what to do. 0 or
 * CLI_FAILED. */
enum data_create { DATA_MUST_EXIST, DATA_CREATE };
int data_open(const struct settings *settings, enum data_create create, struct db **db_out);

#endif
