/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tables say of real CPUs, from 1993 to 2026, and how answers follow from runs, tables, flags,
 * microcode and kernel. */
#include "base/hex.h"
#include "base/tsv.h"
#include "errata/affected.h"
#include "errata/built_in.h"
#include "errata/simulate.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADING "vendor\tfamily\tmodel\tstepping\tmicrocode\tflags\taffected\tfixed\tunknown\tshown\tsource"

enum column { VENDOR, FAMILY, MODEL, STEPPING, MICROCODE, FLAGS, AFFECTED, FIXED, UNKNOWN, SHOWN, SOURCE };

static unsigned cpus;
static const struct rp_errata_system nobody;

static unsigned number(const struct rp_tsv_row *row, enum column column)
{
    uint64_t value = 0;
    if (strcmp(row->column[column], "-") != 0)
        assert_int_equal(rp_hex_parse_u64(row->column[column], &value, NULL), RP_OK);
    return (unsigned)value;
}

/* Which column an entry belongs into that nobody has run. */
static enum column column_of(const struct rp_errata_result *result)
{
    switch (result->answer) {
    case RP_ERRATA_AFFECTED:
        return AFFECTED;
    case RP_ERRATA_FIXED:
        return FIXED;
    case RP_ERRATA_UNKNOWN:
        return strncmp(result->reason, "fixed by microcode", 18) == 0 ? UNKNOWN : SHOWN;
    default:
        return SOURCE;
    }
}

static int check_cpu(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct rp_cpu cpu = {.family = number(row, FAMILY),
                         .model = number(row, MODEL),
                         .stepping = number(row, STEPPING),
                         .microcode = number(row, MICROCODE)};
    struct rp_text list[SOURCE + 1] = {0};
    (void)context, (void)error;
    snprintf(cpu.vendor, sizeof cpu.vendor, "%s", row->column[VENDOR]);
    snprintf(cpu.flags, sizeof cpu.flags, "%s", row->column[FLAGS]);
    for (size_t i = 0; i < catalogue.count; i++) {
        const struct rp_experiment none = {0};
        struct rp_errata_result result;
        if (catalogue.entry[i].kind == RP_ERRATUM_VARIANT)
            continue;
        rp_errata_decide(&catalogue.entry[i], &cpu, &nobody, &none, &result);
        struct rp_text *text = &list[column_of(&result)];
        rp_text_add(text, "%s%s", text->length ? " " : "", catalogue.entry[i].id);
    }
    for (enum column column = AFFECTED; column <= SHOWN; column++) {
        const char *got = list[column].length ? rp_text_string(&list[column]) : "-";
        if (strcmp(got, row->column[column]) != 0)
            fail_msg("%s:%u: column %d: '%s'", row->file, row->line, column + 1, got);
    }
    for (unsigned i = 0; i <= SOURCE; i++)
        rp_text_free(&list[i]);
    cpus++;
    return RP_OK;
}

/* Hands each row of a table beside this file to `check`. */
static void for_each_row(const char *name, const char *heading,
                         int (*check)(void *context, const struct rp_tsv_row *row, struct rp_error *error))
{
    static char text[64 << 10];
    char path[512];
    struct rp_error error = {0};
    snprintf(path, sizeof path, "%s/tests/errata/%s", getenv("RP_SOURCE") ? getenv("RP_SOURCE") : ".", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_in_range(length, 1, sizeof text - 1);
    if (rp_tsv_parse(name, text, length, heading, check, NULL, &error))
        fail_msg("%s", error.line);
}

static void the_tables_name_what_is_expected_of_real_cpus(void **state)
{
    (void)state;
    for_each_row("cpus.tsv", HEADING, check_cpu);
    assert_in_range(cpus, 40, 1000);
}

#define HEADING_LINUX "vendor\tfamily\tmodel\tstepping\tflags\taffected"
enum column_linux { FLAGS_LINUX = STEPPING + 1, AFFECTED_LINUX };

static bool named_by_linux[256];
static unsigned compared;

static bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = strstr(words, word); at; at = strstr(at + 1, word))
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

