/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See sequence_tests.h. */
#include "support/sequence_tests.h"

#include "support/rig.h"
#include "x86/vector.h"

#include <string.h>

static void run(const char *user, const char *code)
{
    rig_run_sequence(RP_MODE_LONG64, "ring=3", user, code);
}

void all_of_them_come_to_one_outcome(void **state)
{
    (void)state;
    run("rax=0", "48ffc0 48ffc0 90");
    rig_expect("rax=2 rip=10407");
}

void the_one_that_traps_is_where_rip_is(void **state)
{
    uint64_t value = 0;
    (void)state;
    run("rax=0", "48ffc0 0f0b 48ffc0");
    rig_expect_kind(RP_OUTCOME_TRAPPED, RP_VECTOR_UD);
    assert_true(rig_changed("rax", &value));
    assert_int_equal(value, 1);
    assert_true(rig_changed("rip", &value));
    assert_int_equal(value, 0x10403);
    run("rax=0,rbx=5000000", "48ffc0 8b03");
    rig_expect_kind(RP_OUTCOME_TRAPPED, RP_VECTOR_PF);
}

void nothing_of_them_stands_behind_the_next_one(void **state)
{
    static const char nop[] = "66660f1f840000000000 "; /* ten bytes */
    char many[RP_SEQUENCE_MAX * (sizeof nop - 1) + 1] = "";
    (void)state;
    for (unsigned i = 0; i < RP_SEQUENCE_MAX; i++)
        memcpy(many + i * (sizeof nop - 1), nop, sizeof nop);
    run("-", many);
    rig_expect("rip=104a0");
    rig_run(RP_MODE_LONG64, "ring=3", "-", "eb14"); /* where no hook of Unicorn looks */
    rig_expect("rip=10416");
    rig_run(RP_MODE_LONG64, "ring=3", "-", "eb40");
    rig_expect("rip=10442");
    rig_run(RP_MODE_LONG64, "ring=3", "-", "90");
    rig_expect("rip=10401");
}
