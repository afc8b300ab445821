/* SPDX-License-Identifier: Apache-2.0
 *
 * When what is known of people goes.
 */
#include "domain/retention.h"

#include "base/tap.h"

static const struct retention_terms terms = {
    .delivery = 1000, .idle = 5000, .words = 300, .hold = 900};

static const struct retention_facts delivered = {
    .state = DELIVERY_DELIVERED, .created_at = 10, .changed_at = 700, .received_at = 100};

static void a_delivery_keeps_its_names_so_long_after_its_end(void)
{
    struct retention_facts facts = delivered;
    CHECK_INT(retention_delivery(&facts, &terms), 1100);
    facts.state = DELIVERY_CANCELLED; /* ended when it changed last */
    CHECK_INT(retention_delivery(&facts, &terms), 1700);
}

static void one_that_never_ended_goes_too_later(void)
{
    struct retention_facts facts = {.state = DELIVERY_CREATED, .changed_at = 50};
    CHECK_INT(retention_delivery(&facts, &terms), 5050);
    facts.window_to = 400; /* it is meant for later */
    CHECK_INT(retention_delivery(&facts, &terms), 5400);
}

static void it_waits_for_its_photos_and_its_cases(void)
{
    struct retention_facts facts = delivered;
    facts.photo_until = 2000;
    CHECK_INT(retention_delivery(&facts, &terms), 2000);
    facts.case_resolved = 1900;
    CHECK_INT(retention_delivery(&facts, &terms), 2200);
    facts.case_opened = 1200; /* held, and what was written in it after that */
    CHECK_INT(retention_delivery(&facts, &terms), 2400);
}

static void whoever_left_is_kept_for_the_work_and_a_hold_alone(void)
{
    struct retention_facts facts = delivered;
    facts.left = true;
    CHECK_INT(retention_delivery(&facts, &terms), 700);
    facts.case_resolved = 1900;
    CHECK_INT(retention_delivery(&facts, &terms), 700);
    facts.case_opened = 1200;
    CHECK_INT(retention_delivery(&facts, &terms), 2100);
    facts.state = DELIVERY_OUT_FOR_DELIVERY;
    CHECK_INT(retention_delivery(&facts, &terms), 0);
}

static void the_words_of_a_case_go_after_it_was_resolved_or_its_hold(void)
{
    CHECK_INT(retention_case(100, 400, &terms), 700);
    CHECK_INT(retention_case(100, 0, &terms), 1300);
}

TAP_MAIN(TAP(a_delivery_keeps_its_names_so_long_after_its_end),
         TAP(one_that_never_ended_goes_too_later), TAP(it_waits_for_its_photos_and_its_cases),
         TAP(whoever_left_is_kept_for_the_work_and_a_hold_alone),
         TAP(the_words_of_a_case_go_after_it_was_resolved_or_its_hold))
