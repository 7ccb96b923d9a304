/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each register that the executor holds goes in by the pre-state and is seen by an instruction, and what an
 * instruction makes of it comes out as a change of that component. */
#include "unicorn/rig.h"

struct row {
    enum rp_mode mode;
    const char *machine, *user, *hex, *changes;
};

/* Set by the pre-state, shown by an instruction. */
static const struct row shown[] = {
    {RP_MODE_LONG64, "ring=0", "r8=1122334455667788", "4c89c0", "rax=1122334455667788"},
    {RP_MODE_LONG64, "ring=0", "r15=77", "4c89f8", "rax=77"},
    {RP_MODE_LONG64, "ring=0,rflags.if=1,rflags.iopl=2", "rflags=8d7", "9c", "stack+ff8=2ad7"},
    {RP_MODE_PROT32, "ring=3,es.selector=cb", "-", "8cc0", "rax=cb"},
    {RP_MODE_PROT32, "ring=3", "-", "8cc8", "rax=23"},
    {RP_MODE_PROT32, "ring=0", "-", "8cc8", "rax=8"},
    {RP_MODE_LONG64, "ring=3,fs.base=40000", "-", "f30faec0", "rax=40000"},
    {RP_MODE_LONG64, "ring=3,gs.base=40000", "-", "f3480faec8", "rax=40000"},
    {RP_MODE_PROT32, "ring=3,gdtr.limit=ffef,gdtr.base=810000", "-", "0f0103", "data+400=810000ffef"},
    {RP_MODE_PROT32, "ring=3,idtr.limit=10ff,idtr.base=841000", "-", "0f010b", "data+400=84100010ff"},
    {RP_MODE_PROT32, "ring=3,ldtr.selector=e8", "-", "0f00c0", "rax=e8"},
    {RP_MODE_PROT32, "ring=3,tr.selector=d8", "-", "0f00c8", "rax=d8"},
    {RP_MODE_LONG64, "ring=0,cr0.ne=0,cr0.mp=1", "-", "0f20c0", "rax=80010013"},
    {RP_MODE_LONG64, "ring=0", "-", "0f20d0", "rax=2468ace0"},
    {RP_MODE_LONG64, "ring=0,cr4.osfxsr=0", "rbx=20800", "0f20e0", "rax=450520"},
    {RP_MODE_LONG64, "ring=0,dr0=70000", "-", "0f21c0", "rax=70000"},
    {RP_MODE_LONG64, "ring=0,dr3=70000", "-", "0f21d8", "rax=70000"},
    {RP_MODE_LONG64, "ring=0,dr6=ffff0ff1", "-", "0f21f0", "rax=ffff0ff1"},
    {RP_MODE_LONG64, "ring=0,dr7.exact=3", "-", "0f21f8", "rax=700"},
    {RP_MODE_LONG64, "ring=3,xcr0=3", "rcx=0", "0f01d0", "rax=3"},
    {RP_MODE_LONG64, "ring=3,pkru=c", "rcx=0", "0f01ee", "rax=c"},
    {RP_MODE_LONG64, "ring=3,tsc_aux=2", "-", "0f01f9", "rcx=2"},
    {RP_MODE_LONG64, "ring=0,efer.ffxsr=1", "rcx=c0000080", "0f32", "rax=4501"},
    {RP_MODE_LONG64, "ring=0,star=0023001000010000", "rcx=c0000081", "0f32", "rax=10000 rdx=230010"},
    {RP_MODE_LONG64, "ring=0,lstar=84c800", "rcx=c0000082", "0f32", "rax=84c800"},
    {RP_MODE_LONG64, "ring=0,cstar=84c880", "rcx=c0000083", "0f32", "rax=84c880"},
    {RP_MODE_LONG64, "ring=0,sfmask=40700", "rcx=c0000084", "0f32", "rax=40700"},
    {RP_MODE_LONG64, "ring=0,kernel_gs_base=222000", "rcx=c0000102", "0f32", "rax=222000"},
    {RP_MODE_PROT32, "ring=0,sysenter_cs=38", "rcx=174", "0f32", "rax=38"},
    {RP_MODE_PROT32, "ring=0,sysenter_esp=84e800", "rcx=175", "0f32", "rax=84e800"},
    {RP_MODE_PROT32, "ring=0,sysenter_eip=84c900", "rcx=176", "0f32", "rax=84c900"},
    {RP_MODE_PROT32, "ring=0,misc_enable=0", "rcx=1a0", "0f32", "rax=0"},
    {RP_MODE_PROT32, "ring=0,pat=0007010600070406", "rcx=277", "0f32", "rax=70406 rdx=70106"},
    {RP_MODE_PROT32, "ring=3", "fcw=27f", "d93b", "data+400=10000027f"},
    {RP_MODE_PROT32, "ring=3", "fsw=3800,ftw=80", "dd3b", "data+400=100003800"},
    {RP_MODE_PROT32, "ring=3", "ftw=1,st0.mantissa=8000000000000000,st0.exponent=3fff", "db3b",
     "data+400=8000000000000000 data+408=100003fff ftw=0 fsw=800"},
    {RP_MODE_PROT32, "ring=3", "fsw=3800,ftw=80,st0.mantissa=c000000000000000,st0.exponent=4000", "db3b",
     "data+400=c000000000000000 data+408=100004000 ftw=0 fsw=0"},
    {RP_MODE_PROT32, "ring=3", "mxcsr=3f80", "0fae1b", "data+400=100003f80"},
    {RP_MODE_LONG64, "ring=3", "zmm15.0=1122,zmm15.1=3344", "440f113b", "data+400=1122 data+408=3344"},
    {RP_MODE_VM86, "ring=3", "ds.selector=4000,ds.base=40000", "8cd8", "rax=4000"},
};

