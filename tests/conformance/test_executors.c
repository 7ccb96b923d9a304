/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every registered executor that runs here against the catalogue: it does what the manuals demand, or
 * deviates exactly as deviations-NAME.tsv says. An unexpected pass is an error as much as an unexpected
 * failure. */
#include "conformance/catalogue.h"
#include "support/batch.h"
#include "support/suite.h"

#include "base/random.h"
#include "campaign/scan.h"
#include "executor/capabilities.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CATALOGUE_ROWS 400 /* it grows */
#define ORDERS         6   /* as it stands, and shuffled in so many ways less one */

static struct catalogue catalogue;

static int load(void **state)
{
    (void)state;
    catalogue_load(&catalogue);
    return 0;
}

static int forget(void **state)
{
    (void)state;
    catalogue_free(&catalogue);
    return 0;
}

/* One executor's turn. */
struct turn {
    const struct rp_executor_entry *entry;
    const char *model; /* NULL: its own choice */
    char name[RP_EXECUTOR_NAME_MAX];
    struct rp_executor_report report;
    struct deviations deviations;
    bool as_found; /* it can set no trap control */
    size_t *order; /* of the rows; no outcome may depend on what ran before */
    unsigned orders, passed, deviated, not_run, wrong;
};

static void build_row(void *context, size_t item, struct rp_prestate *prestate, struct rp_encoding *encoding)
{
    const struct turn *turn = context;
    const struct conformance_row *row = &catalogue.row[turn->order[item]];
    conformance_prestate(row, prestate);
    *encoding = row->encoding;
}

static void complain(struct turn *turn, const struct conformance_row *row, const char *what, const char *why)
{
    turn->wrong++;
    print_error("%s, line %u: %s (%s): %s: %s\n", turn->name, row->line, row->name, row->source, what, why);
}

/* True if the run can be made at all: an executor that takes the machine as it is makes those that ask for no
 * other, a CPU model those that ask for nothing that it lacks. */
static bool can_run(const struct turn *turn, const struct conformance_row *row)
{
    static struct rp_prestate prestate;
    static struct rp_machine asked, standard;
    struct rp_error error = {0};
    unsigned ring;
    if (!turn->report.capabilities.ring[row->mode][row->ring])
        return false;
    conformance_prestate(row, &prestate);
    if (!turn->as_found)
        return !rp_capabilities_refuse(&turn->report.capabilities, &prestate);
    rp_machine_init(&standard, row->mode, RP_POLICY_LEGACY);
    asked = standard;
    assert_int_equal(rp_machine_parse(row->machine, row->mode, RP_POLICY_LEGACY, &asked, &ring, &error),
                     RP_OK);
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        if (asked.value[r] != standard.value[r] && !turn->report.capabilities.resource[r])
            return false;
    return true;
}

/* Not the CPU's, though the executor's runs can be: what another kernel does may be right. */
static bool is_emulated(const struct turn *turn, const struct rp_outcome *outcome)
{
    return turn->entry->executor->by_machine && outcome->provenance != RP_PROVENANCE_SILICON;
}

/* Deviations of an executor whose runs can be the CPU's are of those that are not. */
static const struct deviation *find_deviation(const struct turn *turn, const struct conformance_row *row,
                                              const struct rp_outcome *outcome)
{
    bool may_be =
        turn->entry->executor->provenance != RP_PROVENANCE_KVM_EMULATED || is_emulated(turn, outcome);
    return may_be ? deviations_find(&turn->deviations, row->name) : NULL;
}

/* What a machine has differs from one to the next, so where it is taken as found, a known deviation may be
 * missing. */
static void compare(struct turn *turn, const struct conformance_row *row, const struct rp_view *view)
{
    char why[160] = "", instead[160] = "";
    const struct deviation *deviation = find_deviation(turn, row, view->outcome);
    bool lenient = turn->as_found || is_emulated(turn, view->outcome);
    bool met = demand_met(&row->demand, view, why);
    if (met && (!deviation || lenient || demand_met(&deviation->demand, view, instead)))
        turn->passed++;
    else if (met)
        complain(turn, row, "does it right, but stands among the deviations", "take the row out");
    else if (!deviation)
        complain(turn, row, "must not be", why);
    else if (demand_met(&deviation->demand, view, instead))
        turn->deviated++;
    else
        complain(turn, row, "deviates in another way", instead);
}

static void take_outcome(void *context, size_t item, const struct rp_outcome *outcome,
                         const struct rp_change *changes)
{
    static struct rp_prestate prestate;
    struct turn *turn = context;
    const struct conformance_row *row = &catalogue.row[turn->order[item]];
    if (!can_run(turn, row)) {
        turn->not_run++;
        return;
    }
    conformance_prestate(row, &prestate);
    rp_prestate_reduce(&prestate, turn->report.capabilities.lacks);
    struct rp_view view = {.mode = row->mode, .prestate = &prestate, .outcome = outcome, .changes = changes};
    compare(turn, row, &view);
}

static void name_row(void *context, size_t item, char *text, size_t size)
{
    const struct turn *turn = context;
    snprintf(text, size, "%s", catalogue.row[turn->order[item]].name);
}

/* Runs the whole catalogue in one worker, row by row. */
static void run_all(struct turn *turn)
{
    struct batch batch = {.entry = turn->entry,
                          .model = turn->model,
                          .count = catalogue.count,
                          .pieces = catalogue.count,
                          .workers = 1,
                          .context = turn,
                          .build = build_row,
                          .take = take_outcome,
                          .name = name_row};
    batch_run(&batch);
}

