/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden records: what is recorded is found again, a planted fault is found where it struck, and what may
 * differ is told from what may not. */
#include "base/random.h"
#include "campaign/golden.h"
#include "support/faulty.h"
#include "support/scratch.h"
#include "support/suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRIALS 20
#define LIMIT  400 /* encodings: the basic arithmetic, and moves */
#define SEEDS  4

static struct scratch scratch;
static struct rp_executor_entry entry;

struct taken {
    struct rp_golden_difference first, last;
    unsigned count, undeclared;
    volatile sig_atomic_t stop;
    unsigned stop_after; /* differences; 0: never */
};

static int take(void *context, const struct rp_golden_difference *difference, struct rp_error *error)
{
    struct taken *taken = context;
    (void)error;
    if (taken->count++ == 0)
        taken->first = *difference;
    taken->last = *difference;
    taken->undeclared += difference->declared == RP_GOLDEN_UNDECLARED;
    taken->stop = taken->stop_after && taken->count >= taken->stop_after;
    return RP_OK;
}

static struct rp_campaign_options campaign_options(void)
{
    entry = (struct rp_executor_entry){faulty_executor.name, &faulty_executor, NULL};
    return (struct rp_campaign_options){.executor = {{&entry, faulty_executor.name}},
                                        .executors = 1,
                                        .policy =
                                            faulty_executor.as_found ? RP_POLICY_AS_FOUND : RP_POLICY_LEGACY,
                                        .random_seed = 1,
                                        .workers = 1,
                                        .log_descriptor = -1};
}

static struct rp_golden_totals record(const char *name, size_t limit, uint32_t seeds)
{
    static struct rp_golden_identity identity;
    struct rp_golden_totals totals;
    struct rp_error error = {0};
    struct rp_golden_record_options options = {.campaign = campaign_options(),
                                               .ringprobe = "test",
                                               .path = scratch_path(&scratch, name),
                                               .modes = 1u << RP_MODE_LONG64,
                                               .seeds = seeds,
                                               .limit = limit};
    int result = rp_golden_record_make(&options, &identity, &totals, &error);
    if (result)
        print_message("%s\n", error.line);
    assert_int_equal(result, RP_OK);
    return totals;
}

static void open_record(const char *name, struct rp_golden_record *opened)
{
    struct rp_error error = {0};
    int result = rp_golden_record_open(scratch_path(&scratch, name), opened, &error);
    if (result)
        print_message("%s\n", error.line);
    assert_int_equal(result, RP_OK);
}

static struct rp_golden_verify_options verify_options(const struct rp_golden_record *opened,
                                                      struct taken *taken)
{
    return (struct rp_golden_verify_options){
        .campaign = campaign_options(), .record = opened, .take = take, .take_context = taken};
}

static struct rp_golden_summary verify(const struct rp_golden_verify_options *options)
{
    static struct rp_golden_identity here;
    struct rp_golden_summary summary = {0};
    struct rp_error error = {0};
    int result = rp_golden_verify_identity(options, &here, &error);
    if (result == RP_OK)
        result = rp_golden_verify_run(options, &here, &summary, &error);
    if (result && result != RP_EINTERRUPTED)
        print_message("%s\n", error.line);
    assert_true(result == RP_OK || result == RP_EINTERRUPTED);
    return summary;
}

static void what_was_recorded_is_found_again(void **state)
{
    struct rp_golden_record opened;
    struct taken taken = {0};
    (void)state;
    memset(faulty, 0, sizeof *faulty);
    struct rp_golden_totals totals = record("same", LIMIT, SEEDS);
    assert_int_equal(totals.encodings, LIMIT);
    assert_int_equal(totals.runs, LIMIT * SEEDS);
    open_record("same", &opened);
    struct rp_golden_verify_options options = verify_options(&opened, &taken);
    struct rp_golden_summary summary = verify(&options);
    assert_int_equal(summary.passes, 1);
    assert_int_equal(summary.runs, totals.count[RP_GOLDEN_COMPARED]);
    assert_true(summary.runs > LIMIT * SEEDS / 2);
    assert_int_equal(taken.count, 0);
    assert_int_equal(rp_golden_summary_verdict(&summary), RP_GOLDEN_SAME);
    rp_golden_summary_free(&summary);
    rp_golden_record_close(&opened);
}

