/* SPDX-License-Identifier: GPL-2.0-or-later */
/* M-NOISE: what varies by itself is no evidence, what drifts is found by a perturbation far above its drift,
 * and a witness that does not come back is not believed. */
#include "judge/model.h"
#include "support/suite.h"
#include "x86/vector.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static uint64_t ticks, random_word;

static uint64_t draw(void)
{
    random_word = random_word * 6364136223846793005u + 1442695040888963407u;
    return random_word >> 32;
}

static void draws(const struct rp_prestate *p, struct rp_outcomes *o)
{
    struct rp_state *after = model_after(p);
    after->reg[RP_REG_RAX] = draw();
    after->reg[RP_REG_RFLAGS] |= RP_FLAG_CF;
    model_retire(p, o, after);
}

static void a_random_value_is_innocuous(void **state)
{
    (void)state;
    assert_string_equal(model_words(model_verdict(draws, RP_MODE_LONG64)), "innocuous");
}

static void draws_and_shows(const struct rp_prestate *p, struct rp_outcomes *o)
{
    struct rp_state *after = model_after(p);
    after->reg[RP_REG_RAX] = draw();
    after->reg[RP_REG_RCX] = p->state.reg[RP_REG_CR2];
    model_retire(p, o, after);
}

static void noise_in_one_register_does_not_hide_another(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_verdict(draws_and_shows, RP_MODE_LONG64);
    assert_string_equal(model_resources(v), "cr2");
    assert_int_equal(v->component, RP_REG_RCX);
}

/* RDTSC: EDX:EAX, some thousand ticks a run. */
static void counts_time(const struct rp_prestate *p, struct rp_outcomes *o)
{
    struct rp_state *after = model_after(p);
    uint64_t tsc = p->state.reg[RP_REG_TSC] + (ticks += 1000 + draw() % 5000);
    after->reg[RP_REG_RAX] = tsc & UINT32_MAX;
    after->reg[RP_REG_RDX] = tsc >> 32;
    model_retire(p, o, after);
}

static void a_drifting_counter_is_found_by_its_offset(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_verdict(counts_time, RP_MODE_LONG64);
    assert_string_equal(model_words(v), "hole resource");
    assert_string_equal(model_resources(v), "tsc");
    assert_int_equal(v->component, RP_REG_RDX);
    assert_int_equal(v->a.value ^ v->b.value, 1 << 8); /* 2^40 */
}

/* TSC itself is perturbed, never compared as an effect. */
static void moves_the_counter(const struct rp_prestate *p, struct rp_outcomes *o)
{
    struct rp_state *after = model_after(p);
    after->reg[RP_REG_TSC] += draw();
    after->reg[RP_REG_RFLAGS] |= RP_FLAG_RF;
    model_retire(p, o, after);
}

static void the_passing_of_time_is_no_effect(void **state)
{
    (void)state;
    assert_string_equal(model_words(model_verdict(moves_the_counter, RP_MODE_LONG64)), "innocuous");
}

static void fills_memory_with_noise(const struct rp_prestate *p, struct rp_outcomes *o)
{
    struct rp_change changes[RP_NOISE_MAX + 2] = {{RP_REG_RIP, p->state.reg[RP_REG_RIP] + 1}};
    for (uint32_t i = 1; i < RP_NOISE_MAX + 2; i++)
        changes[i] = (struct rp_change){RP_COMPONENT_MEMORY + i, draw()};
    fake_retire_with(o, changes, RP_NOISE_MAX + 2, 1);
}

static void more_noise_than_can_be_masked_is_unknown_and_not_innocuous(void **state)
{
    (void)state;
    const struct rp_verdict *v = model_verdict(fills_memory_with_noise, RP_MODE_LONG64);
    assert_string_equal(model_words(v), "unknown");
    assert_string_equal(v->unknown_reason, "more of its results vary from run to run than can be left out");
}

static unsigned runs, shown_until;

/* Shows CR2 in the first runs only: what a glitch would look like. */
static void forgets(const struct rp_prestate *p, struct rp_outcomes *o)
{
    model_set(p, o, RP_REG_RAX, runs++ < shown_until ? p->state.reg[RP_REG_CR2] : 0);
}

static void evidence_that_does_not_come_back_is_dropped(void **state)
{
    (void)state;
    runs = 0;
    shown_until = 6; /* the first seed's screening */
    const struct rp_verdict *v = model_ask(model_judge(forgets, 1, RP_POLICY_LEGACY), RP_MODE_LONG64);
    assert_string_equal(model_words(v), "innocuous");
    assert_false(v->has_witness);
}

static void shows_cr2(const struct rp_prestate *p, struct rp_outcomes *o)
{
    runs++;
    model_set(p, o, RP_REG_RAX, p->state.reg[RP_REG_CR2]);
}

/* Every witness is confirmed by repeating both of its runs: whenever the effect ends, no hole is left without
 * one. */
