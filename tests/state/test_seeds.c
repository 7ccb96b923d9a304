/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seeds: what the rows of corpus/seeds.tsv say is what recipes hold, and whoever writes a row wrongly is told
 * file and line. That each seed raises what it is there to raise is judge/seeds' business. */
#include "state/seeds.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#define HEADING "name\tmodes\tprobe\tflips\tstate\traises\twhy\n"

static void complain(const char *rows, const char *complaint)
{
    struct rp_seeds seeds;
    struct rp_error error = {0};
    char text[600];
    int length = snprintf(text, sizeof text, HEADING "%s", rows);
    if (rp_seeds_parse("s.tsv", text, (size_t)length, &seeds, &error) != RP_EINPUT)
        fail_msg("'%s' is accepted", rows);
    if (!strstr(error.line, complaint))
        fail_msg("'%s': '%s' does not say '%s'", rows, error.line, complaint);
    assert_null(seeds.seed);
}

/* A row with this state, valid otherwise, in line 2. */
static void complain_about_state(const char *state, const char *complaint)
{
    char row[300], wanted[200];
    snprintf(row, sizeof row, "x\tall\t-\tno\t%s\t-\twhy\n", state);
    snprintf(wanted, sizeof wanted, "s.tsv:2: %s", complaint);
    complain(row, wanted);
}

static void malformed_rows_are_named_by_file_and_line(void **state)
{
    (void)state;
    complain("x\tall\t-\tno\t-\t-\n", "s.tsv:2: 6 columns");
    complain("x\tall\t-\tno\t-\t-\twhy\nx\tall\t-\tno\t-\t-\twhy\n",
             "s.tsv:3: seed 'x' stands in line 2 already");
    complain("# c\nx\tring3\t-\tno\t-\t-\twhy\n", "s.tsv:3: 'ring3' is no mode");
    complain("x\tlong64,prot\t-\tno\t-\t-\twhy\n", "s.tsv:2: 'prot' is no mode");
    complain("x\tLONG64\t-\tno\t-\t-\twhy\n", "s.tsv:2: 'LONG64' is no mode");
    complain("x\t\t-\tno\t-\t-\twhy\n", "s.tsv:2: no mode");
    complain("x\tall\tdat\tno\t-\t-\twhy\n", "s.tsv:2: 'dat' is no probe descriptor");
    complain("x\tall\t-\tmaybe\t-\t-\twhy\n", "s.tsv:2: 'maybe' is neither yes nor no");
}

static void unknown_names_and_values_of_a_state_are_named(void **state)
{
    (void)state;
    complain_about_state("eax=1", "'eax' is nothing that a seed can set in long64");
    complain_about_state("cr9=1", "'cr9' is nothing that a seed can set");
    complain_about_state("cr4.umpi=1", "'cr4.umpi' is nothing that a seed can set");
    complain_about_state("tsc.x=1", "'tsc.x' is nothing that a seed can set");
    complain_about_state("data+400=1", "'data+400' is nothing that a seed can set");
    complain_about_state("rax=@prob_data", "'@prob_data' is no hex number, @selector");
    complain_about_state("rax=5*3", "'5*3' is no hex number");
    complain_about_state("rax=1++2", "'' is no hex number");
    complain_about_state("rax=", "'' is no hex number");
    complain_about_state("rax=1|", "'' is no hex number");
    complain_about_state("rax", "'rax' is not name=value");
    complain_about_state("=1", "'=1' is not name=value");
    complain_about_state("mem=x:1", "'x:1' is no item");
    complain_about_state("mem=q", "'q' is no item");
    complain_about_state("mem=q:", "'q:' is no item");
    complain_about_state("stack=q:1,,q:2", "'' is no item");
    complain_about_state("stack=q:zz", "'zz' is no hex number");
    complain_about_state("stack=", "'' is no item");
    complain_about_state("mem=", "'' is no item");
    complain_about_state("rax=1 rax=2", "'rax=' stands there twice");
}

/* The recipe of a seed with this state, in `mode` with operands of `bits`. */
static const struct rp_recipe *build(const char *text, enum rp_mode mode, unsigned bits)
{
    static struct rp_recipe recipe;
    char copy[200];
    snprintf(copy, sizeof copy, "%s", text);
    struct rp_seed seed = {.state = copy, .modes = 0x7f, .probe = RP_PROBE_COUNT};
    struct rp_error error = {0};
    if (rp_seed_build(&seed, mode, RP_POLICY_LEGACY, bits, NULL, &recipe, &error))
        fail_msg("%s: %s", text, error.line);
    return &recipe;
}

