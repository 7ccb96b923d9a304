/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Divergences: the cells in which two executors part, what is left out (METHOD, "More than one executor",
 * M-UNDEFINED), and lines that replay them. */
#include "judge/divergence.h"
#include "judge/pair.h"
#include "support/suite.h"
#include "x86/vector.h"

#include <stdio.h>
#include <string.h>

#define NOP   "90"
#define BSF   "0fbcc1" /* bsf eax, ecx */
#define CPUID "0fa2"
#define MOVSB "a4"
#define AND   "21c1"

static uint64_t reg(const struct rp_prestate *p, enum rp_reg which)
{
    return p->state.reg[which];
}

static void does_nothing(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_retire(p, o, model_after(p));
}

static void clears_rdx(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RDX, 0xbad);
}

static const struct rp_divergence *only(const struct rp_verdict *v)
{
    assert_int_equal(v->divergences, 1);
    return &v->divergence[0];
}

static void a_register_that_ends_differently_is_a_divergence_with_both_values(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_silicon, clears_rdx);
    const struct rp_divergence *d = only(pair_ask(RP_MODE_LONG64, NOP));
    assert_int_equal(d->cell, RP_REG_RDX);
    assert_int_equal(d->answer[1].value, 0xbad);
    assert_string_equal(d->executor[0], "fake");
    assert_string_equal(d->executor[1], "silicon");
    assert_string_equal(d->known, "");
    /* Nothing of the user state matters, so the line has none. */
    assert_non_null(strstr(d->replay, "rp1:fake+silicon:legacy:long64:90:divergence:-:ring=3:ring=3:rdx:"));
}

static void a_divergence_replays_on_both_and_not_where_they_agree(void **state)
{
    (void)state;
    char line[RP_WITNESS_LINE_MAX + 1];
    pair_open(does_nothing, &fake_silicon, clears_rdx);
    const struct rp_divergence *d = only(pair_ask(RP_MODE_LONG64, NOP));
    snprintf(line, sizeof line, "%s", d->replay);
    struct rp_replay r = pair_replay(line);
    assert_true(r.reproduced);
    assert_int_equal(r.value[1], 0xbad);
    assert_int_not_equal(r.value[0], 0xbad);
    pair_open(clears_rdx, &fake_silicon, clears_rdx);
    r = pair_replay(line);
    assert_false(r.reproduced);
    assert_string_equal(r.why, "both executors end alike in rdx");
}

#define LAR "0f02c3" /* lar eax, ebx */

static void knows_the_probe(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if ((reg(p, RP_REG_RBX) & 0xfffc) == RP_SELECTOR_PROBE_DATA)
        clears_rdx(p, o);
    else
        does_nothing(p, o);
}

/* One has a descriptor of its own where the other has the arena's. */
static void a_run_by_a_selector_that_one_does_not_hold_is_not_compared(void **state)
{
    (void)state;
    pair_open(knows_the_probe, &fake_silicon, does_nothing);
    assert_int_equal(pair_ask(RP_MODE_LONG64, LAR)->divergences, 1);
    pair_open(knows_the_probe, &fake_silicon, does_nothing);
    fake_second_capabilities.descriptor[0][RP_SELECTOR_PROBE_DATA >> 3] = false;
    assert_int_equal(pair_ask(RP_MODE_LONG64, LAR)->divergences, 0);
    pair_open(knows_the_probe, &fake_silicon, does_nothing);
    fake_second_capabilities.descriptor[0][RP_SELECTOR_PROBE_DATA >> 3] = false;
    assert_int_equal(pair_ask(RP_MODE_LONG64, AND)->divergences, 1); /* which looks at none */
}

static void a_divergence_needs_two_executors_to_replay(void **state)
{
    (void)state;
    static struct rp_witness witness;
    struct rp_replay replay;
    struct rp_panel_options options = {.member = {{&fake_executor, NULL}}, .members = 1};
    struct rp_error error = {0};
    struct rp_panel *one;
    pair_open(does_nothing, &fake_silicon, clears_rdx);
    assert_int_equal(rp_witness_parse(only(pair_ask(RP_MODE_LONG64, NOP))->replay, &witness, NULL), RP_OK);
    assert_int_equal(rp_panel_open(&options, &one, NULL), RP_OK);
    assert_int_equal(rp_panel_replay(one, &witness, &replay, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "a witness of kind divergence runs on two executors, not on 1"));
    rp_panel_close(one);
}

