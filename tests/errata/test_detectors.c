/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every detector can fail: a CPU that shows an erratum's bad outcome is said to have it, one that shows the
 * good one is not, and one that shows neither is said to be unknown. */
#include "errata/built_in.h"
#include "errata/simulate.h"
#include "support/suite.h"

#include <string.h>

static bool is_executed(const struct rp_erratum *e)
{
    return e->good.text && e->danger == RP_DANGER_SAFE;
}

static enum rp_errata_answer answer_of(const struct rp_erratum *e)
{
    struct rp_experiment experiment = simulate_experiment(e);
    const struct rp_errata_system nobody = {0};
    struct rp_errata_result result;
    assert_true(experiment.made);
    rp_errata_decide(e, simulated_cpu(e->vendor[0], 6, 1, 0, 0), &nobody, &experiment, &result);
    return result.answer;
}

static void expect(const struct rp_erratum *e, const char *how, enum rp_errata_answer wanted)
{
    enum rp_errata_answer answer = answer_of(e);
    if (answer != wanted)
        fail_msg("%s, %s: %s, not %s", e->id, how, rp_errata_answer_name(answer),
                 rp_errata_answer_name(wanted));
}

static void each_bad_outcome_is_reported_as_present(void **state)
{
    size_t executed = 0;
    (void)state;
    for (size_t i = 0; i < catalogue.count; i++) {
        const struct rp_erratum *e = &catalogue.entry[i];
        if (!is_executed(e))
            continue;
        simulate(&e->bad, NULL, 0);
        expect(e, "bad", RP_ERRATA_PRESENT);
        executed++;
    }
    assert_in_range(executed, 20, 1000);
}

static void each_good_outcome_is_reported_as_absent(void **state)
{
    (void)state;
    for (size_t i = 0; i < catalogue.count; i++) {
        const struct rp_erratum *e = &catalogue.entry[i];
        if (!is_executed(e))
            continue;
        simulate(&e->good, NULL, 0);
        expect(e, "good", RP_ERRATA_ABSENT);
    }
}

/* The last run that the confidence asks for is looked at as the first one is. */
static void one_bad_run_among_good_ones_is_enough(void **state)
{
    (void)state;
    for (size_t i = 0; i < catalogue.count; i++) {
        const struct rp_erratum *e = &catalogue.entry[i];
        if (!is_executed(e))
            continue;
        uint64_t wanted = rp_errata_runs_wanted(e->rate, e->confidence);
        simulate(&e->good, &e->bad, wanted - 1);
        expect(e, "bad at the end", RP_ERRATA_PRESENT);
        simulate(&e->good, &e->bad, wanted);
        expect(e, "bad behind the end", RP_ERRATA_ABSENT);
    }
}

static void an_outcome_that_is_neither_is_unknown(void **state)
{
    struct rp_expectation other = {0};
    struct rp_error error = {0};
    (void)state;
    assert_int_equal(rp_expectation_parse("#MC", &other, &error), RP_OK);
    for (size_t i = 0; i < catalogue.count; i++) {
        const struct rp_erratum *e = &catalogue.entry[i];
        if (!is_executed(e))
            continue;
        simulate(&other, NULL, 0);
        expect(e, "#MC", RP_ERRATA_UNKNOWN);
        simulate(&e->good, &other, 1);
        expect(e, "#MC once", RP_ERRATA_UNKNOWN);
    }
    rp_expectation_free(&other);
}

static void runs_that_show_nothing_are_made_again_but_not_forever(void **state)
{
    const struct rp_erratum *e = rp_catalogue_find(&catalogue, "amd-rdseed");
    (void)state;
    simulate(&e->good, &e->idle, 2);
    struct rp_experiment experiment = simulate_experiment(e);
    assert_int_equal(experiment.idle, 1);
    assert_int_equal(experiment.good, experiment.wanted);
    simulate(&e->idle, NULL, 0);
    expect(e, "idle", RP_ERRATA_UNKNOWN);
    simulate(&e->idle, &e->bad, 700);
    expect(e, "idle, then bad", RP_ERRATA_PRESENT);
}

