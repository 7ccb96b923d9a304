/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Witness lines: they come back as they went, hold all that a replay needs, and what is wrong with one is
 * named. */
#include "judge/witness.h"
#include "state/seeds.h"
#include "support/suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

static struct rp_witness witness, parsed;

/* A resource witness of 9C in prot32 on "bochs:tigerlake". */
static struct rp_witness *make(void)
{
    static struct rp_recipe made;
    struct rp_recipe *recipe = &made;
    rp_recipe_init(recipe, RP_MODE_PROT32, RP_POLICY_LINUX);
    witness = (struct rp_witness){.executor = "bochs:tigerlake",
                                  .policy = RP_POLICY_LINUX,
                                  .mode = RP_MODE_PROT32,
                                  .encoding = {{0x9c}, 1},
                                  .kind = RP_SENSITIVE_RESOURCE,
                                  .user = recipe->user,
                                  .run = {{3, recipe->machine}, {3, recipe->machine}},
                                  .component = RP_COMPONENT_MEMORY + 5,
                                  .field = RP_RESOURCE_NONE};
    witness.run[1].machine.value[RP_RESOURCE_RFLAGS_IF] = 0;
    return &witness;
}

static const char *print(const struct rp_witness *w)
{
    static struct rp_text text;
    struct rp_error error = {0};
    rp_text_free(&text);
    if (rp_witness_print(w, &text, &error))
        fail_msg("%s", error.line);
    return rp_text_string(&text);
}

static void parse(const char *line)
{
    struct rp_error error = {0};
    if (rp_witness_parse(line, &parsed, &error))
        fail_msg("%s: %s", line, error.line);
}

static void a_line_is_what_cli_md_says(void **state)
{
    (void)state;
    const char *line = print(make());
    const char *wanted = "rp1:bochs/tigerlake:linux:prot32:9c:resource:-:ring=3:ring=3,rflags.if=0:data+28:";
    assert_int_equal(strncmp(line, wanted, strlen(wanted)), 0);
    assert_int_equal(strspn(line + strlen(wanted), "0123456789abcdef"), 8);
    assert_int_equal(strlen(line), strlen(wanted) + 8);
}

static void everything_of_a_witness_comes_back(void **state)
{
    (void)state;
    struct rp_witness *w = make();
    w->user.state.reg[RP_REG_RAX] = 77;
    w->user.state.vector[3] = 5;
    rp_memory_set(&w->user.memory, RP_ARENA_DATA + 8, 0x1122, NULL);
    parse(print(w));
    assert_string_equal(parsed.executor, "bochs:tigerlake");
    assert_int_equal(parsed.policy, w->policy);
    assert_int_equal(parsed.mode, w->mode);
    assert_int_equal(parsed.kind, w->kind);
    assert_memory_equal(&parsed.encoding, &w->encoding, sizeof w->encoding);
    assert_memory_equal(&parsed.user, &w->user, sizeof w->user);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(parsed.run[i].ring, 3);
        assert_memory_equal(&parsed.run[i].machine, &w->run[i].machine, sizeof w->run[i].machine);
    }
    assert_int_equal(parsed.component, w->component);
    assert_int_equal(parsed.field, RP_RESOURCE_NONE);
}