static void traps_ud(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p;
    fake_trap(o, RP_VECTOR_UD, -1);
}

static void traps_gp(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p;
    fake_trap(o, RP_VECTOR_GP, 0);
}

static void traps_gp_8(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p;
    fake_trap(o, RP_VECTOR_GP, 8);
}

static void how_runs_end_is_compared_from_the_kind_down_to_the_error_code(void **state)
{
    (void)state;
    static const struct {
        model *a, *b;
        uint32_t cell;
        uint64_t value[2];
        const char *name;
    } rows[] = {
        {does_nothing, traps_ud, RP_CELL_OUTCOME, {RP_OUTCOME_RETIRED, RP_OUTCOME_TRAPPED}, ":outcome:"},
        {traps_gp, traps_ud, RP_CELL_VECTOR, {RP_VECTOR_GP, RP_VECTOR_UD}, ":vector:"},
        {traps_gp, traps_gp_8, RP_CELL_ERROR_CODE, {0, 8}, ":error_code:"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pair_open(rows[i].a, &fake_silicon, rows[i].b);
        const struct rp_divergence *d = only(pair_ask(RP_MODE_LONG64, NOP));
        assert_int_equal(d->cell, rows[i].cell);
        assert_int_equal(d->answer[0].value, rows[i].value[0]);
        assert_int_equal(d->answer[1].value, rows[i].value[1]);
        assert_non_null(strstr(d->replay, rows[i].name));
        assert_true(pair_replay(d->replay).reproduced);
    }
}

static void is_two_bytes(const struct rp_prestate *p, struct rp_outcomes *o)
{
    struct rp_state *after = model_after(p);
    after->reg[RP_REG_RIP]++;
    fake_retire(o, p, after, 2);
}

static void another_length_is_said_once_not_as_rip_too(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_silicon, is_two_bytes);
    const struct rp_divergence *d = only(pair_ask(RP_MODE_LONG64, NOP));
    assert_int_equal(d->cell, RP_CELL_LENGTH);
    assert_int_equal(d->answer[0].value, 1);
    assert_int_equal(d->answer[1].value, 2);
}

static void is_not_run(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p;
    fake_other(o, RP_OUTCOME_UNSUPPORTED);
}

static void is_done_by_the_kernel(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p;
    fake_trap(o, RP_VECTOR_GP, 0)->kernel_emulated = true;
}

static void what_was_not_run_or_done_by_the_kernel_is_no_divergence(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_silicon, is_not_run);
    assert_int_equal(pair_ask(RP_MODE_LONG64, NOP)->divergences, 0);
    pair_open(does_nothing, &fake_silicon, is_done_by_the_kernel);
    const struct rp_verdict *v = pair_ask(RP_MODE_LONG64, NOP);
    assert_int_equal(v->divergences, 0);
    assert_true(v->opinion[1].ring[1].kernel_emulated);
}

static void changes_fs_base(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_FS_BASE, 0x1234);
}

static void privileged_state_is_left_out(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_silicon, changes_fs_base);
    assert_int_equal(pair_ask(RP_MODE_LONG64, NOP)->divergences, 0);
}

static void changes_zmm3_2(const struct rp_prestate *p, struct rp_outcomes *o)
{
    struct rp_state *after = model_after(p);
    after->vector[3 * RP_VECTOR_WORDS_EACH + 2] ^= 1;
    model_retire(p, o, after);
}

static void vector_words_count_where_both_hold_them(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_silicon, changes_zmm3_2);
    assert_int_equal(only(pair_ask(RP_MODE_LONG64, NOP))->cell,
                     RP_COMPONENT_VECTOR + 3 * RP_VECTOR_WORDS_EACH + 2);
    fake_capabilities.vector_words = 2;
    pair_open(does_nothing, &fake_silicon, changes_zmm3_2);
    fake_capabilities.vector_words = 2;
    assert_int_equal(pair_ask(RP_MODE_LONG64, NOP)->divergences, 0);
}

static void shows_cr2(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, reg(p, RP_REG_CR2));
}

