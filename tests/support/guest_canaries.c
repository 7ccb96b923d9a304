/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each line of an emulator's corpus/limits-NAME.tsv is still true: its canary still shows the mistake. A
 * newer one that no longer makes it fails here, and the line has to go. */
#include "support/guest_tests.h"
#include "support/rig.h"

#include <stdio.h>

static const char *tested;
static struct rp_limits *limits;
static bool runs;

static int open_all(void **state)
{
    struct rp_error error;
    (void)state;
    if (rp_limits_open(tested, &limits, &error) != RP_OK)
        fail_msg("%s", error.line);
    runs = rig_open_executor(tested) == RP_OK;
    return 0;
}

static int close_all(void **state)
{
    rp_limits_close(limits);
    return rig_close(state);
}

static void each_canary_still_shows_its_mistake(void **state)
{
    (void)state;
    if (!runs)
        skip();
    rig_expect_canaries(limits);
}

static void each_canary_is_what_its_line_is_about(void **state)
{
    (void)state;
    assert_true(rp_limits_count(limits) > 0);
    rig_expect_canaries_apply(limits);
}

int guest_tests_canaries(const char *executor, const struct CMUnitTest *more)
{
    struct CMUnitTest tests[GUEST_TESTS_MAX] = {
        cmocka_unit_test(each_canary_still_shows_its_mistake),
        cmocka_unit_test(each_canary_is_what_its_line_is_about),
    };
    size_t count = 2;
    tested = executor;
    for (; more && more->name && count < GUEST_TESTS_MAX; more++)
        tests[count++] = *more;
    return _cmocka_run_group_tests(executor, tests, count, open_all, close_all);
}

const struct rp_limits *guest_tests_limits(void)
{
    return limits;
}

bool guest_tests_run(void)
{
    return runs;
}
