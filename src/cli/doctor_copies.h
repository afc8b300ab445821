/* SPDX-License-Identifier: Apache-2.0
 *
 * Backups of the key folder that are older than receipts of erasures promise, for `doctor`.
 */
#ifndef PORCHLIGHT_DOCTOR_COPIES_H
#define PORCHLIGHT_DOCTOR_COPIES_H

#include "settings/settings.h"

struct doctor_copies {
    int fault; /* an errno: the folder cannot be read */
    unsigned all, old;
    char oldest[256]; /* its folder's name; "" when there is none */
};

/* Looks into every folder in the setting key_backups. */
void doctor_copies(const struct settings *settings, struct doctor_copies *out);

#endif
