/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nothing but what corpus/non-innocuous.tsv justifies is a hole or privileged, in any form of any mode, on
 * the executor `unicorn`, policy legacy. Encodings that it gives no verdict on (its limits, cells that no
 * decoder knows) are unknown whatever they show, and are not asked about. */
#include "support/suite.h"

#include "base/hex.h"
#include "base/tsv.h"
#include "campaign/scan.h"
#include "support/scratch.h"
#include "x86/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH    "corpus/non-innocuous.tsv"
#define HEADING "instruction\tverdict\tkind\tresource\tsource\twhy"
#define WORKERS 2

struct row {
    char instruction[24];
    uint8_t verdicts; /* bits of 1 << enum rp_judgement */
    uint8_t kind;     /* enum rp_sensitivity */
    enum rp_resource resource;
    bool used;
};

static struct {
    struct row row[1000];
    size_t count;
} table;

static struct rp_probe_target *targets;
static size_t target_count, target_capacity;
static unsigned unjustified;
static size_t shown[RP_VERDICT_COUNT];

static bool parse_verdicts(const char *text, uint8_t *verdicts)
{
    static const struct {
        const char *text;
        uint8_t verdicts;
    } known[] = {{"hole", 1 << RP_VERDICT_HOLE},
                 {"privileged", 1 << RP_VERDICT_PRIVILEGED},
                 {"hole/privileged", 1 << RP_VERDICT_HOLE | 1 << RP_VERDICT_PRIVILEGED}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].text, text) == 0)
            *verdicts = known[i].verdicts;
    return *verdicts != 0;
}

static bool parse_evidence(const char *kind, const char *resource, struct row *row)
{
    enum rp_sensitivity found;
    row->resource = rp_resource_find(resource);
    if (strcmp(kind, "-") == 0)
        return strcmp(resource, "-") == 0;
    if (!rp_sensitivity_find(kind, &found))
        return false;
    row->kind = (uint8_t)found;
    return row->resource != RP_RESOURCE_NONE;
}

static int take_row(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    enum { INSTRUCTION, VERDICT, KIND, RESOURCE, SOURCE, WHY };
    struct row item = {0};
    (void)context;
    snprintf(item.instruction, sizeof item.instruction, "%s", row->column[INSTRUCTION]);
    if (!parse_verdicts(row->column[VERDICT], &item.verdicts))
        return rp_tsv_complain(row, error, "'%s' is no verdict", row->column[VERDICT]);
    if (!parse_evidence(row->column[KIND], row->column[RESOURCE], &item))
        return rp_tsv_complain(row, error, "'%s' of '%s' is no evidence", row->column[KIND],
                               row->column[RESOURCE]);
    if (strncmp(row->column[SOURCE], "SDM Vol. ", 9) != 0 &&
        strncmp(row->column[SOURCE], "APM Vol. ", 9) != 0)
        return rp_tsv_complain(row, error, "'%s' is no section of a manual", row->column[SOURCE]);
    if (strlen(row->column[WHY]) < 8)
        return rp_tsv_complain(row, error, "no reason why");
    for (size_t i = 0; i < table.count; i++)
        if (strcmp(table.row[i].instruction, item.instruction) == 0 && table.row[i].kind == item.kind &&
            table.row[i].resource == item.resource)
            return rp_tsv_complain(row, error, "the same stands above");
    assert_true(table.count < sizeof table.row / sizeof table.row[0]);
    table.row[table.count++] = item;
    return RP_OK;
}

static int load(void **state)
{
    struct rp_error error = {0};
    char *text = scratch_read(PATH);
    (void)state;
    int result = rp_tsv_parse(PATH, text, strlen(text), HEADING, take_row, NULL, &error);
    free(text);
    if (result)
        print_error("%s\n", error.line);
    return result;
}

/* The row for evidence of these kinds (0: of none) on `resource`, of an instruction with this verdict. */
static bool justified(const struct rp_verdict *verdict, unsigned kinds, enum rp_resource resource)
{
    bool found = false;
    for (size_t i = 0; i < table.count; i++) {
        struct row *row = &table.row[i];
        if (row->resource != resource || (kinds ? !(row->kind & kinds) : row->kind != 0) ||
            !(row->verdicts & 1 << verdict->judgement) || strcmp(row->instruction, verdict->name) != 0)
            continue;
        row->used = found = true;
    }
    return found;
}