/* The ordinal in the record of the compared run number `made`. */
static uint64_t ordinal_of(const struct rp_golden_record *opened, uint64_t made)
{
    uint64_t ordinal = 0;
    for (uint32_t b = 0; b < opened->plan.blocks; b++)
        for (uint32_t run = 0; run < opened->plan.block[b].runs; run++, ordinal++)
            if (rp_golden_is_compared(opened->plan.block[b].skip[run]) && made-- == 0)
                return ordinal;
    fail();
    return 0;
}

/* Where faults are planted: registers whose every bit is compared. */
static uint32_t component_of(struct rp_random *random)
{
    static const uint32_t components[] = {RP_REG_RAX,
                                          RP_REG_RBX,
                                          RP_REG_RDI,
                                          RP_REG_R9,
                                          RP_REG_R15,
                                          RP_COMPONENT_VECTOR,
                                          RP_COMPONENT_VECTOR + 3 * RP_VECTOR_WORDS_EACH + 1};
    return components[rp_random_below(random, sizeof components / sizeof components[0])];
}

/* A bit of one register, in one run, on one processor, and never again. */
static void a_transient_fault_is_found_in_its_run_its_register_and_its_core(void **state)
{
    struct rp_random random = rp_random_make(9, 0);
    struct rp_golden_record opened;
    unsigned found = 0;
    (void)state;
    memset(faulty, 0, sizeof *faulty);
    struct rp_golden_totals totals = record("transient", LIMIT, SEEDS);
    open_record("transient", &opened);
    for (unsigned trial = 0; trial < TRIALS; trial++) {
        struct taken taken = {0};
        struct rp_golden_verify_options options = verify_options(&opened, &taken);
        options.cpus = rp_golden_cpus(options.cpu, 2);
        if (options.cpus == 0)
            skip();
        *faulty = (struct faulty_plan){.armed = true,
                                       .cpu = options.cpu[rp_random_below(&random, options.cpus)],
                                       .run = rp_random_below(&random, totals.count[RP_GOLDEN_COMPARED]),
                                       .component = component_of(&random),
                                       .bit = UINT64_C(1) << rp_random_below(&random, 64)};
        struct rp_golden_summary summary = verify(&options);
        const struct rp_golden_difference *d = &taken.first;
        assert_int_equal(faulty->struck, 1);
        bool right = taken.count == 1 && d->ordinal == ordinal_of(&opened, faulty->run) &&
                     d->cpu == faulty->cpu && d->cells == 1 && d->cell[0].cell == faulty->component &&
                     (d->cell[0].value[0] ^ d->cell[0].value[1]) == faulty->bit &&
                     d->declared == RP_GOLDEN_UNDECLARED && d->constancy == RP_GOLDEN_TRANSIENT;
        if (!right)
            print_message("trial %u: %u differences, run %u, cell %u\n", trial, taken.count,
                          (unsigned)d->ordinal, d->cell[0].cell);
        found += right;
        assert_int_equal(summary.constancy[RP_GOLDEN_TRANSIENT], taken.count);
        rp_golden_summary_free(&summary);
    }
    rp_golden_record_close(&opened);
    assert_int_equal(found, TRIALS);
}

/* add eax, ebx leaves a wrong bit in r9, each time, on the last of the processors. */
static void a_lasting_fault_comes_back_on_its_core_alone(void **state)
{
    struct rp_golden_record opened;
    struct taken taken = {0};
    (void)state;
    memset(faulty, 0, sizeof *faulty);
    record("lasting", LIMIT, SEEDS);
    open_record("lasting", &opened);
    struct rp_golden_verify_options options = verify_options(&opened, &taken);
    options.cpus = rp_golden_cpus(options.cpu, 2);
    if (options.cpus == 0)
        skip();
    *faulty = (struct faulty_plan){.armed = true,
                                   .lasting = true,
                                   .cpu = options.cpu[options.cpus - 1],
                                   .encoding = opened.plan.block[0].encoding[0],
                                   .component = RP_REG_R9,
                                   .bit = 4};
    struct rp_golden_summary summary = verify(&options);
    assert_int_equal(taken.count, SEEDS);
    assert_int_equal(summary.constancy[RP_GOLDEN_LASTING], SEEDS);
    assert_int_equal(taken.last.cpu, faulty->cpu);
    assert_int_equal(taken.last.as_seen, RP_GOLDEN_REPEATS);
    for (unsigned i = 0; i < summary.cpus; i++)
        assert_int_equal(summary.cpu[i].differences, summary.cpu[i].cpu == faulty->cpu ? SEEDS : 0);
    rp_golden_summary_free(&summary);
    rp_golden_record_close(&opened);
}

