/* SPDX-License-Identifier: Apache-2.0
 *
 * The desk's page for a file of deliveries, for dispatchers and administrators: checked first, with
 * what is wrong by row, then imported; all its rows or none, as POST /v1/deliveries/import does it.
 */
#ifndef PORCHLIGHT_DESK_IMPORT_H
#define PORCHLIGHT_DESK_IMPORT_H

struct http_request;

/* Handlers of api/routes.c. */
void face_desk_import(struct http_request *req);
void face_desk_import_post(struct http_request *req);

#endif
