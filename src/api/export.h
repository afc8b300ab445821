/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /v1/me/export: everything held about a recipient, as a zip archive (docs/export.md).
 */
#ifndef PORCHLIGHT_EXPORT_H
#define PORCHLIGHT_EXPORT_H

struct http_request;

void export_mine(struct http_request *req);

#endif
