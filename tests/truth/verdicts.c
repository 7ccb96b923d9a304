/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program's verdicts against verdicts.tsv; see verdicts.h. */
#include "truth/verdicts.h"

#include "support/suite.h"
#include "truth/table.h"

#include "base/hex.h"
#include "campaign/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIPPED         77
#define ABOUT_THE_TABLE 2 /* tests that want all of it */

/* An encoding in a mode: what is right, and what the program said. */
struct question {
    const struct truth_row *row;
    enum rp_mode mode;
    enum rp_judgement judgement;
    uint8_t kinds;
    enum rp_owner owner;
    bool group_shown;
    bool can_show; /* an executor holds a resource of the row's group */
    char reason[RP_REASON_MAX];
};

static struct truth_table table;
static struct question *questions;
static struct rp_probe_target *targets;
static size_t count;
static struct rp_campaign_options options = {
    .policy = RP_POLICY_LEGACY, .random_seed = 1, .workers = 2, .log_descriptor = -1};
static struct rp_executor_report report[RP_TRUTH_EXECUTORS];
static unsigned part, decided_percent;

/* True if one of the resources belongs to `group`. */
static bool shows_group(const struct rp_resource_set *resources, const char *group)
{
    enum rp_resource resource = rp_resource_set_next(resources, 0);
    while (resource != RP_RESOURCE_NONE && strcmp(rp_resource_info(resource)->group, group) != 0)
        resource = rp_resource_set_next(resources, resource + 1);
    return resource != RP_RESOURCE_NONE;
}

/* True if each executor holds one of the resources of `group`, or none is demanded. */
static bool holds_group(const char *group)
{
    bool holds = true;
    for (unsigned k = 0; k < options.executors && strcmp(group, "-") != 0; k++) {
        bool one = false;
        for (unsigned i = 0; i < RP_RESOURCE_COUNT; i++)
            one |= report[k].capabilities.resource[i] &&
                   strcmp(rp_resource_info((enum rp_resource)i)->group, group) == 0;
        holds &= one;
    }
    return holds;
}

static int take_verdict(void *context, size_t number, const struct rp_verdict *verdict,
                        const struct rp_detail *detail, struct rp_error *error)
{
    struct question *question = &questions[number];
    (void)context, (void)detail, (void)error;
    question->judgement = verdict->judgement;
    question->kinds = verdict->sensitivity;
    question->owner = verdict->owner;
    question->group_shown = shows_group(&verdict->resources, question->row->group);
    snprintf(question->reason, sizeof question->reason, "%s", verdict->unknown_reason);
    return RP_OK;
}

/* One question for each mode of each `part`-th row, another one of them in each mode; mode by mode, as a
 * judge wants them. */
static void make_questions(void)
{
    questions = calloc(table.count * RP_MODE_COUNT, sizeof questions[0]);
    targets = calloc(table.count * RP_MODE_COUNT, sizeof targets[0]);
    assert_non_null(questions);
    assert_non_null(targets);
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        for (size_t i = mode % part; i < table.count; i += part) {
            if (!(table.row[i].modes & 1 << mode))
                continue;
            questions[count] = (struct question){.row = &table.row[i],
                                                 .mode = (enum rp_mode)mode,
                                                 .can_show = holds_group(table.row[i].group)};
            targets[count++] = (struct rp_probe_target){(enum rp_mode)mode, table.row[i].encoding};
        }
    }
}

static int judge_all(void **state)
{
    struct rp_error error = {0};
    (void)state;
    truth_load(&table);
    make_questions();
    int result = rp_probe_targets(&options, targets, count, false, take_verdict, NULL, &error);
    if (result)
        print_error("%s\n", error.line);
    return result;
}

static int forget_all(void **state)
{
    (void)state;
    free(questions);
    free(targets);
    truth_free(&table);
    return 0;
}

typedef bool is_wrong(const struct question *question);

