/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Witnesses replay in a fresh judge, hold nothing that they do not need, and say why where they do not
 * replay. */
#include "judge/detail.h"
#include "judge/model.h"
#include "support/suite.h"
#include "x86/vector.h"

#include <stdio.h>
#include <string.h>

static uint64_t reg(const struct rp_prestate *p, enum rp_reg which)
{
    return p->state.reg[which];
}

static struct rp_witness witness;

/* Judges in prot32 over all seeds and keeps the witness. */
static const char *find(model *instruction)
{
    static char line[RP_WITNESS_LINE_MAX + 1];
    const struct rp_verdict *v = model_ask(model_judge(instruction, 100, RP_POLICY_LEGACY), RP_MODE_PROT32);
    assert_true(v->has_witness);
    snprintf(line, sizeof line, "%s", v->replay);
    assert_int_equal(rp_witness_parse(line, &witness, NULL), RP_OK);
    return line;
}

static struct rp_replay replay(model *instruction)
{
    struct rp_replay replay;
    struct rp_judge *j = model_judge(instruction, 0, RP_POLICY_LEGACY);
    struct rp_judge *const judge[2] = {j, NULL};
    assert_int_equal(rp_judge_replay(judge, &witness, &replay, NULL), RP_OK);
    return replay;
}

static void shows_cr2(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, reg(p, RP_REG_CR2));
}

static void does_nothing(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_retire(p, o, model_after(p));
}

static void always_traps(const struct rp_prestate *p, struct rp_outcomes *o)
{
    (void)p;
    fake_trap(o, RP_VECTOR_GP, 0);
}

static void a_witness_replays_in_a_fresh_judge_with_the_same_values(void **state)
{
    (void)state;
    find(shows_cr2);
    struct rp_replay r = replay(shows_cr2);
    assert_true(r.reproduced);
    assert_int_equal(r.value[0], witness.run[0].machine.value[RP_RESOURCE_CR2]);
    assert_int_equal(r.value[1], witness.run[1].machine.value[RP_RESOURCE_CR2]);
    assert_int_equal(r.shown[0].kind, RP_OUTCOME_RETIRED);
    assert_string_equal(r.why, "");
}

static void a_witness_that_does_not_replay_says_why(void **state)
{
    (void)state;
    find(shows_cr2);
    struct rp_replay r = replay(does_nothing);
    assert_false(r.reproduced);
    assert_string_equal(r.why, "both runs end alike in rax");
    r = replay(always_traps);
    assert_false(r.reproduced);
    assert_string_equal(r.why, "run a did not retire: trapped");
    assert_int_equal(r.shown[1].vector, RP_VECTOR_GP);
}

static void clears_if(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RFLAGS, reg(p, RP_REG_RFLAGS) & ~RP_FLAG_IF);
}

static void clears_if_in_ring_0_and_traps_in_ring_3(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring)
        always_traps(p, o);
    else
        clears_if(p, o);
}

static void clears_if_in_ring_0(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring)
        does_nothing(p, o);
    else
        clears_if(p, o);
}

static void a_control_witness_shows_before_and_after(void **state)
{
    (void)state;
    find(clears_if);
    struct rp_replay r = replay(clears_if);
    assert_true(r.reproduced);
    assert_int_equal(r.value[0], RP_FLAG_IF);
    assert_int_equal(r.value[1], 0);
    assert_false(replay(does_nothing).reproduced);
}

static void a_mode_witness_shows_both_rings(void **state)
{
    (void)state;
    find(clears_if_in_ring_0);
    assert_int_equal(witness.run[0].ring, 0);
    assert_int_equal(witness.run[1].ring, 3);
    struct rp_replay r = replay(clears_if_in_ring_0);
    assert_true(r.reproduced);
    assert_int_equal(r.value[0], 0);
    assert_int_equal(r.value[1], RP_FLAG_IF);
    assert_false(replay(clears_if).reproduced);          /* both rings alike */
    r = replay(clears_if_in_ring_0_and_traps_in_ring_3); /* where it traps, it is no hole */
    assert_false(r.reproduced);
    assert_string_equal(r.why, "run b did not retire: trapped");
}

static void privileged(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring)
        always_traps(p, o);
    else
        does_nothing(p, o);
}

static void the_trap_of_a_privileged_encoding_replays(void **state)
{
    (void)state;
    find(privileged);
    struct rp_replay r = replay(privileged);
    assert_true(r.reproduced);
    assert_int_equal(r.shown[0].kind, RP_OUTCOME_RETIRED);
    assert_int_equal(r.shown[1].kind, RP_OUTCOME_TRAPPED);
    assert_false(replay(does_nothing).reproduced);
    assert_false(replay(always_traps).reproduced);
}

static void needs_one_register(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (reg(p, RP_REG_RBX) == 3) /* the seed "numbers" */
        shows_cr2(p, o);
    else
        does_nothing(p, o);
}

static void a_witness_names_the_registers_that_it_needs_and_no_other(void **state)
{
    (void)state;
    const char *line = find(needs_one_register);
    assert_non_null(strstr(line, ":90:resource:rbx=3:ring=3:ring=3,cr2=13579bd0:rax:"));
}

static void needs_one_word(const struct rp_prestate *p, struct rp_outcomes *o)
{
    uint64_t word = rp_memory_get(&p->memory, RP_ARENA_STACK + 0x1000);
    if ((word & 0xffff) == 0x3246 || (word & 0x3246) == 0x3246)
        shows_cr2(p, o);
    else
        does_nothing(p, o);
}