static int find_named(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    (void)context, (void)error;
    for (size_t i = 0; i < catalogue.count; i++)
        named_by_linux[i] |= has_word(row->column[AFFECTED_LINUX], catalogue.entry[i].id);
    return RP_OK;
}

static int compare_with_linux(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct rp_cpu cpu = {
        .family = number(row, FAMILY), .model = number(row, MODEL), .stepping = number(row, STEPPING)};
    const struct rp_affected *range;
    (void)context, (void)error;
    snprintf(cpu.vendor, sizeof cpu.vendor, "%s", row->column[VENDOR]);
    snprintf(cpu.flags, sizeof cpu.flags, "%s", row->column[FLAGS_LINUX]);
    for (size_t i = 0; i < catalogue.count; i++) {
        const struct rp_erratum *e = &catalogue.entry[i];
        bool ours = rp_erratum_applies(e, &cpu, &range) == RP_APPLIES;
        if (named_by_linux[i] && ours != has_word(row->column[AFFECTED_LINUX], e->id))
            fail_msg("%s:%u: %s: the catalogue says %d, Linux %d", row->file, row->line, e->id, ours, !ours);
    }
    compared++;
    return RP_OK;
}

static void the_tables_agree_with_those_of_linux(void **state)
{
    unsigned entries = 0;
    (void)state;
    assert_in_range(catalogue.count, 1, sizeof named_by_linux);
    for_each_row("linux.tsv", HEADING_LINUX, find_named);
    for_each_row("linux.tsv", HEADING_LINUX, compare_with_linux);
    for (size_t i = 0; i < catalogue.count; i++)
        entries += named_by_linux[i];
    assert_in_range(compared, 300, 1000);
    assert_in_range(entries, 20, 100);
}

static const struct rp_erratum *entry(const char *id)
{
    const struct rp_erratum *erratum = rp_catalogue_find(&catalogue, id);
    assert_non_null(erratum);
    return erratum;
}

static void expect(const char *id, const struct rp_cpu *cpu, const char *kernel,
                   const struct rp_experiment *experiment, enum rp_errata_answer answer, bool news)
{
    struct rp_errata_result result;
    const struct rp_errata_system system = {.vulnerability = kernel};
    rp_errata_decide(entry(id), cpu, &system, experiment, &result);
    if (result.answer != answer || rp_errata_is_news(&result) != news)
        fail_msg("%s: %s (%s), wanted %s", id, rp_errata_answer_name(result.answer), result.reason,
                 rp_errata_answer_name(answer));
}