static void a_component_that_depends_on_what_one_alone_holds_is_left_out(void **state)
{
    (void)state;
    pair_open(shows_cr2, &fake_silicon, does_nothing);
    const struct rp_verdict *v = pair_ask(RP_MODE_LONG64, NOP);
    assert_string_equal(model_words(v), "hole resource");
    assert_int_equal(v->divergences, 0);
}

/* A guest that shows its host's selectors. What both hold depends on nothing but the pre-state. */
static void a_component_that_shows_what_both_hold_is_compared(void **state)
{
    (void)state;
    pair_open(shows_cr2, &fake_second, clears_rdx);
    assert_true(pair_ask(RP_MODE_LONG64, NOP)->divergences > 0);
}

static void shows_tr(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, reg(p, RP_REG_TR));
}

/* B differs from A in CR2 too, which RAX does not show. */
static void what_one_alone_holds_hides_only_what_depends_on_it(void **state)
{
    (void)state;
    pair_open(shows_tr, &fake_second, clears_rdx);
    fake_second_capabilities.resource[RP_RESOURCE_CR2] = false;
    const struct rp_verdict *v = pair_ask(RP_MODE_LONG64, NOP);
    bool rax = false;
    for (unsigned i = 0; i < v->divergences; i++)
        rax |= v->divergence[i].cell == RP_REG_RAX;
    assert_true(rax);
}

static void shows_xcr0(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, reg(p, RP_REG_XCR0));
}

static void shows_the_hosts_xcr0(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, 0x1f);
}

#define XGETBV "0f01d0"

/* corpus/machine-bound.tsv: XCR0 is the machine's own, unless both have the pre-state's; with ECX = 1 it
 * shows what no manual defines (corpus/undefined.tsv), so that the divergence is of a seed with ECX = 0. */
static void a_value_of_the_machine_is_compared_where_both_hold_it(void **state)
{
    (void)state;
    pair_open(shows_xcr0, &fake_second, shows_the_hosts_xcr0);
    const struct rp_divergence *d = only(pair_ask(RP_MODE_LONG64, XGETBV));
    assert_int_equal(d->answer[1].value, 0x1f);
    assert_non_null(strstr(d->replay, ":divergence:rcx=0:"));
    pair_open(shows_xcr0, &fake_second, shows_the_hosts_xcr0);
    fake_second_capabilities.resource[RP_RESOURCE_XCR0] = false;
    assert_int_equal(pair_ask(RP_MODE_LONG64, XGETBV)->divergences, 0);
}

static void stores_gdtr(const struct rp_prestate *p, struct rp_outcomes *o)
{
    const uint32_t data = rp_component_window(RP_WINDOW_DATA);
    const struct rp_change changes[] = {
        {RP_REG_RIP, reg(p, RP_REG_RIP) + 1}, {data, reg(p, RP_REG_GDTR_BASE)}, {data + 1, 0x10000}};
    fake_retire_with(o, changes, 3, 1);
}

static void stores_another_gdtr(const struct rp_prestate *p, struct rp_outcomes *o)
{
    const uint32_t data = rp_component_window(RP_WINDOW_DATA);
    const struct rp_change changes[] = {
        {RP_REG_RIP, reg(p, RP_REG_RIP) + 1}, {data, 0xffff8000}, {data + 1, 0x1ffff}};
    fake_retire_with(o, changes, 3, 1);
}

/* The second word changes with no perturbation, and is the system's all the same. */
static void what_belongs_to_a_dependent_value_is_left_out_with_it(void **state)
{
    (void)state;
    pair_open(stores_gdtr, &fake_silicon, stores_another_gdtr);
    assert_int_equal(pair_ask(RP_MODE_LONG64, NOP)->divergences, 0);
}

static uint64_t fault_address;

static void faults(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p;
    fake_trap(o, RP_VECTOR_PF, 4)->cr2 = fault_address;
}

/* M-MEMORY: page 0 is the emulator's to map; the program's data are not. */
static void faults_outside_of_the_programs_memory_are_left_out(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_silicon, faults);
    fault_address = 3;
    assert_int_equal(pair_ask(RP_MODE_LONG64, NOP)->divergences, 0);
    fault_address = rp_arena_view(RP_MODE_LONG64)->data;
    assert_int_equal(only(pair_ask(RP_MODE_LONG64, NOP))->cell, RP_CELL_OUTCOME);
}

