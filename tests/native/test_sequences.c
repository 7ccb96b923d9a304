/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several instructions are run back to back as one run; and what must not be run is refused by the runner at
 * each of them, and where only their order is a danger. */
#include "native/raw.h"
#include "native/rig.h"

#include "base/hex.h"
#include "native/native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int open_both(void **state)
{
    return raw_open(state) || rig_open(state);
}

static int close_both(void **state)
{
    rig_close(state);
    return raw_close(state);
}

static const struct rp_outcome *run(enum rp_mode mode, const char *user, const char *text)
{
    return rig_run_sequence(mode, "ring=3", user, text);
}

/* The runner itself, without the executor before it. */
static const struct rp_native_result *ask(enum rp_mode mode, const struct rp_sequence *sequence)
{
    int signal = 0;
    raw_place(mode, "-", "\x90", 1, RP_NATIVE_JUMP);
    raw_process()->shared->sequence = *sequence;
    raw_process()->shared->job[0].is_sequence = true;
    assert_int_equal(rp_native_process_order(raw_process(), NULL, NULL, &signal), RP_NATIVE_ANSWERED);
    return &raw_process()->shared->result[0];
}

static void state_goes_from_one_to_the_next(void **state)
{
    (void)state;
    run(RP_MODE_LONG64, "rax=1", "4883c001 4801c0 4889c3"); /* add rax,1; add rax,rax; mov rbx,rax */
    rig_expect("rax=4 rbx=4 rip=1040a");
    run(RP_MODE_COMPAT32, "rax=1", "83c001 01c0");
    rig_expect("rax=4 rip=10405");
    run(RP_MODE_COMPAT16, "rax=1", "83c001 01c0");
    rig_expect("rax=4 rip=405");
}

static void memory_that_it_wrote_is_seen_and_put_back(void **state)
{
    (void)state;
    run(RP_MODE_LONG64, "rax=1234,rbx=20400", "488903 48ff03");
    rig_expect("data+400=1235");
    run(RP_MODE_LONG64, "rbx=20400", "488b03 90");
    rig_expect("rax=100000001 data+400");
}

static void a_fault_names_the_instruction_and_keeps_what_was_done(void **state)
{
    uint64_t rip = 0;
    (void)state;
    const struct rp_outcome *outcome = run(RP_MODE_LONG64, "rax=1,rbx=5000000", "4883c001 488903 4883c001");
    assert_int_equal(outcome->kind, RP_OUTCOME_TRAPPED);
    assert_int_equal(outcome->vector, 14);
    assert_int_equal(outcome->cr2, 0x5000000);
    assert_true(rig_changed("rip", &rip));
    assert_int_equal(rip, 0x10404);
    assert_true(rig_changed("rax", &rip));
    assert_int_equal(rip, 2);
    outcome = run(RP_MODE_LONG64, "-", "0f0b 90");
    assert_int_equal(outcome->kind, RP_OUTCOME_TRAPPED);
    assert_int_equal(outcome->vector, 6);
    assert_false(rig_changed("rip", &rip));
}

static void a_single_step_is_put_off_behind_mov_ss(void **state)
{
    (void)state;
    run(RP_MODE_LONG64, "rcx=2b,rflags=102", "8ed1 90 90");
    rig_expect("rip=10403");
    run(RP_MODE_LONG64, "rcx=2b,rflags=102", "89c8 90 90");
    rig_expect("rip=10402");
}

static void a_system_call_at_the_end_does_not_pass(void **state)
{
    (void)state;
    /* getpid: RAX would be it. */
    const struct rp_outcome *outcome = run(RP_MODE_LONG64, "rax=27", "90 0f05");
    assert_true(outcome->kind == RP_OUTCOME_ENTERED || outcome->kind == RP_OUTCOME_UNSUPPORTED);
    raw_expect_sound();
}

static void nothing_of_it_is_left_for_the_next_run(void **state)
{
    char text[RP_SEQUENCE_MAX * 31 + 1] = "";
    (void)state;
    for (unsigned i = 0; i < RP_SEQUENCE_MAX; i++) /* add rax, imm32 behind segment prefixes: 15 bytes each */
        snprintf(text + (size_t)31 * i, 32, "3e3e3e3e3e3e3e3e3e480501000000 ");
    run(RP_MODE_LONG64, "rax=0", text);
    rig_expect("rax=10 rip=104f0");
    rig_run(RP_MODE_LONG64, "ring=3", "-",
            "eb40"); /* into what was the middle of it, where INT3 must stand */
    rig_expect("rip=10442 rax");
    rig_run(RP_MODE_LONG64, "ring=3", "-", "90");
    rig_expect("rip=10401");
    raw_expect_sound();
}