static void microcode_decides_from_its_revision_on(void **state)
{
    const struct rp_experiment none = {0};
    const char *amd = "AuthenticAMD";
    (void)state;
    expect("zenbleed", simulated_cpu(amd, 0x17, 0x31, 0, 0x830107a), NULL, &none, RP_ERRATA_AFFECTED, true);
    expect("zenbleed", simulated_cpu(amd, 0x17, 0x31, 0, 0x830107b), NULL, &none, RP_ERRATA_FIXED, false);
    expect("zenbleed", simulated_cpu(amd, 0x17, 0x31, 0, 0), NULL, &none, RP_ERRATA_UNKNOWN, false);
    expect("zenbleed", simulated_cpu(amd, 0x17, 0x31, 0, UINT32_MAX), NULL, &none, RP_ERRATA_UNKNOWN, false);
    /* A revision of another CPU is a hypervisor's invention. */
    expect("zenbleed", simulated_cpu(amd, 0x17, 0x31, 0, 0x1000065), NULL, &none, RP_ERRATA_UNKNOWN, false);
    expect("zenbleed", simulated_cpu(amd, 0x17, 0x31, 0, 0xffffff00), NULL, &none, RP_ERRATA_UNKNOWN, false);
    /* A stepping that no microcode is named for is what Linux takes it for. */
    expect("zenbleed", simulated_cpu(amd, 0x17, 0x31, 1, 0), NULL, &none, RP_ERRATA_AFFECTED, true);
    expect("zenbleed", simulated_cpu(amd, 0x17, 0x21, 0, 0), NULL, &none, RP_ERRATA_NOT_APPLICABLE, false);
    expect("zenbleed", simulated_cpu("HygonGenuine", 0x17, 0x31, 0, 0), NULL, &none, RP_ERRATA_NOT_APPLICABLE,
           false);
    expect("reptar", simulated_cpu("GenuineIntel", 6, 0xb7, 1, 0x11c), NULL, &none, RP_ERRATA_AFFECTED, true);
    expect("reptar", simulated_cpu("GenuineIntel", 6, 0xb7, 1, 0x11d), NULL, &none, RP_ERRATA_FIXED, false);
    expect("reptar", simulated_cpu("GenuineIntel", 6, 0xb7, 1, 0xffff0019), NULL, &none, RP_ERRATA_UNKNOWN,
           false);
    /* Xeon Max counts by itself, above the others. */
    expect("reptar", simulated_cpu("GenuineIntel", 6, 0x8f, 8, 0x2b0004d0), NULL, &none, RP_ERRATA_FIXED,
           false);
    expect("reptar", simulated_cpu("GenuineIntel", 6, 0x8f, 8, 0x2c000271), NULL, &none, RP_ERRATA_UNKNOWN,
           false);
    /* There is a fix, and nobody has written which revision it came with. */
    struct rp_cpu *cpu = simulated_cpu("GenuineIntel", 6, 0x6c, 1, 0x1000290);
    snprintf(cpu->flags, sizeof cpu->flags, "avx2");
    expect("downfall", cpu, NULL, &none, RP_ERRATA_UNKNOWN, false);
    expect("downfall", cpu, "Vulnerable: No microcode", &none, RP_ERRATA_AFFECTED, true);
}

static void flags_and_the_kernel_say_what_was_done(void **state)
{
    const struct rp_experiment none = {0};
    struct rp_cpu *cpu = simulated_cpu("GenuineIntel", 6, 0x5e, 3, 0xf0);
    (void)state;
    expect("meltdown", cpu, NULL, &none, RP_ERRATA_AFFECTED, true);
    expect("meltdown", cpu, "Vulnerable", &none, RP_ERRATA_AFFECTED, true);
    expect("meltdown", cpu, "Mitigation: PTI", &none, RP_ERRATA_FIXED, false);
    snprintf(cpu->flags, sizeof cpu->flags, "avx2 pti");
    expect("meltdown", cpu, NULL, &none, RP_ERRATA_FIXED, false);
    expect("downfall", cpu, NULL, &none, RP_ERRATA_AFFECTED, true);
    snprintf(cpu->flags, sizeof cpu->flags, "avx");
    expect("downfall", cpu, NULL, &none, RP_ERRATA_NOT_APPLICABLE, false);
    cpu = simulated_cpu("AuthenticAMD", 0x15, 2, 0, 0);
    expect("fxsave leak", cpu, NULL, &none, RP_ERRATA_UNKNOWN, false);
    snprintf(cpu->flags, sizeof cpu->flags, "xsaveerptr");
    expect("fxsave leak", cpu, NULL, &none, RP_ERRATA_NOT_APPLICABLE, false);
}

