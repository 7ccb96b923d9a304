/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hole report on results made by hand: what is counted, what is named, and in which order. */
#include "report/document.h"
#include "report/summary.h"
#include "support/made.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct made made;

/* prot32: sgdt (UMIP not testable), pushf, rdtsc (closed by TSD), mov eax, ds (delegated), popf (not
 * user-sensitive), int n unknown, cli privileged, nop innocuous; long64: sgdt alone. */
static int make(void **state)
{
    (void)state;
    made_init(&made);
    struct rp_verdict *v = made_add(&made, RP_MODE_LONG64, "0f0103", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_GDTR_BASE, RP_ANSWER_UNKNOWN, RP_ANSWER_UNKNOWN);
    rp_resource_set_add(&v->not_testable, RP_RESOURCE_CR4_UMIP);
    v->user_sensitive = true;
    v = made_add(&made, RP_MODE_PROT32, "0f0103", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_GDTR_BASE, RP_ANSWER_UNKNOWN, RP_ANSWER_UNKNOWN);
    rp_resource_set_add(&v->not_testable, RP_RESOURCE_CR4_UMIP);
    v->user_sensitive = true;
    v = made_add(&made, RP_MODE_PROT32, "9c", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_RFLAGS_IF, RP_ANSWER_HOLE, RP_ANSWER_HOLE);
    v->user_sensitive = true;
    v = made_add(&made, RP_MODE_PROT32, "0f31", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_TSC, RP_ANSWER_HOLE, RP_ANSWER_PRIVILEGED);
    v->closer[v->closers++] =
        (struct rp_closer){{RP_RESOURCE_CR4_TSD, (uint8_t)RP_RESOURCE_NONE}, {1, 0}, false, 1};
    v->user_sensitive = true;
    v = made_add(&made, RP_MODE_PROT32, "8cd8", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_DS_SELECTOR, RP_ANSWER_HOLE, RP_ANSWER_HOLE);
    v = made_add(&made, RP_MODE_PROT32, "9d", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_MODE, RP_RESOURCE_RFLAGS_IF, RP_ANSWER_HOLE, RP_ANSWER_HOLE);
    v = made_add(&made, RP_MODE_PROT32, "cd80", RP_VERDICT_UNKNOWN);
    snprintf(v->unknown_reason, sizeof v->unknown_reason, "fake: never consults the IDT");
    made_add(&made, RP_MODE_PROT32, "fa", RP_VERDICT_PRIVILEGED);
    made_add(&made, RP_MODE_PROT32, "90", RP_VERDICT_INNOCUOUS);
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    made_free(&made);
    return 0;
}

/* Fails unless `parts`, NULL-terminated, stand in `text` in this order. */
static void assert_in_order(const char *text, const char *const *parts)
{
    const char *at = text;
    for (; *parts; parts++) {
        at = at ? strstr(at, *parts) : NULL;
        if (!at) {
            print_error("'%s' is not there, or too early, in:\n%s\n", *parts, text);
            fail();
            return;
        }
        at += strlen(*parts);
    }
}

/* The line of `text` that begins with `start`, blanks apart; static storage. */
static const char *line_of(const char *text, const char *start)
{
    static char line[400];
    for (const char *at = text; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
        size_t blanks = strspn(at, " ");
        if (strncmp(at + blanks, start, strlen(start)) != 0)
            continue;
        snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        return line;
    }
    print_error("no line begins with '%s' in:\n%s\n", start, text);
    fail();
    return "";
}