/* Changed by an instruction, seen as the component. */
static const struct row changed[] = {
    {RP_MODE_LONG64, "ring=0", "rax=7", "4989c7", "r15=7"},
    {RP_MODE_LONG64, "ring=0", "-", "fa", "rflags=2"},
    {RP_MODE_LONG64, "ring=0", "rflags=3", "f5", "rflags=202"},
    {RP_MODE_PROT32, "ring=3", "rax=83", "8ed8", "ds.selector=83 ds.base ds.limit"},
    {RP_MODE_PROT32, "ring=3,gdt.data.base=40000", "rax=83", "8ee8", "gs.selector=83 gs.base=40000"},
    {RP_MODE_PROT32, "ring=0", "rax=0", "8ec0", "es.selector=0 es.attributes=0"},
    {RP_MODE_LONG64, "ring=3", "rax=1234", "f3480faed0", "fs.base=1234"},
    {RP_MODE_PROT32, "ring=0", "data+400=341200810000", "0f0113", "gdtr.base=8100 gdtr.limit=1234"},
    {RP_MODE_PROT32, "ring=0", "data+400=341200810000", "0f011b", "idtr.base=8100 idtr.limit=1234"},
    {RP_MODE_PROT32, "ring=0", "rax=b8", "0f00d0", "ldtr.selector=b8 ldtr.base=830000"},
    {RP_MODE_PROT32, "ring=0", "rax=a8", "0f00d8", "tr.selector=a8 tr.base=848000 gdt+a8=eb8480002100"},
    {RP_MODE_LONG64, "ring=0", "rax=80010033", "0f22c0", "cr0=80010033"},
    {RP_MODE_LONG64, "ring=0", "-", "0f22d0", "cr2=20400"},
    {RP_MODE_LONG64, "ring=0", "-", "0f22d8", "cr3=20400"},
    {RP_MODE_LONG64, "ring=0", "rax=620", "0f22e0", "cr4=620"},
    {RP_MODE_LONG64, "ring=0", "-", "0f23c0", "dr0=20400"},
    {RP_MODE_LONG64, "ring=0", "rax=10400", "0f23f8", "dr7=10400"},
    {RP_MODE_LONG64, "ring=0", "rcx=0,rax=3", "0f01d1", "xcr0=3"},
    {RP_MODE_LONG64, "ring=3", "rcx=0,rax=10", "0f01ef", "pkru=10"},
    {RP_MODE_LONG64, "ring=0", "-", "0f01f8", "gs.base=111000 kernel_gs_base=0"},
    {RP_MODE_LONG64, "ring=0", "rcx=c0000080,rax=500", "0f30", "efer=500"},
    {RP_MODE_LONG64, "ring=0", "rcx=c0000081,rax=5,rdx=6", "0f30", "star=600000005"},
    {RP_MODE_LONG64, "ring=0", "rcx=c0000082,rax=5", "0f30", "lstar=5"},
    {RP_MODE_LONG64, "ring=0", "rcx=c0000083,rax=5", "0f30", "cstar=5"},
    {RP_MODE_LONG64, "ring=0", "rcx=c0000084,rax=5", "0f30", "sfmask=5"},
    {RP_MODE_LONG64, "ring=0", "rcx=c0000103,rax=5", "0f30", "tsc_aux=5"},
    {RP_MODE_LONG64, "ring=0", "-", "0f23c8", "dr1=20400"},
    {RP_MODE_LONG64, "ring=0", "-", "0f23d0", "dr2=20400"},
    {RP_MODE_LONG64, "ring=0", "-", "0f23d8", "dr3=20400"},
    {RP_MODE_LONG64, "ring=0", "rcx=c0000102,rax=5", "0f30", "kernel_gs_base=5"},
    {RP_MODE_PROT32, "ring=0", "rcx=174,rax=5", "0f30", "sysenter_cs=5"},
    {RP_MODE_PROT32, "ring=0", "rcx=175,rax=5", "0f30", "sysenter_esp=5"},
    {RP_MODE_PROT32, "ring=0", "rcx=176,rax=5", "0f30", "sysenter_eip=5"},
    {RP_MODE_PROT32, "ring=0", "rcx=1a0,rax=5", "0f30", "misc_enable=5"},
    {RP_MODE_PROT32, "ring=0", "rcx=277,rax=6", "0f30", "pat=6"},
    {RP_MODE_PROT32, "ring=0", "-", "f4", "activity=1"},
    {RP_MODE_PROT32, "ring=0,rflags.if=0", "-", "fb", "rflags=202 shadow=1"},
    {RP_MODE_PROT32, "ring=0", "rax=18", "8ed0", "shadow=2"},
    {RP_MODE_PROT32, "ring=3", "data+400=7f02", "d92b", "fcw=27f"},
    {RP_MODE_PROT32, "ring=3", "-", "d9e8",
     "fsw=3800 ftw=80 st0.mantissa=8000000000000000 st0.exponent=3fff"},
    {RP_MODE_PROT32, "ring=3", "data+400=803f0000", "0fae13", "mxcsr=3f80"},
    {RP_MODE_LONG64, "ring=3", "-", "440f103b", "zmm15.0=100000001 zmm15.1=100000001"},
    {RP_MODE_LONG64, "ring=3", "-", "488903", "data+400=20400"},
    {RP_MODE_REAL16, "ring=0", "rax=4000", "8ed8", "ds.selector=4000 ds.base=40000"},
};

