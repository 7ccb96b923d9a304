/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Panels: each executor judges by itself where it can run, rings of different executors are never paired, and
 * a panel of one is its judge. */
#include "judge/decide.h"
#include "judge/pair.h"
#include "support/suite.h"
#include "x86/vector.h"

#define NOP "90"

static void does_nothing(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_retire(p, o, model_after(p));
}

/* Nobody is to ask it. */
static void dies(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p, (void)o;
    fail_msg("a run of a member that is out");
}

static void traps_in_ring_3(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring)
        fake_trap(o, RP_VECTOR_GP, 0);
    else
        does_nothing(p, o);
}

static void shows_cr2(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, p->state.reg[RP_REG_CR2]);
}

static void shows_fs_base(const struct rp_prestate *p, struct rp_outcomes *o)
{
    assert_int_equal(p->ring, 3);
    model_set(p, o, RP_REG_RAX, p->state.reg[RP_REG_FS_BASE]);
}

static void only_ring_3(const struct rp_prestate *p, struct rp_outcomes *o)
{
    assert_int_equal(p->ring, 3);
    does_nothing(p, o);
}

static void two_that_agree_give_their_verdict(void **state)
{
    (void)state;
    pair_open(traps_in_ring_3, &fake_second, traps_in_ring_3);
    const struct rp_verdict *v = pair_ask(RP_MODE_PROT32, NOP);
    assert_string_equal(model_words(v), "privileged");
    assert_int_equal(v->opinions, 2);
    assert_string_equal(v->opinion[0].executor, "fake");
    assert_string_equal(v->opinion[1].executor, "second");
    assert_int_equal(v->opinion[1].ring[1].vector, RP_VECTOR_GP);
    assert_false(v->disagreement);
    assert_int_equal(v->divergences, 0);
}

/* Ring 0 of one and ring 3 of the other differ; within each nothing does. */
static void rings_of_different_executors_are_never_paired(void **state)
{
    (void)state;
    pair_open(traps_in_ring_3, &fake_second, does_nothing);
    const struct rp_verdict *v = pair_ask(RP_MODE_PROT32, NOP);
    assert_string_equal(model_words(v), "unknown");
    assert_string_equal(v->unknown_reason, "executors disagree: fake: privileged; second: innocuous");
    assert_true(v->disagreement);
}

static void a_witness_of_either_makes_a_hole(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_second, shows_cr2);
    const struct rp_verdict *v = pair_ask(RP_MODE_PROT32, NOP);
    assert_string_equal(model_words(v), "hole resource");
    assert_string_equal(v->witness_executor, "second");
    assert_memory_equal(v->replay, "rp1:second:legacy:prot32:90:resource:", 37);
    assert_true(v->disagreement);
}

static void shows_cr2_on_silicon(const struct rp_prestate *p, struct rp_outcomes *o)
{
    shows_cr2(p, o);
    fake_made_by(o, RP_PROVENANCE_SILICON);
}

static void shows_cr2_under_pvm(const struct rp_prestate *p, struct rp_outcomes *o)
{
    shows_cr2(p, o);
    fake_made_by(o, p->ring ? RP_PROVENANCE_PVM : RP_PROVENANCE_KVM_EMULATED);
}

static void shows_cr2_and_is_emulated_in_ring_0(const struct rp_prestate *p, struct rp_outcomes *o)
{
    shows_cr2(p, o);
    fake_made_by(o, p->ring ? RP_PROVENANCE_SILICON : RP_PROVENANCE_KVM_EMULATED);
}

/* METHOD, "Who decides": `pvm` and `kvm-emulated` never do. */
static void a_guest_decides_where_both_rings_are_the_cpus(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_guest, shows_cr2_on_silicon);
    const struct rp_verdict *v = pair_ask(RP_MODE_PROT32, NOP);
    assert_string_equal(model_words(v), "hole resource");
    assert_string_equal(v->witness_executor, "guest");
    assert_int_equal(v->opinion[1].provenance, RP_PROVENANCE_SILICON);
    assert_true(v->opinion[1].decides);
    static model *const others[] = {shows_cr2_under_pvm, shows_cr2_and_is_emulated_in_ring_0};
    static const char *const limits[] = {RP_LIMIT_PVM, RP_LIMIT_KVM_EMULATED};
    for (unsigned i = 0; i < 2; i++) {
        pair_open(does_nothing, &fake_guest, others[i]);
        v = pair_ask(RP_MODE_PROT32, NOP);
        assert_string_equal(model_words(v), "innocuous");
        assert_false(v->opinion[1].decides);
        assert_string_equal(v->opinion[1].limit, limits[i]);
        assert_true(v->disagreement); /* a witness all the same */
    }
}