static void the_sections_stand_in_the_order_of_their_weight(void **state)
{
    (void)state;
    static const char *const text[] = {"does not meet Popek and Goldberg's condition",
                                       "(1 in long64, 5 in prot32)",
                                       "THE THEOREMS",
                                       "SENSITIVE REGISTER INSTRUCTIONS (ROBIN AND IRVINE): 3 OF 3",
                                       "PROTECTION SYSTEM REFERENCES (ROBIN AND IRVINE): 1 OF 2",
                                       "HOLES BEYOND THEIR LIST",
                                       "WITNESSES",
                                       "POLICY LINUX",
                                       "POLICY HARDENED",
                                       "PRIVILEGED INSTRUCTIONS",
                                       "NOT DECIDED",
                                       "INNOCUOUS AS FAR AS WAS TRIED",
                                       "1 encodings: no witness in 96 probes over these",
                                       "CONFIGURATION",
                                       "fake 1 (emulated)",
                                       NULL};
    static const char *const markdown[] = {"# Virtualization holes of x86: long64, prot32, policy legacy",
                                           "## The theorems",
                                           "| mode |",
                                           "|---|",
                                           "## Configuration",
                                           NULL};
    char *report = made_report(&made, "text", 120);
    assert_in_order(report, text);
    free(report);
    report = made_report(&made, "markdown", 120);
    assert_in_order(report, markdown);
    free(report);
}

static void the_theorems_count_instructions_for_each_mode_and_policy(void **state)
{
    (void)state;
    struct rp_summary summary;
    assert_int_equal(rp_summary_make(&summary, &made.results, NULL), RP_OK);
    const struct rp_theorem *legacy = &summary.theorem[RP_MODE_PROT32][RP_POLICY_LEGACY];
    assert_int_equal(legacy->holes.count, 5);
    assert_int_equal(legacy->system.count, 4); /* mov eax, ds shows a delegated selector alone */
    assert_int_equal(legacy->user.count, 3);   /* popf's silence begins in ring 0 */
    assert_int_equal(legacy->unknown, 1);
    assert_int_equal(legacy->time_open.count, 1);
    assert_int_equal(legacy->time.count, 0);
    const struct rp_theorem *hardened = &summary.theorem[RP_MODE_PROT32][RP_POLICY_HARDENED];
    assert_int_equal(hardened->holes.count, 3); /* rdtsc is closed, sgdt is not answered */
    assert_int_equal(hardened->unknown, 2);
    assert_int_equal(hardened->time_open.count, 0);
    assert_int_equal(summary.theorem[RP_MODE_LONG64][RP_POLICY_LINUX].holes.count, 0);
    rp_summary_free(&summary);
    char *report = made_report(&made, "text", 140);
    static const char *const rows[] = {"prot32  legacy ", "refuted by 5", "refuted by 4",
                                       "refuted by 3",    "open: rdtsc",  NULL};
    assert_in_order(report, rows);
    static const char *const clean[] = {"long64  linux ", "not refuted (1 unknown)", NULL};
    assert_in_order(report, clean);
    free(report);
}

static void a_hole_of_a_time_source_that_nothing_closes_is_named_for_theorem_2(void **state)
{
    (void)state;
    made.verdict[3].closers = 0;
    char *report = made_report(&made, "text", 140);
    assert_non_null(strstr(report, "no control closes rdtsc"));
    free(report);
}

static void rows_say_what_shows_and_what_each_policy_leaves_open(void **state)
{
    (void)state;
    char *report = made_report(&made, "text", 140);
    static const char *const sgdt[] = {
        "sgdt", "all", "2", "resource", "gdtr.base", "cr4.umip not testable", "no answer", "no answer", NULL};
    static const char *const rdtsc[] = {"rdtsc",     "prot32", "1",      "resource", "tsc",
                                        "cr4.tsd=1", "open",   "closed", NULL};
    static const char *const int_n[] = {"int n", "unknown", "never consults the IDT", NULL};
    static const char *const mov[] = {"mov sreg", "resource", "ds.selector (delegated)",
                                      "nothing",  "open",     NULL};
    assert_in_order(line_of(strstr(report, "SENSITIVE REGISTER"), "sgdt "), sgdt);
    assert_in_order(line_of(strstr(report, "HOLES BEYOND"), "rdtsc "), rdtsc);
    assert_in_order(line_of(strstr(report, "PROTECTION"), "int n "), int_n);
    assert_in_order(line_of(strstr(report, "PROTECTION"), "mov sreg "), mov);
    static const char *const policies[] = {"POLICY LEGACY",
                                           "Left open",
                                           ": 5",
                                           "no control closes",
                                           "POLICY HARDENED",
                                           "Left open",
                                           ": 3",
                                           "mov sreg, popf, pushf",
                                           "no control closes",
                                           "Closed by the controls",
                                           ": 1",
                                           "rdtsc",
                                           "Not answered here",
                                           ": 1",
                                           "sgdt",
                                           "see Not decided",
                                           NULL};
    assert_in_order(report, policies);
    free(report);
}

