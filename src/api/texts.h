/* SPDX-License-Identifier: Apache-2.0
 *
 * What the gateway of text messages tells us: how a message went on, and what people answered
 * (STOP, START). Nobody is signed in here: the gateway's signature is the credential.
 */
#ifndef PORCHLIGHT_API_TEXTS_H
#define PORCHLIGHT_API_TEXTS_H

#include "http/http.h"

void texts_status(struct http_request *req);
void texts_incoming(struct http_request *req);

#endif
