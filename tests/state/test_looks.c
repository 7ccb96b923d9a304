/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What instructions look at: the file, its mistakes, and the selectors that a pre-state has for them. */
#include "state/looks.h"

#include "base/hex.h"
#include "state/recipe.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#define HEADING "mnemonic\tlooks at\twhy\tsource\n"

static struct rp_instruction decode(enum rp_mode mode, const char *hex)
{
    struct rp_instruction instruction;
    uint8_t bytes[RP_ENCODING_MAX];
    size_t length;
    assert_int_equal(rp_hex_parse(hex, bytes, sizeof bytes, &length, NULL), RP_OK);
    if (rp_decode(mode, bytes, length, &instruction, NULL))
        fail_msg("%s", hex);
    return instruction;
}

static void the_file_names_who_looks_at_what(void **state)
{
    (void)state;
    assert_int_equal(rp_looks_load(NULL), RP_OK);
    struct rp_instruction rdtscp = decode(RP_MODE_LONG64, "0f01f9"), nop = decode(RP_MODE_LONG64, "90");
    assert_true(rp_looks_at(&rdtscp, RP_RESOURCE_TSC_AUX));
    assert_true(rp_looks_at(&rdtscp, RP_RESOURCE_CR4_TSD));
    assert_false(rp_looks_at(&rdtscp, RP_RESOURCE_MISC_FEATURES_CPUID_FAULT));
    assert_false(rp_looks_at(&nop, RP_RESOURCE_TSC_AUX));
    assert_true(rp_looks_at(NULL, RP_RESOURCE_TSC_AUX)); /* nobody knows */
}

static void loads_of_segments_and_far_branches_look_at_descriptors(void **state)
{
    static const struct {
        const char *hex;
        bool looks;
    } rows[] = {{"8ed8", true},   {"8cd8", false},   {"1f", true},    {"1e", false},  {"cb", true},
                {"c3", false},    {"ff1b", true},    {"ff13", false}, {"c503", true}, {"cf", true},
                {"0f02c3", true}, {"0f0103", false}, {"8b03", false}};
    (void)state;
    assert_int_equal(rp_looks_load(NULL), RP_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rp_instruction instruction = decode(RP_MODE_COMPAT32, rows[i].hex);
        if (rp_looks_at_descriptors(&instruction) != rows[i].looks)
            fail_msg("%s", rows[i].hex);
    }
}

struct seen {
    uint16_t wanted;
    bool found;
    unsigned count;
};

static void see(void *context, uint16_t selector)
{
    struct seen *seen = context;
    seen->found = seen->found || selector == seen->wanted;
    seen->count++;
}

static bool finds(const char *hex, const char *user, uint16_t wanted)
{
    static struct rp_user state;
    struct rp_instruction instruction;
    struct seen seen = {.wanted = wanted};
    if (hex)
        instruction = decode(RP_MODE_LONG64, hex);
    rp_user_init(&state, RP_MODE_LONG64);
    struct rp_error error = {0};
    if (rp_user_parse(user, RP_MODE_LONG64, &state, &error))
        fail_msg("%s", error.line);
    rp_selectors_visit(RP_MODE_LONG64, hex ? &instruction : NULL, state.state.reg, &state.memory, see, &seen);
    return seen.found;
}

static void selectors_are_found_where_the_instruction_takes_them(void **state)
{
    (void)state;
    assert_true(finds("0f02c3", "rbx=1000f,rcx=17", 0xf));
    assert_false(finds("0f02c3", "rbx=1000f,rcx=17", 0x17)); /* another register */
    assert_true(finds("410f02c4", "r12=17", 0x17));
    assert_false(finds("0f02c3", "data+400=17000000", 0x17));            /* it reads none */
    assert_true(finds("0f0203", "data+400=00170000", 0x17));             /* at any byte */
    assert_true(finds("0f0203", "data+400=00000000000000170001", 0x17)); /* across words */
    assert_false(finds("0f0203", "rbx=17", 0x17));
    assert_true(finds("48cb", "stack+1008=17", 0x17));
    assert_true(finds(NULL, "r15=17", 0x17)); /* anywhere */
    assert_true(finds(NULL, "data+400=17000000", 0x17));
}

static void mistakes_are_named_with_file_and_line(void **state)
{
    static const struct {
        const char *line, *complaint;
    } rows[] = {{"LAR\tdescriptors\tw\ts\n", "test:2: 'LAR' is no mnemonic"},
                {"lar\teverything\tw\ts\n", "'everything' is neither a resource nor descriptors"},
                {"lar\tdescriptors\n", "columns"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[200];
        struct rp_error error = {0};
        int length = snprintf(text, sizeof text, "%s%s", HEADING, rows[i].line);
        assert_int_equal(rp_looks_parse("test", text, (size_t)length, &error), RP_EINPUT);
        if (!strstr(error.line, rows[i].complaint))
            fail_msg("%s", error.line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_names_who_looks_at_what),
        cmocka_unit_test(loads_of_segments_and_far_branches_look_at_descriptors),
        cmocka_unit_test(selectors_are_found_where_the_instruction_takes_them),
        cmocka_unit_test(mistakes_are_named_with_file_and_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