static void run_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rig_run(rows[i].mode, rows[i].machine, rows[i].user, rows[i].hex);
        rig_expect(rows[i].changes);
    }
}

static void what_the_prestate_sets_an_instruction_shows(void **state)
{
    (void)state;
    run_rows(shown, sizeof shown / sizeof shown[0]);
}

static void what_an_instruction_changes_the_outcome_shows(void **state)
{
    (void)state;
    run_rows(changed, sizeof changed / sizeof changed[0]);
}

/* The state's value and the little that passes until the instruction reads it. */
static void rdtsc_begins_at_the_states_value(void **state)
{
    (void)state;
    uint64_t high = 0;
    rig_run(RP_MODE_LONG64, "ring=3,tsc=10000000000", "rdx=77", "0f31");
    assert_true(rig_changed("rdx", &high));
#if defined(__x86_64__)
    assert_int_equal(high, 0x100);
#endif
}

static void capabilities_name_what_is_not_held(void **state)
{
    (void)state;
    extern const struct rp_executor rp_executor_unicorn;
    const struct rp_capabilities *can = rp_executor_unicorn.capabilities(rig_instance());
    assert_false(can->resource[RP_RESOURCE_CR8]);
    assert_false(can->resource[RP_RESOURCE_IDT_GATE_DPL]);
    assert_false(can->resource[RP_RESOURCE_TSS_IOMAP]);
    assert_false(can->resource[RP_RESOURCE_PMC]);
    assert_true(can->resource[RP_RESOURCE_GDTR_BASE]);
    assert_true(can->ring[RP_MODE_PROT32][0] && can->ring[RP_MODE_PROT32][3]);
    assert_false(can->ring[RP_MODE_PROT32][1]);
    assert_false(can->ring[RP_MODE_VM86][0]);
    assert_false(can->ring[RP_MODE_REAL16][3]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_prestate_sets_an_instruction_shows),
        cmocka_unit_test(what_an_instruction_changes_the_outcome_shows),
        cmocka_unit_test(rdtsc_begins_at_the_states_value),
        cmocka_unit_test(capabilities_name_what_is_not_held),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
