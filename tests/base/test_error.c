/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Error lines: what a person reads is one line, whatever was given. */
#include "base/error.h"
#include "support/suite.h"

#include <errno.h>
#include <string.h>

static void set_fills_line_and_returns_code(void **state)
{
    (void)state;
    struct rp_error error = {0};
    assert_int_equal(rp_error_set(&error, RP_EINPUT, "no mode '%s'", "long65"), RP_EINPUT);
    assert_int_equal(error.code, RP_EINPUT);
    assert_string_equal(error.line, "no mode 'long65'");
}

static void an_absent_error_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(rp_error_set(NULL, RP_EUNSUPPORTED, "x"), RP_EUNSUPPORTED);
    assert_int_equal(rp_error_system(NULL, ENOSPC, "x"), RP_EENVIRONMENT);
}

static void system_error_is_appended(void **state)
{
    (void)state;
    struct rp_error error = {0};
    assert_int_equal(rp_error_system(&error, ENOSPC, "cannot write '%s'", "a"), RP_EENVIRONMENT);
    assert_string_equal(error.line, "cannot write 'a': No space left on device");
}

static void a_long_line_is_cut(void **state)
{
    (void)state;
    char text[2000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct rp_error error = {0};
    rp_error_set(&error, RP_EINPUT, "%s", text);
    assert_int_equal(strlen(error.line), sizeof error.line - 1);
    rp_error_system(&error, ENOSPC, "%s", text);
    assert_int_equal(strlen(error.line), sizeof error.line - 1);
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
    (void)state;
    struct rp_error error = {0};
    rp_error_set(&error, RP_EINPUT, "'%s'", "a\nb\x1b[2Jc\td\x7f");
    assert_string_equal(error.line, "'a?b?[2Jc d?'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_fills_line_and_returns_code),
        cmocka_unit_test(an_absent_error_is_allowed),
        cmocka_unit_test(system_error_is_appended),
        cmocka_unit_test(a_long_line_is_cut),
        cmocka_unit_test(control_characters_do_not_reach_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
