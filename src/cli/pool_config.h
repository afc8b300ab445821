/* SPDX-License-Identifier: Apache-2.0
 *
 * The photo workers as the settings want them, for the server and for `doctor`.
 */
#ifndef PORCHLIGHT_POOL_CONFIG_H
#define PORCHLIGHT_POOL_CONFIG_H

#include "photo/pool.h"
#include "settings/settings.h"

/* Borrows the settings. */
struct photo_pool_config pool_config(const struct settings *settings);

/* What a result of photo_pool_new means, and what to do. */
const char *pool_trouble(int result);

#endif
