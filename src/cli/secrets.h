/* SPDX-License-Identifier: Apache-2.0
 *
 * The installation's secrets by their labels. A label is never changed: everything that was ever
 * computed under it would be void.
 */
#ifndef PORCHLIGHT_SECRETS_H
#define PORCHLIGHT_SECRETS_H

#include "api/api.h"
#include "keys/keys.h"

/* Fills in the secrets of `api`. */
void secrets_fill(struct keys *keys, struct api *api);

/* Gives the database its secret (db_set_secret): whoever opens the one opens the other. */
void secrets_lend(struct keys *keys, struct db *db);

#endif