/* What is known of the CPUs that had them, in figures: independent of the catalogue's outcomes. */
static const struct {
    const char *id, *faulty, *right;
} known[] = {
    /* 1.333739068902037589 */
    {"intel-fdiv", "retired st0.mantissa=aab7f6392a768634 st0.exponent=3fff",
     "retired st0.mantissa=aabaa0e3e35a14bd st0.exponent=3fff"},
    {"intel-fist-dan0411", "retired data+400=100008000", "retired data+400=100008000 fsw=1"},
    {"intel-386-popad", "retired rax=5a5a5a5a", "retired rax=12345678 rdx=20400"},
    {"intel-386-mul", "retired rax=fe79000 rdx=2", "retired rax=fe7a000 rdx=2"},
    {"intel-vcvtps2ph-mxcsr", "#PF mxcsr=1fa0", "#PF"},
    {"amd-fxsave-leak", "retired data+808=1040000000000", "retired data+808=ffff"},
    {"amd-null-segment", "retired gs.base=20000 gs.selector=0", "retired gs.base=0 gs.selector=0"},
    {"amd-rdseed", "retired rax=0 rflags=3", "retired rax=12345678 rflags=3"},
    {"amd-rdrand-ones", "retired rax=ffffffffffffffff rflags=3", "retired rax=fffffffffffffffe rflags=3"},
    {"amd-312", "retired zmm1.0=1000116c2", "retired zmm1.0=100000000"},
    {"amd-244", "retired rax=0 rdx=2", "retired rax=db6db6dc rdx=2"},
    {"amd-595", "retired rax=31000 rsp=30ff0", "retired rax=30ff0 rsp=30ff0"},
    {"amd-91", "#PF", "retired rip=10403"},
    {"amd-110", "#UD", "retired rip=10401"},
};

static void what_is_written_of_faulty_cpus_is_told_from_sound_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const struct rp_erratum *e = rp_catalogue_find(&catalogue, known[i].id);
        struct rp_expectation faulty = {0}, right = {0};
        assert_non_null(e);
        assert_int_equal(rp_expectation_parse(known[i].faulty, &faulty, NULL), RP_OK);
        assert_int_equal(rp_expectation_parse(known[i].right, &right, NULL), RP_OK);
        simulate(&faulty, NULL, 0);
        expect(e, "faulty", RP_ERRATA_PRESENT);
        simulate(&right, NULL, 0);
        expect(e, "right", RP_ERRATA_ABSENT);
        rp_expectation_free(&faulty);
        rp_expectation_free(&right);
    }
}

/* The first variant of an entry that fits is shown; each can be. */
static void each_variant_is_told_from_the_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < catalogue.count; i++) {
        const struct rp_erratum *e = &catalogue.entry[i];
        for (unsigned v = 0; v < e->variants; v++) {
            simulate(&e->variant[v].expectation, NULL, 0);
            struct rp_experiment experiment = simulate_experiment(e);
            if (experiment.variants_met != 1u << v && v + 1 < e->variants)
                fail_msg("%s: variant %u is taken for %x", e->id, v, experiment.variants_met);
            assert_true(experiment.variants_met);
        }
    }
}

static void dangerous_entries_are_never_run_whoever_asks(void **state)
{
    struct rp_expectation any = {0};
    size_t refused = 0;
    (void)state;
    assert_int_equal(rp_expectation_parse("any", &any, NULL), RP_OK);
    simulate(&any, NULL, 0);
    for (size_t i = 0; i < catalogue.count; i++) {
        struct rp_erratum e = catalogue.entry[i];
        if (e.danger == RP_DANGER_SAFE)
            continue;
        e.good = e.bad = any; /* even if it had outcomes to look for */
        struct rp_experiment experiment = simulate_experiment(&e);
        assert_false(experiment.made);
        assert_int_equal(experiment.runs, 0);
        assert_string_equal(experiment.why_not, rp_danger_name(e.danger));
        refused++;
    }
    assert_in_range(refused, 20, 1000);
    rp_expectation_free(&any);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_bad_outcome_is_reported_as_present),
        cmocka_unit_test(each_good_outcome_is_reported_as_absent),
        cmocka_unit_test(one_bad_run_among_good_ones_is_enough),
        cmocka_unit_test(an_outcome_that_is_neither_is_unknown),
        cmocka_unit_test(runs_that_show_nothing_are_made_again_but_not_forever),
        cmocka_unit_test(what_is_written_of_faulty_cpus_is_told_from_sound_ones),
        cmocka_unit_test(each_variant_is_told_from_the_others),
        cmocka_unit_test(dangerous_entries_are_never_run_whoever_asks),
    };
    return cmocka_run_group_tests(tests, load_catalogue, unload_catalogue);
}