/* Prints each question that `wrong` holds for, and fails if there is one. */
static void expect_none(is_wrong *wrong, const char *what)
{
    unsigned found = 0;
    for (size_t i = 0; i < count; i++) {
        const struct question *question = &questions[i];
        char hex[2 * RP_ENCODING_MAX + 1];
        if (!wrong(question))
            continue;
        found++;
        print_error("%s: line %u, %s %s (%s): must be %s (%s), is %s (", what, question->row->line,
                    rp_mode_info(question->mode)->name,
                    rp_hex_print(hex, question->row->encoding.bytes, question->row->encoding.length),
                    question->row->instruction, truth_verdicts(question->row),
                    truth_kinds(question->row->must), rp_judgement_name(question->judgement));
        print_error("%s, %s%s%s)\n", truth_kinds(question->kinds),
                    question->owner == RP_OWNER_DELEGATED ? "delegated" : "system",
                    question->reason[0] ? ", " : "", question->reason);
    }
    assert_int_equal(found, 0);
}

static bool is_right(const struct question *question)
{
    return question->row->verdicts & 1 << question->judgement;
}

static bool is_false_hole(const struct question *question)
{
    return question->judgement == RP_VERDICT_HOLE && !is_right(question);
}

static bool is_missed_hole(const struct question *question)
{
    return question->row->verdicts == 1 << RP_VERDICT_HOLE && question->judgement != RP_VERDICT_HOLE &&
           question->judgement != RP_VERDICT_UNKNOWN;
}

static bool is_contradiction(const struct question *question)
{
    return question->judgement != RP_VERDICT_UNKNOWN && !is_right(question) && !is_false_hole(question) &&
           !is_missed_hole(question);
}

/* Decided, and with one right answer: then the evidence must be of the right kind too. */
static bool has_evidence(const struct question *question)
{
    return is_right(question) && question->row->verdicts == 1 << question->judgement &&
           (question->judgement == RP_VERDICT_HOLE || question->judgement == RP_VERDICT_PRIVILEGED);
}

static bool is_wrong_kind(const struct question *question)
{
    return has_evidence(question) && ((question->can_show && question->row->must & ~question->kinds) ||
                                      question->kinds & ~question->row->may);
}

static bool is_wrong_owner(const struct question *question)
{
    return has_evidence(question) && question->judgement == RP_VERDICT_HOLE &&
           ((question->row->owner != RP_OWNER_USER && question->row->owner != question->owner) ||
            (strcmp(question->row->group, "-") != 0 && !question->group_shown));
}

static void no_false_hole(void **state)
{
    (void)state;
    expect_none(is_false_hole, "false hole");
}

static void no_missed_hole(void **state)
{
    (void)state;
    expect_none(is_missed_hole, "missed hole");
}

static void nothing_is_decided_against_the_manuals(void **state)
{
    (void)state;
    expect_none(is_contradiction, "contradiction");
}

static void evidence_is_of_the_kinds_that_the_manuals_imply(void **state)
{
    (void)state;
    expect_none(is_wrong_kind, "evidence");
}

static void holes_show_the_resource_that_they_must(void **state)
{
    (void)state;
    expect_none(is_wrong_owner, "resource");
}

/* Counts what has an answer other than unknown, and how much of it has one here; of class `class`, or all. */
static void count_decided(const char *class, unsigned *can, unsigned *is)
{
    *can = *is = 0;
    for (size_t i = 0; i < count; i++) {
        if ((class && strcmp(questions[i].row->class, class) != 0) ||
            questions[i].row->verdicts == 1 << RP_VERDICT_UNKNOWN)
            continue;
        *can += 1;
        *is += questions[i].judgement != RP_VERDICT_UNKNOWN;
    }
}

