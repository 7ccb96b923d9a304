/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON lines: fixed order of keys, no number that a reader would round, valid whatever the bytes are. */
#include "base/json.h"
#include "support/suite.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends `json` and compares the line. */
static void assert_line(struct rp_json *json, const char *expected)
{
    struct rp_text text = {0};
    rp_json_end(json, &text);
    assert_false(text.failed);
    assert_string_equal(rp_text_string(&text), expected);
    rp_text_free(&text);
}

static void keys_keep_the_order_of_their_making(void **state)
{
    (void)state;
    struct rp_json json;
    rp_json_begin(&json);
    rp_json_string(&json, "schema", "ringprobe.verdict/1");
    rp_json_number(&json, "runs", 96);
    rp_json_bool(&json, "disagreement", false);
    rp_json_string(&json, "unknown_reason", NULL);
    rp_json_null(&json, "ring0");
    rp_json_real(&json, "seconds", 0.5);
    rp_json_hex(&json, "cr2", 0);
    assert_line(&json, "{\"schema\":\"ringprobe.verdict/1\",\"runs\":96,\"disagreement\":false,"
                       "\"unknown_reason\":null,\"ring0\":null,\"seconds\":0.5,\"cr2\":\"0x0\"}\n");
}

static void parts_nest_and_close(void **state)
{
    (void)state;
    struct rp_json json;
    rp_json_begin(&json);
    rp_json_open_array(&json, "closed_by");
    rp_json_open_object(&json, NULL);
    rp_json_open_object(&json, "controls");
    rp_json_number(&json, "cr4.umip", 1);
    rp_json_close(&json);
    rp_json_string(&json, "scope", "ring3");
    rp_json_close(&json);
    rp_json_close(&json);
    rp_json_open_array(&json, "empty");
    rp_json_close(&json);
    rp_json_open_array(&json, "left open");
    rp_json_string(&json, NULL, "x");
    assert_line(&json, "{\"closed_by\":[{\"controls\":{\"cr4.umip\":1},\"scope\":\"ring3\"}],"
                       "\"empty\":[],\"left open\":[\"x\"]}\n");
}

static void all_64_bits_survive(void **state)
{
    (void)state;
    struct rp_json json;
    rp_json_begin(&json);
    rp_json_hex(&json, "value", UINT64_MAX);
    rp_json_number(&json, "number", INT64_C(1) << 53);
    assert_line(&json, "{\"value\":\"0xffffffffffffffff\",\"number\":9007199254740992}\n");
}

static void utf8_is_escaped_and_other_bytes_are_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *expected;
    } cases[] = {
        {"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\\u00E9 \\u20AC \\uD83D\\uDE00"},
        {"\xff", "\\uFFFD"},
        {"a\xc3", "a\\uFFFD"},                                /* truncated */
        {"\xc3z", "\\uFFFDz"},                                /* not continued */
        {"\xc0\xaf", "\\uFFFD\\uFFFD"},                       /* overlong */
        {"\xe0\x80\x80", "\\uFFFD\\uFFFD\\uFFFD"},            /* overlong */
        {"\xed\xa0\x80", "\\uFFFD\\uFFFD\\uFFFD"},            /* a surrogate */
        {"\xf4\x90\x80\x80", "\\uFFFD\\uFFFD\\uFFFD\\uFFFD"}, /* above U+10FFFF */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rp_json json;
        rp_json_begin(&json);
        rp_json_string(&json, "s", cases[i].bytes);
        char expected[64];
        snprintf(expected, sizeof expected, "{\"s\":\"%s\"}\n", cases[i].expected);
        assert_line(&json, expected);
    }
}

static void quotes_controls_and_nuls_are_escaped(void **state)
{
    (void)state;
    struct rp_json json;
    rp_json_begin(&json);
    rp_json_bytes(&json, "s", "\"\\\n\x1b\0\x7f.", 7);
    assert_line(&json, "{\"s\":\"\\\"\\\\\\n\\u001B\\u0000\\u007F.\"}\n");
}

static void members_stand_on_lines_of_their_own_where_people_read_differences(void **state)
{
    (void)state;
    struct rp_json json;
    struct rp_text text = {0};
    rp_json_begin(&json);
    rp_json_string(&json, "a", "\"\n");
    rp_json_open_array(&json, "none");
    rp_json_close(&json);
    rp_json_open_array(&json, "numbers");
    rp_json_number(&json, NULL, 1);
    rp_json_number(&json, NULL, 2);
    rp_json_close(&json);
    rp_json_open_array(&json, "objects");
    for (unsigned i = 0; i < 2; i++) {
        rp_json_open_object(&json, NULL);
        rp_json_number(&json, "i", i);
        rp_json_close(&json);
    }
    rp_json_end_lines(&json, &text);
    assert_false(text.failed);
    assert_string_equal(text.data,
                        "{\n\"a\":\"\\\"\\n\",\n\"none\":[],\n\"numbers\":[1,2],\n\"objects\":[\n{\"i\":0},\n"
                        "{\"i\":1}\n]\n}\n");
    rp_text_free(&text);
}

static void every_pair_of_bytes_is_accepted_by_a_reader(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < 0x10000; pair += 7) {
        const char bytes[] = {(char)(pair >> 8), (char)pair};
        struct rp_json json;
        struct rp_text text = {0};
        rp_json_begin(&json);
        rp_json_bytes(&json, "s", bytes, sizeof bytes);
        rp_json_end(&json, &text);
        json_t *read = json_loadb(text.data, text.length, JSON_ALLOW_NUL, NULL);
        assert_non_null(read);
        json_decref(read);
        rp_text_free(&text);
    }
}

static size_t allocations_left;

static void *failing_malloc(size_t size)
{
    if (allocations_left == 0)
        return NULL;
    allocations_left--;
    return malloc(size);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    bool failed = true;
    for (size_t allowed = 0; failed; allowed++) {
        struct rp_json json;
        struct rp_text text = {0};
        allocations_left = allowed;
        json_set_alloc_funcs(failing_malloc, free);
        rp_json_begin(&json);
        rp_json_open_array(&json, "a");
        rp_json_string(&json, NULL, "b");
        rp_json_close(&json);
        rp_json_hex(&json, "c", 1);
        rp_json_end(&json, &text);
        json_set_alloc_funcs(malloc, free);
        failed = text.failed;
        assert_string_equal(rp_text_string(&text), failed ? "" : "{\"a\":[\"b\"],\"c\":\"0x1\"}\n");
        rp_text_free(&text);
        assert_true(allowed < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_keep_the_order_of_their_making),
        cmocka_unit_test(parts_nest_and_close),
        cmocka_unit_test(all_64_bits_survive),
        cmocka_unit_test(utf8_is_escaped_and_other_bytes_are_replaced),
        cmocka_unit_test(quotes_controls_and_nuls_are_escaped),
        cmocka_unit_test(members_stand_on_lines_of_their_own_where_people_read_differences),
        cmocka_unit_test(every_pair_of_bytes_is_accepted_by_a_reader),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
