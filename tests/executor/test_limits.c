/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of the tables of limits: what it makes of a line, and that it names file, line and mistake. */
#include "executor/limits.h"

#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#define HEADING "id\teffect\tapplies\tmodes\tcanary\tmachine\tuser\tshows\treason\tevidence\n"
#define IO                                                                                                   \
    "io\tundecided\tmnemonic=in|out\tall\tprot32 ec\tring=3\t-\tretired rip=10401 rax\tno "                  \
    "bitmap\tmeasured\n"
#define UMIP                                                                                                 \
    "umip\tignores-control\tcontrol=cr4.umip\tprot32,long64\tprot32 "                                        \
    "0f01e0\tring=3,cr4.umip=1\t-\tretired\tno UMIP\tmeasured\n"
#define CR8                                                                                                  \
    "cr8\tundecided\tmnemonic=mov control-register=8\tlong64\tlong64 440f22c0\tring=0\trax=5\ttrapped "      \
    "#UD\tno CR8\tmeasured\n"
#define AVX                                                                                                  \
    "avx\tundecided\tunit=avx|avx512 memory=no\tall\tlong64 c5f858c1\tring=3\t-\tentered 80\tno "            \
    "AVX\tmeasured\n"

static struct rp_limits *parse(const char *text)
{
    struct rp_limits *limits;
    struct rp_error error;
    if (rp_limits_parse("test", text, strlen(text), &limits, &error) != RP_OK)
        fail_msg("%s", error.line);
    return limits;
}

static const struct rp_limit *find(const struct rp_limits *limits, enum rp_mode mode, const char *bytes,
                                   size_t length)
{
    struct rp_instruction instruction;
    assert_int_equal(rp_decode(mode, (const uint8_t *)bytes, length, &instruction, NULL), RP_OK);
    return rp_limits_find(limits, mode, &instruction);
}

static void a_line_becomes_a_limit(void **state)
{
    (void)state;
    struct rp_limits *limits = parse("# comment\n" HEADING IO UMIP AVX);
    assert_int_equal(rp_limits_count(limits), 3);
    const struct rp_limit *io = rp_limits_at(limits, 0);
    assert_string_equal(io->id, "io");
    assert_string_equal(io->reason, "no bitmap");
    assert_string_equal(io->evidence, "measured");
    assert_int_equal(io->line, 3);
    assert_int_equal(io->effect, RP_LIMIT_UNDECIDED);
    assert_int_equal(io->control, RP_RESOURCE_NONE);
    assert_int_equal(io->canary.mode, RP_MODE_PROT32);
    assert_int_equal(io->canary.encoding.length, 1);
    assert_int_equal(io->canary.encoding.bytes[0], 0xec);
    assert_string_equal(io->canary.machine, "ring=3");
    assert_string_equal(io->canary.user, "-");
    assert_int_equal(io->canary.kind, RP_OUTCOME_RETIRED);
    assert_string_equal(io->canary.changes, "rip=10401 rax");
    assert_int_equal(rp_limits_at(limits, 1)->effect, RP_LIMIT_IGNORES_CONTROL);
    assert_int_equal(rp_limits_at(limits, 1)->control, RP_RESOURCE_CR4_UMIP);
    assert_int_equal(rp_limits_at(limits, 2)->canary.vector, 0x80);
    rp_limits_close(limits);
}

static void one_whose_value_alone_is_wrong_traps_as_it_should(void **state)
{
    (void)state;
    struct rp_limits *limits =
        parse(HEADING "pmc\tundecided-value\tmnemonic=rdpmc\tall\tprot32 "
                      "0f33\tring=0\trcx=0\tretired rax=0\tno counters\tmeasured\n" IO);
    assert_int_equal(rp_limits_at(limits, 0)->effect, RP_LIMIT_UNDECIDED);
    assert_true(rp_limits_at(limits, 0)->traps_are_true);
    assert_false(rp_limits_at(limits, 1)->traps_are_true);
    assert_string_equal(find(limits, RP_MODE_PROT32, "\x0f\x33", 2)->id, "pmc");
    rp_limits_close(limits);
}

