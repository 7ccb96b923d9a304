/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Privileged state that Linux lets a program choose: each is set and read back by an instruction that shows
 * it; runners come and go without anybody noticing; what can't be had is said. */
#include "native/rig.h"

#include "base/hex.h"
#include "native/configuration.h"
#include "native/native.h"
#include "native/process.h"
#include "state/looks.h"
#include "support/outcome.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rp_outcomes outcomes;

static bool can(const char *resource)
{
    return rp_executor_native.capabilities(rig_instance())->resource[rp_resource_find(resource)];
}

static bool enters(enum rp_mode mode)
{
    return rp_executor_native.capabilities(rig_instance())->ring[mode][3];
}

static uint32_t prepare(enum rp_mode mode, const char *user, const char *machine)
{
    return rig_prepare_on(rig_instance(), mode, machine, user);
}

static struct rp_job job_of(uint32_t prestate, const char *hex)
{
    struct rp_job job = {.prestate = prestate};
    size_t length = 0;
    assert_int_equal(rp_hex_parse(hex, job.encoding.bytes, RP_ENCODING_MAX, &length, NULL), RP_OK);
    job.encoding.length = (uint8_t)length;
    return job;
}

static void run(const struct rp_job *jobs, size_t count)
{
    struct rp_error error = {0};
    rp_outcomes_clear(&outcomes);
    if (rp_executor_native.run(rig_instance(), jobs, count, &outcomes, &error))
        fail_msg("%s", error.line);
    assert_int_equal(outcomes.count, count);
}

/* The value that outcome `number` left in `component`; `otherwise` where it did not change. */
static uint64_t left(size_t number, uint32_t component, uint64_t otherwise)
{
    const struct rp_outcome *outcome = &outcomes.outcome[number];
    for (uint32_t i = 0; i < outcome->count; i++)
        if (outcomes.change[outcome->first + i].component == component)
            return outcomes.change[outcome->first + i].value;
    return otherwise;
}