/* The same fault while recording hits one repetition of several: the register is masked, the rest compared.
 */
static void what_varies_while_recording_is_masked(void **state)
{
    struct rp_golden_record opened;
    struct taken taken = {0};
    (void)state;
    memset(faulty, 0, sizeof *faulty);
    *faulty = (struct faulty_plan){.armed = true, .cpu = -1, .run = 5, .component = RP_REG_R9, .bit = 8};
    struct rp_golden_totals totals = record("masked", LIMIT, SEEDS);
    assert_int_equal(faulty->struck, 1);
    assert_true(totals.masked >= 1);
    open_record("masked", &opened);
    assert_int_equal(opened.plan.block[0].mask[0].run, 5);
    assert_int_equal(opened.plan.block[0].mask[0].component, RP_REG_R9);
    faulty->armed = false;
    struct rp_golden_verify_options options = verify_options(&opened, &taken);
    struct rp_golden_summary summary = verify(&options);
    assert_int_equal(taken.count, 0);
    rp_golden_summary_free(&summary);
    /* Another register of the same run is still compared. */
    *faulty = (struct faulty_plan){.armed = true, .cpu = -1, .run = 5, .component = RP_REG_R10, .bit = 8};
    summary = verify(&options);
    assert_int_equal(taken.count, 1);
    assert_int_equal(taken.first.run, 5);
    rp_golden_summary_free(&summary);
    rp_golden_record_close(&opened);
}

/* A fault of a flag that no manual defines after MUL is one on the same CPU, and declared on another. */
static void undefined_results_are_declared_on_another_cpu_alone(void **state)
{
    const struct rp_encoding mul = {{0x0f, 0xaf, 0xc3}, 3}; /* imul eax, ebx: AF, PF, SF, ZF are undefined */
    struct rp_golden_record opened;
    (void)state;
    memset(faulty, 0, sizeof *faulty);
    record("undefined", 6000, 1);
    open_record("undefined", &opened);
    struct rp_encoding found = {0};
    for (uint32_t b = 0; b < opened.plan.blocks; b++)
        for (uint32_t e = 0; e < opened.plan.block[b].encodings; e++)
            if (memcmp(opened.plan.block[b].encoding[e].bytes, mul.bytes, 2) == 0 && !found.length)
                found = opened.plan.block[b].encoding[e];
    assert_int_not_equal(found.length, 0);
    for (unsigned other = 0; other < 2; other++) {
        struct taken taken = {0};
        struct rp_golden_verify_options options = verify_options(&opened, &taken);
        opened.identity.cpu.signature ^= other; /* the next stepping */
        *faulty = (struct faulty_plan){.armed = true,
                                       .lasting = true,
                                       .cpu = -1,
                                       .encoding = found,
                                       .component = RP_REG_RFLAGS,
                                       .bit = RP_FLAG_AF};
        struct rp_golden_summary summary = verify(&options);
        assert_int_equal(taken.count, 1);
        assert_int_equal(taken.first.declared, other ? RP_GOLDEN_UNDEFINED : RP_GOLDEN_UNDECLARED);
        assert_int_equal(rp_golden_summary_verdict(&summary), other ? RP_GOLDEN_SAME : RP_GOLDEN_DIFFERS);
        rp_golden_summary_free(&summary);
    }
    rp_golden_record_close(&opened);
}

/* A record of a CPU with a feature that this one does not have is refused, unless what both have is asked
 * for.
 */
static void a_cpu_that_lacks_recorded_features_is_refused(void **state)
{
    static struct rp_golden_identity here;
    struct rp_golden_record opened;
    struct rp_error error = {0};
    struct taken taken = {0};
    (void)state;
    if (!faulty_executor.as_found)
        skip(); /* an emulator's features are its own */
    memset(faulty, 0, sizeof *faulty);
    record("features", 30000, 1);
    open_record("features", &opened);
    struct rp_golden_verify_options options = verify_options(&opened, &taken);
    assert_false(rp_cpu_has(&opened.identity.cpu, "xop"));
    size_t length = strlen(opened.identity.cpu.flags);
    snprintf(opened.identity.cpu.flags + length, sizeof opened.identity.cpu.flags - length, " xop");
    assert_int_equal(rp_golden_verify_identity(&options, &here, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "xop"));
    assert_non_null(strstr(error.line, "--common"));
    options.common = true;
    struct rp_golden_summary summary = verify(&options);
    assert_int_equal(taken.undeclared, 0);
    rp_golden_summary_free(&summary);
    rp_golden_record_close(&opened);
}