static void each_row_has_a_witness_on_one_line(void **state)
{
    (void)state;
    char *report = made_report(&made, "text", 60);
    const char *witnesses = strstr(report, "WITNESSES");
    assert_non_null(strstr(line_of(witnesses, "sgdt "), " rp1:fake:long64:0f0103"));
    assert_non_null(strstr(line_of(witnesses, "popf "), " rp1:fake:prot32:9d"));
    assert_non_null(strstr(line_of(witnesses, "rdtsc "), " rp1:fake:prot32:0f31"));
    free(report);
    report = made_report(&made, "markdown", 60);
    assert_non_null(strstr(report, "- **rdtsc**: `rp1:fake:prot32:0f31`\n"));
    free(report);
}

static void text_keeps_to_the_width_of_the_terminal(void **state)
{
    (void)state;
    for (unsigned columns = 80; columns <= 120; columns += 40) {
        char *report = made_report(&made, "text", columns);
        for (const char *at = report; *at; at += strcspn(at, "\n") + 1) {
            size_t length = strcspn(at, "\n");
            if (length > columns && !strstr(at, "rp1:"))
                print_error("%zu columns: %.*s\n", length, (int)length, at);
            assert_true(length <= columns);
        }
        free(report);
    }
}

static const struct rp_shown retired = {.kind = RP_OUTCOME_RETIRED, .length = 1};

static void deaths_and_disagreements_are_findings_of_their_own(void **state)
{
    (void)state;
    struct rp_verdict *v = made_add(&made, RP_MODE_PROT32, "0fae00", RP_VERDICT_UNKNOWN);
    snprintf(v->unknown_reason, sizeof v->unknown_reason, "fake died in 4 runs");
    v->opinion[0].ring[0] = (struct rp_shown){.present = true, .kind = RP_OUTCOME_DIED, .vector = 6};
    v = made_add(&made, RP_MODE_PROT32, "0f0b", RP_VERDICT_INNOCUOUS);
    v->disagreement = true;
    made_silicon(v, RP_VERDICT_HOLE, retired);
    v->opinion[1].decides = false;
    char *report = made_report(&made, "text", 120);
    static const char *const parts[] = {"DISAGREEMENTS",
                                        "fake: innocuous; not deciding,",
                                        "prot32 0f0b",
                                        "ENCODINGS THAT KILLED AN EXECUTOR",
                                        "fake: ring 0 died of signal 6",
                                        "prot32 0fae00",
                                        NULL};
    assert_in_order(report, parts);
    free(report);
}

static void a_scan_without_holes_claims_nothing_more_than_that(void **state)
{
    (void)state;
    struct made few;
    made_init(&few);
    made_add(&few, RP_MODE_PROT32, "90", RP_VERDICT_INNOCUOUS);
    made_add(&few, RP_MODE_REAL16, "fa", RP_VERDICT_HOLE); /* one ring: not counted */
    few.results.interrupted = true;
    char *report = made_report(&few, "text", 160);
    static const char *const parts[] = {"No sensitive instruction that does not trap in ring 3 was found",
                                        "Incomplete: a budget ended the scan", "not refuted (0 unknown)",
                                        NULL};
    assert_in_order(report, parts);
    assert_null(strstr(report, "does not meet"));
    free(report);
    made_free(&few);
}