/* `changes` NULL: #GP. */
static const struct {
    const char *resource; /* that has to be offered here */
    enum rp_mode mode;
    const char *machine, *user, *hex, *changes;
} shown[] = {
    {"ldt.data.avl", RP_MODE_LONG64, "ring=3", "rbx=7", "0f02c3", "rax=c0f300"},
    {"ldt.data.avl", RP_MODE_LONG64, "ring=3,ldt.data.avl=1", "rbx=7", "0f02c3", "rax=d0f300"},
    {"ldt.data.p", RP_MODE_LONG64, "ring=3,ldt.data.p=0", "rbx=7", "0f02c3", "rax=c07300"},
    {"ldt.data.type", RP_MODE_LONG64, "ring=3,ldt.data.type=0", "rbx=7", "0f02c3", "rax=c0f100"},
    {"ldt.data.limit", RP_MODE_LONG64, "ring=3", "rbx=7", "0f03c3", "rax=7fffff"},
    {"ldt.data.limit", RP_MODE_LONG64, "ring=3,ldt.data.limit=4000", "rbx=7", "0f03c3", "rax=7fbfff"},
    {"ldt.data.limit", RP_MODE_COMPAT16, "ring=3", "rbx=7", "660f03c3", "rax=ffff"},
    {"ldt.code.type", RP_MODE_LONG64, "ring=3", "rbx=f", "0f02c3", "rax=c0fb00"},
    {"ldt.code.type", RP_MODE_COMPAT32, "ring=3,ldt.code.type=8", "rbx=f", "0f02c3", "rax=c0f900"},
    {"ldt.code.limit", RP_MODE_COMPAT32, "ring=3,ldt.code.limit=4000", "rbx=f", "0f03c3", "rax=7fbfff"},
    {"ldt.data.base", RP_MODE_LONG64, "ring=3,ldt.data.base=40000", "rbx=7", "8ee3",
     "fs.selector=7 fs.base=40000"},
    {"tsc_aux", RP_MODE_LONG64, "ring=3", "rcx=55", "0f01f9", "rcx=1"},
    {"tsc_aux", RP_MODE_LONG64, "ring=3,tsc_aux=0", "rcx=55", "0f01f9", "rcx=0"},
    {"tsc_aux", RP_MODE_COMPAT32, "ring=3,tsc_aux=0", "rbx=7b", "0f03c3", "rax=0"},
    {"tsc_aux", RP_MODE_COMPAT32, "ring=3", "rbx=7b", "0f03c3", "rax=1"},
    {"cr4.tsd", RP_MODE_LONG64, "ring=3,cr4.tsd=1", "-", "0f31", NULL},
    {"cr4.tsd", RP_MODE_COMPAT32, "ring=3,cr4.tsd=1", "-", "0f01f9", NULL},
    {"cr4.tsd", RP_MODE_LONG64, "ring=3", "-", "0f31", ""},
    {"misc_features.cpuid_fault", RP_MODE_LONG64, "ring=3,misc_features.cpuid_fault=1", "-", "0fa2", NULL},
    {"misc_features.cpuid_fault", RP_MODE_COMPAT16, "ring=3,misc_features.cpuid_fault=1", "-", "0fa2", NULL},
    {"misc_features.cpuid_fault", RP_MODE_LONG64, "ring=3", "-", "0fa2", ""},
    {"es.selector", RP_MODE_LONG64, "ring=3,es.selector=27", "-", "8cc0", "rax=27"},
    {"ds.selector", RP_MODE_COMPAT32, "ring=3,ds.selector=27", "-", "8cd8", "rax=27"},
    {"fs.selector", RP_MODE_COMPAT16, "ring=3,fs.selector=2f", "rbx=0", "8ce3", "rbx=2f"},
    {"gs.selector", RP_MODE_LONG64, "ring=3,gs.selector=27", "rbx=0", "8ceb", "rbx=27"},
};

static void each_resource_is_set_and_shown(void **state)
{
    unsigned left_out = 0;
    (void)state;
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        if (!can(shown[i].resource) || !enters(shown[i].mode)) {
            print_message("%s is not offered here\n", shown[i].resource);
            left_out++;
            continue;
        }
        struct rp_job job = job_of(prepare(shown[i].mode, shown[i].user, shown[i].machine), shown[i].hex);
        run(&job, 1);
        rp_executor_native.forget(rig_instance(), job.prestate);
        const struct rp_outcome *outcome = &outcomes.outcome[0];
        bool trapped = outcome->kind == RP_OUTCOME_TRAPPED && outcome->vector == 13;
        if (shown[i].changes ? outcome->kind != RP_OUTCOME_RETIRED : !trapped)
            fail_msg("%s, %s: %s %u", shown[i].machine, shown[i].hex,
                     rp_outcome_kind_name((enum rp_outcome_kind)outcome->kind), outcome->vector);
        if (shown[i].changes)
            outcome_expect(&outcomes, shown[i].machine, shown[i].changes);
    }
    if (left_out == sizeof shown / sizeof shown[0])
        skip();
}

/* More limits than there can be runners, from the last to the first and back. */
#define LIMITS 24

static void limits_come_back_in_the_order_asked(size_t turn)
{
    struct rp_job jobs[4 * LIMITS];
    uint32_t index[LIMITS], first = 0;
    for (unsigned i = 0; i < LIMITS; i++) {
        char machine[60];
        snprintf(machine, sizeof machine, "ring=3,ldt.data.limit=%x", 0x1000 * i);
        index[i] = prepare(RP_MODE_LONG64, "rbx=7", machine);
        first = i ? first : index[0];
    }
    for (unsigned i = 0; i < 4 * LIMITS; i++) /* every fourth is a NOP, which needs nothing */
        jobs[i] = job_of(index[((size_t)i * 7 + turn) % LIMITS], i % 4 == 3 ? "90" : "0f03c3");
    run(jobs, sizeof jobs / sizeof jobs[0]);
    for (unsigned i = 0; i < 4 * LIMITS; i++) {
        uint64_t limit = 0x7fffff - 0x1000 * (((size_t)i * 7 + turn) % LIMITS);
        assert_int_equal(outcomes.outcome[i].kind, RP_OUTCOME_RETIRED);
        assert_int_equal(left(i, RP_REG_RAX, 1), i % 4 == 3 ? 1 : limit);
    }
    rp_executor_native.forget(rig_instance(), first);
}

