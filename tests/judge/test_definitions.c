/* SPDX-License-Identifier: GPL-2.0-or-later */
/* METHOD's definitions, one by one, on instructions that are made up so that nothing else is true of them;
 * then the precedence: hole, privileged, unknown, innocuous. */
#include "judge/model.h"
#include "support/suite.h"
#include "x86/vector.h"

#include <string.h>

static uint64_t reg(const struct rp_prestate *p, enum rp_reg which)
{
    return p->state.reg[which];
}

/* Judges in prot32 and demands judgement, kinds and resources. */
static const struct rp_verdict *demand(model *instruction, const char *words, const char *resources)
{
    const struct rp_verdict *v = model_verdict(instruction, RP_MODE_PROT32);
    assert_string_equal(model_words(v), words);
    assert_string_equal(model_resources(v), resources);
    return v;
}

static void does_nothing(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_retire(p, o, model_after(p));
}

static void computes(const struct rp_prestate *p, struct rp_outcomes *o)
{
    struct rp_state *after = model_after(p);
    after->reg[RP_REG_RAX] += reg(p, RP_REG_RBX);
    after->reg[RP_REG_RFLAGS] ^= RP_FLAG_CF | RP_FLAG_TF | RP_FLAG_AC | RP_FLAG_ID | RP_FLAG_NT;
    model_retire(p, o, after);
}

static void what_depends_on_the_user_state_alone_is_innocuous(void **state)
{
    (void)state;
    const struct rp_verdict *v = demand(does_nothing, "innocuous", "");
    assert_false(v->has_witness);
    demand(computes, "innocuous", "");
}

/* POPF's way: ring 3 leaves it undone. */
static void clears_if_in_ring_0(const struct rp_prestate *p, struct rp_outcomes *o)
{
    uint64_t flags = reg(p, RP_REG_RFLAGS);
    model_set(p, o, RP_REG_RFLAGS, p->ring ? flags : flags & ~RP_FLAG_IF);
}

static void ring_3_that_silently_leaves_undone_what_ring_0_does_is_a_hole(void **state)
{
    (void)state;
    const struct rp_verdict *v = demand(clears_if_in_ring_0, "hole control mode", "rflags.if");
    assert_true(v->has_witness);
    assert_int_equal(v->witness_kind, RP_SENSITIVE_MODE);
    assert_false(v->user_sensitive); /* Theorem 3 holds */
    assert_int_equal(v->owner, RP_OWNER_SYSTEM);
}

static void clears_if(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RFLAGS, reg(p, RP_REG_RFLAGS) & ~RP_FLAG_IF);
}

static void a_ring_3_run_that_changes_privileged_state_is_a_control_hole(void **state)
{
    (void)state;
    const struct rp_verdict *v = demand(clears_if, "hole control", "rflags.if");
    assert_int_equal(v->witness_kind, RP_SENSITIVE_CONTROL);
    assert_true(v->user_sensitive);
    assert_int_equal(v->a.value, RP_FLAG_IF); /* before and after */
    assert_int_equal(v->b.value, 0);
}

static void reads_cr0(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, reg(p, RP_REG_CR0) & 0x22);
}

static void a_ring_3_run_that_shows_a_resource_is_a_resource_hole(void **state)
{
    (void)state;
    const struct rp_verdict *v = demand(reads_cr0, "hole resource", "cr0.mp cr0.ne");
    assert_int_equal(v->witness_kind, RP_SENSITIVE_RESOURCE);
    assert_int_equal(v->component, RP_REG_RAX);
    assert_int_equal(v->a.ring, 3);
    assert_int_equal(v->b.ring, 3);
    assert_true(v->user_sensitive);
}

static void reads_cpl(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, reg(p, RP_REG_CS) & 3);
}

static void rings_that_end_in_different_user_states_are_a_mode_hole(void **state)
{
    (void)state;
    const struct rp_verdict *v = demand(reads_cpl, "hole mode", "cpl");
    assert_int_equal(v->a.ring, 0);
    assert_int_equal(v->a.value, 0);
    assert_int_equal(v->b.value, 3);
    assert_false(v->user_sensitive);
}