static void modes_that_the_cpu_did_not_run_are_not_said_to_be_its(void **state)
{
    (void)state;
    struct made few;
    made_init(&few);
    made_silicon(made_add(&few, RP_MODE_LONG64, "90", RP_VERDICT_INNOCUOUS), RP_VERDICT_UNKNOWN, retired);
    few.results.mode[RP_MODE_LONG64].scanned = true;
    char *report = made_report(&few, "text", 160);
    assert_null(strstr(report, "The CPU itself executed it"));
    free(report);
    made_add(&few, RP_MODE_PROT32, "90", RP_VERDICT_INNOCUOUS);
    few.results.mode[RP_MODE_PROT32].scanned = true;
    report = made_report(&few, "text", 160);
    assert_non_null(strstr(report, "The CPU itself executed it in long64 alone."));
    free(report);
    made_free(&few);
}

static void a_report_of_a_part_of_the_space_says_so_and_of_which(void **state)
{
    (void)state;
    static const struct {
        unsigned shard, shards;
        size_t limit;
        const char *words; /* NULL: nothing is left out */
    } parts[] = {{0, 1, 0, NULL},
                 {0, 1, 1000, NULL},
                 {0, 1, 999, "Not the whole space: at most 999 encodings of each mode. What is here was"},
                 {0, 1, 300, "Not the whole space: at most 300 encodings of each mode. What is here was"},
                 {1, 4, 0, "Not the whole space: shard 1/4. What is here was judged, the rest was not."},
                 {1, 4, 1000, "Not the whole space: shard 1/4. What is here was judged, the rest was not."},
                 {1, 4, 7, "Not the whole space: shard 1/4 of at most 7 encodings of each mode. What"}};
    static const char *const formats[] = {"text", "markdown", "html", "sarif"};
    struct made few;
    made_init(&few);
    made_add(&few, RP_MODE_PROT32, "9d", RP_VERDICT_HOLE);
    few.results.mode[RP_MODE_LONG64].encodings = 200;
    few.results.mode[RP_MODE_PROT32].encodings = 1000;
    few.results.mode[RP_MODE_VM86].encodings = 2000; /* which is not scanned */
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++) {
            few.results.configuration.shard = parts[i].shard;
            few.results.configuration.shards = parts[i].shards;
            few.results.configuration.limit = parts[i].limit;
            char *report = made_report(&few, formats[f], 160);
            if (parts[i].words)
                assert_non_null(strstr(report, parts[i].words));
            else
                assert_null(strstr(report, "Not the whole space"));
            free(report);
        }
    made_free(&few);
}

static void a_term_wider_than_its_column_has_its_words_below(void **state)
{
    (void)state;
    struct rp_text text = {0};
    struct rp_document document = {.style = {.columns = 40}, .text = &text};
    rp_document_list(&document, "all", "mov sreg");
    rp_document_list(&document, "all but long64, vm86", "lar, lds");
    rp_document_list(&document, "long64", "iretq");
    assert_string_equal(rp_text_string(&text), "  all             mov sreg\n"
                                               "  all but long64, vm86\n"
                                               "                  lar, lds\n"
                                               "  long64          iretq\n");
    rp_text_free(&text);
}

static const struct rp_shown trapped = {.kind = RP_OUTCOME_TRAPPED, .vector = 13, .has_error_code = true};

