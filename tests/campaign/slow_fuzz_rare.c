/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A long fuzz campaign finds what is rare: a flag that is lost in one of 2^16 states, and the wrong length of
 * one VEX form. */
#include "campaign/planting.h"
#include "support/suite.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define EXECUTIONS 3000000

static volatile sig_atomic_t enough;

static void stop_when_found(void *context, const struct rp_fuzz_status *status)
{
    const struct found *found = context;
    char encoding[32];
    static uint64_t told;
    if (status->executions >= told + 100000) {
        told = status->executions;
        printf("%lu executions, %u findings\n", (unsigned long)told, found->count);
    }
    enough = planting_count(found, "length", "vpermq", encoding) > 0 &&
             strstr(rp_text_string(&found->lines), "\"detail\":\"rflags\"");
}

static void rare_bugs_are_found_and_made_small(void **state)
{
    struct found found = {0};
    struct rp_fuzz_options options = planting_options(2, EXECUTIONS, &found);
    struct rp_fuzz_status status;
    struct rp_error error = {0};
    char encoding[32] = "";
    (void)state;
    planted_bugs = PLANTED_FLAG | PLANTED_LENGTH;
    options.progress = stop_when_found;
    options.progress_context = &found;
    options.campaign.stop = &enough;
    int result = rp_fuzz(&options, &status, &error);
    assert_true(result == RP_OK || result == RP_EINTERRUPTED);
    printf("%lu executions\n", (unsigned long)status.executions);
    assert_in_range(planting_count(&found, "length", "vpermq", encoding), 1, 2); /* once a mode */
    assert_string_equal(encoding, "c4e3fd00c000");
    const char *line = strstr(rp_text_string(&found.lines), "\"detail\":\"rflags\"");
    assert_non_null(line);
    assert_non_null(
        strstr(line, "rdx=8000,")); /* the one bit of the state that matters, and nothing of others */
    rp_text_free(&found.lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rare_bugs_are_found_and_made_small)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
