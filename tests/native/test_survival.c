/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one run leaves behind does not reach the next, and does not reach the runner: after each of these NOP
 * gives the plain outcome, and no runner had to be replaced. */
#include "native/raw.h"

#include "native/rig.h"

#include <string.h>

static int open_both(void **state)
{
    return raw_open(state) || rig_open(state);
}

static int close_both(void **state)
{
    rig_close(state);
    return raw_close(state);
}

struct nuisance {
    const char *what;
    enum rp_mode mode;
    const char *user, *bytes;
    uint8_t length;
    enum rp_outcome_kind kind;
};

static const struct nuisance nuisances[] = {
    {"a loop", RP_MODE_LONG64, "-", "\xeb\xfe", 2, RP_OUTCOME_RETIRED},
    {"a loop", RP_MODE_COMPAT32, "-", "\xeb\xfe", 2, RP_OUTCOME_RETIRED},
    {"a loop", RP_MODE_COMPAT16, "-", "\xeb\xfe", 2, RP_OUTCOME_RETIRED},
    {"a stack at 0", RP_MODE_LONG64, "rax=0", "\x48\x89\xc4", 3, RP_OUTCOME_RETIRED},
    {"a stack that is not canonical", RP_MODE_LONG64, "rax=8000000000000000", "\x48\x89\xc4", 3,
     RP_OUTCOME_RETIRED},
    {"a push without a stack", RP_MODE_LONG64, "rsp=8", "\x50", 1, RP_OUTCOME_TRAPPED},
    {"a stack in the code", RP_MODE_COMPAT32, "rax=10400", "\x89\xc4", 2, RP_OUTCOME_RETIRED},
    {"MXCSR unmasked", RP_MODE_LONG64, "data+400=00000000", "\x0f\xae\x13", 3, RP_OUTCOME_RETIRED},
    {"x87 unmasked", RP_MODE_LONG64, "data+400=0000", "\xd9\x2b", 2, RP_OUTCOME_RETIRED},
    {"AC", RP_MODE_LONG64, "stack+1000=0202040000000000", "\x9d", 1, RP_OUTCOME_RETIRED},
    {"AC and a fault", RP_MODE_LONG64, "rflags=40202,rbx=0", "\x8b\x03", 2, RP_OUTCOME_TRAPPED},
    {"AC and a misaligned load", RP_MODE_LONG64, "rflags=40202,rbx=20401", "\x8b\x03", 2, RP_OUTCOME_TRAPPED},
    {"NT", RP_MODE_LONG64, "stack+1000=0242000000000000", "\x9d", 1, RP_OUTCOME_RETIRED},
    {"NT and a fault", RP_MODE_LONG64, "rflags=4202", "\x0f\x0b", 2, RP_OUTCOME_TRAPPED},
    {"TF", RP_MODE_LONG64, "stack+1000=0203000000000000", "\x9d", 1, RP_OUTCOME_RETIRED},
    {"DF and ID", RP_MODE_LONG64, "stack+1000=0206200000000000", "\x9d", 1, RP_OUTCOME_RETIRED},
    {"AC, NT, TF, DF and ID", RP_MODE_COMPAT32, "stack+1000=02472400", "\x9d", 1, RP_OUTCOME_RETIRED},
    {"FS base", RP_MODE_LONG64, "rax=123456789abc", "\xf3\x48\x0f\xae\xd0", 5, RP_OUTCOME_RETIRED},
    {"GS base", RP_MODE_LONG64, "rax=ffffffffffff0000", "\xf3\x48\x0f\xae\xd8", 5, RP_OUTCOME_RETIRED},
    {"NULL in DS", RP_MODE_LONG64, "rax=0", "\x8e\xd8", 2, RP_OUTCOME_RETIRED},
    {"NULL in GS", RP_MODE_LONG64, "rax=0", "\x8e\xe8", 2, RP_OUTCOME_RETIRED},
    {"NULL in ES", RP_MODE_COMPAT32, "rax=1", "\x8e\xc0", 2, RP_OUTCOME_RETIRED},
    {"code in FS", RP_MODE_COMPAT32, "rax=23", "\x8e\xe0", 2, RP_OUTCOME_RETIRED},
    {"an LDT stack", RP_MODE_LONG64, "rax=27", "\x8e\xd0", 2, RP_OUTCOME_RETIRED},
    {"a stack at a base", RP_MODE_COMPAT32, "rax=73", "\x8e\xd0", 2, RP_OUTCOME_RETIRED},
    {"no vectors", RP_MODE_LONG64, "-", "\xc5\xfc\x77", 3, RP_OUTCOME_RETIRED},
    {"an x87 stack", RP_MODE_LONG64, "-", "\xd9\xe8", 2, RP_OUTCOME_RETIRED},
    {"XRSTOR of nonsense", RP_MODE_LONG64, "rax=ffffffff,rdx=ffffffff,rbx=20440", "\x0f\xae\x2b", 3,
     RP_OUTCOME_TRAPPED},
    {"stores over all of the data", RP_MODE_LONG64, "rcx=2000,rdi=20000,rax=55", "\xf3\xaa", 2,
     RP_OUTCOME_RETIRED},
    {"stores over all of the stack", RP_MODE_COMPAT32, "rcx=2000,rdi=30000,rax=55", "\xf3\xaa", 2,
     RP_OUTCOME_RETIRED},
    {"stores beyond the data", RP_MODE_LONG64, "rcx=2001,rdi=20000,rax=55", "\xf3\xaa", 2,
     RP_OUTCOME_TRAPPED},
    {"a store into the code", RP_MODE_COMPAT32, "rbx=10400", "\x89\x03", 2, RP_OUTCOME_TRAPPED},
    {"a store onto the way out", RP_MODE_COMPAT32, "rbx=7a000000", "\x89\x03", 2, RP_OUTCOME_TRAPPED},
    {"a jump onto the way out", RP_MODE_COMPAT32, "rbx=7a000000", "\xff\xe3", 2, RP_OUTCOME_RETIRED},
    {"a jump to nowhere", RP_MODE_LONG64, "rbx=123456789abc", "\xff\xe3", 2, RP_OUTCOME_RETIRED},
    {"a return to nowhere", RP_MODE_COMPAT32, "-", "\xc3", 1, RP_OUTCOME_RETIRED},
    {"LODSB until it faults", RP_MODE_COMPAT16, "rcx=ffffffff", "\x67\xf3\xac", 3, RP_OUTCOME_TRAPPED},
};