/* What is not decided, by the reason that is given for it, with one of those. */
static void print_reasons(void)
{
    for (size_t i = 0; i < count; i++) {
        const struct question *one = &questions[i];
        char hex[2 * RP_ENCODING_MAX + 1];
        unsigned same = 0, before = 0;
        if (one->judgement != RP_VERDICT_UNKNOWN)
            continue;
        for (size_t k = 0; k < count; k++) {
            bool alike =
                questions[k].judgement == RP_VERDICT_UNKNOWN && strcmp(questions[k].reason, one->reason) == 0;
            same += alike;
            before += alike && k < i;
        }
        if (!before)
            print_message("unknown %4u  %s (%s %s, %s)\n", same, one->reason, rp_mode_info(one->mode)->name,
                          rp_hex_print(hex, one->row->encoding.bytes, one->row->encoding.length),
                          one->row->instruction);
    }
}

static bool is_without_a_reason(const struct question *question)
{
    return question->judgement == RP_VERDICT_UNKNOWN && !question->reason[0];
}

static void every_unknown_has_a_reason(void **state)
{
    (void)state;
    print_reasons();
    expect_none(is_without_a_reason, "no reason");
}

static void most_of_what_can_be_decided_is(void **state)
{
    const char *last = "";
    unsigned can, is;
    (void)state;
    for (size_t i = 0; i < table.count; i++) {
        const char *class = table.row[i].class;
        if (strcmp(class, last) == 0)
            continue;
        count_decided(class, &can, &is);
        print_message("%-16s %4u of %4u decided\n", class, is, can);
        last = class;
    }
    count_decided(NULL, &can, &is);
    print_message("%-16s %4u of %4u decided, %zu questions of %zu rows\n", "all", is, can, count,
                  table.count);
    assert_true(100 * is >= decided_percent * can);
}

static void the_table_covers_all_modes_and_asks_nothing_twice(void **state)
{
    unsigned modes[RP_MODE_COUNT] = {0};
    (void)state;
    assert_true(table.count >= 600);
    for (size_t i = 0; i < count; i++) {
        modes[questions[i].mode]++;
        for (size_t j = i + 1; j < count && questions[j].mode == questions[i].mode; j++)
            if (memcmp(&questions[i].row->encoding, &questions[j].row->encoding,
                       sizeof(struct rp_encoding)) == 0)
                fail_msg("lines %u and %u ask the same in %s", questions[i].row->line, questions[j].row->line,
                         rp_mode_info(questions[i].mode)->name);
    }
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        assert_true(modes[mode] >= 450);
}

static void every_row_has_a_section_of_a_manual(void **state)
{
    (void)state;
    for (size_t i = 0; i < table.count; i++)
        if (!strstr(table.row[i].source, "SDM Vol. ") && !strstr(table.row[i].source, "APM Vol. "))
            fail_msg("line %u: '%s' is no section of a manual", table.row[i].line, table.row[i].source);
}

int truth_test(const char *const *executors, unsigned executor_count, unsigned every, unsigned percent)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_covers_all_modes_and_asks_nothing_twice),
        cmocka_unit_test(every_row_has_a_section_of_a_manual),
        cmocka_unit_test(no_false_hole),
        cmocka_unit_test(no_missed_hole),
        cmocka_unit_test(nothing_is_decided_against_the_manuals),
        cmocka_unit_test(evidence_is_of_the_kinds_that_the_manuals_imply),
        cmocka_unit_test(holes_show_the_resource_that_they_must),
        cmocka_unit_test(every_unknown_has_a_reason),
        cmocka_unit_test(most_of_what_can_be_decided_is),
    };
    struct rp_error error = {0};
    part = every;
    decided_percent = percent;
    options.executors = executor_count;
    for (unsigned i = 0; i < executor_count; i++) {
        options.executor[i].entry = rp_executor_find(executors[i]);
        options.executor[i].name = executors[i];
        if (!options.executor[i].entry->executor ||
            rp_executor_ask(options.executor[i].entry, NULL, &report[i], &error) || !report[i].runs_here) {
            printf("%s does not run here\n", executors[i]);
            return SKIPPED;
        }
    }
    unsigned first = every > 1 ? ABOUT_THE_TABLE : 0;
    return _cmocka_run_group_tests("truth", tests + first, sizeof tests / sizeof tests[0] - first, judge_all,
                                   forget_all);
}
