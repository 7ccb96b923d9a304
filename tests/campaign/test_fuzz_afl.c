/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What AFL++ and its targets begin with. No afl-fuzz is started here: the directory can't be made. */
#include "campaign/fuzz_afl.h"
#include "fuzz/board.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <stdlib.h>

#define MODES (1u << RP_MODE_LONG64)

static void the_first_of_a_sitting_begins_with_what_is_known(void **state)
{
    const uint64_t behaviour = 7;
    struct rp_error error;
    struct rp_fuzz_facts *facts;
    struct rp_fuzz_board *known;
    struct rp_afl *afl;
    struct scratch scratch;
    char *target[] = {"/bin/false", NULL};
    (void)state;
    scratch_init(&scratch);
    const struct rp_afl_options options = {
        .directory = scratch_path(&scratch, "not/there"), .target = target, .instances = 1, .modes = MODES};
    assert_int_equal(rp_fuzz_facts_open(MODES, &facts, &error), RP_OK);
    assert_int_equal(rp_fuzz_board_open(&known, &error), RP_OK);
    assert_int_equal(rp_afl_open(&options, &afl, &error), RP_OK);
    assert_true(rp_fuzz_set_add(&known->whole, behaviour));
    struct rp_fuzz_fed fed = {.max = 1, .input = calloc(1, sizeof *fed.input), .known = known};
    assert_non_null(fed.input);
    assert_int_equal(rp_afl_board(afl)->whole.count, 0);
    assert_int_equal(rp_afl_next(afl, facts, &fed, &error), RP_EENVIRONMENT);
    assert_int_equal(rp_afl_board(afl)->whole.count, 1);
    assert_true(rp_fuzz_set_has(&rp_afl_board(afl)->whole, behaviour));
    rp_afl_close(afl);
    rp_fuzz_board_close(known);
    rp_fuzz_facts_close(facts);
    free(fed.input);
    scratch_free(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_first_of_a_sitting_begins_with_what_is_known)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
