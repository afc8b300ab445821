/* SPDX-License-Identifier: Apache-2.0
 *
 * libcurl with one kept connection. Cookies are carried by hand: ours are Secure, which a browser
 * takes from localhost too, and a library may not.
 */
#include "cli/demo_client.h"

#include <curl/curl.h>

#include "cli/cli.h"

enum { BODY_CEILING = 64 << 20, TIMEOUT_SECONDS = 60, HEADER_ROOM = 1400 };

int demo_line_open(struct demo_line *line, const char *listen, const char *public_url)
{
    const char *port = strrchr(listen, ':');
    bool any = listen[0] == '*' || strncmp(listen, "0.0.0.0", 7) == 0;
    int host = any ? 9 : (int)(port - listen);
    snprintf(line->base, sizeof line->base, "http://%.*s%s", host, any ? "127.0.0.1" : listen,
             port);
    snprintf(line->origin, sizeof line->origin, "%s", public_url);
    line->curl = curl_global_init(CURL_GLOBAL_DEFAULT) == 0 ? curl_easy_init() : NULL;
    return line->curl ? 0 : cli_fail("libcurl cannot be used");
}

void demo_line_close(struct demo_line *line)
{
    if (line->curl)
        curl_easy_cleanup(line->curl);
    line->curl = NULL;
    curl_global_cleanup();
}

void demo_answer_free(struct demo_answer *answer)
{
    json_decref(answer->json);
    buf_free(&answer->body);
    *answer = (struct demo_answer){0};
    buf_init(&answer->body, BODY_CEILING);
}

static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
    struct demo_answer *answer = arg;
    buf_add(&answer->body, data, size * count);
    return answer->body.failed ? 0 : size * count;
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
    char header[HEADER_ROOM];
    snprintf(header, sizeof header, "%s%s", name, value);
    return curl_slist_append(list, header);
}

static struct curl_slist *headers_of(const struct demo_client *client,
                                     const struct demo_request *request)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    if (*client->bearer)
        list = add_header(list, "Authorization: Bearer ", client->bearer);
    if (*client->cookie) {
        list = add_header(list, "Cookie: ", client->cookie);
        list = add_header(list, "Origin: ", client->line->origin);
    }
    if (request->json)
        list = curl_slist_append(list, "Content-Type: application/json");
    else if (request->type)
        list = add_header(list, "Content-Type: ", request->type);
    for (size_t i = 0; i < DEMO_HEADERS && request->headers[i]; i++)
        list = curl_slist_append(list, request->headers[i]);
    return list;
}

static void take_header(CURL *curl, const char *name, char *out, size_t room)
{
    struct curl_header *header;
    if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
        snprintf(out, room, "%s", header->value);
}

static void take_answer(struct demo_client *client, struct demo_answer *answer)
{
    CURL *curl = client->line->curl;
    char cookie[600] = "";
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    take_header(curl, "Location", answer->location, sizeof answer->location);
    take_header(curl, "Porchlight-Receipt", answer->receipt, sizeof answer->receipt);
    take_header(curl, "Set-Cookie", cookie, sizeof cookie);
    cookie[strcspn(cookie, ";")] = '\0';
    if (*cookie)
        snprintf(client->cookie, sizeof client->cookie, "%.*s", DEMO_CREDENTIAL - 1, cookie);
    if (answer->body.len > 0 && answer->body.data[0] == '{')
        answer->json = json_loadb((const char *)answer->body.data, answer->body.len, 0, NULL);
}

void demo_ask(struct demo_client *client, const struct demo_request *request,
              struct demo_answer *answer)
{
    CURL *curl = client->line->curl;
    char url[2 * DEMO_URL + 200], error[CURL_ERROR_SIZE] = "";
    demo_answer_free(answer);
    curl_easy_reset(curl);
    snprintf(url, sizeof url, "%s%s", client->line->base, request->path);
    struct curl_slist *headers = headers_of(client, request);
    char *json = request->json ? json_dumps(request->json, JSON_COMPACT) : NULL;
    json_decref(request->json);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    if (strcmp(request->method, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)(json ? strlen(json) : request->bytes.len));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json ? json : (const char *)request->bytes.data);
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
        if (!request->type && !json)
            headers = curl_slist_append(headers, "Content-Type:");
    }
    if (curl_easy_perform(curl) == CURLE_OK)
        take_answer(client, answer);
    else
        snprintf(answer->trouble, sizeof answer->trouble, "%.190s", error);
    free(json);
    curl_slist_free_all(headers);
}

const char *demo_text(const json_t *json, const char *name, const char *inner)
{
    const json_t *found = json_object_get(json, name);
    if (inner)
        found = json_object_get(found, inner);
    const char *text = json_string_value(found);
    return text ? text : "";
}