static void silicon_without_a_witness_leaves_the_verdict_alone(void **state)
{
    (void)state;
    pair_open(traps_in_ring_3, &fake_silicon, only_ring_3);
    const struct rp_verdict *v = pair_ask(RP_MODE_LONG64, NOP);
    assert_string_equal(model_words(v), "privileged");
    assert_false(v->disagreement);
    assert_int_equal(v->opinion[1].judgement, RP_VERDICT_UNKNOWN);
    assert_string_equal(v->opinion[1].limit, "ring 0 not run");
    assert_false(v->opinion[1].decides);
    assert_false(v->opinion[1].ring[0].present);
    assert_int_equal(v->opinion[1].ring[1].kind, RP_OUTCOME_RETIRED);
}

static void silicon_shows_a_hole_by_what_it_holds_whatever_the_policy_of_the_others(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_silicon, shows_fs_base);
    const struct rp_verdict *v = pair_ask(RP_MODE_LONG64, NOP);
    assert_string_equal(model_words(v), "hole resource");
    assert_string_equal(model_resources(v), "fs.base");
    assert_int_equal(v->policy, RP_POLICY_LEGACY);
    assert_memory_equal(v->replay, "rp1:silicon:as-found:long64:90:resource:", 40);
}

static model *alone_model;

static void answer_alone(void *context, const struct rp_prestate *prestate, uint32_t index,
                         const struct rp_encoding *encoding, struct rp_outcomes *outcomes)
{
    (void)context, (void)index, (void)encoding;
    alone_model(prestate, outcomes);
}

/* By a panel of silicon alone that holds CR4.TSD, and found it so. */
static const struct rp_verdict *ask_silicon(model *instruction, bool found_trapping)
{
    static struct rp_verdict verdict;
    struct rp_panel_options options = {
        .member = {{&fake_silicon, NULL}}, .members = 1, .policy = RP_POLICY_AS_FOUND, .random_seed = 1};
    const struct rp_encoding nop = {.bytes = {0x90}, .length = 1};
    struct rp_error error = {0};
    struct rp_panel *panel;
    alone_model = instruction;
    fake_second_set(answer_alone, NULL);
    fake_second_like_silicon();
    fake_second_capabilities.resource[RP_RESOURCE_CR4_TSD] = true;
    fake_second_capabilities.found_trapping[RP_RESOURCE_CR4_TSD] = found_trapping;
    rp_verdict_free(&verdict);
    if (rp_panel_open(&options, &panel, &error) ||
        rp_panel_judge(panel, RP_MODE_LONG64, &nop, NULL, &verdict, &error))
        fail_msg("%s", error.line);
    rp_panel_close(panel);
    return &verdict;
}

#define CR4_TSD UINT64_C(4)

static bool traps_nop; /* NOP is also the baseline of all that is implicit */

static void obeys_tsd(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (!(p->state.reg[RP_REG_CR4] & CR4_TSD) == traps_nop)
        fake_trap(o, RP_VECTOR_GP, 0);
    else
        does_nothing(p, o);
}

/* That ring 3 traps under a control is there to be seen without ring 0. */
static void silicon_says_what_closes_what_it_does_not_decide(void **state)
{
    (void)state;
    traps_nop = false;
    const struct rp_verdict *v = ask_silicon(obeys_tsd, false);
    assert_string_equal(model_words(v), "unknown");
    assert_string_equal(v->unknown_reason, "ring 0 not run");
    assert_int_equal(v->closers, 1);
    assert_int_equal(v->closer[0].control[0], RP_RESOURCE_CR4_TSD);
    assert_int_equal(v->closer[0].value[0], 1);
    assert_false(v->closer[0].all);
}

/* What retires with RDTSC trapping, as it was found, and would not otherwise, nothing closes. */
static void a_control_that_was_found_trapping_is_where_runs_begin(void **state)
{
    (void)state;
    traps_nop = true;
    const struct rp_verdict *v = ask_silicon(obeys_tsd, true);
    assert_int_equal(v->opinion[0].ring[1].kind, RP_OUTCOME_RETIRED);
    assert_int_equal(v->closers, 0);
    v = ask_silicon(obeys_tsd, false);
    assert_int_equal(v->opinion[0].ring[1].kind, RP_OUTCOME_TRAPPED);
}

static void a_mode_that_silicon_has_not_is_the_other_ones_alone(void **state)
{
    (void)state;
    pair_open(traps_in_ring_3, &fake_silicon, only_ring_3);
    const struct rp_verdict *v = pair_ask(RP_MODE_PROT32, NOP);
    assert_string_equal(model_words(v), "privileged");
    assert_int_equal(v->opinions, 1);
}