static void a_witness_names_the_memory_that_it_needs_and_no_other(void **state)
{
    (void)state;
    find(needs_one_word);
    assert_int_equal(witness.user.memory.count, 1);
    assert_int_equal(witness.user.memory.word[0].address, RP_ARENA_STACK + 0x1000);
    for (unsigned r = RP_REG_RAX; r <= RP_REG_RDI; r++) {
        static struct rp_user standard;
        rp_user_init(&standard, RP_MODE_PROT32);
        assert_int_equal(witness.user.state.reg[r], standard.state.reg[r]);
    }
}

/* A finding in prot32 that ended so. */
static void made_finding(struct rp_witness_end end)
{
    memset(&witness, 0, sizeof witness);
    witness.policy = RP_POLICY_LEGACY;
    witness.mode = RP_MODE_PROT32;
    witness.encoding = (struct rp_encoding){{0x90}, 1};
    witness.kind = RP_KIND_FINDING;
    witness.component = RP_CELL_END;
    witness.end = end;
    rp_user_init(&witness.user, RP_MODE_PROT32);
    for (unsigned i = 0; i < 2; i++) {
        witness.run[i].ring = 3;
        rp_machine_init(&witness.run[i].machine, RP_MODE_PROT32, RP_POLICY_LEGACY);
    }
}

static void a_finding_replays_where_it_ends_in_the_same_way(void **state)
{
    (void)state;
    static const struct {
        struct rp_witness_end end;
        bool retires, traps;
    } rows[] = {{{RP_OUTCOME_RETIRED, 0, 1}, true, false},
                {{RP_OUTCOME_RETIRED, 0, 2}, false, false},
                {{RP_OUTCOME_TRAPPED, 13, 0}, false, true},
                {{RP_OUTCOME_TRAPPED, 14, 0}, false, false},
                {{RP_OUTCOME_TRAPPED, 13, 1}, false, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        made_finding(rows[i].end);
        struct rp_replay r = replay(does_nothing);
        assert_int_equal(r.reproduced, rows[i].retires);
        assert_string_equal(r.why, rows[i].retires ? "" : "it ended in another way when it was found");
        assert_int_equal(r.shown[0].kind, RP_OUTCOME_RETIRED);
        assert_int_equal(r.shown[1].kind, rows[i].end.kind);
        assert_int_equal(r.shown[1].vector, rows[i].end.vector);
        assert_int_equal(r.value[0], 1);
        assert_int_equal(r.value[1], rows[i].end.length);
        model_free(NULL);
        assert_int_equal(replay(always_traps).reproduced, rows[i].traps);
        model_free(NULL);
    }
}

static void the_detail_shows_both_runs_of_the_witness(void **state)
{
    (void)state;
    static struct rp_detail detail;
    struct rp_judge *j = model_judge(clears_if_in_ring_0, 2, RP_POLICY_LEGACY);
    const struct rp_verdict *v = model_ask(j, RP_MODE_PROT32);
    assert_int_equal(rp_judge_detail(j, v, &detail, NULL), RP_OK);
    assert_true(detail.of_witness);
    assert_string_equal(detail.user, "-");
    assert_string_equal(detail.a, "ring=0");
    assert_string_equal(detail.b, "ring=3");
    assert_true(detail.run[0].present && detail.run[1].present);
    assert_int_equal(detail.run[0].count, 2); /* RIP and RFLAGS */
    assert_int_equal(detail.run[0].change[1].component, RP_REG_RFLAGS);
    assert_int_equal(detail.run[0].change[1].before & RP_FLAG_IF, RP_FLAG_IF);
    assert_int_equal(detail.run[0].change[1].after & RP_FLAG_IF, 0);
    assert_int_equal(detail.run[1].count, 1);
}

static void without_a_witness_the_detail_shows_the_default_state(void **state)
{
    (void)state;
    static struct rp_detail detail;
    struct rp_judge *j = model_judge(does_nothing, 2, RP_POLICY_LEGACY);
    const struct rp_verdict *v = model_ask(j, RP_MODE_VM86);
    assert_int_equal(rp_judge_detail(j, v, &detail, NULL), RP_OK);
    assert_false(detail.of_witness);
    assert_int_equal(detail.run[0].mode, RP_MODE_REAL16);
    assert_int_equal(detail.run[1].mode, RP_MODE_VM86);
    v = model_ask(j, RP_MODE_REAL16);
    assert_int_equal(rp_judge_detail(j, v, &detail, NULL), RP_OK);
    assert_true(detail.run[0].present);
    assert_false(detail.run[1].present); /* it has one ring */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_witness_replays_in_a_fresh_judge_with_the_same_values, model_free),
        cmocka_unit_test_teardown(a_witness_that_does_not_replay_says_why, model_free),
        cmocka_unit_test_teardown(a_control_witness_shows_before_and_after, model_free),
        cmocka_unit_test_teardown(a_mode_witness_shows_both_rings, model_free),
        cmocka_unit_test_teardown(the_trap_of_a_privileged_encoding_replays, model_free),
        cmocka_unit_test_teardown(a_witness_names_the_registers_that_it_needs_and_no_other, model_free),
        cmocka_unit_test_teardown(a_witness_names_the_memory_that_it_needs_and_no_other, model_free),
        cmocka_unit_test_teardown(a_finding_replays_where_it_ends_in_the_same_way, model_free),
        cmocka_unit_test_teardown(the_detail_shows_both_runs_of_the_witness, model_free),
        cmocka_unit_test_teardown(without_a_witness_the_detail_shows_the_default_state, model_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