static void shuffle(size_t *order, unsigned way)
{
    struct rp_random random = rp_random_make(1, way);
    for (size_t i = 0; i < catalogue.count; i++)
        order[i] = i;
    for (size_t i = catalogue.count; way > 0 && i > 1; i--) {
        size_t other = rp_random_below(&random, i), swap = order[i - 1];
        order[i - 1] = order[other];
        order[other] = swap;
    }
}

static bool sets_no_control(const struct rp_capabilities *can)
{
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++)
        if (can->resource[r] && rp_resource_info((enum rp_resource)r)->traps != RP_TRAPS_NOTHING)
            return false;
    return true;
}

/* True if it could run here. */
static bool take_turn(struct turn *turn)
{
    struct rp_error error = {0};
    assert_int_equal(rp_executor_ask(turn->entry, turn->model, &turn->report, &error), RP_OK);
    if (!turn->report.runs_here) {
        print_message("%-8s not run here: %s\n", turn->name, turn->report.why_not);
        return false;
    }
    turn->as_found = turn->entry->executor->as_found;
    assert_true(turn->as_found || !sets_no_control(&turn->report.capabilities));
    deviations_load(&turn->deviations, turn->entry->name);
    if (turn->model)
        deviations_load(&turn->deviations, turn->name);
    turn->order = calloc(catalogue.count, sizeof turn->order[0]);
    assert_non_null(turn->order);
    for (unsigned way = 0; way < turn->orders; way++) {
        shuffle(turn->order, way);
        run_all(turn);
    }
    free(turn->order);
    print_message("%-8s %u as the manuals demand, %u deviate as known, %u wrong, %u not run, in %u orders\n",
                  turn->name, turn->passed, turn->deviated, turn->wrong, turn->not_run, turn->orders);
    return true;
}

/* `model` of an executor, NULL for its own choice; *ran counts those that could run. */
static unsigned judge(const struct rp_executor_entry *entry, const char *model, unsigned orders,
                      unsigned *ran)
{
    struct turn turn = {.entry = entry, .model = model, .orders = orders};
    snprintf(turn.name, sizeof turn.name, "%s%s%s", entry->name, model ? "-" : "", model ? model : "");
    *ran += take_turn(&turn);
    deviations_free(&turn.deviations);
    return turn.wrong;
}

static void each_executor_conforms_or_deviates_as_known(void **state)
{
    unsigned ran = 0, wrong = 0;
    (void)state;
    for (size_t i = 0; i < rp_executor_entry_count; i++)
        wrong += judge(&rp_executor_entries[i], NULL, ORDERS, &ran);
    if (!ran)
        skip();
    assert_int_equal(wrong, 0);
}

/* Another vendor's, and one so old that it lacks what pre-states set. */
static const char *const models[] = {"trinity_apu", "athlon64_clawhammer"};

static void other_models_of_bochs_conform_or_deviate_as_known(void **state)
{
    unsigned ran = 0, wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        wrong += judge(rp_executor_find("bochs"), models[i], 1, &ran);
    if (!ran)
        skip();
    assert_int_equal(wrong, 0);
}

static void expect_rows(const char *name)
{
    struct deviations deviations = {0};
    deviations_load(&deviations, name);
    for (size_t k = 0; k < deviations.count; k++) {
        size_t row = 0;
        while (row < catalogue.count && strcmp(catalogue.row[row].name, deviations.row[k].name) != 0)
            row++;
        if (row == catalogue.count)
            fail_msg("%s: no run is called %s", name, deviations.row[k].name);
        assert_ptr_equal(deviations_find(&deviations, deviations.row[k].name), &deviations.row[k]);
    }
    deviations_free(&deviations);
}

static void each_deviation_is_of_a_row(void **state)
{
    char name[RP_EXECUTOR_NAME_MAX];
    (void)state;
    for (size_t i = 0; i < rp_executor_entry_count; i++)
        expect_rows(rp_executor_entries[i].name);
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        snprintf(name, sizeof name, "bochs-%s", models[i]);
        expect_rows(name);
    }
}

static void the_catalogue_covers_modes_and_rings_with_sources(void **state)
{
    unsigned seen[RP_MODE_COUNT][4] = {{0}};
    (void)state;
    assert_true(catalogue.count >= CATALOGUE_ROWS);
    for (size_t i = 0; i < catalogue.count; i++) {
        const struct conformance_row *row = &catalogue.row[i];
        seen[row->mode][row->ring]++;
        assert_true(strncmp(row->source, "SDM Vol. ", 9) == 0 || strncmp(row->source, "APM Vol. ", 9) == 0);
        for (size_t k = i + 1; k < catalogue.count; k++)
            assert_string_not_equal(row->name, catalogue.row[k].name);
    }
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        assert_true(!rp_mode_info((enum rp_mode)mode)->has_ring0 || seen[mode][0] > 0);
        assert_true(!rp_mode_info((enum rp_mode)mode)->has_ring3 || seen[mode][3] > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_catalogue_covers_modes_and_rings_with_sources),
        cmocka_unit_test(each_deviation_is_of_a_row),
        cmocka_unit_test(each_executor_conforms_or_deviates_as_known),
        cmocka_unit_test(other_models_of_bochs_conform_or_deviate_as_known),
    };
    return cmocka_run_group_tests(tests, load, forget);
}