/* What is refused, and what is like it and is not. */
static const struct {
    const char *what, *code;
    enum rp_mode mode;
    bool refused;
} cases[] = {
    {"f00f first", "f00fc7c8 90", RP_MODE_LONG64, true},
    {"f00f last", "90 90 f00fc7c8", RP_MODE_LONG64, true},
    {"reptar in the middle", "90 f344a4 90", RP_MODE_LONG64, true},
    {"altinst", "90 0f3f", RP_MODE_COMPAT32, true},
    {"altinst across two instructions", "04 0f3f 90", RP_MODE_COMPAT32, true},
    {"altinst made by the end of one and the begin of the next", "b80000000f 3f 90", RP_MODE_COMPAT32, true},
    {"altinst in an immediate", "b80f3f0000 90", RP_MODE_LONG64, true},
    {"the reset port", "90 e664", RP_MODE_LONG64, true},
    {"any port by DX", "90 ee", RP_MODE_LONG64, true},
    {"a string port", "90 f36e", RP_MODE_LONG64, true},
    {"INT3 behind MOV SS", "8ed1 cc", RP_MODE_LONG64, true},
    {"INT behind POP SS", "17 cd80", RP_MODE_COMPAT32, true},
    {"INT1 behind MOV SS", "8ed1 f1", RP_MODE_COMPAT32, true},
    {"SYSCALL behind MOV SS", "8ed1 0f05", RP_MODE_LONG64, true},
    {"a loop", "90 ebfd 90", RP_MODE_LONG64, true},
    {"a conditional branch before the end", "74fe 90", RP_MODE_LONG64, true},
    {"an indirect branch before the end", "ffe0 90", RP_MODE_LONG64, true},
    {"a transaction", "c7f800000000 90", RP_MODE_LONG64, true},
    {"a far return before the end", "cb 90", RP_MODE_COMPAT16, true},
    {"an empty encoding is no instruction", "", RP_MODE_LONG64, true},
    {"a loop by its last", "48ffc0 ebfb", RP_MODE_LONG64, true},
    {"a loop of XCHG", "8703 ebfc", RP_MODE_COMPAT32, true},
    {"a conditional loop by its last", "48ffc8 75fb", RP_MODE_LONG64, true},
    {"a near jump back", "90 e9faffffff", RP_MODE_LONG64, true},
    {"a near jump back in 16 bits", "90 e9fcff", RP_MODE_COMPAT16, true},
    {"a near conditional branch back", "90 0f84f9ffffff", RP_MODE_LONG64, true},
    {"a jump into itself", "90 ebff", RP_MODE_LONG64, true},
    {"a width that CPUs don't agree on", "90 66e900000000", RP_MODE_LONG64, true},
    {"LOOP", "90 e2fd", RP_MODE_COMPAT16, true},
    {"a return at the end", "90 c3", RP_MODE_LONG64, true},
    {"a far jump at the end", "90 ea000400000700", RP_MODE_COMPAT32, true},
    {"an indirect branch at the end", "90 ffe0", RP_MODE_LONG64, true},
    {"a transaction at the end", "90 c7f800000000", RP_MODE_LONG64, true},
    {"a loop in one encoding", "9048ffc0ebfb 90", RP_MODE_LONG64, true},
    {"a loop in the last encoding", "90 9048ffc0ebfb", RP_MODE_LONG64, true},
    {"a loop behind an immediate that ends early", "66c7c0 0fb6ebfb 90", RP_MODE_LONG64, true},
    {"a loop across two encodings", "48ffc090eb fb90", RP_MODE_LONG64, true},
    {"INT3 behind MOV SS in one encoding", "8ed1cc 90", RP_MODE_LONG64, true},
    {"the same at the end", "90 8ed1cc", RP_MODE_LONG64, true},
    {"INT3 behind an inner MOV SS", "908ed1 cc", RP_MODE_LONG64, true},
    {"OUT in one encoding", "90e664", RP_MODE_LONG64, true},
    {"OUT in one encoding of two", "90 90e664", RP_MODE_COMPAT32, true},
    {"NOP behind MOV SS", "8ed1 90", RP_MODE_LONG64, false},
    {"ModRM that would be a branch", "d9eb 89c3", RP_MODE_LONG64, false},
    {"ModRM that would be INT1", "f7f1 f7f1", RP_MODE_COMPAT32, false},
    {"the same behind an unsettled length", "b801000000 d9eb", RP_MODE_LONG64, true},
    {"a near jump on", "90 e900000000", RP_MODE_LONG64, false},
    {"a near conditional branch on in 16 bits", "90 0f840000", RP_MODE_COMPAT16, false},
    {"an entry to the kernel at the end", "90 cc", RP_MODE_LONG64, false},
    {"a branch at the end", "90 eb00", RP_MODE_LONG64, false},
    {"REP MOVSB", "90 f3a4", RP_MODE_LONG64, false},
    {"INC by FF", "ffc0 90", RP_MODE_LONG64, false},
};

