/* SPDX-License-Identifier: Apache-2.0
 *
 * What backups of the two folders are called in their markers (copy.h).
 */
#ifndef PORCHLIGHT_BACKUP_H
#define PORCHLIGHT_BACKUP_H

#define BACKUP_DATA "porchlight-backup/v1"
#define BACKUP_KEYS "porchlight-keys-backup/v1"

/* While a restore is under way, and after it was cut short, this lies in the folder that it writes
 * to. */
#define BACKUP_UNFINISHED "restore-unfinished"

#endif