static void a_hole_always_has_a_witness_that_came_back(void **state)
{
    (void)state;
    unsigned holes = 0, runs_needed = 0;
    struct rp_judge *j = model_judge(shows_cr2, 1, RP_POLICY_LEGACY);
    runs = 0;
    assert_int_equal(model_ask(j, RP_MODE_LONG64)->judgement, RP_VERDICT_HOLE);
    runs_needed = runs;
    for (shown_until = 6; shown_until < runs_needed; shown_until += 3) {
        runs = 0;
        const struct rp_verdict *v = model_ask(model_judge(forgets, 1, RP_POLICY_LEGACY), RP_MODE_LONG64);
        assert_int_equal(v->judgement == RP_VERDICT_HOLE, v->has_witness);
        holes += v->judgement == RP_VERDICT_HOLE;
    }
    assert_true(holes > 0); /* it lasted until after the confirmation */
}

/* Ring 0 halts, but for the runs from number `shown_until` up to `shown_again`. */
static unsigned shown_again;

static void forgets_to_halt(const struct rp_prestate *p, struct rp_outcomes *o)
{
    bool halts = runs < shown_until || runs >= shown_again;
    runs++;
    if (p->ring)
        fake_trap(o, RP_VECTOR_GP, 0);
    else
        model_set(p, o, RP_REG_ACTIVITY, halts);
}

static const struct rp_verdict *judge_halting(enum rp_mode mode, unsigned until, unsigned again)
{
    runs = 0;
    shown_until = until;
    shown_again = again;
    struct rp_judge *judge = model_judge(forgets_to_halt, 1, RP_POLICY_LEGACY);
    static const enum rp_resource keepers[] = {RP_RESOURCE_RFLAGS_IOPL, RP_RESOURCE_CR4_PVI,
                                               RP_RESOURCE_TSS_IOMAP};
    for (size_t i = 0; i < sizeof keepers / sizeof keepers[0]; i++)
        fake_capabilities.resource[keepers[i]] = false;
    return model_ask(judge, mode);
}

/* The confirmation comes last where nothing closes it or could open it: a single run of it that does not show
 * the effect is enough. */
static void a_witness_is_repeated_twice_as_it_is_written_down(void **state)
{
    (void)state;
    const struct rp_verdict *v = judge_halting(RP_MODE_REAL16, UINT_MAX, 0);
    assert_string_equal(model_words(v), "unknown control");
    assert_true(v->has_witness);
    unsigned total = runs;
    for (unsigned missing = 1; missing <= 2; missing++)
        assert_false(judge_halting(RP_MODE_REAL16, total - missing, total - missing + 1)->has_witness);
}

static void a_privileged_encoding_whose_evidence_is_dropped_still_shows_its_trap(void **state)
{
    (void)state;
    judge_halting(RP_MODE_PROT32, UINT_MAX, 0);
    const struct rp_verdict *v = judge_halting(RP_MODE_PROT32, runs - 1, UINT_MAX);
    assert_int_equal(v->judgement, RP_VERDICT_PRIVILEGED);
    assert_int_equal(v->witness_kind, RP_SENSITIVE_MODE);
    assert_int_equal(v->component, RP_REG_RIP);
}

static unsigned glitch;

/* Privileged; but one run of ring 3 retires, and elsewhere than ring 0 does. */
static void slips(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring == 0)
        model_set(p, o, RP_REG_ACTIVITY, 1);
    else if (runs++ == glitch)
        model_set(p, o, RP_REG_RIP, 0x84c068);
    else
        fake_trap(o, RP_VECTOR_GP, 0);
}

/* It is no hole whose witness ring 3's trap would bring back (RIP differs then too), nor one that depends on
 * the state. */
static void one_slip_of_ring_3_makes_no_hole(void **state)
{
    (void)state;
    for (glitch = 0; glitch < 24; glitch++) {
        runs = 0;
        const struct rp_verdict *v = model_ask(model_judge(slips, 1, RP_POLICY_LEGACY), RP_MODE_LONG64);
        assert_string_equal(model_words(v), "privileged control");
        assert_true(v->has_witness);
        model_free(NULL);
    }
}

/* IN AL, DX of a device that has a state of its own: from some run on it answers by turns, each answer
 * `turns` times, as the DMA controller's ports and the timer's do. */
static unsigned asked, from, turns;

static void asks_a_device(const struct rp_prestate *p, struct rp_outcomes *o)
{
    if (p->ring == 3) {
        fake_trap(o, RP_VECTOR_GP, 0);
        return;
    }
    asked++;
    model_set(p, o, RP_REG_RAX, asked > from ? (asked - from) / turns & 1 : 0);
}

/* Until then the screening showed nothing; flips are made all the same. What one shows is believed when it
 * shows it again, before and after A. */
static void a_device_that_answers_by_turns_is_no_resource(void **state)
{
    (void)state;
    for (turns = 1; turns <= 3; turns++) {
        for (from = 0; from <= 160; from++) {
            asked = 0;
            const struct rp_verdict *v = model_verdict(asks_a_device, RP_MODE_LONG64);
            if (strcmp(model_words(v), "privileged") != 0)
                fail_msg("%u times from run %u on: %s, %s", turns, from, model_words(v), model_resources(v));
            model_free(NULL);
        }
    }
}

