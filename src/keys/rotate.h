/* SPDX-License-Identifier: Apache-2.0
 *
 * The change of the master key, from its beginning or from wherever a kill left it. Inside this
 * folder only: keys_rotate and keys_open are its callers.
 */
#ifndef PORCHLIGHT_ROTATE_H
#define PORCHLIGHT_ROTATE_H

#include "keys/keys.h"

/* Begins a change of the master, or carries one that was begun to its end from wherever it stands;
 * both with `rotating` held. The results of keys_rotate. */
int rotate_run(struct keys *keys, const char *next_master_file) MUST_CHECK;
int rotate_finish(struct keys *keys) MUST_CHECK;

#endif