static void instructions_are_met_by_every_term_of_a_line(void **state)
{
    (void)state;
    struct rp_limits *limits = parse(HEADING IO CR8 AVX);
    assert_string_equal(find(limits, RP_MODE_PROT32, "\xec", 1)->id, "io");
    assert_string_equal(find(limits, RP_MODE_PROT32, "\xee", 1)->id, "io");
    assert_null(find(limits, RP_MODE_PROT32, "\x6c", 1)); /* insb: not "in" */
    assert_null(find(limits, RP_MODE_PROT32, "\x90", 1));
    assert_string_equal(find(limits, RP_MODE_LONG64, "\x44\x0f\x22\xc0", 4)->id, "cr8");
    assert_null(find(limits, RP_MODE_LONG64, "\x0f\x22\xc0", 3)); /* another control register */
    assert_null(find(limits, RP_MODE_LONG64, "\x89\xc0", 2));
    assert_string_equal(find(limits, RP_MODE_LONG64, "\xc5\xf8\x58\xc1", 4)->id, "avx");
    assert_null(find(limits, RP_MODE_LONG64, "\xc5\xf8\x58\x03", 4)); /* with memory */
    rp_limits_close(limits);
}

static void terms_ask_for_the_encoding_and_the_width_of_operands(void **state)
{
    (void)state;
    struct rp_limits *limits = parse(
        HEADING "vex\tundecided\tencoding=vex|evex\tprot16\tprot16 c4e169d0c7\tring=3\t-\ttrapped "
                "#UD\tr\te\n"
                "far\tundecided\tcategory=call|ret operand-bits=32\tvm86\tvm86 66e900000100\tring=3\t-\t"
                "retired\tr\te\n");
    assert_string_equal(find(limits, RP_MODE_PROT16, "\xc4\xe1\x69\xd0\xc7", 5)->id, "vex");
    assert_null(find(limits, RP_MODE_PROT16, "\x66\x0f\xd0\xc7", 4));
    assert_string_equal(find(limits, RP_MODE_VM86, "\x66\xff\x1f", 3)->id, "far");
    assert_null(find(limits, RP_MODE_VM86, "\xff\x1f", 2));
    rp_limits_close(limits);
}

static void a_control_is_ignored_in_the_modes_named(void **state)
{
    (void)state;
    struct rp_limits *limits = parse(HEADING IO UMIP);
    assert_true(rp_limits_ignores(limits, RP_RESOURCE_CR4_UMIP, RP_MODE_LONG64));
    assert_false(rp_limits_ignores(limits, RP_RESOURCE_CR4_UMIP, RP_MODE_VM86));
    assert_false(rp_limits_ignores(limits, RP_RESOURCE_CR4_TSD, RP_MODE_LONG64));
    assert_null(find(limits, RP_MODE_PROT32, "\x0f\x01\xe0", 3)); /* undecided it is not */
    rp_limits_close(limits);
}

static void an_executor_without_a_file_has_no_limits(void **state)
{
    struct rp_limits *limits;
    (void)state;
    assert_int_equal(rp_limits_open("nobody", &limits, NULL), RP_OK);
    assert_int_equal(rp_limits_count(limits), 0);
    assert_false(rp_limits_ignores(limits, RP_RESOURCE_CR4_UMIP, RP_MODE_LONG64));
    rp_limits_close(limits);
    rp_limits_close(NULL);
}

