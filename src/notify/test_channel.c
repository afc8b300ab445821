/* SPDX-License-Identifier: Apache-2.0
 *
 * What an answer means, and its headers.
 */
#include "notify/channel.h"

#include "base/tap.h"

static struct notice_verdict judged(int status, const char *trouble)
{
    struct incoming answer = {.answered = status > 0, .status = status, .trouble = trouble};
    struct notice_verdict verdict;
    notice_judge_http(&answer, &verdict);
    return verdict;
}

TEST(a_2xx_is_sent_a_410_is_gone_and_all_else_is_for_later)
{
    CHECK_INT(judged(200, NULL).outcome, NOTICE_SENT);
    CHECK_INT(judged(204, NULL).outcome, NOTICE_SENT);
    CHECK_INT(judged(299, NULL).outcome, NOTICE_SENT);
    CHECK_STR(judged(204, NULL).reason, "");
    CHECK_INT(judged(410, NULL).outcome, NOTICE_TARGET_GONE);
    CHECK_INT(judged(199, NULL).outcome, NOTICE_LATER);
    CHECK_INT(judged(301, NULL).outcome, NOTICE_LATER);
    CHECK_INT(judged(400, NULL).outcome, NOTICE_LATER);
    CHECK_INT(judged(500, NULL).outcome, NOTICE_LATER);
    CHECK_STR(judged(500, NULL).reason, "status_500");
    CHECK_INT(judged(0, "timeout").outcome, NOTICE_LATER);
    CHECK_STR(judged(0, "timeout").reason, "timeout");
    CHECK_INT(judged(200, "reset").outcome, NOTICE_LATER); /* no whole answer */
    CHECK_STR(judged(0, NULL).reason, "no_answer");
}

TEST(a_header_is_found_whatever_its_case)
{
    struct incoming answer = {.headers = "HTTP/1.1 200 OK\r\nRetry-After:  7 \r\nX:y\r\n"
                                         "X-Retry-After: 9\r\nEmpty:\r\n\r\n"};
    char value[8];
    CHECK(incoming_header(&answer, "retry-after", value, sizeof value));
    CHECK_STR(value, "7");
    CHECK(incoming_header(&answer, "X", value, sizeof value));
    CHECK_STR(value, "y");
    CHECK(!incoming_header(&answer, "Retry", value, sizeof value));
    CHECK(!incoming_header(&answer, "Location", value, sizeof value));
    answer.headers = NULL;
    CHECK(!incoming_header(&answer, "X", value, sizeof value));
    answer.headers = "X:0123456789";
    CHECK(incoming_header(&answer, "X", value, sizeof value));
    CHECK_STR(value, "0123456");
    answer.headers = "Empty:\r\n";
    CHECK(incoming_header(&answer, "Empty", value, sizeof value));
    CHECK_STR(value, "");
}

TAP_MAIN(TAP(a_2xx_is_sent_a_410_is_gone_and_all_else_is_for_later),
         TAP(a_header_is_found_whatever_its_case))