static void loads_ds(const struct rp_prestate *p, struct rp_outcomes *o)
{
    struct rp_state *after = model_after(p);
    after->reg[RP_REG_DS] = RP_SELECTOR_PROBE_DATA;
    model_retire(p, o, after);
}

static void a_hole_in_what_the_os_hands_out_is_delegated(void **state)
{
    (void)state;
    const struct rp_verdict *v = demand(loads_ds, "hole control", "ds.selector");
    assert_int_equal(v->owner, RP_OWNER_DELEGATED);
}

static void ring_3_only(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring)
        model_retire(p, o, model_after(p));
    else
        fake_trap(o, RP_VECTOR_GP, 0x2b);
}

static void ring_3_that_retires_where_ring_0_traps_is_a_mode_hole(void **state)
{
    (void)state;
    demand(ring_3_only, "hole mode", "cpl");
}

static uint8_t ring0_vector;

static void ring_3_only_for_vector(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring)
        model_retire(p, o, model_after(p));
    else
        fake_trap(o, ring0_vector, 0);
}

/* M-MEMORY: not for #PF #SS #AC #DF. */
static void a_memory_fault_of_ring_0_alone_is_no_evidence(void **state)
{
    (void)state;
    static const uint8_t vectors[] = {RP_VECTOR_PF, RP_VECTOR_SS, RP_VECTOR_AC, RP_VECTOR_DF};
    for (size_t i = 0; i < sizeof vectors; i++) {
        ring0_vector = vectors[i];
        const struct rp_verdict *v = model_verdict(ring_3_only_for_vector, RP_MODE_PROT32);
        assert_string_equal(model_words(v), "unknown");
        assert_non_null(strstr(v->unknown_reason, "ring 0 never retired"));
    }
}

static uint8_t ring3_vector;

static void ring_0_only_for_vector(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring)
        fake_trap(o, ring3_vector, 0);
    else
        model_retire(p, o, model_after(p));
}

static void gp_and_ud_of_ring_3_alone_make_an_encoding_privileged(void **state)
{
    (void)state;
    ring3_vector = RP_VECTOR_GP;
    const struct rp_verdict *v = demand(ring_0_only_for_vector, "privileged", "");
    assert_true(v->has_witness); /* WBINVD: nothing to show but the trap */
    assert_int_equal(v->opinion[0].ring[1].vector, RP_VECTOR_GP);
    ring3_vector = RP_VECTOR_UD; /* CLAC */
    demand(ring_0_only_for_vector, "privileged", "");
}

/* METHOD: #PF #SS #AC #NP #TS in ring 3 are not because of the ring. */
static void other_faults_of_ring_3_alone_do_not(void **state)
{
    (void)state;
    static const uint8_t vectors[] = {RP_VECTOR_PF, RP_VECTOR_SS, RP_VECTOR_AC, RP_VECTOR_NP, RP_VECTOR_TS};
    for (size_t i = 0; i < sizeof vectors; i++) {
        ring3_vector = vectors[i];
        const struct rp_verdict *v = model_verdict(ring_0_only_for_vector, RP_MODE_PROT32);
        assert_string_equal(model_words(v), "unknown");
        assert_string_equal(v->unknown_reason, "ring 3 faults on memory in every state tried");
    }
}

static void halts(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring)
        fake_trap(o, RP_VECTOR_GP, 0);
    else
        model_set(p, o, RP_REG_ACTIVITY, 1);
}

static void what_only_ring_0_may_change_is_privileged_and_control_sensitive(void **state)
{
    (void)state;
    const struct rp_verdict *v = demand(halts, "privileged control", "activity");
    assert_false(v->user_sensitive);
    assert_true(v->has_witness);
}

/* MOV to DS: the descriptor's DPL decides whether ring 3 traps. Ring 0 and 3 do the same where they may. */
static void depends_on_dpl(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring && reg(p, RP_REG_RBX) == 3) /* the second seed's */
        fake_trap(o, RP_VECTOR_GP, 0);
    else
        model_set(p, o, RP_REG_RAX, 1);
}

static void ring_3_that_traps_in_some_states_and_retires_in_others_is_a_mode_hole(void **state)
{
    (void)state;
    const struct rp_verdict *v = demand(depends_on_dpl, "hole mode", "cpl");
    assert_true(v->has_witness);
    assert_int_equal(v->opinion[0].ring[1].kind, RP_OUTCOME_RETIRED);
}

