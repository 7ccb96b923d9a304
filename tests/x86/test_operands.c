/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of corpus/operands.tsv refuses what it does not understand, and says where. */
#include "support/suite.h"
#include "x86/operands.h"

#include <string.h>

#define HEADING "mnemonic\tmodes\toperands\treason\n"

static void refuse(const char *rows, const char *complaint)
{
    struct rp_operand_rules rules;
    struct rp_error error = {0};
    char text[512] = HEADING;

    strncat(text, rows, sizeof text - strlen(text) - 1);
    assert_int_equal(rp_operands_parse("o.tsv", text, strlen(text), &rules, &error), RP_EINPUT);
    assert_string_equal(error.line, complaint);
}

static void bad_rows_name_file_and_line(void **state)
{
    (void)state;
    refuse("popff\tall\timm0=1\twhy\n", "o.tsv:2: unknown mnemonic 'popff': use one that the decoder prints");
    refuse("int\tsome\timm0=1\twhy\n", "o.tsv:2: unknown modes 'some': all, descriptors or segments");
    refuse("int\tall\timm0=1\t\n", "o.tsv:2: the row has no reason");
    refuse("int\tall\timm2=1\twhy\n",
           "o.tsv:2: unknown word 'imm2': selector, offset16, offset32, imm0 or imm1");
    refuse("int\tall\timm0\twhy\n", "o.tsv:2: 'imm0' is not WORD=HEX");
    refuse("int\tall\timm0=xy\twhy\n", "o.tsv:2: bad number 'xy' for 'imm0': up to 8 hex digits");
    refuse("int\tall\timm0=123456789\twhy\n",
           "o.tsv:2: bad number '123456789' for 'imm0': up to 8 hex digits");
}

static void doubled_rows_are_refused_where_they_meet(void **state)
{
    (void)state;
    refuse("int\tall\timm0=1\twhy\nint\tsegments\timm0=1\twhy\n",
           "o.tsv:3: 'int' with 'imm0=1' is there already");
    refuse("call\tall\tselector=8b offset16=1 offset32=1\twhy\ncall\tall\tselector=8b offset16=2 "
           "offset32=2\twhy\n",
           "o.tsv:3: 'call' with 'selector=8b offset16=2 offset32=2' is there already");
}

static void the_same_value_may_stand_for_other_modes(void **state)
{
    static const char text[] = HEADING "int\tdescriptors\timm0=1\twhy\nint\tsegments\timm0=1\twhy\n";
    struct rp_operand_rules rules;

    (void)state;
    assert_int_equal(rp_operands_parse("o.tsv", text, sizeof text - 1, &rules, NULL), 0);
    assert_int_equal(rules.count, 2);
    rp_operands_clear(&rules);
}

static void the_built_in_file_is_well_formed(void **state)
{
    struct rp_operand_rules rules;
    struct rp_error error = {0};

    (void)state;
    if (rp_operands_read(&rules, &error) != 0)
        fail_msg("%s", error.line);
    assert_true(rules.count > 20);
    rp_operands_clear(&rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_rows_name_file_and_line),
        cmocka_unit_test(doubled_rows_are_refused_where_they_meet),
        cmocka_unit_test(the_same_value_may_stand_for_other_modes),
        cmocka_unit_test(the_built_in_file_is_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