static void kill_in_the_middle(void *context, enum rp_mode mode, const struct rp_pool_status *status,
                               uint64_t differences)
{
    (void)context, (void)mode, (void)differences;
    if (status->done)
        raise(SIGKILL);
}

/* Recording is killed, and of what it left the last write did not reach the disk whole: the same again makes
 * the file that an undisturbed one makes. */
static void a_killed_recording_goes_on(void **state)
{
    struct rp_golden_record a, b;
    struct stat part;
    int status;
    (void)state;
    memset(faulty, 0, sizeof *faulty);
    const struct rp_golden_totals whole = record("whole", 1500, SEEDS);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        static struct rp_golden_identity identity;
        struct rp_golden_totals totals;
        struct rp_error error;
        struct rp_golden_record_options options = {.campaign = campaign_options(),
                                                   .ringprobe = "test",
                                                   .path = scratch_path(&scratch, "killed"),
                                                   .modes = 1u << RP_MODE_LONG64,
                                                   .seeds = SEEDS,
                                                   .limit = 1500,
                                                   .progress = kill_in_the_middle};
        _exit(rp_golden_record_make(&options, &identity, &totals, &error) ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(access(scratch_path(&scratch, "killed"), F_OK), -1);
    const char *path = scratch_path(&scratch, "killed.part");
    assert_int_equal(stat(path, &part), 0);
    assert_int_equal(truncate(path, part.st_size - 1), 0);
    struct rp_golden_totals totals = record("killed", 1500, SEEDS);
    assert_true(totals.resumed < totals.blocks);
    assert_memory_equal(totals.count, whole.count, sizeof totals.count);
    assert_int_equal(totals.masked, whole.masked);
    open_record("whole", &a);
    open_record("killed", &b);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.file, b.file, a.size);
    assert_int_equal(access(scratch_path(&scratch, "killed.part"), F_OK), -1);
    rp_golden_record_close(&a);
    rp_golden_record_close(&b);
}

/* A loop goes on after a difference, until somebody stops it. */
static void a_loop_counts_passes_until_it_is_stopped(void **state)
{
    struct rp_golden_record opened;
    struct taken taken = {.stop_after = 3};
    (void)state;
    memset(faulty, 0, sizeof *faulty);
    record("loop", 100, 1);
    open_record("loop", &opened);
    struct rp_golden_verify_options options = verify_options(&opened, &taken);
    *faulty = (struct faulty_plan){.armed = true,
                                   .lasting = true,
                                   .cpu = -1,
                                   .encoding = opened.plan.block[0].encoding[0],
                                   .component = RP_REG_R9,
                                   .bit = 1};
    options.loop = true;
    options.campaign.stop = &taken.stop;
    struct rp_golden_summary summary = verify(&options);
    assert_true(summary.passes >= 3);
    assert_int_equal(taken.last.pass + 1, summary.passes);
    assert_int_equal(taken.count, summary.passes);
    rp_golden_summary_free(&summary);
    rp_golden_record_close(&opened);
}

/* Below a block a second: parts of blocks are verified, and a fault in one that is not the first is found. */
static void a_low_rate_verifies_parts_of_blocks(void **state)
{
    struct rp_golden_record opened;
    struct taken taken = {0};
    (void)state;
    memset(faulty, 0, sizeof *faulty);
    struct rp_golden_totals totals = record("rate", 10, SEEDS);
    open_record("rate", &opened);
    struct rp_golden_verify_options options = verify_options(&opened, &taken);
    options.max_rate = 30;
    options.campaign.workers = 4;
    *faulty = (struct faulty_plan){.armed = true,
                                   .lasting = true,
                                   .cpu = -1,
                                   .encoding = opened.plan.block[0].encoding[8],
                                   .component = RP_REG_R9,
                                   .bit = 4};
    struct rp_golden_summary summary = verify(&options);
    assert_int_equal(summary.runs, totals.count[RP_GOLDEN_COMPARED]);
    assert_int_equal(summary.held, summary.runs);
    assert_int_equal(summary.passes, 1);
    assert_int_equal(taken.count, SEEDS);
    assert_int_equal(taken.first.run, opened.plan.block[0].first[8]);
    assert_memory_equal(&taken.first.encoding, &faulty->encoding, sizeof faulty->encoding);
    assert_int_equal(taken.first.cell[0].cell, RP_REG_R9);
    assert_int_equal(taken.first.constancy, RP_GOLDEN_LASTING);
    rp_golden_summary_free(&summary);
    rp_golden_record_close(&opened);
}