static void obeys_tsd(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring && reg(p, RP_REG_CR4) & 4) /* CR4.TSD, SDM Vol. 3A 2.5 */
        traps_gp(p, o);
    else
        does_nothing(p, o);
}

static void an_end_that_a_control_explains_is_left_out(void **state)
{
    (void)state;
    pair_open(obeys_tsd, &fake_silicon, traps_gp); /* a machine with TSD set */
    assert_int_equal(pair_ask(RP_MODE_LONG64, NOP)->divergences, 0);
    pair_open(obeys_tsd, &fake_silicon, traps_ud);
    assert_int_equal(only(pair_ask(RP_MODE_LONG64, NOP))->cell, RP_CELL_OUTCOME);
}

/* CLI, SDM Vol. 2A; the second, in ring 3, whatever IOPL is. */
static void obeys_iopl(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring && (reg(p, RP_REG_RFLAGS) >> 12 & 3) < 3)
        traps_gp(p, o);
    else
        model_set(p, o, RP_REG_RFLAGS, reg(p, RP_REG_RFLAGS) & ~RP_FLAG_IF);
}

static void ignores_iopl(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring)
        traps_gp(p, o);
    else
        obeys_iopl(p, o);
}

/* IOPL keeps CLI closed, and opens it on the first alone. */
static void a_control_that_one_ignores_is_a_divergence(void **state)
{
    const struct rp_verdict *v;
    (void)state;
    pair_open(obeys_iopl, &fake_second, ignores_iopl);
    v = pair_ask(RP_MODE_LONG64, NOP);
    assert_string_equal(model_words(v), "privileged control");
    assert_non_null(strstr(only(v)->replay, ":ring=3,rflags.iopl=3:"));
    pair_open(obeys_iopl, &fake_second, obeys_iopl);
    assert_int_equal(pair_ask(RP_MODE_LONG64, NOP)->divergences, 0);
}

static void sets_af(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RFLAGS, reg(p, RP_REG_RFLAGS) | RP_FLAG_AF);
}

static void clears_af(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RFLAGS, reg(p, RP_REG_RFLAGS) & ~RP_FLAG_AF);
}

/* M-UNDEFINED: AF after AND is nobody's, after NOP it is. */
static void undefined_flags_are_masked(void **state)
{
    (void)state;
    pair_open(sets_af, &fake_silicon, clears_af);
    assert_int_equal(pair_ask(RP_MODE_LONG64, AND)->divergences, 0);
    const struct rp_divergence *d = only(pair_ask(RP_MODE_LONG64, NOP));
    assert_int_equal(d->cell, RP_REG_RFLAGS);
    assert_int_equal(d->bits, RP_FLAG_AF);
}

static uint64_t with_zf(const struct rp_prestate *p)
{
    return reg(p, RP_REG_RFLAGS) | RP_FLAG_ZF;
}

static void leaves_eax_and_sets_zf(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RFLAGS, with_zf(p));
}

static void loads_eax_and_sets_zf(const struct rp_prestate *p, struct rp_outcomes *o)
{
    struct rp_state *after = model_after(p);
    after->reg[RP_REG_RAX] ^= 0x55;
    after->reg[RP_REG_RFLAGS] = with_zf(p);
    model_retire(p, o, after);
}

/* M-UNDEFINED, corpus/undefined.tsv: BSF of 0. */
static void an_undefined_result_is_masked_under_its_condition(void **state)
{
    (void)state;
    pair_open(leaves_eax_and_sets_zf, &fake_silicon, loads_eax_and_sets_zf);
    assert_int_equal(pair_ask(RP_MODE_LONG64, BSF)->divergences, 0);
    assert_int_equal(only(pair_ask(RP_MODE_LONG64, NOP))->cell, RP_REG_RAX);
}

static void what_a_machine_answers_for_itself_is_compared_in_its_end_alone(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_silicon, clears_rdx);
    assert_int_equal(pair_ask(RP_MODE_LONG64, CPUID)->divergences, 0);
    pair_open(does_nothing, &fake_silicon, traps_ud);
    assert_int_equal(only(pair_ask(RP_MODE_LONG64, CPUID))->cell, RP_CELL_OUTCOME);
}

static void stops_behind_one_iteration(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (reg(p, RP_REG_RCX) > 1)
        clears_rdx(p, o);
    else
        does_nothing(p, o);
}