static void holes_say_who_showed_them_and_what_silicon_did(void **state)
{
    (void)state;
    struct rp_shown emulated = trapped;
    emulated.kernel_emulated = true;
    made_silicon(&made.verdict[0], RP_VERDICT_UNKNOWN, emulated); /* sgdt in long64, not in prot32 */
    made_silicon(&made.verdict[3], RP_VERDICT_HOLE, retired);     /* rdtsc */
    made.verdict[3].opinion[1].virtualised = true;
    made_silicon(&made.verdict[5], RP_VERDICT_UNKNOWN, trapped); /* popf */
    char *report = made_report(&made, "text", 400);
    assert_non_null(strstr(line_of(report, "sgdt "), "fake  "));
    assert_non_null(
        strstr(line_of(report, "sgdt "), "traps on this CPU and the kernel emulates it (1 of 2)"));
    assert_non_null(strstr(line_of(report, "rdtsc "), "fake, native"));
    assert_non_null(strstr(line_of(report, "rdtsc "), "retires in ring 3 on this CPU; virtualised: suspect"));
    assert_non_null(strstr(line_of(report, "popf "), "traps on this CPU  "));
    assert_non_null(strstr(line_of(report, "pushf "), "not run"));
    free(report);
}

static void one_executor_has_no_word_of_others(void **state)
{
    (void)state;
    char *report = made_report(&made, "text", 400);
    static const char *const words[] = {"shown by", "silicon", "DIVERGENCES", "not run"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_null(strstr(report, words[i]));
    free(report);
    report = made_report(&made, "json", 0);
    assert_null(strstr(report, "divergences"));
    free(report);
}

/* Two encodings of nop and one of cli in RFLAGS, one of nop in a register, two that a limit accounts for, and
 * two SSE instructions that have nothing in common but the unit. */
static struct rp_verdict *of_two(enum rp_mode mode, const char *hex, enum rp_judgement judgement)
{
    struct rp_verdict *v = made_add(&made, mode, hex, judgement);
    made_silicon(v, RP_VERDICT_UNKNOWN, retired);
    return v;
}

static void divergences_of_one_cause_are_one_row_with_a_count_and_a_line(void **state)
{
    (void)state;
    static const char *const parts[] = {"EMULATOR DIVERGENCES: 4", "rp1:fake+native:line-", NULL};
    struct rp_verdict *nop = of_two(RP_MODE_PROT32, "90", RP_VERDICT_INNOCUOUS);
    made_divergence(nop, RP_REG_RFLAGS, RP_FLAG_AF, "");
    made_divergence(nop, RP_REG_RBX, 0x10, "");
    nop = of_two(RP_MODE_LONG64, "90", RP_VERDICT_INNOCUOUS);
    made_divergence(nop, RP_REG_RFLAGS, RP_FLAG_OF, "");
    made_divergence(of_two(RP_MODE_PROT32, "fa", RP_VERDICT_PRIVILEGED), RP_REG_RFLAGS, RP_FLAG_AF, "");
    for (unsigned i = 0; i < 2; i++)
        made_divergence(of_two(RP_MODE_PROT32, i ? "0f05" : "0f34", RP_VERDICT_UNKNOWN), RP_REG_RIP, 2,
                        "fake: never enters");
    for (unsigned i = 0; i < 2; i++)
        made_divergence(of_two(RP_MODE_PROT32, i ? "0f5803" : "0f5103", RP_VERDICT_INNOCUOUS), RP_REG_MXCSR,
                        2, "");
    char *report = made_report(&made, "text", 400);
    assert_in_order(report, parts);
    const char *row = line_of(report, "nop     rflags (AF, OF)");
    assert_non_null(strstr(row, "fake: 0x0"));
    assert_non_null(strstr(row, "native: 0x10 AF"));
    assert_non_null(strstr(row, "2          prot32 90"));
    assert_non_null(strstr(line_of(report, "nop     general registers (rbx)"), "prot32  1 "));
    assert_non_null(strstr(line_of(report, "flagop  rflags (AF)"), "  cli "));
    assert_non_null(strstr(line_of(report, "sse     mxcsr"), "  addps, sqrtps  "));
    assert_non_null(strstr(line_of(report, "fake: never enters"), "  2 "));
    assert_null(strstr(report, "line-4")); /* what is known needs no line */
    free(report);
}

/* The other executor is a guest without VT-x or SVM: a section of its own, and no row among emulators'. */
static void what_a_hypervisor_does_otherwise_has_a_section_of_its_own(void **state)
{
    (void)state;
    static const char *const parts[] = {"EMULATOR DIVERGENCES: 0", "None but those of the hypervisor",
                                        "HOLES OF THIS HYPERVISOR: 1", "rflags (AF)", NULL};
    struct rp_verdict *nop = made_add(&made, RP_MODE_PROT32, "90", RP_VERDICT_INNOCUOUS);
    made_silicon(nop, RP_VERDICT_UNKNOWN, retired);
    made_divergence(nop, RP_REG_RFLAGS, RP_FLAG_AF, "");
    char *report = made_report(&made, "text", 400);
    assert_null(strstr(report, "HYPERVISOR"));
    free(report);
    nop->opinion[1].provenance = RP_PROVENANCE_PVM;
    report = made_report(&made, "text", 400);
    assert_in_order(report, parts);
    free(report);
    report = made_report(&made, "json", 0);
    assert_non_null(strstr(report, "\"hypervisor\":true"));
    free(report);
}

/* Alone it has nobody to differ from, and the report says what to ask for. */
static void a_hypervisor_alone_is_told_that_its_holes_take_a_second_executor(void **state)
{
    (void)state;
    static const char *const parts[] = {"HOLES OF THIS HYPERVISOR", "take a second executor", "-x native,kvm",
                                        NULL};
    struct rp_verdict *nop = made_add(&made, RP_MODE_PROT32, "90", RP_VERDICT_UNKNOWN);
    char *report = made_report(&made, "text", 400);
    assert_null(strstr(report, "HYPERVISOR"));
    free(report);
    nop->opinion[0].provenance = RP_PROVENANCE_PVM;
    report = made_report(&made, "text", 400);
    assert_in_order(report, parts);
    free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_sections_stand_in_the_order_of_their_weight, make, unmake),
        cmocka_unit_test_setup_teardown(the_theorems_count_instructions_for_each_mode_and_policy, make,
                                        unmake),
        cmocka_unit_test_setup_teardown(a_hole_of_a_time_source_that_nothing_closes_is_named_for_theorem_2,
                                        make, unmake),
        cmocka_unit_test_setup_teardown(rows_say_what_shows_and_what_each_policy_leaves_open, make, unmake),
        cmocka_unit_test_setup_teardown(each_row_has_a_witness_on_one_line, make, unmake),
        cmocka_unit_test_setup_teardown(text_keeps_to_the_width_of_the_terminal, make, unmake),
        cmocka_unit_test_setup_teardown(deaths_and_disagreements_are_findings_of_their_own, make, unmake),
        cmocka_unit_test_setup_teardown(holes_say_who_showed_them_and_what_silicon_did, make, unmake),
        cmocka_unit_test_setup_teardown(one_executor_has_no_word_of_others, make, unmake),
        cmocka_unit_test_setup_teardown(divergences_of_one_cause_are_one_row_with_a_count_and_a_line, make,
                                        unmake),
        cmocka_unit_test_setup_teardown(a_hypervisor_alone_is_told_that_its_holes_take_a_second_executor,
                                        make, unmake),
        cmocka_unit_test_setup_teardown(what_a_hypervisor_does_otherwise_has_a_section_of_its_own, make,
                                        unmake),
        cmocka_unit_test(a_scan_without_holes_claims_nothing_more_than_that),
        cmocka_unit_test(a_term_wider_than_its_column_has_its_words_below),
        cmocka_unit_test(modes_that_the_cpu_did_not_run_are_not_said_to_be_its),
        cmocka_unit_test(a_report_of_a_part_of_the_space_says_so_and_of_which),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