static uint64_t reg(const char *text, enum rp_mode mode, enum rp_reg which)
{
    return build(text, mode, 32)->user.state.reg[which];
}

static void a_segment_is_set_where_it_is_the_programs(void **state)
{
    (void)state;
    assert_int_equal(reg("ds.base=10000", RP_MODE_VM86, RP_REG_DS_BASE), 0x10000);
    complain_about_state("ds.base=10000",
                         "'ds.base' cannot be set: follows from its descriptor"); /* long64 */
    complain_about_state("rflags.vm=1", "'rflags.vm' cannot be set: it chooses the mode");
}

static void values_are_sums_of_terms_from_left_to_right(void **state)
{
    (void)state;
    assert_int_equal(reg("rax=1+2|10^11", RP_MODE_PROT32, RP_REG_RAX), ((1 + 2) | 0x10) ^ 0x11);
    assert_int_equal(reg("rax=data+10", RP_MODE_PROT32, RP_REG_RAX), RP_ARENA_DATA + 0x10);
    assert_int_equal(reg("rax=data+10", RP_MODE_VM86, RP_REG_RAX), 0x10);
    assert_int_equal(reg("rax=ip", RP_MODE_LONG64, RP_REG_RAX), RP_ARENA_INSTRUCTION);
    assert_int_equal(reg("rax=stack", RP_MODE_PROT16, RP_REG_RAX), 0);
    assert_int_equal(reg("rax=cr0^20", RP_MODE_PROT32, RP_REG_RAX),
                     0x80010011); /* ring 0's: PE PG WP ET NE */
    assert_int_equal(reg("rax=cr3", RP_MODE_PROT32, RP_REG_RAX), rp_arena_root(RP_MODE_PROT32, 0, 0));
    assert_int_equal(reg("rax=0", RP_MODE_PROT32, RP_REG_RAX), 0);
}

static void selectors_are_those_of_the_mode(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint16_t long64, prot32, prot16, vm86;
    } rows[] = {{"@code", 0x30, 0x20, 0x60, 0x1000},   {"@code0", 0x10, 8, 0x38, 0x1000},
                {"@data", 0x28, 0x28, 0x68, 0x2000},   {"@stack", 0x28, 0x28, 0x70, 0x3000},
                {"@stack0", 0x18, 0x18, 0x78, 0x3000}, {"@probe_gate", 0x98, 0x98, 0x98, 0},
                {"@ldt_code", 0xc, 0xc, 0xc, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[40];
        snprintf(text, sizeof text, "rbx=%s", rows[i].name);
        assert_int_equal(reg(text, RP_MODE_LONG64, RP_REG_RBX), rows[i].long64);
        assert_int_equal(reg(text, RP_MODE_PROT32, RP_REG_RBX), rows[i].prot32);
        assert_int_equal(reg(text, RP_MODE_PROT16, RP_REG_RBX), rows[i].prot16);
        assert_int_equal(reg(text, RP_MODE_VM86, RP_REG_RBX), rows[i].vm86);
    }
}

static void gpr_is_every_general_register_but_the_stacks(void **state)
{
    (void)state;
    const uint64_t *r = build("gpr=5 rcx=2", RP_MODE_LONG64, 64)->user.state.reg;
    for (unsigned i = RP_REG_RAX; i <= RP_REG_R15; i++) {
        bool stack = i == RP_REG_RSP || i == RP_REG_RBP;
        assert_int_equal(r[i] == 5, !stack && i != RP_REG_RCX);
    }
    assert_int_equal(r[RP_REG_RCX], 2);
    assert_int_equal(reg("gpr=5", RP_MODE_PROT32, RP_REG_R8), 0);
}

static uint64_t data_word(const char *text, unsigned bits, uint32_t offset)
{
    return rp_memory_get(&build(text, RP_MODE_PROT32, bits)->user.memory, RP_ARENA_DATA + 0x400 + offset);
}

