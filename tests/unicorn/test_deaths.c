/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encodings that Unicorn's translator cannot take end the process by a signal, as the executor's contract
 * says; all are #UD by the manuals. When one survives, the contract and facts about it are out of date. */
#include "unicorn/rig.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const deadly[] = {
    "ffd8",       /* CALL far with a register, unicorn #1716 */
    "ffe8",       /* JMP far with a register */
    "f03803",     /* LOCK CMP, unicorn #1869 */
    "f0803b01",   /* the same with an immediate */
    "f0a6",       /* LOCK CMPSB, unicorn #1842 */
    "f00fa3c3",   /* LOCK BT with a register */
    "f00fbae801", /* LOCK BTS with a register */
};

/* The signal that ends a process which runs `hex`; 0 if none does. */
static int signal_of(const char *hex)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY); /* "tcg fatal error" */
        dup2(nowhere, STDERR_FILENO);
        rig_run(RP_MODE_PROT32, "ring=3", "-", hex);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void encodings_that_unicorn_cannot_translate_end_the_process(void **state)
{
    (void)state;
    assert_int_equal(signal_of("90"), 0);
    for (unsigned i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
        if (signal_of(deadly[i]) == 0)
            fail_msg("%s does not end the process any more", deadly[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodings_that_unicorn_cannot_translate_end_the_process),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
