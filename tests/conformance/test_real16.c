/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each executor with real mode against 13,000 instructions that an 80286 was recorded with: an executor does
 * the same, or differs as a class of real16-classes.tsv says, which names whose fault it is. */
#include "conformance/real16.h"
#include "conformance/real16_classes.h"
#include "support/batch.h"
#include "support/suite.h"

#include "campaign/scan.h"
#include "guest/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(RP_GUEST_STACK_LOST <= RP_RECORDED_FRAME, "guests lose more of the stack");

#define RUN_PERCENT 99  /* of the recordings, that the arena can hold */
#define PIECES      130 /* no two runs that kill an executor are neighbours then */
#define CAUSES_MAX  8

static struct real16_recordings recordings;
static struct real16_classes classes;
static const struct real16_recording **chosen; /* those that can be relocated */
static size_t count;
static struct {
    const char *text;
    unsigned count;
} causes[CAUSES_MAX];

static void count_cause(const char *text)
{
    unsigned i = 0;
    while (causes[i].text && strcmp(causes[i].text, text) != 0)
        i++;
    assert_true(i < CAUSES_MAX);
    causes[i].text = text;
    causes[i].count++;
}

static int load(void **state)
{
    static struct rp_recorded_run run;
    (void)state;
    real16_classes_load(&classes);
    if (!real16_load(&recordings))
        return 0;
    chosen = calloc(recordings.count, sizeof(void *));
    assert_non_null(chosen);
    for (size_t i = 0; i < recordings.count; i++) {
        const char *cause = rp_recording_move(&recordings.row[i].recording, &run);
        if (cause)
            count_cause(cause);
        else
            chosen[count++] = &recordings.row[i];
    }
    return 0;
}

static int forget(void **state)
{
    (void)state;
    free(chosen);
    real16_free(&recordings);
    return 0;
}

static const struct rp_recorded_run *run_of(size_t number)
{
    static struct rp_recorded_run run;
    assert_null(rp_recording_move(&chosen[number]->recording, &run));
    return &run;
}

static void most_recordings_fit_into_the_arena(void **state)
{
    (void)state;
    if (!recordings.count)
        skip();
    print_message("%zu of %zu recordings can be run (%.1f %%)\n", count, recordings.count,
                  100.0 * (double)count / (double)recordings.count);
    for (unsigned i = 0; i < CAUSES_MAX && causes[i].text; i++)
        print_message("%6u not: %s\n", causes[i].count, causes[i].text);
    assert_true(100 * count >= RUN_PERCENT * recordings.count);
}

/* Bytes that were one stay one, and those of the instruction are where a run is compared. */
static void expect_moved_well(const struct rp_recorded_run *run)
{
    for (unsigned i = 0; i < run->cells; i++) {
        uint32_t to = run->cell[i].to;
        bool window = to - RP_ARENA_DATA < RP_ARENA_DATA_SIZE || to - RP_ARENA_STACK < RP_ARENA_STACK_SIZE;
        assert_true(run->cell[i].frame || window);
        for (unsigned k = 0; k < i; k++)
            if ((run->cell[i].from == run->cell[k].from) != (to == run->cell[k].to))
                fail_msg("%s: %x and %x moved to %x and %x", run->recording->name, run->cell[k].from,
                         run->cell[i].from, run->cell[k].to, to);
    }
}

static void bytes_stay_apart_and_together(void **state)
{
    (void)state;
    if (!recordings.count)
        skip();
    for (size_t i = 0; i < count; i++)
        expect_moved_well(run_of(i));
}

/* One executor's turn. */
struct turn {
    const char *name;
    unsigned agree, unnamed, found[REAL16_CLASSES_MAX];
    unsigned planted, unnoticed;
};

static void build_prestate(const struct rp_recorded_run *run, struct rp_prestate *prestate)
{
    struct rp_error error = {0};
    if (rp_recording_prestate(run, prestate, &error))
        fail_msg("%s: %s", run->recording->name, error.line);
}

static void build(void *context, size_t number, struct rp_prestate *prestate, struct rp_encoding *encoding)
{
    (void)context;
    build_prestate(run_of(number), prestate);
    *encoding = run_of(number)->encoding;
}

/* Makes the recording another one in one place, a different place for each `number`. Returns what must be
 * found to differ; 0 where that place says nothing. */
static uint32_t plant(struct rp_recorded_run *run, size_t number)
{
    unsigned what = (unsigned)(number % RP_RECORDED_DIFFERENCES);
    uint32_t mask = run->mask[RP_RECORDED_FLAGS];
    bool carrier = what == RP_RECORDED_CS || what == RP_RECORDED_IP;
    bool absent = what >= RP_RECORDED_FS && what < RP_RECORDED_REGISTERS; /* from a 286 */
    if ((run->kind == RP_OUTCOME_ENTERED && carrier) || absent)
        return 0;
    if (what == RP_RECORDED_FLAGS)
        run->after[what] ^= mask & -mask;
    else if (what < RP_RECORDED_REGISTERS)
        run->after[what] ^= 1u << number % 16;
    else if (1u << what == RP_RECORDED_OUTCOME)
        run->kind = run->kind == RP_OUTCOME_RETIRED ? RP_OUTCOME_TRAPPED : RP_OUTCOME_RETIRED;
    else if (1u << what != RP_RECORDED_MEMORY || run->cells == 0 || run->cell[0].frame)
        return 0;
    else
        run->cell[0].after ^= 1;
    return UINT32_C(1) << what;
}

