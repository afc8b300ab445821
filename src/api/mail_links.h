/* SPDX-License-Identifier: Apache-2.0
 *
 * The two links in mail that need no sign-in (notify/mail_token.h): one stops mail of a class, one
 * refuses the photo of a delivery. A GET shows a page with a button and changes nothing, since mail
 * services follow links; the POST does it, needs neither cookie nor Origin, because the link itself
 * is the credential, and does nothing more when it comes again.
 */
#ifndef PORCHLIGHT_MAIL_LINKS_H
#define PORCHLIGHT_MAIL_LINKS_H

struct http_request;

void mail_links_stop(struct http_request *req);
void mail_links_stop_post(struct http_request *req);
void mail_links_refuse(struct http_request *req);
void mail_links_refuse_post(struct http_request *req);

#endif