/* The hash of a block is wrong and that of no run: a core that computes wrongly is told, not passed over. */
static void a_fault_in_hashing_is_a_difference(void **state)
{
    struct rp_golden_record opened;
    struct taken taken = {0};
    (void)state;
    memset(faulty, 0, sizeof *faulty);
    record("hash", 20, SEEDS);
    open_record("hash", &opened);
    opened.plan.block[0].hash ^= 1;
    struct rp_golden_verify_options options = verify_options(&opened, &taken);
    struct rp_golden_summary summary = verify(&options);
    assert_int_equal(taken.count, 1);
    assert_int_equal(taken.first.declared, RP_GOLDEN_UNDECLARED);
    assert_int_equal(taken.first.cells, 0);
    assert_non_null(strstr(taken.first.why, "hash of block 1"));
    assert_int_equal(rp_golden_summary_verdict(&summary), RP_GOLDEN_DIFFERS);
    rp_golden_summary_free(&summary);
    rp_golden_record_close(&opened);
}

/* Stopped before anything came back, a verification says nothing; with a part of a pass it says so. */
static void what_was_not_compared_is_not_the_same(void **state)
{
    struct rp_golden_record opened;
    struct taken taken = {.stop = 1};
    struct rp_golden_cpu_summary cpu = {0};
    (void)state;
    memset(faulty, 0, sizeof *faulty);
    record("nothing", 20, SEEDS);
    open_record("nothing", &opened);
    struct rp_golden_verify_options options = verify_options(&opened, &taken);
    options.campaign.stop = &taken.stop;
    struct rp_golden_summary summary = verify(&options);
    assert_int_equal(rp_golden_summary_verdict(&summary), RP_GOLDEN_NOTHING);
    rp_golden_summary_free(&summary);
    rp_golden_record_close(&opened);
    summary = (struct rp_golden_summary){.compared = 10, .held = 19, .passes = 1, .cpus = 2, .cpu = &cpu};
    assert_int_equal(rp_golden_summary_verdict(&summary), RP_GOLDEN_PART);
    summary.held = 20;
    assert_int_equal(rp_golden_summary_verdict(&summary), RP_GOLDEN_SAME);
    summary.passes = 0;
    assert_int_equal(rp_golden_summary_verdict(&summary), RP_GOLDEN_PART);
    summary.given_up = 1;
    assert_int_equal(rp_golden_summary_verdict(&summary), RP_GOLDEN_DIFFERS);
}

/* A record of which every run was skipped is refused, and not verified in no time. */
static void a_record_without_a_run_to_compare_is_refused(void **state)
{
    static struct rp_golden_identity here;
    struct rp_golden_record opened;
    struct rp_error error = {0};
    struct taken taken = {0};
    (void)state;
    memset(faulty, 0, sizeof *faulty);
    record("skipped", 5, SEEDS);
    open_record("skipped", &opened);
    struct rp_golden_verify_options options = verify_options(&opened, &taken);
    for (uint32_t b = 0; b < opened.plan.blocks; b++)
        memset(opened.plan.block[b].skip, RP_GOLDEN_DEADLY, opened.plan.block[b].runs);
    assert_int_equal(rp_golden_verify_identity(&options, &here, &error), RP_EINPUT);
    assert_non_null(strstr(error.line, "no run that can be compared"));
    rp_golden_record_close(&opened);
}

static int set_up(void **state)
{
    (void)state;
    faulty_init();
    scratch_init(&scratch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_free(&scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_recorded_is_found_again),
        cmocka_unit_test(a_transient_fault_is_found_in_its_run_its_register_and_its_core),
        cmocka_unit_test(a_lasting_fault_comes_back_on_its_core_alone),
        cmocka_unit_test(what_varies_while_recording_is_masked),
        cmocka_unit_test(undefined_results_are_declared_on_another_cpu_alone),
        cmocka_unit_test(a_cpu_that_lacks_recorded_features_is_refused),
        cmocka_unit_test(a_killed_recording_goes_on),
        cmocka_unit_test(a_loop_counts_passes_until_it_is_stopped),
        cmocka_unit_test(a_low_rate_verifies_parts_of_blocks),
        cmocka_unit_test(a_fault_in_hashing_is_a_difference),
        cmocka_unit_test(what_was_not_compared_is_not_the_same),
        cmocka_unit_test(a_record_without_a_run_to_compare_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