/* What each run was made from, a character a run, and the runs that end otherwise than they should. */
static char history[4096];
static bool wrong[sizeof history];

static bool begin_run(char from_what)
{
    assert_true(runs + 1 < sizeof history);
    history[runs] = from_what;
    history[runs + 1] = '\0';
    return wrong[runs++];
}

/* Judges with one seed; `first` and `last` are the runs that go wrong. */
static const struct rp_verdict *judge_with_slips(model *instruction, uint64_t random_seed, unsigned first,
                                                 unsigned last)
{
    struct rp_judge *j = model_judge(instruction, 1, RP_POLICY_LEGACY);
    j->options.random_seed = random_seed;
    memset(wrong, 0, sizeof wrong);
    wrong[first] = wrong[last] = true;
    runs = 0;
    return model_ask(j, RP_MODE_LONG64);
}

#define NO_RUN (sizeof history - 1)

static void shows_osxsave_but_for_slips(const struct rp_prestate *p, struct rp_outcomes *o)
{
    uint64_t osxsave = p->state.reg[RP_REG_CR4] >> 18 & 1;
    if (begin_run(osxsave ? 'A' : 'f'))
        fake_trap(o, RP_VECTOR_GP, 0);
    else
        model_set(p, o, RP_REG_RAX, osxsave);
}

/* One run that traps of the eight in which a flip is looked for again is nobody's evidence; two are too many.
 */
static void one_slip_does_not_drop_what_a_flip_shows(void **state)
{
    (void)state;
    judge_with_slips(shows_osxsave_but_for_slips, 1, NO_RUN, NO_RUN);
    const char *again = strstr(history, "fAAfAffA");
    assert_non_null(again);
    unsigned first = (unsigned)(again - history);
    for (unsigned run = first; run < first + 8; run++) {
        const struct rp_verdict *v = judge_with_slips(shows_osxsave_but_for_slips, 1, run, run);
        assert_string_equal(model_words(v), "hole resource");
        assert_string_equal(model_resources(v), "cr4.osxsave");
        v = judge_with_slips(shows_osxsave_but_for_slips, 1, run, first + (run - first + 3) % 8);
        assert_string_equal(model_words(v), "innocuous");
    }
}

/* Two of NE, MP and MCE at least; a run that goes wrong shows something else. */
static void shows_a_majority_but_for_slips(const struct rp_prestate *p, struct rp_outcomes *o)
{
    uint64_t cr0 = p->state.reg[RP_REG_CR0], cr4 = p->state.reg[RP_REG_CR4];
    unsigned set = !(cr0 & 0x20) + (unsigned)(cr0 >> 1 & 1) + (unsigned)(cr4 >> 6 & 1);
    bool slips_now = begin_run((char)('0' + set));
    model_set(p, o, RP_REG_RAX, slips_now ? 5 : set >= 2);
}

/* From a B that has all three no single flip shows it. One that seems to, once, is no reason to look no
 * further. */
static void a_flip_that_does_not_show_again_does_not_hide_what_shows_together(void **state)
{
    (void)state;
    unsigned checked = 0;
    char resources[100];
    for (uint64_t seed = 1; seed <= 12; seed++) {
        const struct rp_verdict *v = judge_with_slips(shows_a_majority_but_for_slips, seed, NO_RUN, NO_RUN);
        const char *alone = strchr(history, '1');
        if (!strchr(history, '3') || !alone || alone < strchr(history, '3'))
            continue;
        snprintf(resources, sizeof resources, "%s", model_resources(v));
        unsigned flip = (unsigned)(alone - history);
        v = judge_with_slips(shows_a_majority_but_for_slips, seed, flip, flip);
        assert_string_equal(model_words(v), "hole resource");
        assert_string_equal(model_resources(v), resources);
        checked++;
    }
    assert_true(checked > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_random_value_is_innocuous, model_free),
        cmocka_unit_test_teardown(noise_in_one_register_does_not_hide_another, model_free),
        cmocka_unit_test_teardown(a_drifting_counter_is_found_by_its_offset, model_free),
        cmocka_unit_test_teardown(the_passing_of_time_is_no_effect, model_free),
        cmocka_unit_test_teardown(more_noise_than_can_be_masked_is_unknown_and_not_innocuous, model_free),
        cmocka_unit_test_teardown(evidence_that_does_not_come_back_is_dropped, model_free),
        cmocka_unit_test_teardown(a_witness_is_repeated_twice_as_it_is_written_down, model_free),
        cmocka_unit_test_teardown(a_privileged_encoding_whose_evidence_is_dropped_still_shows_its_trap,
                                  model_free),
        cmocka_unit_test_teardown(a_hole_always_has_a_witness_that_came_back, model_free),
        cmocka_unit_test_teardown(one_slip_of_ring_3_makes_no_hole, model_free),
        cmocka_unit_test_teardown(a_device_that_answers_by_turns_is_no_resource, model_free),
        cmocka_unit_test_teardown(one_slip_does_not_drop_what_a_flip_shows, model_free),
        cmocka_unit_test_teardown(a_flip_that_does_not_show_again_does_not_hide_what_shows_together,
                                  model_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