static void repeated_strings_are_compared_with_a_count_of_one_at_most(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_silicon, stops_behind_one_iteration);
    assert_int_equal(pair_ask(RP_MODE_LONG64, "f3" MOVSB)->divergences, 0);
    assert_int_equal(only(pair_ask(RP_MODE_LONG64, MOVSB))->cell, RP_REG_RDX);
}

static void changes_many(const struct rp_prestate *p, struct rp_outcomes *o)
{
    struct rp_state *after = model_after(p);
    for (unsigned r = RP_REG_RAX; r <= RP_REG_RBX; r++)
        after->reg[r] ^= 0x10;
    after->reg[RP_REG_MXCSR] ^= 1;
    after->vector[0] ^= 1;
    after->vector[9] ^= 1;
    model_retire(p, o, after);
}

static void one_class_of_cells_is_one_divergence_of_an_encoding(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_silicon, changes_many);
    const struct rp_verdict *v = pair_ask(RP_MODE_LONG64, NOP);
    assert_int_equal(v->divergences, 3);
    assert_string_equal(rp_divergence_class(v->divergence[0].cell), "general registers");
    assert_string_equal(rp_divergence_class(v->divergence[1].cell), "mxcsr");
    assert_string_equal(rp_divergence_class(v->divergence[2].cell), "vector registers");
}

static void what_no_decoder_knows_is_one_known_divergence_of_the_emulator(void **state)
{
    (void)state;
    pair_open(changes_many, &fake_silicon, does_nothing);
    const struct rp_divergence *d = only(pair_ask(RP_MODE_LONG64, "0f04"));
    assert_string_equal(d->known, "fake: runs what no decoder knows");
}

static unsigned times;

static void sometimes_clears_rdx(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (times++ % 3 == 0)
        clears_rdx(p, o);
    else
        does_nothing(p, o);
}

/* M-NOISE: what does not come back twice is not believed. */
static void a_divergence_that_does_not_come_back_is_dropped(void **state)
{
    (void)state;
    times = 0;
    pair_open(does_nothing, &fake_silicon, sometimes_clears_rdx);
    assert_int_equal(pair_ask(RP_MODE_LONG64, NOP)->divergences, 0);
}

/* A verdict of three that is about nothing but who took part. */
static struct rp_verdict of_three(const char *last)
{
    struct rp_verdict v = {0};
    const char *const names[] = {"unicorn", "qemu", last};
    assert_int_equal(rp_verdict_opinions(&v, 3, NULL), RP_OK);
    for (unsigned i = 0; i < 3; i++)
        snprintf(v.opinion[i].executor, sizeof v.opinion[i].executor, "%s", names[i]);
    return v;
}

/* Of two of them, by their numbers, with a value each. */
static struct rp_divergence of_pair(uint32_t cell, unsigned first, uint64_t a, unsigned second, uint64_t b)
{
    return (struct rp_divergence){.cell = cell,
                                  .bits = a ^ b,
                                  .answer = {{(uint8_t)(1u << first), a, {.kind = (uint8_t)a}},
                                             {(uint8_t)(1u << second), b, {.kind = (uint8_t)b}}},
                                  .answers = 2};
}

static void divergences_of_one_cause_are_alike(void **state)
{
    (void)state;
    struct rp_verdict v = of_three("bochs"), w = of_three("kvm");
    struct rp_divergence a = of_pair(RP_REG_RAX, 0, 1, 2, 2), b = of_pair(RP_REG_RBX, 0, 3, 2, 4);
    assert_true(rp_divergence_alike(&v, &a, &v, &b));
    b.cell = RP_REG_RFLAGS;
    assert_false(rp_divergence_alike(&v, &a, &v, &b));
    a.cell = b.cell = RP_CELL_OUTCOME;
    assert_false(rp_divergence_alike(&v, &a, &v, &b)); /* other ends */
    b = a;
    assert_true(rp_divergence_alike(&v, &a, &v, &b));
    assert_false(rp_divergence_alike(&v, &a, &w, &b)); /* other executors */
    b.answer[0].executors |= 2;
    assert_false(rp_divergence_alike(&v, &a, &v, &b));
    rp_verdict_free(&v);
    rp_verdict_free(&w);
}