/* The DPL that the data probe has in memory; the base's where no word is listed. */
static uint64_t probe_dpl(const struct rp_prestate *p)
{
    uint64_t word = rp_memory_get(&p->memory, RP_ARENA_GDT + RP_SELECTOR_PROBE_DATA);
    return word ? word >> 45 & 3 : 3;
}

static void needs_dpl_3(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring > probe_dpl(p))
        fake_trap(o, RP_VECTOR_GP, 0x80);
    else
        model_retire(p, o, model_after(p));
}

/* The search: no seed retires in ring 3, but with another DPL in the table it would. */
static void a_trap_that_a_descriptors_field_decides_is_not_because_of_the_ring(void **state)
{
    (void)state;
    struct rp_judge *judge = model_judge(needs_dpl_3, 0, RP_POLICY_LEGACY);
    model_add_seed(judge, "dpl0", "gdt.data.dpl=0");
    assert_string_equal(model_words(model_ask(judge, RP_MODE_PROT32)),
                        "privileged"); /* it points at nothing */
    judge = model_judge(needs_dpl_3, 0, RP_POLICY_LEGACY);
    model_add_seed(judge, "dpl0", "gdt.data.dpl=0");
    judge->seeds.seed[0].probe = RP_PROBE_DATA;
    const struct rp_verdict *v = model_ask(judge, RP_MODE_PROT32);
    assert_string_equal(model_words(v), "hole mode");
    assert_non_null(strstr(v->replay, ":mode:-:ring=0,gdt.data.dpl=0:ring=3,gdt.data.dpl=0:rip:"));
}

static uint8_t always_vector;

static void always_traps(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p;
    fake_trap(o, always_vector, -1);
}

static void what_traps_in_both_rings_is_unknown_and_never_privileged(void **state)
{
    (void)state;
    always_vector = RP_VECTOR_GP; /* M-VACUOUS */
    const struct rp_verdict *v = demand(always_traps, "unknown", "");
    assert_string_equal(v->unknown_reason, "ring 0 never retired: #GP in every state tried");
    always_vector = RP_VECTOR_UD;
    v = demand(always_traps, "unknown", "");
    assert_string_equal(v->unknown_reason, "#UD in both rings, whatever the state");
}

static void encodings_that_are_reserved_to_be_ud_are_innocuous(void **state)
{
    (void)state;
    struct rp_judge *judge = model_judge(always_traps, 3, RP_POLICY_LEGACY);
    always_vector = RP_VECTOR_UD;
    model_for_all = true;
    assert_int_equal(model_ask_hex(judge, RP_MODE_PROT32, "0f0b")->judgement, RP_VERDICT_INNOCUOUS); /* UD2 */
    assert_int_equal(model_ask_hex(judge, RP_MODE_PROT32, "0fff03")->judgement,
                     RP_VERDICT_INNOCUOUS); /* UD0 */
    assert_int_equal(model_ask_hex(judge, RP_MODE_PROT32, "0fb903")->judgement,
                     RP_VERDICT_INNOCUOUS); /* UD1 */
    assert_int_equal(model_ask_hex(judge, RP_MODE_PROT32, "90")->judgement, RP_VERDICT_UNKNOWN);
}

/* Ring 0 retires in the first seed, where ring 3 traps; everywhere else both trap. */
static void privileged_in_one_state(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (!p->ring && reg(p, RP_REG_RBX) != 3)
        model_retire(p, o, model_after(p));
    else
        fake_trap(o, RP_VECTOR_GP, 0);
}

static void a_pair_that_shows_nothing_does_not_hinder_privileged(void **state)
{
    (void)state;
    demand(privileged_in_one_state, "privileged", "");
}

/* A hole in one state, privileged in another, both trap in a third. */
static void of_everything_something(const struct rp_prestate *p, struct rp_outcomes *o)
{
    bool second = reg(p, RP_REG_RBX) == 3, third = reg(p, RP_REG_RFLAGS) & RP_FLAG_CF;
    if (third || (second && p->ring))
        fake_trap(o, RP_VECTOR_GP, 0);
    else
        model_set(p, o, RP_REG_RAX, reg(p, RP_REG_GDTR_BASE));
}

