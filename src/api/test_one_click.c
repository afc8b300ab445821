/* SPDX-License-Identifier: Apache-2.0
 *
 * What a mail service sends to stop mail, and what does not stop it.
 */
#include "api/one_click.h"

#include "base/tap.h"

static enum one_click said(const char *type, const char *body)
{
    return one_click_read(type, (struct span){(const uint8_t *)body, strlen(body)});
}

static const char form[] = "application/x-www-form-urlencoded";
static const char parts[] = "multipart/form-data; boundary=\"=_x\"";

TEST(one_click_stops_as_a_form_of_either_kind)
{
    CHECK_INT(said(form, "List-Unsubscribe=One-Click"), ONE_CLICK_STOP);
    CHECK_INT(said(NULL, "List-Unsubscribe=One-Click\r\n"), ONE_CLICK_STOP);
    CHECK_INT(said(form, "a=b&List-Unsubscribe=One-Click&c"), ONE_CLICK_STOP);
    CHECK_INT(said(parts, "--=_x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n"
                          "\r\nOne-Click\r\n--=_x--\r\n"),
              ONE_CLICK_STOP);
    CHECK_INT(said("Multipart/Form-Data; boundary=y",
                   "--y\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--y\r\n"
                   "Content-Disposition: form-data; name=\"List-Unsubscribe\"\r\n"
                   "Content-Type: text/plain\r\n\r\nOne-Click\r\n--y--"),
              ONE_CLICK_STOP);
}

TEST(our_own_page_says_more)
{
    CHECK_INT(said(form, "List-Unsubscribe=One-Click&all=yes"), ONE_CLICK_ALL);
    CHECK_INT(said(form, "again=yes"), ONE_CLICK_AGAIN);
}

TEST(anything_else_stops_nothing)
{
    static const char *const bodies[] = {"",
                                         "List-Unsubscribe",
                                         "List-Unsubscribe=One-Clic",
                                         "List-Unsubscribe=One-Clicks",
                                         "xList-Unsubscribe=One-Click",
                                         "{\"List-Unsubscribe\":\"One-Click\"}",
                                         "&&&",
                                         "all=no"};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        CHECK_INT(said(form, bodies[i]), ONE_CLICK_NOTHING);
    CHECK_INT(said(parts, "List-Unsubscribe=One-Click"), ONE_CLICK_NOTHING);
    CHECK_INT(said(parts, "name=\"List-Unsubscribe\"\r\n\r\nOne-Click"), ONE_CLICK_NOTHING);
    CHECK_INT(said(parts, "name=\"List-Unsubscribe\"\r\nOne-Click\r\n--"), ONE_CLICK_NOTHING);
}

TAP_MAIN(TAP(one_click_stops_as_a_form_of_either_kind), TAP(our_own_page_says_more),
         TAP(anything_else_stops_nothing))