static void the_detail_is_from_the_executor_of_the_witness(void **state)
{
    (void)state;
    static struct rp_detail detail;
    struct rp_panel *panel = pair_open(does_nothing, &fake_second, shows_cr2);
    const struct rp_verdict *v = pair_ask(RP_MODE_PROT32, NOP);
    assert_int_equal(rp_panel_detail(panel, v, &detail, NULL), RP_OK);
    assert_int_equal(detail.run[1].count, 2); /* RAX and RIP; on the other RIP alone */
}

/* One member died too often: it alone is named, it is asked for no run, and the other judges as ever. */
static void a_member_that_is_out_is_named_and_the_other_judges(void **state)
{
    (void)state;
    const struct rp_encoding nop = {{0x90}, 1};
    for (unsigned out = 0; out < 2; out++) {
        struct rp_deaths deaths = {.outs = 1};
        struct rp_verdict v;
        struct rp_panel *panel =
            pair_open(out == 0 ? dies : traps_in_ring_3, &fake_second, out == 0 ? traps_in_ring_3 : dies);
        deaths.out[out] = (struct rp_party_out){.count = 2, .last = {.signal = 6}};
        assert_int_equal(rp_panel_judge(panel, RP_MODE_PROT32, &nop, &deaths, &v, NULL), RP_OK);
        assert_string_equal(model_words(&v), "privileged");
        assert_int_equal(v.opinions, 2);
        assert_int_equal(v.opinion[out].judgement, RP_VERDICT_UNKNOWN);
        assert_string_equal(v.opinion[out].executor, out == 0 ? "fake" : "second");
        assert_string_equal(v.opinion[out].limit, "died in 2 runs");
        assert_int_equal(v.opinion[out].ring[1].kind, RP_OUTCOME_DIED);
        assert_int_equal(v.opinion[!out].judgement, RP_VERDICT_PRIVILEGED);
        assert_true(v.opinion[!out].decides);
        assert_int_equal(v.divergences, 0);
        assert_false(v.disagreement);
        rp_verdict_free(&v);
    }
}

static void where_all_members_are_out_the_first_is_the_reason(void **state)
{
    (void)state;
    const struct rp_encoding nop = {{0x90}, 1};
    const struct rp_deaths deaths = {
        .outs = 2, .out = {{.count = 2, .last = {.signal = 6}}, {.count = 3, .last = {.hung = true}}}};
    struct rp_verdict v;
    struct rp_panel *panel = pair_open(dies, &fake_second, dies);
    assert_int_equal(rp_panel_judge(panel, RP_MODE_PROT32, &nop, &deaths, &v, NULL), RP_OK);
    assert_int_equal(v.judgement, RP_VERDICT_UNKNOWN);
    assert_string_equal(v.unknown_reason, "fake died in 2 runs");
    assert_string_equal(v.opinion[1].limit, "hung in 3 runs");
    assert_int_equal(v.runs, 0);
    rp_verdict_free(&v);
}

/* Members are parties by their number, and so a death in the second's runs is the second's. */
static void members_mark_their_runs_by_their_number(void **state)
{
    (void)state;
    static struct rp_party_marks marks;
    static uint64_t counter;
    const struct rp_encoding nop = {{0x90}, 1};
    struct rp_panel_options options = {.member = {{&fake_executor, NULL}, {&fake_second, NULL}},
                                       .members = 2,
                                       .run_counter = &counter,
                                       .marks = &marks};
    struct rp_panel *panel;
    struct rp_verdict v;
    pair_open(does_nothing, &fake_second, does_nothing);
    assert_int_equal(rp_panel_open(&options, &panel, NULL), RP_OK);
    assert_int_equal(rp_panel_judge(panel, RP_MODE_PROT32, &nop, NULL, &v, NULL), RP_OK);
    assert_int_equal(marks.begun, 3);
    assert_int_equal(marks.first[0], 0);
    assert_in_range(marks.first[1], 12, v.runs - 1);
    rp_verdict_free(&v);
    rp_panel_close(panel);
}