static void complain(const struct rp_verdict *verdict, const char *kind, const char *resource)
{
    char hex[2 * RP_ENCODING_MAX + 1];
    if (unjustified++ < 40)
        print_error("%s %s: %s is %s with evidence of %s in %s, for which no row stands\n",
                    rp_mode_info(verdict->mode)->name,
                    rp_hex_print(hex, verdict->encoding.bytes, verdict->encoding.length), verdict->name,
                    rp_judgement_name(verdict->judgement), kind, resource);
}

/* A verdict says which kinds and which resources it shows, not which of them go together: each resource needs
 * a row of one of the kinds, each kind a row of one of the resources. */
static void examine(const struct rp_verdict *verdict)
{
    unsigned without = verdict->sensitivity;
    enum rp_resource r = rp_resource_set_next(&verdict->resources, 0);
    if (!verdict->sensitivity && !justified(verdict, 0, RP_RESOURCE_NONE))
        complain(verdict, "nothing", "nothing");
    for (; r != RP_RESOURCE_NONE; r = rp_resource_set_next(&verdict->resources, r + 1)) {
        if (!justified(verdict, verdict->sensitivity, r))
            complain(verdict, "some kind", rp_resource_info(r)->name);
        for (unsigned kind = 1; kind <= RP_SENSITIVE_RESOURCE; kind *= 2)
            if (without & kind && justified(verdict, kind, r))
                without &= ~kind;
    }
    for (unsigned kind = 1; kind <= RP_SENSITIVE_RESOURCE; kind *= 2)
        if (without & kind)
            complain(verdict, rp_sensitivity_name((enum rp_sensitivity)kind), "any resource");
}

static int take_verdict(void *context, size_t number, const struct rp_verdict *verdict,
                        const struct rp_detail *detail, struct rp_error *error)
{
    (void)context, (void)number, (void)detail, (void)error;
    shown[verdict->judgement]++;
    if (verdict->judgement == RP_VERDICT_HOLE || verdict->judgement == RP_VERDICT_PRIVILEGED)
        examine(verdict);
    return RP_OK;
}

static void add_target(enum rp_mode mode, const struct rp_encoding *encoding)
{
    if (target_count == target_capacity) {
        target_capacity = 2 * target_capacity + 4096;
        targets = realloc(targets, target_capacity * sizeof targets[0]);
        assert_non_null(targets);
    }
    targets[target_count++] = (struct rp_probe_target){mode, *encoding};
}

/* Every encoding of the mode's forms that the executor gives a verdict on. */
static void add_mode(enum rp_mode mode, const struct rp_limits *limits)
{
    struct rp_error error = {0};
    struct rp_form_space *space;
    assert_int_equal(rp_form_space_open(mode, &space, &error), RP_OK);
    for (size_t i = 0; i < rp_form_space_encodings(space); i++) {
        struct rp_instruction instruction;
        struct rp_form form;
        rp_form_space_get(space, i, &form);
        if (!form.undocumented &&
            rp_decode(mode, form.encoding.bytes, form.encoding.length, &instruction, NULL) == RP_OK &&
            !rp_limits_find(limits, mode, &instruction))
            add_target(mode, &form.encoding);
    }
    rp_form_space_close(space);
}

static void nothing_is_shown_that_no_manual_justifies(void **state)
{
    struct rp_error error = {0};
    struct rp_limits *limits;
    struct rp_campaign_options options = {.executor = {{rp_executor_find("unicorn"), "unicorn"}},
                                          .executors = 1,
                                          .random_seed = 1,
                                          .workers = WORKERS,
                                          .log_descriptor = -1};
    (void)state;
    assert_int_equal(rp_limits_open("unicorn", &limits, &error), RP_OK);
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        add_mode((enum rp_mode)mode, limits);
    rp_limits_close(limits);
    if (rp_probe_targets(&options, targets, target_count, false, take_verdict, NULL, &error))
        fail_msg("%s", error.line);
    free(targets);
    print_message("%zu encodings: %zu hole, %zu privileged, %zu innocuous, %zu unknown\n", target_count,
                  shown[RP_VERDICT_HOLE], shown[RP_VERDICT_PRIVILEGED], shown[RP_VERDICT_INNOCUOUS],
                  shown[RP_VERDICT_UNKNOWN]);
    assert_true(shown[RP_VERDICT_HOLE] > 1000);
    assert_int_equal(unjustified, 0);
}

static void most_rows_are_shown(void **state)
{
    size_t used = 0;
    (void)state;
    for (size_t i = 0; i < table.count; i++)
        used += table.row[i].used;
    print_message("%zu of %zu rows shown\n", used, table.count);
    assert_true(4 * used >= 3 * table.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_shown_that_no_manual_justifies),
        cmocka_unit_test(most_rows_are_shown),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