static void each_kind_and_component_comes_back(void **state)
{
    (void)state;
    static const struct {
        enum rp_sensitivity kind;
        uint32_t component;
        enum rp_resource field;
    } rows[] = {{RP_SENSITIVE_MODE, RP_REG_RFLAGS, RP_RESOURCE_RFLAGS_IF},
                {RP_SENSITIVE_CONTROL, RP_REG_CR4, RP_RESOURCE_CR4_MCE},
                {RP_SENSITIVE_CONTROL, RP_REG_GDTR_BASE, RP_RESOURCE_NONE},
                {RP_SENSITIVE_RESOURCE, RP_COMPONENT_VECTOR + 8, RP_RESOURCE_NONE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rp_witness *w = make();
        w->kind = rows[i].kind;
        w->component = rows[i].component;
        w->field = rows[i].field;
        parse(print(w));
        assert_int_equal(parsed.kind, rows[i].kind);
        assert_int_equal(parsed.component, rows[i].component);
        assert_int_equal(parsed.field, rows[i].field);
    }
}

static void the_end_of_a_finding_comes_back(void **state)
{
    (void)state;
    static const struct {
        struct rp_witness_end end;
        const char *text;
    } rows[] = {{{RP_OUTCOME_RETIRED, 0, 15}, ":retired.0.15:"},
                {{RP_OUTCOME_TRAPPED, 13, 4}, ":trapped.13.4:"},
                {{RP_OUTCOME_DIED, 255, 0}, ":died.255.0:"},
                {{RP_OUTCOME_ENTERED, 128, 2}, ":entered.128.2:"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rp_witness *w = make();
        w->kind = RP_KIND_FINDING;
        w->component = RP_CELL_END;
        w->end = rows[i].end;
        assert_non_null(strstr(print(w), rows[i].text));
        parse(print(w));
        assert_int_equal(parsed.kind, RP_KIND_FINDING);
        assert_int_equal(parsed.component, RP_CELL_END);
        assert_memory_equal(&parsed.end, &rows[i].end, sizeof rows[i].end);
    }
}

static void a_field_is_a_part_of_its_register(void **state)
{
    (void)state;
    assert_int_equal(rp_witness_field(RP_REG_RFLAGS, RP_RESOURCE_RFLAGS_IOPL), RP_RESOURCE_RFLAGS_IOPL);
    assert_int_equal(rp_witness_component_bits(RP_RESOURCE_RFLAGS_IOPL), RP_FLAG_IOPL);
    assert_int_equal(rp_witness_field(RP_REG_RAX, RP_RESOURCE_RFLAGS_IOPL),
                     RP_RESOURCE_NONE); /* shown elsewhere */
    assert_int_equal(rp_witness_field(RP_REG_GDTR_BASE, RP_RESOURCE_GDTR_BASE),
                     RP_RESOURCE_NONE); /* all of it */
    assert_int_equal(rp_witness_field(RP_REG_RIP, RP_RESOURCE_CPL), RP_RESOURCE_NONE);
    assert_int_equal(rp_witness_component_bits(RP_RESOURCE_NONE), UINT64_MAX);
}

static void each_seed_fits_a_line(void **state)
{
    (void)state;
    static struct rp_recipe recipe;
    struct rp_seeds seeds;
    assert_int_equal(rp_seeds_load(&seeds, NULL), RP_OK);
    for (size_t s = 0; s < seeds.count; s++) {
        struct rp_witness *w = make();
        if (!(seeds.seed[s].modes >> RP_MODE_LONG64 & 1))
            continue;
        assert_int_equal(rp_seed_build(&seeds.seed[s], RP_MODE_LONG64, w->policy, 64, NULL, &recipe, NULL),
                         RP_OK);
        w->mode = RP_MODE_LONG64;
        w->user = recipe.user;
        w->run[0].machine = w->run[1].machine = recipe.machine;
        for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
            if (rp_resource_screened(r, RP_MODE_LONG64, w->policy))
                w->run[1].machine.value[r] = rp_resource_perturbation(r, RP_MODE_LONG64, 0);
        parse(print(w));
        assert_memory_equal(&parsed.user, &w->user, sizeof w->user);
    }
    rp_seeds_free(&seeds);
}

static void a_line_that_would_be_too_long_is_refused(void **state)
{
    (void)state;
    struct rp_witness *w = make();
    struct rp_text text = {0};
    struct rp_error error = {0};
    for (unsigned i = 0; i < RP_VECTOR_WORDS; i++)
        w->user.state.vector[i] = UINT64_MAX - i;
    assert_int_equal(rp_witness_print(w, &text, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "'9c' needs more than 2000 characters"));
    rp_text_free(&text);
}

/* The line with field `number` (from 0) replaced, and a checksum that fits. */
static const char *edit(unsigned number, const char *with)
{
    static char line[4096];
    const char *from = print(make());
    size_t length = 0;
    for (unsigned field = 0; field < 10; field++) {
        size_t n = strcspn(from, ":");
        length +=
            (size_t)snprintf(line + length, sizeof line - length, "%s%.*s", field ? ":" : "",
                             field == number ? (int)strlen(with) : (int)n, field == number ? with : from);
        from += n + 1;
    }
    snprintf(line + length, sizeof line - length, ":%08" PRIx32, (uint32_t)XXH64(line, length, 0));
    return line;
}

static void complain(const char *line, const char *complaint)
{
    struct rp_error error = {0};
    if (rp_witness_parse(line, &parsed, &error) != RP_EINPUT)
        fail_msg("'%s' is accepted", line);
    if (!strstr(error.line, complaint))
        fail_msg("'%s': '%s' does not say '%s'", line, error.line, complaint);
}

static void a_wrong_field_is_named(void **state)
{
    (void)state;
    complain(edit(0, "rp2"), "'rp2' is no witness version");
    complain(edit(1, "an-executor-with-a-very-long-name"), "too long for an executor's name");
    complain(edit(1, "unicorn+native"), "is from one executor, not from 'unicorn+native'");
    complain(edit(5, "divergence"), "is from two executors, NAME+NAME, not from ");
    complain(edit(2, "open"), "'open' is no policy");
    complain(edit(3, "prot64"), "'prot64' is no mode");
    complain(edit(4, "9"), "");
    complain(edit(4, ""), "");
    complain(edit(4, "00112233445566778899aabbccddeeff"), "");
    complain(edit(5, "modes"), "'modes' is no kind of witness");
    complain(edit(6, "eax=1"), "'eax' is no register");
    complain(edit(7, "cr0.ne=0"), "no 'ring=0' or 'ring=3'");
    complain(edit(8, "ring=3,cr9=1"), "'cr9=1' is no resource");
    complain(edit(9, "ebx"), "'ebx' is no component");
    complain(edit(9, "cpl"), "'cpl' is no component");
    complain(edit(3, "real16"), "real16 has no ring 3");
    complain(edit(5, "finding"), "'data+28' is no end of a run");
}

static void a_line_that_was_cut_or_edited_does_not_fit_its_checksum(void **state)
{
    (void)state;
    char line[400];
    snprintf(line, sizeof line, "%s", print(make()));
    strstr(line, "9c")[1] = 'd';
    complain(line, "it was cut or edited");
    snprintf(line, sizeof line, "%s", print(make()));
    line[strlen(line) - 1] ^= 1;
    complain(line, "it was cut or edited");
    line[strlen(line) - 1] = '\0';
    complain(line, "it was cut or edited");
    *strrchr(line, ':') = '\0';
    complain(line, "this has fewer");
    complain("", "this has fewer");
    complain("rp1", "this has fewer");
    snprintf(line, sizeof line, "%s:00", print(make()));
    complain(line, "this has more");
}

static void a_line_longer_than_any_is_refused_unread(void **state)
{
    (void)state;
    static char line[RP_WITNESS_LINE_MAX + 10];
    memset(line, 'a', sizeof line - 1);
    complain(line, "at most 2000 are read");
}

static void the_end_of_the_line_is_the_end_of_the_witness(void **state)
{
    (void)state;
    char line[400];
    snprintf(line, sizeof line, "%s\r\n", print(make()));
    parse(line);
    snprintf(line, sizeof line, "%s # a note", print(make()));
    complain(line, "'# a note' stands behind the witness");
}

static void vm86_may_name_ring_0_which_is_real16(void **state)
{
    (void)state;
    struct rp_witness *w = make();
    w->mode = RP_MODE_VM86;
    w->kind = RP_SENSITIVE_MODE;
    rp_user_init(&w->user, RP_MODE_VM86);
    for (unsigned i = 0; i < 2; i++) {
        rp_machine_init(&w->run[i].machine, RP_MODE_VM86, w->policy);
        w->run[i].ring = 3 * i;
    }
    parse(print(w));
    assert_int_equal(parsed.run[0].ring, 0);
    assert_int_equal(rp_ring_mode(RP_MODE_VM86, 0), RP_MODE_REAL16);
    assert_int_equal(rp_ring_mode(RP_MODE_VM86, 3), RP_MODE_VM86);
    assert_int_equal(rp_ring_mode(RP_MODE_PROT32, 0), RP_MODE_PROT32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_what_cli_md_says),
        cmocka_unit_test(everything_of_a_witness_comes_back),
        cmocka_unit_test(each_kind_and_component_comes_back),
        cmocka_unit_test(the_end_of_a_finding_comes_back),
        cmocka_unit_test(a_field_is_a_part_of_its_register),
        cmocka_unit_test(each_seed_fits_a_line),
        cmocka_unit_test(a_line_that_would_be_too_long_is_refused),
        cmocka_unit_test(a_wrong_field_is_named),
        cmocka_unit_test(a_line_that_was_cut_or_edited_does_not_fit_its_checksum),
        cmocka_unit_test(a_line_longer_than_any_is_refused_unread),
        cmocka_unit_test(the_end_of_the_line_is_the_end_of_the_witness),
        cmocka_unit_test(vm86_may_name_ring_0_which_is_real16),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