static void each_hazard_is_refused_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rp_sequence sequence = rig_sequence(cases[i].code);
        if (raw_process()->shared->missing[cases[i].mode][0])
            continue;
        const struct rp_native_result *result = ask(cases[i].mode, &sequence);
        bool refused = result->kind == RP_OUTCOME_UNSUPPORTED && result->hazard;
        if (refused != cases[i].refused)
            fail_msg("%s: %s, hazard %u", cases[i].what,
                     rp_outcome_kind_name((enum rp_outcome_kind)result->kind), result->hazard);
    }
    raw_expect_sound();
}

static void a_sequence_that_is_too_long_is_refused(void **state)
{
    struct rp_sequence sequence = rig_sequence("90 90");
    (void)state;
    sequence.count = RP_SEQUENCE_MAX + 1;
    assert_int_equal(ask(RP_MODE_LONG64, &sequence)->hazard, RP_NATIVE_HAZARD_SEQUENCE);
    sequence.count = 2;
    sequence.encoding[1].length = RP_ENCODING_MAX + 1;
    assert_int_equal(ask(RP_MODE_LONG64, &sequence)->hazard, RP_NATIVE_HAZARD_SEQUENCE);
    raw_expect_sound();
}

static void one_that_was_refused_does_not_speak_for_another(void **state)
{
    struct rp_sequence good = rig_sequence("90 90"), bad = rig_sequence("90 e664");
    (void)state;
    assert_int_equal(ask(RP_MODE_LONG64, &good)->kind, RP_OUTCOME_RETIRED);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ask(RP_MODE_LONG64, &bad)->kind, RP_OUTCOME_UNSUPPORTED);
        assert_int_equal(ask(RP_MODE_LONG64, &good)->kind, RP_OUTCOME_RETIRED);
    }
    raw_expect_sound();
}

static void orders_may_mix_sequences_and_single_instructions(void **state)
{
    static const char *const codes[] = {"4883c001 4883c001", "4883c001 4883c001 4883c001"};
    struct rp_sequence sequence[] = {rig_sequence(codes[0]), rig_sequence(codes[1])};
    struct rp_outcomes outcomes = {0};
    struct rp_error error = {0};
    uint32_t first = rig_prepare(RP_MODE_LONG64, "ring=3", "rax=0");
    struct rp_job jobs[6];
    (void)state;
    for (unsigned i = 0; i < 6; i++)
        jobs[i] = (struct rp_job){.encoding = sequence[0].encoding[0],
                                  .prestate = first,
                                  .sequence = i % 3 == 0 ? NULL : &sequence[i % 3 - 1]};
    assert_int_equal(rp_executor_native.run(rig_instance(), jobs, 6, &outcomes, &error), RP_OK);
    assert_int_equal(outcomes.count, 6);
    for (unsigned i = 0; i < 6; i++) {
        const struct rp_change *change = &outcomes.change[outcomes.outcome[i].first];
        assert_int_equal(outcomes.outcome[i].kind, RP_OUTCOME_RETIRED);
        assert_int_equal(change[0].component, RP_REG_RAX);
        assert_int_equal(change[0].value, i % 3 + 1);
    }
    rp_outcomes_free(&outcomes);
    rig_forget(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_goes_from_one_to_the_next),
        cmocka_unit_test(memory_that_it_wrote_is_seen_and_put_back),
        cmocka_unit_test(a_fault_names_the_instruction_and_keeps_what_was_done),
        cmocka_unit_test(a_single_step_is_put_off_behind_mov_ss),
        cmocka_unit_test(a_system_call_at_the_end_does_not_pass),
        cmocka_unit_test(nothing_of_it_is_left_for_the_next_run),
        cmocka_unit_test(each_hazard_is_refused_wherever_it_stands),
        cmocka_unit_test(a_sequence_that_is_too_long_is_refused),
        cmocka_unit_test(one_that_was_refused_does_not_speak_for_another),
        cmocka_unit_test(orders_may_mix_sequences_and_single_instructions),
    };
    return cmocka_run_group_tests(tests, open_both, close_both);
}