static void a_release_of_linux_that_works_around_it_is_enough(void **state)
{
    const struct rp_experiment none = {0};
    const struct rp_cpu *zen4 = simulated_cpu("AuthenticAMD", 0x19, 0x11, 1, 0);
    struct rp_errata_system system = {.release = rp_linux_release("4.0.9-generic")};
    struct rp_errata_result result;
    (void)state;
    rp_errata_decide(entry("amd-sysret-ss"), zen4, &system, &none, &result);
    assert_int_equal(result.answer,
                     RP_ERRATA_UNKNOWN); /* a release that has it is known, none that has not */
    rp_errata_decide(entry("amd-sysret-ss"), zen4, &nobody, &none, &result);
    assert_int_equal(result.answer, RP_ERRATA_AFFECTED);
    system.release = rp_linux_release("6.1");
    rp_errata_decide(entry("amd-sysret-ss"), zen4, &system, &none, &result);
    assert_int_equal(result.answer, RP_ERRATA_FIXED);
    assert_true(rp_linux_release("4.10.0") > rp_linux_release("4.9.337"));
    assert_int_equal(rp_linux_release("next"), 0);
    assert_int_equal(rp_linux_release("6"), 0);
    assert_int_equal(rp_linux_release("6.x"), 0);
}

static void the_kernels_word_counts_first(void **state)
{
    const struct rp_experiment none = {0};
    struct rp_cpu *cpu = simulated_cpu("GenuineIntel", 6, 0x5e, 3, 0xf0);
    (void)state;
    snprintf(cpu->flags, sizeof cpu->flags, "md_clear pti rdrand");
    expect("meltdown", cpu, "Vulnerable", &none, RP_ERRATA_AFFECTED, true); /* despite the flag */
    expect("intel-mds", cpu, NULL, &none, RP_ERRATA_AFFECTED, true);        /* md_clear alone is half of it */
    expect("intel-mds", cpu, "Vulnerable; SMT vulnerable", &none, RP_ERRATA_AFFECTED, true);
    expect("intel-mds", cpu, "Mitigation: Clear CPU buffers; SMT vulnerable", &none, RP_ERRATA_FIXED, false);
    expect("intel-mds", cpu, "Not affected", &none, RP_ERRATA_NOT_APPLICABLE, false);
    expect("intel-mds", cpu, "Unknown: No mitigations", &none, RP_ERRATA_UNKNOWN, false);
    expect("intel-srbds", cpu, NULL, &none, RP_ERRATA_FIXED, false);
    expect("intel-srbds", cpu, "Vulnerable: No microcode", &none, RP_ERRATA_AFFECTED, true);
    expect("intel-mds", cpu, "KVM: Vulnerable", &none, RP_ERRATA_AFFECTED, true);
}

static void a_hypervisor_hides_microcode_and_host(void **state)
{
    const struct rp_experiment none = {0};
    struct rp_errata_system linux_6 = {.release = rp_linux_release("6.6")};
    struct rp_errata_result result;
    struct rp_cpu *cpu = simulated_cpu("GenuineIntel", 6, 0xb7, 1, 1);
    (void)state;
    expect("reptar", cpu, NULL, &none, RP_ERRATA_AFFECTED, true);
    snprintf(cpu->hypervisor, sizeof cpu->hypervisor, "KVMKVMKVM");
    expect("reptar", cpu, NULL, &none, RP_ERRATA_UNKNOWN, false);
    cpu->microcode = 0x11d;
    expect("reptar", cpu, NULL, &none, RP_ERRATA_FIXED, false);
    cpu = simulated_cpu("AuthenticAMD", 0x19, 0x11, 1, 0);
    snprintf(cpu->hypervisor, sizeof cpu->hypervisor, "%s", "");
    expect("amd-1485", cpu, NULL, &none, RP_ERRATA_AFFECTED, true);
    rp_errata_decide(entry("amd-1485"), cpu, &linux_6, &none, &result);
    assert_int_equal(result.answer, RP_ERRATA_FIXED);
    linux_6.release = rp_linux_release("6.5");
    rp_errata_decide(entry("amd-1485"), cpu, &linux_6, &none, &result);
    assert_int_equal(result.answer, RP_ERRATA_UNKNOWN);
    linux_6.release = rp_linux_release("6.18");
    snprintf(cpu->hypervisor, sizeof cpu->hypervisor, "KVMKVMKVM");
    rp_errata_decide(entry("amd-1485"), cpu, &linux_6, &none, &result);
    assert_int_equal(result.answer, RP_ERRATA_UNKNOWN);
}

