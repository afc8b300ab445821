/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTML pages and their forms (docs/openapi.yaml, tag `pages`). Each reads or does what an
 * operation of the JSON interface reads or does; here is only the page around it.
 */
#ifndef PORCHLIGHT_FACES_H
#define PORCHLIGHT_FACES_H

struct answer;
#include <jansson.h>

struct http_request;

void face_home(struct http_request *req);
void face_privacy(struct http_request *req);
void face_style(struct http_request *req);
void face_worker(struct http_request *req);
void face_top_file(struct http_request *req);
void face_status(struct http_request *req);

void face_sign_in(struct http_request *req);
void face_sign_in_post(struct http_request *req);
void face_sign_in_code_post(struct http_request *req);
void face_sign_out_post(struct http_request *req);

void face_orders(struct http_request *req);
void face_order(struct http_request *req);
void face_photo_delete_post(struct http_request *req);
void face_photo_sooner_post(struct http_request *req);
void face_photo_keep_post(struct http_request *req);
void face_share_post(struct http_request *req);
void face_unshare_post(struct http_request *req);
void face_question_post(struct http_request *req);
void face_order_consent_post(struct http_request *req);
void face_problem_post(struct http_request *req);
void face_message_post(struct http_request *req);
void face_account(struct http_request *req);
void face_account_consent_post(struct http_request *req);

/* Where somebody begins who was signed in with this answer. */
const char *face_desk_landing(const struct answer *answer);
void face_desk_sign_in(struct http_request *req);
void face_desk_sign_in_post(struct http_request *req);
void face_desk_sign_out_post(struct http_request *req);
void face_desk(struct http_request *req);
void face_desk_case(struct http_request *req);
void face_desk_case_post(struct http_request *req);
void face_desk_look_post(struct http_request *req);
void face_desk_message_post(struct http_request *req);
void face_desk_resolve_post(struct http_request *req);
void face_glass(struct http_request *req);
void face_glass_post(struct http_request *req);
void face_glass_look(struct http_request *req);

void face_drivers(struct http_request *req);
/* Fills in the shippers that an agent chooses among, and which the query names or is the only one
 * ("" for none). 0 or a fault. */
struct call;
struct db_tx;
int face_choose_shipper(struct call *call, struct db_tx *tx, json_t *shippers, const char **id_out);
void face_driver_post(struct http_request *req);
void face_driver_pairing_post(struct http_request *req);
void face_driver_revoke_post(struct http_request *req);
void face_device_revoke_post(struct http_request *req);

/* faces_passkeys.c */
void face_desk_account(struct http_request *req);
void face_desk_home(struct http_request *req);
void face_desk_welcome(struct http_request *req);
void face_passkey_remove_post(struct http_request *req);
void face_agents(struct http_request *req);
void face_agent_post(struct http_request *req);
void face_agent_role_post(struct http_request *req);
void face_agent_reset_post(struct http_request *req);
void face_agent_disable_post(struct http_request *req);

/* The driver's app: its files, and the way to them from /drive. */
void face_drive(struct http_request *req);
void face_drive_home(struct http_request *req);

/* What /privacy says of this server, for its form shown again. */
struct call;
json_t *face_privacy_data(struct call *call);

#endif
