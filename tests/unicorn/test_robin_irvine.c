/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The instructions of Robin and Irvine's table 1, in ring 3 of prot32: all but INT n show what they read. Two
 * states that differ in one resource; the value that the program sees differs. */
#include "unicorn/rig.h"

#include <stdio.h>

struct row {
    const char *name, *hex, *user;
    const char *a, *b; /* machines */
    const char *component;
};

static const struct row rows[] = {
    {"SGDT", "0f0103", "-", "", ",gdtr.limit=ffef", "data+400"},
    {"SIDT", "0f010b", "-", "", ",idtr.limit=10ff", "data+400"},
    {"SLDT", "0f00c0", "-", "", ",ldtr.selector=e8", "rax"},
    {"SMSW", "0f01e0", "-", "", ",cr0.mp=1", "rax"},
    {"STR", "0f00c8", "-", "", ",tr.selector=d8", "rax"},
    {"PUSHF", "9c", "-", "", ",rflags.if=0", "stack+ff8"},
    {"LAR", "0f02c3", "rbx=83", "", ",gdt.data.avl=1", "rax"},
    {"LSL", "0f03c3", "rbx=83", "", ",gdt.data.limit=4000", "rax"},
    {"PUSH", "1e", "-", "", ",ds.selector=cb", "stack+ff8"},
    {"MOV r, sreg", "8cd8", "-", "", ",ds.selector=cb", "rax"},
};

static uint64_t value(const struct row *row, const char *machine)
{
    char text[80];
    uint64_t shown = 0;
    snprintf(text, sizeof text, "ring=3%s", machine);
    rig_run(RP_MODE_PROT32, text, row->user, row->hex);
    rig_expect_kind(RP_OUTCOME_RETIRED, 0);
    if (!rig_changed(row->component, &shown))
        fail_msg("%s shows nothing", row->name);
    return shown;
}

static void reads_show_the_resource_and_do_not_trap(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (value(&rows[i], rows[i].a) == value(&rows[i], rows[i].b))
            fail_msg("%s shows no difference", rows[i].name);
}

static void popf_in_ring_3_keeps_if_silently(void **state)
{
    uint64_t flags = 0;
    (void)state;
    rig_run(RP_MODE_PROT32, "ring=3", "stack+1000=02000000", "9d");
    rig_expect("rsp=31004 rip=10401 rflags");
    rig_run(RP_MODE_PROT32, "ring=0", "stack+1000=02000000", "9d");
    rig_expect_kind(RP_OUTCOME_RETIRED, 0);
    assert_true(rig_changed("rflags", &flags) && flags == 2);
}

/* VERR, VERW; loads; far transfers: they depend on the descriptor's DPL or on CPL. */
static void the_rest_depends_on_descriptors_and_rings(void **state)
{
    uint64_t shown = 0;
    (void)state;
    rig_run(RP_MODE_PROT32, "ring=3", "rbx=83", "0f00e3");
    rig_expect("rflags=242");
    rig_run(RP_MODE_PROT32, "ring=3,gdt.data.dpl=0", "rbx=83", "0f00e3");
    rig_expect("rflags");
    rig_run(RP_MODE_PROT32, "ring=0,gdt.data.dpl=0", "rbx=80", "0f00eb");
    rig_expect("rflags=242");
    rig_run(RP_MODE_PROT32, "ring=3", "rax=83", "8ed8");
    rig_expect("ds.selector=83");
    rig_run(RP_MODE_PROT32, "ring=3,gdt.data.dpl=0", "rax=83", "8ed8");
    rig_expect_kind(RP_OUTCOME_TRAPPED, 13);
    rig_run(RP_MODE_PROT32, "ring=3", "stack+1000=83000000", "1f");
    rig_expect("ds.selector=83");
    rig_run(RP_MODE_PROT32, "ring=3", "stack+1000=0005010023000000", "cb");
    rig_expect("rip=10500 rsp=31008 cs.selector");
    rig_run(RP_MODE_PROT32, "ring=0", "stack+1000=0005010023000000001003002b000000", "cb");
    rig_expect("rip=10500 cs.selector=23 ss.selector=2b");
    rig_run(RP_MODE_PROT32, "ring=3", "data+400=000000009800", "ff1b");
    rig_expect("rip=10900 cs.selector=8 ss.selector=18");
    rig_run(RP_MODE_PROT32, "ring=0", "data+400=000000009800", "ff1b");
    rig_expect("rip=10900 cs.selector ss.selector");
    rig_run(RP_MODE_PROT32, "ring=3", "data+400=000501002300", "ff2b");
    rig_expect("rip=10500 cs.selector");
    rig_run(RP_MODE_PROT32, "ring=3", "-", "0e");
    assert_true(rig_changed("stack+ff8", &shown) && shown >> 32 == 0x23);
    rig_run(RP_MODE_PROT32, "ring=0", "-", "0e");
    assert_true(rig_changed("stack+ff8", &shown) && shown >> 32 == 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_show_the_resource_and_do_not_trap),
        cmocka_unit_test(popf_in_ring_3_keeps_if_silently),
        cmocka_unit_test(the_rest_depends_on_descriptors_and_rings),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