static void runs_win_over_tables(void **state)
{
    const struct rp_cpu *zen4 = simulated_cpu("AuthenticAMD", 0x19, 0x11, 1, 0);
    const struct rp_experiment good = {.made = true, .runs = 3, .good = 3, .wanted = 3},
                               bad = {.made = true, .runs = 3, .bad = 1, .good = 2, .wanted = 3},
                               few = {.made = true, .runs = 2, .good = 2, .wanted = 3},
                               other = {.made = true,
                                        .runs = 3,
                                        .good = 3,
                                        .wanted = 3,
                                        .other = {.present = true}};
    (void)state;
    expect("fdiv", zen4, NULL, &good, RP_ERRATA_ABSENT, false);
    expect("fdiv", zen4, NULL, &bad, RP_ERRATA_PRESENT, true);
    expect("fdiv", zen4, NULL, &few, RP_ERRATA_UNKNOWN, false);
    expect("fdiv", zen4, NULL, &other, RP_ERRATA_UNKNOWN, false);
    expect("fdiv", NULL, NULL, &bad, RP_ERRATA_PRESENT, true);
    expect("zenbleed", NULL, NULL, &(struct rp_experiment){0}, RP_ERRATA_NOT_APPLICABLE, false);
}

static void runs_follow_from_rate_and_confidence(void **state)
{
    (void)state;
    assert_int_equal(rp_errata_runs_wanted(1, 0.999), 3);
    assert_int_equal(rp_errata_runs_wanted(0.5, 0.999), 10); /* 2^-10 < 0.001 < 2^-9 */
    assert_int_equal(rp_errata_runs_wanted(0.01, 0.999), 688);
    assert_int_equal(rp_errata_runs_wanted(0.001, 0.99), 4603);
}

static void a_flag_that_is_hidden_is_the_erratum(void **state)
{
    const struct rp_experiment none = {0};
    struct rp_cpu *crusoe = simulated_cpu("GenuineTMx86", 5, 4, 3, 0);
    (void)state;
    expect("transmeta-cx8", crusoe, NULL, &none, RP_ERRATA_AFFECTED, true);
    snprintf(crusoe->flags, sizeof crusoe->flags, "tsc cx8");
    expect("transmeta-cx8", crusoe, NULL, &none, RP_ERRATA_NOT_APPLICABLE, false);
}

static void another_vendors_manual_is_not_asked(void **state)
{
    struct rp_errata_options options = {.executor = &fake_executor};
    char why[160];
    (void)state;
    options.cpu = simulated_cpu("GenuineIntel", 6, 0x2a, 7, 0);
    assert_true(rp_errata_may_run(entry("intel-vpextrd-w1"), &options, why));
    assert_false(rp_errata_may_run(entry("amd-592"), &options, why));
    options.cpu = simulated_cpu("AuthenticAMD", 0x15, 1, 2, 0);
    assert_false(rp_errata_may_run(entry("intel-vpextrd-w1"), &options, why));
    assert_true(rp_errata_may_run(entry("amd-592"), &options, why));
    options.cpu = NULL;
    assert_false(rp_errata_may_run(entry("amd-592"), &options, why));
}

static void what_needs_a_kernel_runs_in_emulators_alone(void **state)
{
    struct rp_errata_options options = {.executor = &fake_executor};
    char why[160];
    (void)state;
    assert_true(rp_errata_may_run(entry("intel-vaesimc-nm"), &options, why));
    options.cpu = simulated_cpu("GenuineIntel", 6, 0x2a, 7, 0);
    assert_false(rp_errata_may_run(entry("intel-vaesimc-nm"), &options, why));
    assert_string_equal(why, "needs-kernel");
}

