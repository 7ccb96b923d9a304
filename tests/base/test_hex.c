/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hex: what people type is taken, and what is wrong is named with its offset. */
#include "base/hex.h"
#include "support/suite.h"

#include <string.h>

static void bytes_are_taken_as_people_type_them(void **state)
{
    (void)state;
    static const char *const spellings[] = {"0f01e0",   "0F01E0",       "0f 01 e0",
                                            "0x0f01e0", " 0X0f01 e0\n", "0 f01e0"};
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        uint8_t bytes[3] = {0};
        size_t length = 0;
        assert_true(rp_hex_looks_like(spellings[i]));
        assert_int_equal(rp_hex_parse(spellings[i], bytes, sizeof bytes, &length, NULL), RP_OK);
        assert_int_equal(length, 3);
        assert_memory_equal(bytes, "\x0f\x01\xe0", 3);
    }
}

static void a_malformed_string_is_named_with_its_offset(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"0f 0g", "'0f 0g' is no hex: 'g' at offset 4 is not a hex digit; give bytes like 0f01e0"},
        {"0x9d,", "'0x9d,' is no hex: ',' at offset 4 is not a hex digit; give bytes like 0f01e0"},
        {"123", "'123' has 3 hex digits, half a byte too many; give two for each byte"},
        {"", "'' has no hex digits; give bytes like 0f01e0"},
        {"0x", "'0x' has no hex digits; give bytes like 0f01e0"},
        {"01 02 03", "'01 02 03' is too long: more than 2 bytes from offset 6 on"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[2];
        size_t length = 99;
        struct rp_error error = {0};
        assert_int_equal(rp_hex_parse(cases[i].text, bytes, sizeof bytes, &length, &error), RP_EINPUT);
        assert_string_equal(error.line, cases[i].line);
        assert_int_equal(length, 99);
    }
}

static void a_huge_input_leaves_room_for_the_reason(void **state)
{
    (void)state;
    char text[4096];
    memset(text, '9', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    uint8_t bytes[15];
    size_t length;
    struct rp_error error = {0};
    assert_int_equal(rp_hex_parse(text, bytes, sizeof bytes, &length, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "more than 15 bytes from offset 30 on"));
}

static void names_do_not_look_like_hex(void **state)
{
    (void)state;
    assert_false(rp_hex_looks_like("popf"));
    assert_false(rp_hex_looks_like(""));
    assert_false(rp_hex_looks_like("0x"));
    assert_true(rp_hex_looks_like("9d"));
}

static void numbers_have_1_to_16_digits(void **state)
{
    (void)state;
    uint64_t value = 7;
    assert_int_equal(rp_hex_parse_u64("0xFFFFffffFFFFffff", &value, NULL), RP_OK);
    assert_true(value == UINT64_MAX);
    assert_int_equal(rp_hex_parse_u64("10", &value, NULL), RP_OK);
    assert_true(value == 16);
    static const char *const wrong[] = {"", "0x", "00000000000000000", "1g", "-1", "1 "};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(rp_hex_parse_u64(wrong[i], &value, NULL), RP_EINPUT);
    assert_true(value == 16);
}

static void printing_is_lower_case_and_ends_in_nul(void **state)
{
    (void)state;
    char text[7] = "zzzzzz";
    assert_string_equal(rp_hex_print(text, (const uint8_t *)"\x0f\x01\xe0", 3), "0f01e0");
    assert_string_equal(rp_hex_print(text, NULL, 0), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_taken_as_people_type_them),
        cmocka_unit_test(a_malformed_string_is_named_with_its_offset),
        cmocka_unit_test(a_huge_input_leaves_room_for_the_reason),
        cmocka_unit_test(names_do_not_look_like_hex),
        cmocka_unit_test(numbers_have_1_to_16_digits),
        cmocka_unit_test(printing_is_lower_case_and_ends_in_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