static void who_answers_alike_stands_together(void **state)
{
    (void)state;
    struct rp_divergence d = of_pair(RP_CELL_OUTCOME, 0, RP_OUTCOME_RETIRED, 1, RP_OUTCOME_TRAPPED);
    struct rp_divergence more = of_pair(RP_CELL_OUTCOME, 0, RP_OUTCOME_RETIRED, 2, RP_OUTCOME_TRAPPED);
    assert_false(rp_divergence_contains(&d, &more));
    assert_true(rp_divergence_join(&d, &more));
    assert_true(rp_divergence_contains(&d, &more));
    assert_int_equal(d.answers, 2);
    assert_int_equal(d.answer[0].executors, 1);
    assert_int_equal(d.answer[1].executors, 2 | 4);
    assert_false(rp_divergence_join(&d, &more)); /* who is in it already */
    more = of_pair(RP_CELL_OUTCOME, 1, RP_OUTCOME_TRAPPED, 3, RP_OUTCOME_ENTERED);
    assert_true(rp_divergence_join(&d, &more));
    assert_int_equal(d.answers, 3);
    assert_int_equal(d.answer[2].executors, 8);
    more = of_pair(RP_CELL_OUTCOME, 1, RP_OUTCOME_HUNG, 4, RP_OUTCOME_ENTERED);
    assert_false(rp_divergence_join(&d, &more)); /* from another state: the second answers otherwise here */
    more = of_pair(RP_REG_RAX, 0, RP_OUTCOME_RETIRED, 4, RP_OUTCOME_TRAPPED);
    assert_false(rp_divergence_join(&d, &more)); /* another cell */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_register_that_ends_differently_is_a_divergence_with_both_values,
                                  pair_free),
        cmocka_unit_test_teardown(a_divergence_replays_on_both_and_not_where_they_agree, pair_free),
        cmocka_unit_test_teardown(a_run_by_a_selector_that_one_does_not_hold_is_not_compared, pair_free),
        cmocka_unit_test_teardown(a_divergence_needs_two_executors_to_replay, pair_free),
        cmocka_unit_test_teardown(how_runs_end_is_compared_from_the_kind_down_to_the_error_code, pair_free),
        cmocka_unit_test_teardown(another_length_is_said_once_not_as_rip_too, pair_free),
        cmocka_unit_test_teardown(what_was_not_run_or_done_by_the_kernel_is_no_divergence, pair_free),
        cmocka_unit_test_teardown(privileged_state_is_left_out, pair_free),
        cmocka_unit_test_teardown(vector_words_count_where_both_hold_them, pair_free),
        cmocka_unit_test_teardown(a_component_that_depends_on_what_one_alone_holds_is_left_out, pair_free),
        cmocka_unit_test_teardown(a_component_that_shows_what_both_hold_is_compared, pair_free),
        cmocka_unit_test_teardown(what_one_alone_holds_hides_only_what_depends_on_it, pair_free),
        cmocka_unit_test_teardown(a_value_of_the_machine_is_compared_where_both_hold_it, pair_free),
        cmocka_unit_test_teardown(what_belongs_to_a_dependent_value_is_left_out_with_it, pair_free),
        cmocka_unit_test_teardown(faults_outside_of_the_programs_memory_are_left_out, pair_free),
        cmocka_unit_test_teardown(an_end_that_a_control_explains_is_left_out, pair_free),
        cmocka_unit_test_teardown(a_control_that_one_ignores_is_a_divergence, pair_free),
        cmocka_unit_test_teardown(undefined_flags_are_masked, pair_free),
        cmocka_unit_test_teardown(an_undefined_result_is_masked_under_its_condition, pair_free),
        cmocka_unit_test_teardown(what_a_machine_answers_for_itself_is_compared_in_its_end_alone, pair_free),
        cmocka_unit_test_teardown(repeated_strings_are_compared_with_a_count_of_one_at_most, pair_free),
        cmocka_unit_test_teardown(one_class_of_cells_is_one_divergence_of_an_encoding, pair_free),
        cmocka_unit_test_teardown(what_no_decoder_knows_is_one_known_divergence_of_the_emulator, pair_free),
        cmocka_unit_test_teardown(a_divergence_that_does_not_come_back_is_dropped, pair_free),
        cmocka_unit_test_teardown(who_answers_alike_stands_together, pair_free),
        cmocka_unit_test_teardown(divergences_of_one_cause_are_alike, pair_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