static void runners_come_and_go_and_order_stays(void **state)
{
    (void)state;
    if (!can("ldt.data.limit"))
        skip();
    for (size_t turn = 0; turn < 3; turn++)
        limits_come_back_in_the_order_asked(turn);
}

static void what_no_program_can_have_is_unsupported(void **state)
{
    (void)state;
    if (!can("ldt.data.avl"))
        skip();
    struct rp_job jobs[] = {job_of(prepare(RP_MODE_LONG64, "rbx=7", "ring=3,ldt.data.dpl=0"), "0f02c3"),
                            job_of(prepare(RP_MODE_LONG64, "rbx=7", "ring=3,ldt.data.a=0"), "0f02c3"),
                            job_of(prepare(RP_MODE_LONG64, "rcx=5", "ring=3,tsc_aux=1fff"), "0f01f9"),
                            job_of(0, "0f02c3"), job_of(0, "90")};
    jobs[3].prestate = jobs[2].prestate; /* no selector of the LDT is in its reach */
    jobs[4].prestate = jobs[0].prestate; /* and this one looks at none */
    run(jobs, sizeof jobs / sizeof jobs[0]);
    rp_executor_native.forget(rig_instance(), jobs[0].prestate);
    assert_int_equal(outcomes.outcome[0].kind, RP_OUTCOME_UNSUPPORTED);
    assert_int_equal(outcomes.outcome[1].kind, RP_OUTCOME_UNSUPPORTED);
    if (can("tsc_aux"))
        assert_int_equal(outcomes.outcome[2].kind, RP_OUTCOME_UNSUPPORTED);
    assert_int_equal(outcomes.outcome[3].kind, RP_OUTCOME_RETIRED);
    assert_int_equal(outcomes.outcome[4].kind, RP_OUTCOME_RETIRED);
}

/* Kills every child. */
static void kill_runners(void)
{
    char path[64], line[4096] = "", *rest = NULL;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    if (!file) /* CONFIG_PROC_CHILDREN */
        skip();
    assert_true(fgets(line, sizeof line, file) != NULL);
    fclose(file);
    for (char *word = strtok_r(line, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest))
        kill((pid_t)strtol(word, NULL, 10), SIGKILL);
}

static void a_runner_that_was_killed_comes_back_as_it_was(void **state)
{
    (void)state;
    if (!can("ldt.data.limit"))
        skip();
    struct rp_job jobs[] = {job_of(prepare(RP_MODE_LONG64, "rbx=7", "ring=3,ldt.data.limit=4000"), "0f03c3"),
                            job_of(prepare(RP_MODE_LONG64, "rbx=7", "ring=3,ldt.data.limit=5000"), "0f03c3")};
    for (unsigned turn = 0; turn < 2; turn++) {
        run(jobs, 2);
        assert_int_equal(left(0, RP_REG_RAX, 0), 0x7fbfff);
        assert_int_equal(left(1, RP_REG_RAX, 0), 0x7fafff);
        kill_runners();
    }
    rp_executor_native.forget(rig_instance(), jobs[0].prestate);
}

/* corpus/looks.tsv says what looks at what: all else must end alike with everything set. */
#define SAMPLES 1000

