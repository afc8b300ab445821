/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of this folder share and nobody else needs.
 */
#ifndef PORCHLIGHT_SANDBOX_PARTS_H
#define PORCHLIGHT_SANDBOX_PARTS_H

#include "base/base.h"

/* The version of Landlock that the running kernel speaks; 0: none. */
uint32_t sandbox_landlock_abi(void);

/* Puts the calling process under a ruleset that handles all this Landlock knows and allows nothing
 * of it. Needs no_new_privs. False when it could not be done. */
bool sandbox_landlock_apply(void);
/* The same, but folders of a list that ends with NULL may be read (NULL: none). */
bool sandbox_landlock_apply_reading(const char *const *folders);

/* Installs the compiled filter; 0 or a negated errno. */
struct sandbox_filter;
int sandbox_filter_install(const struct sandbox_filter *filter) MUST_CHECK;

#endif
