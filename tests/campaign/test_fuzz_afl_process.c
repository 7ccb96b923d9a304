/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An instance of afl-fuzz that nobody can wait for has ended: it is not waited for without end. */
#include "campaign/fuzz_afl_process.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void one_that_somebody_else_reaped_has_ended(void **state)
{
    struct rp_afl_process process = {.name = "main"};
    struct scratch scratch;
    struct rp_error error = {0};
    (void)state;
    scratch_init(&scratch);
    process.log = open(scratch_path(&scratch, "log"), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    assert_true(process.log >= 0);
    process.pid = fork();
    if (process.pid == 0)
        _exit(0);
    assert_int_equal(waitpid(process.pid, NULL, 0), process.pid);
    assert_false(rp_afl_runs(&process, &error));
    assert_int_equal(error.code, RP_EENVIRONMENT);
    assert_ptr_equal(strstr(error.line, "cannot wait for afl-fuzz (main)"), error.line);
    assert_int_equal(process.pid, 0);
    assert_false(rp_afl_runs(&process, &error));
    scratch_free(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_that_somebody_else_reaped_has_ended)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
