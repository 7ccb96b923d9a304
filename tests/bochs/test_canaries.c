/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each line of corpus/limits-bochs.tsv is still true: its canary still shows the mistake. A newer Bochs that
 * no longer makes it fails here, and the line has to go. */
#include "support/rig.h"

static struct rp_limits *limits;
static bool runs;

static int open_all(void **state)
{
    struct rp_error error;
    int code = rp_limits_open("bochs", &limits, &error);
    (void)state;
    if (code != RP_OK)
        print_error("%s\n", error.line);
    runs = rig_open_executor("bochs") == RP_OK;
    return code;
}

static int close_all(void **state)
{
    rp_limits_close(limits);
    return rig_close(state);
}

static void each_canary_still_shows_bochs_mistake(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_canary_still_shows_bochs_mistake),
        cmocka_unit_test(each_canary_is_what_its_line_is_about),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