static size_t take_samples(struct rp_native_shared *shared, struct rp_native_shared *other)
{
    static const char *const own[] = {"rdrand", "rdseed", "rdpmc", "rdpru", "xgetbv"};
    size_t count = 0;
    for (unsigned seed = 1; count < SAMPLES; seed++) {
        struct rp_native_job job = {.way = RP_NATIVE_JUMP, .slot = RP_MODE_LONG64};
        struct rp_instruction instruction;
        struct rp_native_needs needs;
        uint32_t random = seed * UINT32_C(2654435761);
        for (unsigned i = 0; i < RP_ENCODING_MAX; i++, random = random * 1664525 + 1013904223)
            job.encoding.bytes[i] = (uint8_t)(i == 0 && seed % 3 == 0 ? 0x0f : random >> 24);
        if (rp_decode(RP_MODE_LONG64, job.encoding.bytes, RP_ENCODING_MAX, &instruction, NULL))
            continue;
        rp_native_needs_find(&instruction, &needs);
        bool skipped = needs.any;
        for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
            skipped = skipped || strcmp(own[i], instruction.mnemonic) == 0;
        if (skipped)
            continue;
        job.encoding.length = instruction.length;
        memset(job.encoding.bytes + instruction.length, 0, RP_ENCODING_MAX - instruction.length);
        shared->job[count] = other->job[count] = job;
        count++;
    }
    return count;
}

static void make(struct rp_native_process *process, size_t from, size_t to)
{
    int signal;
    process->shared->first = (uint32_t)from;
    process->shared->count = (uint32_t)to;
    assert_int_equal(rp_native_process_order(process, NULL, NULL, &signal), RP_NATIVE_ANSWERED);
    assert_int_equal(process->shared->done, to);
}

static void what_is_not_listed_sees_nothing(void **state)
{
    struct rp_native_process plain, set;
    struct rp_error error = {0};
    (void)state;
    assert_int_equal(rp_native_process_open(&plain, &error), RP_OK);
    const struct rp_native_offer *offer = &plain.shared->offer;
    struct rp_native_configuration all = rp_native_nothing_set;
    all.tsd = offer->tsd ? RP_NATIVE_TRAPS : RP_NATIVE_AS_FOUND;
    all.cpuid_fault = offer->cpuid_fault ? RP_NATIVE_TRAPS : RP_NATIVE_AS_FOUND;
    all.cpu = offer->cpu[0] ? 0 : RP_NATIVE_ANY_CPU;
    all.descriptor[0] = offer->ldt ? UINT64_C(0x00d0f304000007fb) : 0;
    assert_int_equal(rp_native_process_open_like(&set, &plain, &all, &error), RP_OK);
    size_t count = take_samples(plain.shared, set.shared);
    for (size_t i = 0; i < count; i++) {
        const struct rp_native_result *a = &plain.shared->result[i], *b = &set.shared->result[i];
        char hex[2 * RP_ENCODING_MAX + 1];
        const struct rp_encoding *encoding = &plain.shared->job[i].encoding;
        make(&plain, i, i + 1);
        make(&set, i, i + 1);
        bool same = a->kind == b->kind && a->vector == b->vector && a->count == b->count &&
                    memcmp(&plain.shared->change[a->first], &set.shared->change[b->first],
                           a->count * sizeof(struct rp_change)) == 0;
        if (!same)
            fail_msg("%s: %u %u and %u %u", rp_hex_print(hex, encoding->bytes, encoding->length), a->kind,
                     a->vector, b->kind, b->vector);
    }
    rp_native_process_close(&set);
    rp_native_process_close(&plain);
}

