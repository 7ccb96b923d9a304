/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Screening misses nothing: the definitions taken literally come to the same verdicts, kinds and resources.
 * What is known to be sensitive in two modes, and random encodings of all; the bench `screening` asks many
 * more. */
#include "support/screening.h"
#include "support/suite.h"

/* Judges both ways, and demands that nothing differs. */
static void compare(const struct screening_wish *wish, struct screening_tally *tally)
{
    struct screening_sample sample;
    screening_choose(wish, rp_executor_find("unicorn"), &sample);
    screening_compare(&sample, rp_executor_find("unicorn"), 2, tally);
    print_message("%zu encodings, %.0f runs literally, %.0f screened\n", sample.count, tally->runs[0],
                  tally->runs[1]);
    screening_free(&sample);
    assert_int_equal(tally->differ, 0);
    assert_int_equal(tally->deaths, 0);
}

static void what_is_sensitive_is_found_in_full(void **state)
{
    (void)state;
    struct screening_tally tally;
    compare(&(struct screening_wish){.modes = 1u << RP_MODE_PROT32 | 1u << RP_MODE_VM86, .signatures = true},
            &tally);
    assert_true(tally.verdict[RP_VERDICT_HOLE] > 50);
    assert_true(tally.verdict[RP_VERDICT_PRIVILEGED] > 30);
    assert_true(tally.kind[RP_SENSITIVE_CONTROL] > 50);
    assert_true(tally.kind[RP_SENSITIVE_MODE] > 30);
    assert_true(tally.kind[RP_SENSITIVE_RESOURCE] > 30);
}

static void random_encodings_have_nothing_that_screening_misses(void **state)
{
    (void)state;
    struct screening_tally tally;
    compare(&(struct screening_wish){.modes = 1u << RP_MODE_LONG64, .random = 300, .seed = 1}, &tally);
    assert_true(tally.verdict[RP_VERDICT_INNOCUOUS] > 200);
    /* By far fewer runs; how much faster, the bench tells. */
    assert_true(tally.runs[0] > 10 * tally.runs[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sensitive_is_found_in_full),
        cmocka_unit_test(random_encodings_have_nothing_that_screening_misses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
