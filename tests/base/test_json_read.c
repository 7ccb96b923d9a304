/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes in as JSON: documents, lines, and what is neither. */
#include "base/json_read.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

static int read_next(FILE *file, struct rp_json_value **value)
{
    struct rp_error error = {0};
    int result = rp_json_read(file, "some file", value, &error);
    assert_true(result == RP_OK || strstr(error.line, "some file"));
    return result;
}

static FILE *file_of(const char *text)
{
    FILE *file = fmemopen((char *)text, strlen(text), "r");
    assert_non_null(file);
    return file;
}

static void documents_come_one_behind_the_other(void **state)
{
    (void)state;
    struct rp_json_value *value;
    FILE *file = file_of(" {\"a\":[\"x\",{\"b\":\"y\"}]}\n{\"a\":\"z\"}\n\n");
    assert_int_equal(read_next(file, &value), RP_OK);
    const struct rp_json_value *a = rp_json_member(value, "a");
    assert_int_equal(rp_json_elements(a), 2);
    assert_string_equal(rp_json_text(rp_json_element(a, 0)), "x");
    assert_string_equal(rp_json_member_text(rp_json_element(a, 1), "b"), "y");
    rp_json_release(value);
    assert_int_equal(read_next(file, &value), RP_OK);
    assert_string_equal(rp_json_member_text(value, "a"), "z");
    rp_json_release(value);
    assert_int_equal(read_next(file, &value), RP_OK);
    assert_null(value);
    fclose(file);
}

static void what_is_not_there_or_of_another_type_is_nothing(void **state)
{
    (void)state;
    struct rp_json_value *value;
    FILE *file = file_of("{\"n\":1,\"s\":\"a\\u0000b\",\"l\":[]}");
    assert_int_equal(read_next(file, &value), RP_OK);
    assert_null(rp_json_member(value, "m"));
    assert_null(rp_json_member(NULL, "m"));
    assert_null(rp_json_member_text(value, "n"));
    assert_null(rp_json_member_text(value, "s")); /* a NUL would hide its end */
    assert_null(rp_json_member(rp_json_member(value, "l"), "m"));
    assert_int_equal(rp_json_elements(rp_json_member(value, "n")), 0);
    assert_null(rp_json_element(rp_json_member(value, "l"), 0));
    rp_json_release(value);
    fclose(file);
}

static void what_is_no_json_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"x",         "{\"a\":", "{\"a\":1,}",
                                        "{\"a\" 1}", "\"a\"x{", "{\"a\":\"\xff\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct rp_json_value *value;
        FILE *file = file_of(texts[i]);
        assert_int_equal(read_next(file, &value), RP_EINPUT);
        assert_null(value);
        fclose(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_come_one_behind_the_other),
        cmocka_unit_test(what_is_not_there_or_of_another_type_is_nothing),
        cmocka_unit_test(what_is_no_json_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