static struct rp_capabilities shown;

static const struct rp_capabilities *show(void *instance)
{
    bool silicon = shown.some_silicon;
    shown = *fake_executor.capabilities(instance);
    shown.some_silicon = silicon;
    return &shown;
}

static void what_needs_a_kernel_does_not_run_where_a_cpu_may_execute_it(void **state)
{
    const struct rp_erratum *erratum = entry("intel-vaesimc-nm");
    struct rp_experiment experiment;
    struct rp_error error = {0};
    void *instance = NULL;
    (void)state;
    simulate(&erratum->good, NULL, 0);
    simulated.capabilities = show;
    const struct rp_errata_options options = {.executor = &simulated};
    assert_int_equal(simulated.open(NULL, &instance, &error), RP_OK);
    for (unsigned silicon = 0; silicon < 2; silicon++) {
        shown.some_silicon = silicon;
        assert_int_equal(rp_errata_experiment(erratum, &options, instance, &experiment, &error), RP_OK);
        assert_int_equal(experiment.made, !silicon);
        assert_int_equal(experiment.runs == 0, silicon);
        assert_int_equal(experiment.on_cpu, silicon);
    }
    simulated.close(instance);
}

static char said[240];

static int keep_reason(void *context, const struct rp_errata_result *result, struct rp_error *error)
{
    (void)context, (void)error;
    snprintf(said, sizeof said, "%s", result->reason);
    return RP_OK;
}

/* KVM over VT-x or SVM: the tables that answer are this CPU's. */
static void where_a_cpu_may_execute_tables_answer_for_it(void **state)
{
    const struct rp_erratum *erratum = entry("meltdown");
    struct rp_error error = {0};
    (void)state;
    simulate(&entry("fdiv")->good, NULL, 0);
    simulated.capabilities = show;
    const struct rp_errata_options options = {.executor = &simulated, .workers = 1, .log_descriptor = -1};
    for (unsigned silicon = 0; silicon < 2; silicon++) {
        shown.some_silicon = silicon;
        assert_int_equal(rp_errata_answer_all(&options, &erratum, 1, keep_reason, NULL, &error), RP_OK);
        assert_int_equal(strncmp(said, "an emulator: ", 13) == 0, !silicon);
    }
}

static void sequences_need_an_executor_that_has_them(void **state)
{
    struct rp_executor whole = fake_executor;
    struct rp_errata_options options = {.executor = &fake_executor};
    char why[160];
    (void)state;
    assert_false(rp_errata_may_run(entry("amd-244"), &options, why));
    whole.sequences = true;
    options.executor = &whole;
    assert_true(rp_errata_may_run(entry("amd-244"), &options, why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tables_name_what_is_expected_of_real_cpus),
        cmocka_unit_test(the_tables_agree_with_those_of_linux),
        cmocka_unit_test(microcode_decides_from_its_revision_on),
        cmocka_unit_test(flags_and_the_kernel_say_what_was_done),
        cmocka_unit_test(a_release_of_linux_that_works_around_it_is_enough),
        cmocka_unit_test(the_kernels_word_counts_first),
        cmocka_unit_test(a_hypervisor_hides_microcode_and_host),
        cmocka_unit_test(runs_win_over_tables),
        cmocka_unit_test(runs_follow_from_rate_and_confidence),
        cmocka_unit_test(a_flag_that_is_hidden_is_the_erratum),
        cmocka_unit_test(another_vendors_manual_is_not_asked),
        cmocka_unit_test(what_needs_a_kernel_runs_in_emulators_alone),
        cmocka_unit_test(what_needs_a_kernel_does_not_run_where_a_cpu_may_execute_it),
        cmocka_unit_test(where_a_cpu_may_execute_tables_answer_for_it),
        cmocka_unit_test(sequences_need_an_executor_that_has_them),
    };
    return cmocka_run_group_tests(tests, load_catalogue, unload_catalogue);
}
