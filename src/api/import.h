/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of deliveries: all its rows or none. POST /v1/deliveries/import and `porchlight admin
 * deliveries-import` both go this way: import_read outside any transaction, import_insert inside
 * one, which commits only where there are no errors.
 */
#ifndef PORCHLIGHT_IMPORT_H
#define PORCHLIGHT_IMPORT_H

#include <jansson.h>

#include "api/announce.h"

struct http_request;

/* Handler of api/routes.c. */
void import_rows(struct http_request *req);

enum { IMPORT_ERRORS = 100 }; /* told at most; who mends these reads of the others next */

struct import_error {
    int row;                      /* from 1, the header */
    char field[FIELDS_PATH_ROOM]; /* the column; "" for the row as a whole */
    char detail[FIELDS_DETAIL_ROOM];
};

struct import {
    struct announce announce; /* its arena is the import's own; who inserts sets `telling` */
    json_t *objects;          /* of the rows, which the deliveries' texts belong to */
    struct delivery *deliveries;
    int *rows; /* the row of each delivery */
    int count;
    struct import_error errors[IMPORT_ERRORS];
    int error_count;
};

/* Reads and checks `text` (`len` bytes and a NUL; cut up in place) as far as that can be done
 * without the database. 0, or a fault; what is wrong with the file is among the errors. Free it in
 * either case. */
int import_read(struct import *import, const struct settings *settings,
                const struct shipper *shipper, char *text, size_t len) MUST_CHECK;
void import_free(struct import *import);

/* Inserts what was read and adds what the database knows against it. 0 or a fault: commit only when
 * there are no errors. */
int import_insert(struct import *import, struct db_tx *tx,
                  const struct shipper *shipper) MUST_CHECK;

/* {created, ids, errors: [{row, field, detail}]}; `created` is how many there are now. */
json_t *import_answer(const struct import *import, int created);

#endif
