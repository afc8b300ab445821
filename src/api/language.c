/* SPDX-License-Identifier: Apache-2.0
 *
 * The choice is made anew for every request; nothing is kept.
 */
#include "api/language.h"

#include "api/api.h"
#include "api/call.h"
#include "lang/accept.h"

const struct lang *language_of(struct http_request *req, const struct actor *actor)
{
    const struct settings *settings = ((const struct api *)http_context(req))->settings;
    if (actor->lang)
        return actor->lang;
    return lang_accept(http_header(req, "Accept-Language"), settings->server.pseudo_languages,
                       settings_lang(settings));
}

void language_declare(struct http_request *req, const struct lang *lang)
{
    const struct http_route *route = http_route(req);
    bool either = route && route->who & WHO_EITHER; /* a page or JSON, by Accept */
    http_set_header(req, "Content-Language", lang->code);
    http_set_header(req, "Vary", either ? "Accept, Accept-Language" : "Accept-Language");
}