static void items_are_as_wide_as_their_kind(void **state)
{
    (void)state;
    assert_int_equal(data_word("mem=w:1234,w:5678,d:9abcdef0", 32, 0), 0x9abcdef056781234);
    assert_int_equal(data_word("mem=q:123456789abcdef0", 32, 0), 0x123456789abcdef0);
    assert_int_equal(data_word("mem=o:1,o:2,o:3,o:4", 16, 0), 0x0004000300020001);
    assert_int_equal(data_word("mem=o:1,o:2", 32, 0), 0x0000000200000001);
    assert_int_equal(data_word("mem=o:1,o:2", 64, 8), 2);
    assert_int_equal(data_word("mem=s:2b", 32, 8), 0x002b002b002b002b);
    assert_int_equal(data_word("mem=w:7", 32, 0), (RP_MEMORY_FILL & ~UINT64_C(0xffff)) | 7);
}

static void mem_is_written_where_rbx_points_whatever_the_order(void **state)
{
    (void)state;
    const struct rp_recipe *recipe = build("mem=q:77 rbx=data+800", RP_MODE_PROT32, 32);
    assert_int_equal(rp_memory_get(&recipe->user.memory, RP_ARENA_DATA + 0x800), 0x77);
    recipe = build("stack=q:88", RP_MODE_VM86, 32);
    assert_int_equal(
        rp_memory_get(&recipe->user.memory, RP_ARENA_STACK + (uint32_t)recipe->user.state.reg[RP_REG_RSP]),
        0x88);
}

static void a_resource_belongs_to_the_machine(void **state)
{
    (void)state;
    const struct rp_recipe *recipe = build("gdt.data.dpl=0 rflags=1", RP_MODE_PROT32, 32);
    assert_int_equal(recipe->machine.value[RP_RESOURCE_PROBE_DATA_DPL], 0);
    assert_int_equal(recipe->user.state.reg[RP_REG_RFLAGS], 1 | RP_FLAG_ONE);
}

static void corpus_seeds_are_a_dozen_and_more_for_each_mode(void **state)
{
    (void)state;
    struct rp_seeds seeds;
    unsigned count[RP_MODE_COUNT] = {0};
    assert_int_equal(rp_seeds_load(&seeds, NULL), RP_OK);
    for (size_t s = 0; s < seeds.count; s++) {
        assert_true(seeds.seed[s].why[0] && seeds.seed[s].raises[0]);
        for (unsigned m = 0; m < RP_MODE_COUNT; m++)
            count[m] += seeds.seed[s].modes >> m & 1;
    }
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        assert_true(count[m] >= 12);
    assert_string_equal(seeds.seed[0].name, "plain"); /* what baselines run from */
    rp_seeds_free(&seeds);
}

/* A locked operand that crosses a line stalls a bus, or is #AC (split-lock detection): METHOD, M-MEMORY. */
static void no_seed_lets_a_memory_operand_cross_a_cache_line(void **state)
{
    (void)state;
    static struct rp_recipe recipe;
    struct rp_seeds seeds;
    assert_int_equal(rp_seeds_load(&seeds, NULL), RP_OK);
    for (size_t s = 0; s < seeds.count; s++)
        for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
            if (!(seeds.seed[s].modes >> m & 1))
                continue;
            assert_int_equal(rp_seed_build(&seeds.seed[s], m, RP_POLICY_LEGACY, 32, NULL, &recipe, NULL),
                             RP_OK);
            static const enum rp_reg pointers[] = {RP_REG_RBX, RP_REG_RSI, RP_REG_RDI, RP_REG_RBP};
            for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; i++)
                if (recipe.user.state.reg[pointers[i]] % 64 > 64 - 8)
                    fail_msg("%s, %s: register %u is %lx", seeds.seed[s].name, rp_mode_info(m)->name,
                             pointers[i], (unsigned long)recipe.user.state.reg[pointers[i]]);
        }
    rp_seeds_free(&seeds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_rows_are_named_by_file_and_line),
        cmocka_unit_test(unknown_names_and_values_of_a_state_are_named),
        cmocka_unit_test(a_segment_is_set_where_it_is_the_programs),
        cmocka_unit_test(values_are_sums_of_terms_from_left_to_right),
        cmocka_unit_test(selectors_are_those_of_the_mode),
        cmocka_unit_test(gpr_is_every_general_register_but_the_stacks),
        cmocka_unit_test(items_are_as_wide_as_their_kind),
        cmocka_unit_test(mem_is_written_where_rbx_points_whatever_the_order),
        cmocka_unit_test(a_resource_belongs_to_the_machine),
        cmocka_unit_test(corpus_seeds_are_a_dozen_and_more_for_each_mode),
        cmocka_unit_test(no_seed_lets_a_memory_operand_cross_a_cache_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