static void a_hole_comes_before_everything_else(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_verdict(of_everything_something, RP_MODE_PROT32);
    assert_int_equal(v->judgement, RP_VERDICT_HOLE);
    assert_true(rp_resource_set_has(&v->resources, RP_RESOURCE_GDTR_BASE));
}

/* Sensitive in ring 0, and ring 3 never comes that far. */
static void control_in_ring_0_only(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring)
        fake_trap(o, RP_VECTOR_PF, 6);
    else
        clears_if(p, o);
}

static void sensitive_in_ring_0_and_never_seen_in_ring_3_is_unknown(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_verdict(control_in_ring_0_only, RP_MODE_PROT32);
    assert_int_equal(v->judgement, RP_VERDICT_UNKNOWN);
    assert_string_equal(v->unknown_reason,
                        "sensitive in ring 0; ring 3 faults on memory in every state tried");
}

static void enters(const struct rp_prestate *p, struct rp_outcomes *o)
{
    struct rp_outcome outcome = {.kind = RP_OUTCOME_ENTERED, .vector = 0x80};
    (void)p;
    assert_int_equal(rp_outcomes_reserve(o, 1, 0, NULL), RP_OK);
    rp_outcome_seal(o, &outcome, o->change_count);
    o->outcome[o->count++] = outcome;
}

static void what_enters_its_gate_has_retired(void **state)
{
    (void)state;
    const struct rp_verdict *v = demand(enters, "innocuous", "");
    assert_int_equal(v->opinion[0].ring[1].kind, RP_OUTCOME_ENTERED);
}

static void enters_in_ring_0_only(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring)
        fake_trap(o, RP_VECTOR_GP, 0x402);
    else
        enters(p, o);
}

static void a_gate_that_refuses_ring_3_makes_it_privileged(void **state)
{
    (void)state;
    demand(enters_in_ring_0_only, "privileged", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_depends_on_the_user_state_alone_is_innocuous, model_free),
        cmocka_unit_test_teardown(ring_3_that_silently_leaves_undone_what_ring_0_does_is_a_hole, model_free),
        cmocka_unit_test_teardown(a_ring_3_run_that_changes_privileged_state_is_a_control_hole, model_free),
        cmocka_unit_test_teardown(a_ring_3_run_that_shows_a_resource_is_a_resource_hole, model_free),
        cmocka_unit_test_teardown(rings_that_end_in_different_user_states_are_a_mode_hole, model_free),
        cmocka_unit_test_teardown(a_hole_in_what_the_os_hands_out_is_delegated, model_free),
        cmocka_unit_test_teardown(ring_3_that_retires_where_ring_0_traps_is_a_mode_hole, model_free),
        cmocka_unit_test_teardown(a_memory_fault_of_ring_0_alone_is_no_evidence, model_free),
        cmocka_unit_test_teardown(gp_and_ud_of_ring_3_alone_make_an_encoding_privileged, model_free),
        cmocka_unit_test_teardown(other_faults_of_ring_3_alone_do_not, model_free),
        cmocka_unit_test_teardown(what_only_ring_0_may_change_is_privileged_and_control_sensitive,
                                  model_free),
        cmocka_unit_test_teardown(ring_3_that_traps_in_some_states_and_retires_in_others_is_a_mode_hole,
                                  model_free),
        cmocka_unit_test_teardown(a_trap_that_a_descriptors_field_decides_is_not_because_of_the_ring,
                                  model_free),
        cmocka_unit_test_teardown(what_traps_in_both_rings_is_unknown_and_never_privileged, model_free),
        cmocka_unit_test_teardown(encodings_that_are_reserved_to_be_ud_are_innocuous, model_free),
        cmocka_unit_test_teardown(a_pair_that_shows_nothing_does_not_hinder_privileged, model_free),
        cmocka_unit_test_teardown(a_hole_comes_before_everything_else, model_free),
        cmocka_unit_test_teardown(sensitive_in_ring_0_and_never_seen_in_ring_3_is_unknown, model_free),
        cmocka_unit_test_teardown(what_enters_its_gate_has_retired, model_free),
        cmocka_unit_test_teardown(a_gate_that_refuses_ring_3_makes_it_privileged, model_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
