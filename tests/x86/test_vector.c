/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exception vectors as SDM Vol. 3A table 6-1 and APM Vol. 2 table 8-1 have them. */
#include "support/suite.h"
#include "x86/vector.h"

#include <string.h>

static void vectors_that_push_an_error_code(void **state)
{
    static const unsigned with_code[] = {8, 10, 11, 12, 13, 14, 17, 21, 29, 30};
    unsigned long expected = 0, found = 0;

    (void)state;
    for (size_t i = 0; i < sizeof with_code / sizeof with_code[0]; i++)
        expected |= 1ul << with_code[i];
    for (unsigned vector = 0; vector < RP_VECTOR_COUNT; vector++)
        found |= (rp_vector_info(vector)->has_error_code ? 1ul : 0) << vector;
    assert_int_equal(found, expected);
}

static void names_are_the_manuals(void **state)
{
    static const char *const names[RP_VECTOR_COUNT] = {
        "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "#CSO", "#TS",
        "#NP", "#SS", "#GP", "#PF", "",    "#MF", "#AC", "#MC", "#XM", "#VE",  "#CP",
        "",    "",    "",    "",    "",    "",    "#HV", "#VC", "#SX", ""};

    (void)state;
    for (unsigned vector = 0; vector < RP_VECTOR_COUNT; vector++)
        assert_string_equal(rp_vector_info(vector)->name, names[vector]);
}

static void only_breakpoint_and_overflow_are_traps(void **state)
{
    (void)state;
    for (unsigned vector = 0; vector < RP_VECTOR_COUNT; vector++)
        assert_int_equal(rp_vector_info(vector)->class == RP_VECTOR_TRAP, vector == 3 || vector == 4);
    assert_int_equal(rp_vector_info(RP_VECTOR_DB)->class, RP_VECTOR_BY_CAUSE);
    assert_int_equal(rp_vector_info(RP_VECTOR_DF)->class, RP_VECTOR_ABORT);
    assert_int_equal(rp_vector_info(RP_VECTOR_MC)->class, RP_VECTOR_ABORT);
    assert_int_equal(rp_vector_info(RP_VECTOR_GP)->class, RP_VECTOR_FAULT);
}

static void every_vector_has_a_source(void **state)
{
    (void)state;
    for (unsigned vector = 0; vector < RP_VECTOR_COUNT; vector++) {
        assert_true(strncmp(rp_vector_info(vector)->source, "SDM ", 4) == 0 ||
                    strncmp(rp_vector_info(vector)->source, "APM ", 4) == 0);
        assert_true(rp_vector_info(vector)->title[0] != '\0');
    }
    assert_null(rp_vector_info(32));
}

static void vectors_without_a_name_print_as_numbers(void **state)
{
    char text[8];

    (void)state;
    assert_string_equal(rp_vector_name(13, text), "#GP");
    assert_string_equal(rp_vector_name(15, text), "#0x0f");
    assert_string_equal(rp_vector_name(0x80, text), "#0x80");
    assert_string_equal(rp_vector_name(255, text), "#0xff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_that_push_an_error_code),
        cmocka_unit_test(names_are_the_manuals),
        cmocka_unit_test(only_breakpoint_and_overflow_are_traps),
        cmocka_unit_test(every_vector_has_a_source),
        cmocka_unit_test(vectors_without_a_name_print_as_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