/* The test has to be able to fail: what agrees no longer does with a recording that is another in one place,
 * and no class excuses it, unless it is one that devices answer for. */
static void expect_noticed(struct turn *turn, const struct rp_prestate *prestate, size_t number,
                           const struct rp_outcome *outcome, const struct rp_change *changes)
{
    static struct rp_recorded_run run;
    run = *run_of(number);
    uint32_t planted = plant(&run, number);
    if (!planted)
        return;
    struct real16_disagreement d = {&run, outcome, rp_recording_compare(&run, prestate, outcome, changes)};
    const struct real16_class *class = real16_classes_find(&classes, turn->name, &d);
    bool excused = class && !class->bound[real16_class_bound(class, turn->name)].at_most;
    turn->planted++;
    if (d.difference.set == planted && !excused)
        return;
    turn->unnoticed++;
    print_error("%s: %s: planted %x, found %x, %s\n", turn->name, run.recording->name, planted,
                d.difference.set, excused ? class->id : "no class");
}

static void complain(struct turn *turn, const struct real16_disagreement *d)
{
    char shown[16], names[RP_RECORDED_NAMES_MAX];
    struct rp_outcome wanted = {.kind = (uint8_t)d->run->kind, .vector = d->run->vector};
    char demanded[16];
    turn->unnamed++;
    print_error("%s: %s (%s; %s): %s, the CPU %s; differs in %s, flags %x\n", turn->name,
                d->run->recording->name, real16_of(d->run)->text, real16_of(d->run)->tags,
                real16_outcome_name(d->outcome, shown), real16_outcome_name(&wanted, demanded),
                rp_recorded_names(d->difference.set, names), d->difference.flags);
}

static void take(void *context, size_t number, const struct rp_outcome *outcome,
                 const struct rp_change *changes)
{
    static struct rp_prestate prestate;
    struct turn *turn = context;
    const struct rp_recorded_run *run = run_of(number);
    build_prestate(run, &prestate);
    struct real16_disagreement d = {run, outcome, rp_recording_compare(run, &prestate, outcome, changes)};
    if (!d.difference.set) {
        turn->agree++;
        expect_noticed(turn, &prestate, number, outcome, changes);
        return;
    }
    const struct real16_class *class = real16_classes_find(&classes, turn->name, &d);
    if (class)
        turn->found[class - classes.row]++;
    else
        complain(turn, &d);
}

/* The number of classes that have more or fewer recordings than they say. */
static unsigned count_wrong(const struct turn *turn)
{
    unsigned wrong = 0;
    for (unsigned i = 0; i < classes.count; i++) {
        const struct real16_class *class = &classes.row[i];
        int bound = real16_class_bound(class, turn->name);
        if (bound < 0)
            continue;
        unsigned want = class->bound[bound].count, got = turn->found[i];
        bool right = class->bound[bound].at_most ? got <= want : got == want;
        wrong += !right;
        print_message("%6u %-10s %s\n", got, class->id, class->reason);
        if (!right)
            print_error("%s: line %u: class %s has %u recordings, not %u\n", turn->name, class->line,
                        class->id, got, want);
    }
    return wrong;
}

/* The number of things that are wrong. */
static unsigned take_turn(const struct rp_executor_entry *entry)
{
    struct turn turn = {.name = entry->name};
    struct batch batch = {.entry = entry,
                          .count = count,
                          .pieces = PIECES,
                          .workers = 2,
                          .context = &turn,
                          .build = build,
                          .take = take};
    batch_run(&batch);
    print_message("%-8s %zu run, %u as recorded, %zu by class, %u by none; %u planted, %u not noticed\n",
                  entry->name, count, turn.agree, count - turn.agree - turn.unnamed, turn.unnamed,
                  turn.planted, turn.unnoticed);
    return turn.unnamed + turn.unnoticed + count_wrong(&turn) + (turn.planted < turn.agree / 2);
}

static bool runs_real_mode(const struct rp_executor_entry *entry)
{
    struct rp_executor_report report;
    struct rp_error error = {0};
    assert_int_equal(rp_executor_ask(entry, NULL, &report, &error), RP_OK);
    bool runs = report.runs_here && report.capabilities.ring[RP_MODE_REAL16][0];
    if (!runs)
        print_message("%-8s not run here: %s\n", entry->name,
                      report.runs_here ? report.capabilities.refused[RP_MODE_REAL16] : report.why_not);
    return runs;
}

static void each_executor_does_what_the_cpu_did_or_differs_as_known(void **state)
{
    unsigned ran = 0, wrong = 0;
    (void)state;
    if (!recordings.count)
        skip();
    for (size_t i = 0; i < rp_executor_entry_count; i++) {
        if (!runs_real_mode(&rp_executor_entries[i]))
            continue;
        ran++;
        wrong += take_turn(&rp_executor_entries[i]);
    }
    if (!ran)
        skip();
    assert_int_equal(wrong, 0);
}

static void each_class_is_of_executors_that_there_are(void **state)
{
    (void)state;
    for (unsigned i = 0; i < classes.count; i++) {
        for (unsigned k = 0; k < classes.row[i].bounds; k++)
            assert_non_null(rp_executor_find(classes.row[i].bound[k].executor));
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(classes.row[i].id, classes.row[k].id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_class_is_of_executors_that_there_are),
        cmocka_unit_test(most_recordings_fit_into_the_arena),
        cmocka_unit_test(bytes_stay_apart_and_together),
        cmocka_unit_test(each_executor_does_what_the_cpu_did_or_differs_as_known),
    };
    return cmocka_run_group_tests(tests, load, forget);
}