/* From here on, what a kernel or a sandbox may lack is refused. */
static bool refuse_calls(void)
{
#define NUMBER(call, skip, answer)                                                                           \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, (skip)),                                                  \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (answer))
#define OPTION(call, option, answer)                                                                         \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 4),                                                       \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),                          \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (option), 0, 1),                                                 \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (answer)),                                             \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        NUMBER(SYS_modify_ldt, 1, ENOSYS),
        NUMBER(SYS_sched_setaffinity, 1, EPERM),
        OPTION(SYS_prctl, PR_SET_TSC, EINVAL),
        OPTION(SYS_arch_prctl, 0x1012 /* ARCH_SET_CPUID */, ENODEV),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* In a process of its own: 0, or the number of what is wrong. */
static int open_without_calls(void)
{
    static const uint8_t gone[] = {RP_RESOURCE_PROBE_LDT_DATA_AVL,
                                   RP_RESOURCE_PROBE_LDT_CODE_BASE,
                                   RP_RESOURCE_TSC_AUX,
                                   RP_RESOURCE_CR4_TSD,
                                   RP_RESOURCE_ES_SELECTOR,
                                   RP_RESOURCE_MISC_FEATURES_CPUID_FAULT};
    void *instance = NULL;
    if (!refuse_calls() || rp_executor_native.open(NULL, &instance, NULL))
        return 1;
    const struct rp_capabilities *table = rp_executor_native.capabilities(instance);
    for (unsigned i = 0; i < sizeof gone; i++)
        if (table->resource[gone[i]])
            return 2;
    int result = table->ring[RP_MODE_LONG64][3] && !table->ring[RP_MODE_COMPAT16][3] ? 0 : 3;
    rp_executor_native.close(instance);
    return result;
}

static void a_kernel_without_the_calls_offers_nothing(void **state)
{
    int status = 0;
    (void)state;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(open_without_calls());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Found by whoever was started with RDTSC trapping. */
static void what_was_found_trapping_is_said(void **state)
{
    int status = 0;
    (void)state;
    if (!can("cr4.tsd"))
        skip();
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        void *instance = NULL;
        prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0);
        bool fine = rp_executor_native.open(NULL, &instance, NULL) == RP_OK &&
                    rp_executor_native.capabilities(instance)->found_trapping[RP_RESOURCE_CR4_TSD];
        rp_executor_native.close(instance);
        _exit(fine ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_false(rp_executor_native.capabilities(rig_instance())->found_trapping[RP_RESOURCE_CR4_TSD]);
}

static void descriptors_are_taken_as_the_kernel_does(void **state)
{
    (void)state;
    assert_true(rp_native_ldt_takes(UINT64_C(0x00c0f300000007ff)));
    assert_true(rp_native_ldt_takes(UINT64_C(0x0000fb010000ffff)));
    assert_false(rp_native_ldt_takes(UINT64_C(0x00c0f200000007ff))); /* A */
    assert_false(rp_native_ldt_takes(UINT64_C(0x00c09300000007ff))); /* DPL 0 */
    assert_false(rp_native_ldt_takes(UINT64_C(0x00a0fb00000007ff))); /* L */
    assert_false(rp_native_ldt_takes(UINT64_C(0x00c0ff00000007ff))); /* conforming */
    assert_true(rp_native_ldt_takes(UINT64_C(0x00c07f00000007ff)));  /* but not present */
    assert_false(rp_native_ldt_takes(UINT64_C(0x0000ec0000330900))); /* a gate */
}

static int close_all(void **state)
{
    rp_outcomes_free(&outcomes);
    return rig_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_resource_is_set_and_shown),
        cmocka_unit_test(runners_come_and_go_and_order_stays),
        cmocka_unit_test(what_no_program_can_have_is_unsupported),
        cmocka_unit_test(a_runner_that_was_killed_comes_back_as_it_was),
        cmocka_unit_test(what_is_not_listed_sees_nothing),
        cmocka_unit_test(a_kernel_without_the_calls_offers_nothing),
        cmocka_unit_test(what_was_found_trapping_is_said),
        cmocka_unit_test(descriptors_are_taken_as_the_kernel_does),
    };
    return cmocka_run_group_tests(tests, rig_open, close_all);
}