/* What both may be told is marked, and on silicon alone. */
static void what_a_hypervisor_may_answer_is_marked_under_one(void **state)
{
    (void)state;
    struct rp_panel_options options = {.member = {{&fake_executor, NULL}, {&fake_silicon, NULL}},
                                       .members = 2};
    const struct rp_encoding cpuid = {{0x0f, 0xa2}, 2}, nop = {{0x90}, 1};
    struct rp_verdict v;
    for (unsigned under = 0; under < 2; under++) {
        struct rp_panel *panel;
        pair_open(does_nothing, &fake_silicon, only_ring_3);
        options.under_hypervisor = under;
        assert_int_equal(rp_panel_open(&options, &panel, NULL), RP_OK);
        assert_int_equal(rp_panel_judge(panel, RP_MODE_LONG64, &cpuid, NULL, &v, NULL), RP_OK);
        assert_int_equal(v.opinion[1].virtualised, under);
        assert_false(v.opinion[0].virtualised);
        rp_verdict_free(&v);
        assert_int_equal(rp_panel_judge(panel, RP_MODE_LONG64, &nop, NULL, &v, NULL), RP_OK);
        assert_false(v.opinion[1].virtualised);
        rp_verdict_free(&v);
        rp_panel_close(panel);
    }
}

static void is_invalid(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p;
    fake_trap(o, RP_VECTOR_UD, 0);
}

static void is_never_asked(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p, (void)o;
    fail_msg("the stand-in was asked");
}

static void what_a_model_lacks_the_next_one_is_asked_for(void **state)
{
    (void)state;
    pair_open(is_invalid, &fake_executor, shows_cr2);
    const struct rp_verdict *v = pair_ask(RP_MODE_PROT32, NOP);
    assert_string_equal(model_words(v), "hole resource");
    assert_int_equal(v->opinions, 1);
    assert_string_equal(v->opinion[0].executor, "fake:other");
    assert_string_equal(v->witness_executor, "fake:other");
    assert_false(v->disagreement);
}

static void what_a_model_has_no_other_is_asked_for(void **state)
{
    (void)state;
    pair_open(does_nothing, &fake_executor, is_never_asked);
    assert_string_equal(model_words(pair_ask(RP_MODE_PROT32, NOP)), "innocuous");
    pair_open(traps_in_ring_3, &fake_executor, is_never_asked);
    assert_string_equal(model_words(pair_ask(RP_MODE_PROT32, NOP)), "privileged");
}

static void what_all_models_lack_the_first_speaks_of(void **state)
{
    (void)state;
    pair_open(is_invalid, &fake_executor, is_invalid);
    const struct rp_verdict *v = pair_ask(RP_MODE_PROT32, NOP);
    assert_string_equal(v->unknown_reason, "#UD in both rings, whatever the state");
    assert_string_equal(v->opinion[0].executor, "fake");
    assert_int_equal(v->opinions, 1);
    assert_int_equal(v->runs, 24); /* of both */
}

/* SDM Vol. 2A 2.3.1. */
static void vex_in_vm86_is_no_question_of_the_model(void **state)
{
    (void)state;
    pair_open(is_invalid, &fake_executor, is_never_asked);
    assert_string_equal(model_words(pair_ask(RP_MODE_VM86, "c5f858c1")), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(two_that_agree_give_their_verdict, pair_free),
        cmocka_unit_test_teardown(rings_of_different_executors_are_never_paired, pair_free),
        cmocka_unit_test_teardown(a_witness_of_either_makes_a_hole, pair_free),
        cmocka_unit_test_teardown(a_guest_decides_where_both_rings_are_the_cpus, pair_free),
        cmocka_unit_test_teardown(silicon_without_a_witness_leaves_the_verdict_alone, pair_free),
        cmocka_unit_test_teardown(silicon_shows_a_hole_by_what_it_holds_whatever_the_policy_of_the_others,
                                  pair_free),
        cmocka_unit_test_teardown(silicon_says_what_closes_what_it_does_not_decide, pair_free),
        cmocka_unit_test_teardown(a_control_that_was_found_trapping_is_where_runs_begin, pair_free),
        cmocka_unit_test_teardown(a_mode_that_silicon_has_not_is_the_other_ones_alone, pair_free),
        cmocka_unit_test_teardown(the_detail_is_from_the_executor_of_the_witness, pair_free),
        cmocka_unit_test_teardown(a_member_that_is_out_is_named_and_the_other_judges, pair_free),
        cmocka_unit_test_teardown(where_all_members_are_out_the_first_is_the_reason, pair_free),
        cmocka_unit_test_teardown(members_mark_their_runs_by_their_number, pair_free),
        cmocka_unit_test_teardown(what_a_hypervisor_may_answer_is_marked_under_one, pair_free),
        cmocka_unit_test_teardown(what_a_model_lacks_the_next_one_is_asked_for, pair_free),
        cmocka_unit_test_teardown(what_a_model_has_no_other_is_asked_for, pair_free),
        cmocka_unit_test_teardown(what_all_models_lack_the_first_speaks_of, pair_free),
        cmocka_unit_test_teardown(vex_in_vm86_is_no_question_of_the_model, pair_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