static void each_nuisance_is_over_with_its_run(void **state)
{
    struct rp_native_process *process = raw_process();
    uint64_t started = process->started;
    (void)state;
    for (unsigned i = 0; i < sizeof nuisances / sizeof nuisances[0]; i++) {
        const struct nuisance *n = &nuisances[i];
        if (process->shared->missing[n->mode][0])
            continue;
        for (unsigned repeat = 0; repeat < 2; repeat++) {
            const struct rp_native_result *result =
                raw_run(n->mode, n->user, n->bytes, n->length, RP_NATIVE_JUMP);
            if (result->kind != n->kind)
                fail_msg("%s in %s: %s %u", n->what, rp_mode_info(n->mode)->name,
                         rp_outcome_kind_name((enum rp_outcome_kind)result->kind), result->vector);
            raw_expect_sound();
        }
    }
    assert_int_equal(process->started, started);
}

/* Orders begin with memory made anew; within one, each run puts back what it has written. */
static void what_is_stored_is_put_back_before_the_next_run(void **state)
{
    struct rp_native_process *process = raw_process();
    struct rp_native_shared *shared = process->shared;
    int signal;
    (void)state;
    raw_run(RP_MODE_LONG64, "rcx=2000,rdi=20000,rax=55,data+800=0102030405060708", "\xf3\xaa", 2,
            RP_NATIVE_JUMP);
    shared->job[1] = shared->job[0];
    shared->job[1].encoding = (struct rp_encoding){.bytes = {0x90}, .length = 1};
    shared->job[2] = shared->job[0];
    shared->first = 0;
    shared->count = 3;
    assert_int_equal(rp_native_process_order(process, NULL, NULL, &signal), RP_NATIVE_ANSWERED);
    assert_int_equal(shared->done, 3);
    assert_true(shared->result[0].count > RP_ARENA_DATA_SIZE / 8);
    assert_int_equal(shared->result[1].count, 1);
    assert_int_equal(shared->result[2].count, shared->result[0].count);
}

static void what_they_change_is_reported(void **state)
{
    (void)state;
    rig_run(RP_MODE_LONG64, "ring=3", "data+400=00000000", "0fae13");
    rig_expect("rip=10403 mxcsr=0");
    rig_run(RP_MODE_LONG64, "ring=3", "stack+1000=0203000000000000", "9d");
    rig_expect("rip=10401 rsp=31008 rflags=302");
    rig_run(RP_MODE_LONG64, "ring=3", "stack+1000=0242000000000000", "9d");
    rig_expect("rip=10401 rsp=31008 rflags=4202");
    rig_run(RP_MODE_LONG64, "ring=3", "rcx=2000,rdi=20000,rax=55", "f3aa");
    rig_expect("rcx=0 rdi=22000 data+0=5555555555555555 data+1ff8=5555555555555555 stack+0");
    rig_run(RP_MODE_COMPAT32, "ring=3", "rax=23", "8ee0");
    rig_expect("rip=10402 fs.selector=23");
}

/* Protection keys: the program denies itself the key of every page, the runner's too. */
static void a_program_that_denies_itself_all_memory_comes_back(void **state)
{
    (void)state;
    const struct rp_native_result *result =
        raw_run(RP_MODE_LONG64, "rax=ffffffff,rcx=0,rdx=0", "\x0f\x01\xef", 3, RP_NATIVE_JUMP);
    if (raw_process()->shared->layout.pkru != 0) {
        assert_int_equal(result->kind, RP_OUTCOME_RETIRED);
    } else { /* SDM volume 2, WRPKRU: #UD where CR4.PKE = 0, which is where CPU or kernel lacks it */
        assert_int_equal(result->kind, RP_OUTCOME_TRAPPED);
        assert_int_equal(result->vector, 6);
    }
    raw_expect_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_nuisance_is_over_with_its_run),
        cmocka_unit_test(what_is_stored_is_put_back_before_the_next_run),
        cmocka_unit_test(what_they_change_is_reported),
        cmocka_unit_test(a_program_that_denies_itself_all_memory_comes_back),
    };
    return cmocka_run_group_tests(tests, open_both, close_both);
}
