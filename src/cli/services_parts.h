/* SPDX-License-Identifier: Apache-2.0
 *
 * The beginnings and ends of each service, for the list in services.c. A beginning gives 0, or
 * CLI_FAILED with its line said; an end is called only after its beginning gave 0.
 */
#ifndef PORCHLIGHT_SERVICES_PARTS_H
#define PORCHLIGHT_SERVICES_PARTS_H

#include "cli/services.h"

/* services_data.c: what lies on the disk */
int services_begin_process(struct services *services);
int services_begin_data(struct services *services);
void services_end_data(struct services *services);
int services_begin_keys(struct services *services);
void services_end_keys(struct services *services);
int services_begin_database(struct services *services);
void services_end_database(struct services *services);
int services_begin_ledger(struct services *services);
void services_end_ledger(struct services *services);
int services_begin_photos(struct services *services);
void services_end_photos(struct services *services);
int services_begin_intake(struct services *services);
void services_end_intake(struct services *services);
int services_begin_replay(struct services *services);
int services_begin_orphans(struct services *services);

/* services_work.c: what goes on behind the answers */
int services_begin_pool(struct services *services);
void services_end_pool(struct services *services);
int services_begin_mailer(struct services *services);
void services_end_mailer(struct services *services);
int services_begin_push(struct services *services);
void services_end_push(struct services *services);
int services_begin_conveyor(struct services *services);
void services_end_conveyor(struct services *services);
int services_begin_sender(struct services *services);
void services_end_sender(struct services *services);
int services_begin_sweep(struct services *services);
void services_end_sweep(struct services *services);

/* services_face.c: what answers */
int services_begin_api(struct services *services);
void services_end_api(struct services *services);
int services_begin_provider(struct services *services);
void services_end_provider(struct services *services);
int services_begin_live(struct services *services);
void services_end_live(struct services *services);
int services_begin_server(struct services *services);
void services_end_server(struct services *services);
int services_begin_admin(struct services *services);
void services_end_admin(struct services *services);

#endif