static void mistakes_are_named_with_file_and_line(void **state)
{
    static const struct {
        const char *line, *complaint;
    } rows[] = {
        {IO IO, "test:3: 'io' stands in line 2 already"},
        {"x\tsometimes\tmnemonic=in\tall\tprot32 ec\tring=3\t-\tretired\tr\te\n",
         "unknown effect 'sometimes'"},
        {"x\tundecided\tcolour=red\tall\tprot32 ec\tring=3\t-\tretired\tr\te\n", "unknown property 'colour'"},
        {"x\tundecided\tmnemonic\tall\tprot32 ec\tring=3\t-\tretired\tr\te\n", "'mnemonic' is no term"},
        {"x\tundecided\t\tall\tprot32 ec\tring=3\t-\tretired\tr\te\n", "no term"},
        {"x\tundecided\tunit=avx|avx3\tall\tprot32 ec\tring=3\t-\tretired\tr\te\n", "unknown unit 'avx3'"},
        {"x\tundecided\tencoding=vex|rex\tall\tprot32 ec\tring=3\t-\tretired\tr\te\n",
         "unknown encoding 'rex'"},
        {"x\tundecided\tmemory=maybe\tall\tprot32 ec\tring=3\t-\tretired\tr\te\n", "unknown memory 'maybe'"},
        {"x\tundecided\tmnemonic=in operand-bits=16|24\tall\tprot32 ec\tring=3\t-\tretired\tr\te\n",
         "unknown operand-bits '24'"},
        {"x\tundecided\tmnemonic=mov control-register=0|cr4\tall\tprot32 ec\tring=3\t-\tretired\tr\te\n",
         "unknown control-register 'cr4'"},
        {"x\tundecided\tcontrol-register=16\tall\tprot32 ec\tring=3\t-\tretired\tr\te\n",
         "unknown control-register '16'"},
        {"x\tundecided\tdebug-register=03\tall\tprot32 ec\tring=3\t-\tretired\tr\te\n",
         "unknown debug-register '03'"},
        {"x\tundecided\tmemory=\tall\tprot32 ec\tring=3\t-\tretired\tr\te\n", "memory has no value"},
        {"x\tundecided\ta=1 b=2 c=3 d=4 e=5\tall\tprot32 ec\tring=3\t-\tretired\tr\te\n",
         "unknown property 'a'"},
        {"x\tundecided\tmnemonic=in\tprot33\tprot32 ec\tring=3\t-\tretired\tr\te\n", "unknown mode 'prot33'"},
        {"x\tundecided\tmnemonic=in\t\tprot32 ec\tring=3\t-\tretired\tr\te\n", "no mode"},
        {"x\tundecided\tmnemonic=in\tall\tec\tring=3\t-\tretired\tr\te\n", "'ec' is no canary"},
        {"x\tundecided\tmnemonic=in\tall\tprot32 ex\tring=3\t-\tretired\tr\te\n", "test:2: "},
        {"x\tundecided\tmnemonic=in\tall\tprot32 ec\tring=5\t-\tretired\tr\te\n", "test:2: "},
        {"x\tundecided\tmnemonic=in\tall\tprot32 ec\tring=3,cr9.x=1\t-\tretired\tr\te\n", "cr9.x"},
        {"x\tundecided\tmnemonic=in\tall\tprot32 ec\tring=3\trxx=1\tretired\tr\te\n", "rxx"},
        {"x\tundecided\tmnemonic=in\tall\tprot32 ec\tring=3\t-\tsurvived\tr\te\n",
         "unknown outcome 'survived'"},
        {"x\tundecided\tmnemonic=in\tall\tprot32 ec\tring=3\t-\ttrapped #XY\tr\te\n", "names no vector"},
        {"x\tundecided\tmnemonic=in\tall\tprot32 ec\tring=3\t-\ttrapped\tr\te\n", "names no vector"},
        {"x\tignores-control\tcontrol=cr4.nothing\tall\tprot32 ec\tring=3\t-\tretired\tr\te\n",
         "names no trap control"},
        {"x\tignores-control\tcontrol=cr2\tall\tprot32 ec\tring=3\t-\tretired\tr\te\n",
         "names no trap control"},
        {"x\tundecided\tmnemonic=in\tall\tprot32 ec\tring=3\t-\tretired\tr\t\n", "its evidence"},
        {"x\tundecided\tmnemonic=in\n", "columns"},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rp_limits *limits = (struct rp_limits *)&limits;
        struct rp_error error;
        char text[600];
        int length = snprintf(text, sizeof text, "%s%s", HEADING, rows[i].line);
        assert_int_equal(rp_limits_parse("test", text, (size_t)length, &limits, &error), RP_EINPUT);
        assert_null(limits);
        if (!strstr(error.line, rows[i].complaint))
            fail_msg("'%s' does not say '%s'", error.line, rows[i].complaint);
        assert_int_equal(strncmp(error.line, "test:", 5), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_becomes_a_limit),
        cmocka_unit_test(one_whose_value_alone_is_wrong_traps_as_it_should),
        cmocka_unit_test(instructions_are_met_by_every_term_of_a_line),
        cmocka_unit_test(terms_ask_for_the_encoding_and_the_width_of_operands),
        cmocka_unit_test(a_control_is_ignored_in_the_modes_named),
        cmocka_unit_test(an_executor_without_a_file_has_no_limits),
        cmocka_unit_test(mistakes_are_named_with_file_and_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
