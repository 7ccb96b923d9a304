/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The definitions, run by run; see literal.h. */
#include "support/literal.h"

#include "judge/inquiry.h"
#include "x86/vector.h"

#include <stdlib.h>
#include <string.h>

/* A seed's user state on A, or on A with one resource flipped. */
struct state {
    enum rp_resource resource; /* NONE: A itself */
    bool control;              /* a trap control that is changed makes another policy of it */
    struct rp_prestate prestate[RP_RINGS];
    uint32_t index[RP_RINGS];
};

/* Every state of a seed; the first is A. */
struct states {
    struct state *state;
    size_t count;
};

/* Those of a plan, kept as long as its encodings last. */
struct sheet {
    const struct rp_plan *plan;
    struct states *seed;
};

struct literal {
    struct rp_judge *judge;
    struct sheet common[RP_PLAN_WIDTHS];
    size_t sheets;
    struct rp_outcomes outcomes;
};

/* What the runs of one encoding come to. */
struct sum {
    struct literal_verdict *verdict;
    bool hole, compared, acted, ring3_only, privileged, sensitive, broken;
    unsigned ring0_retired;
    struct rp_noise noise;
};

int literal_open(const struct rp_judge_options *options, struct literal **literal, struct rp_error *error)
{
    *literal = calloc(1, sizeof **literal);
    if (!*literal)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory");
    return rp_judge_open(options, &(*literal)->judge, error);
}

static void free_sheet(struct sheet *sheet)
{
    for (size_t s = 0; sheet->seed && s < sheet->plan->count; s++)
        free(sheet->seed[s].state);
    free(sheet->seed);
    sheet->seed = NULL;
}

/* Before the plans that they are of are closed. */
static void forget_sheets(struct literal *literal)
{
    while (literal->sheets > 0)
        free_sheet(&literal->common[--literal->sheets]);
}

void literal_close(struct literal *literal)
{
    if (!literal)
        return;
    forget_sheets(literal);
    rp_judge_close(literal->judge);
    rp_outcomes_free(&literal->outcomes);
    free(literal);
}

static int add_state(struct states *states, const struct rp_plan *plan, size_t s, enum rp_resource resource,
                     bool control, const struct rp_machine *machine, struct rp_runner *runner,
                     struct rp_error *error)
{
    struct state *state = &states->state[states->count];
    int result = RP_OK;
    state->resource = resource;
    state->control = control;
    for (unsigned ring = 0; ring < RP_RINGS && result == RP_OK; ring++)
        if (plan->ring[ring])
            result = rp_plan_prepare(plan, &plan->seed[s].user, machine, ring, runner, &state->prestate[ring],
                                     &state->index[ring], error);
    states->count += result == RP_OK;
    return result;
}

/* M-ACCESSED: A bits are preset but in the seed that is there to show the write. */
static bool is_accessed_bit(enum rp_resource resource)
{
    const struct rp_place *place = &rp_resource_info(resource)->place;
    return place->kind == RP_PLACE_PROBE && place->field == RP_FIELD_A;
}

/* With a control set that makes nothing trap on this executor, a run shows what no machine would. */
static bool is_flipped(const struct rp_judge *judge, enum rp_mode mode, enum rp_resource resource,
                       enum rp_flip flip)
{
    return judge->can->resource[resource] && !is_accessed_bit(resource) &&
           (flip != RP_FLIP_CONTROL || rp_judge_honours(judge, mode, resource));
}

/* A, and each flip of it that the executor honours. */
static int fill_states(struct states *states, const struct rp_plan *plan, size_t s, struct rp_judge *judge,
                       struct rp_error *error)
{
    const struct rp_machine *a = &plan->seed[s].machine[RP_STATE_A];
    struct rp_runner *runner = &judge->runner;
    states->state = malloc((1 + RP_RESOURCE_COUNT * RP_FLIP_COUNT) * sizeof *states->state);
    if (!states->state)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for every state of a seed");
    int result = add_state(states, plan, s, RP_RESOURCE_NONE, false, a, runner, error);
    for (unsigned r = 0; r < RP_RESOURCE_COUNT; r++) {
        for (unsigned flip = 0; flip < RP_FLIP_COUNT && result == RP_OK; flip++) {
            struct rp_machine machine = *a;
            if (is_flipped(judge, plan->mode, (enum rp_resource)r, (enum rp_flip)flip) &&
                rp_plan_flip_value(plan, a, (enum rp_resource)r, (enum rp_flip)flip, &machine.value[r]))
                result = add_state(states, plan, s, (enum rp_resource)r, flip == RP_FLIP_CONTROL, &machine,
                                   runner, error);
        }
    }
    return result;
}

static int fill_sheet(struct sheet *sheet, const struct rp_plan *plan, struct rp_judge *judge,
                      struct rp_error *error)
{
    int result = RP_OK;
    *sheet = (struct sheet){plan, calloc(plan->count ? plan->count : 1, sizeof *sheet->seed)};
    if (!sheet->seed)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for every state of a plan");
    for (size_t s = 0; s < plan->count && result == RP_OK; s++)
        result = fill_states(&sheet->seed[s], plan, s, judge, error);
    return result;
}

/* Runs every state of a seed; outcomes are by ring, then by state. */
static int run_seed(struct literal *literal, const struct rp_inquiry *inquiry, const struct states *states,
                    size_t count, struct rp_error *error)
{
    struct rp_job jobs[RP_RINGS * (1 + RP_RESOURCE_COUNT * RP_FLIP_COUNT)];
    size_t made = 0;
    for (unsigned ring = 0; ring < RP_RINGS; ring++)
        for (size_t i = 0; i < count && inquiry->plan->ring[ring]; i++)
            jobs[made++] =
                (struct rp_job){.encoding = inquiry->encoding, .prestate = states->state[i].index[ring]};
    return rp_runner_run(&literal->judge->runner, jobs, made, &literal->outcomes, error);
}

/* The run of state `i` in ring index `ring`, of `count` states whose outcomes begin with `first`. */
static struct rp_view view(const struct literal *literal, const struct rp_inquiry *inquiry,
                           const struct states *states, size_t first, size_t count, size_t i, unsigned ring)
{
    struct rp_view v = {.mode = inquiry->mode,
                        .prestate = &states->state[i].prestate[ring],
                        .names_memory = inquiry->decoded && inquiry->instruction.memory.present};
    if (!inquiry->plan->ring[ring])
        return v;
    v.outcome = &literal->outcomes.outcome[first + (ring && inquiry->plan->ring[0] ? count : 0) + i];
    v.changes = literal->outcomes.change + v.outcome->first;
    return v;
}

static bool retired(const struct rp_view *v)
{
    return v->outcome && rp_outcome_retired(v->outcome);
}

/* M-NOISE: A of each seed, three times in both rings. */
static int listen(struct literal *literal, const struct rp_inquiry *inquiry, const struct sheet *sheet,
                  struct rp_noise *noise, struct rp_error *error)
{
    int result = RP_OK;
    for (size_t s = 0; s < inquiry->plan->count && result == RP_OK; s++) {
        size_t rings = (size_t)inquiry->plan->ring[0] + inquiry->plan->ring[1];
        rp_outcomes_clear(&literal->outcomes);
        for (unsigned time = 0; time < 3 && result == RP_OK; time++)
            result = run_seed(literal, inquiry, &sheet->seed[s], 1, error);
        for (unsigned time = 1; time < 3 && result == RP_OK; time++) {
            for (unsigned ring = 0; ring < RP_RINGS; ring++) {
                struct rp_view a = view(literal, inquiry, &sheet->seed[s], 0, 1, 0, ring);
                struct rp_view b = view(literal, inquiry, &sheet->seed[s], time * rings, 1, 0, ring);
                if (a.outcome && rp_compare_same_end(a.outcome, b.outcome))
                    rp_compare_noise(&a, &b, noise);
            }
        }
    }
    return result;
}

static void show(struct sum *sum, enum rp_sensitivity kind, enum rp_resource resource, bool hole)
{
    sum->verdict->sensitivity |= (uint8_t)kind;
    if (resource != RP_RESOURCE_NONE)
        rp_resource_set_add(&sum->verdict->resources, resource);
    sum->sensitive = true;
    sum->hole |= hole;
}

/* A difference in P, for each resource that it is one of. */
static void show_each(struct sum *sum, enum rp_sensitivity kind, const struct rp_difference *difference,
                      bool hole)
{
    bool owned = false;
    for (unsigned bit = 0; bit < 64 && difference->component < RP_REG_COUNT; bit++) {
        struct rp_difference one = {.component = difference->component, .bits = UINT64_C(1) << bit};
        enum rp_resource resource =
            difference->bits >> bit & 1 ? rp_difference_resource(&one) : RP_RESOURCE_NONE;
        if (resource != RP_RESOURCE_NONE)
            show(sum, kind, resource, hole);
        owned |= resource != RP_RESOURCE_NONE;
    }
    if (!owned)
        show(sum, kind, rp_difference_resource(difference), hole);
}

#define DIFFERENCES 64

/* Control-sensitive: a run in either ring retires with P' != P. */
static void ask_control(struct sum *sum, const struct rp_view *v, bool ring3)
{
    struct rp_difference d[DIFFERENCES];
    size_t count = rp_compare_effects(v, &sum->noise, d, DIFFERENCES);
    for (size_t i = 0; i < count && i < DIFFERENCES; i++)
        show_each(sum, RP_SENSITIVE_CONTROL, &d[i], ring3);
}

static bool acted(const struct rp_view *v)
{
    const struct rp_outcome *o = v->outcome;
    return o->kind == RP_OUTCOME_ENTERED || o->count > 1 ||
           (o->count == 1 && v->changes[0].component != RP_REG_RIP);
}

/* Mode-sensitive, both retired: they end in different U', or with a different effect on P. */
static void ask_both(struct sum *sum, const struct rp_view ring[RP_RINGS])
{
    struct rp_difference d[DIFFERENCES];
    sum->compared = true;
    sum->acted |= acted(&ring[1]);
    if (rp_compare_user(&ring[0], &ring[1], &sum->noise, d, 1))
        show(sum, RP_SENSITIVE_MODE, RP_RESOURCE_CPL, true);
    if (rp_compare_same_effects(&ring[0], &ring[1], &sum->noise))
        return;
    for (unsigned r = 0; r < RP_RINGS; r++) {
        size_t count = rp_compare_effects(&ring[r], &sum->noise, d, DIFFERENCES);
        for (size_t i = 0; i < count && i < DIFFERENCES; i++) {
            uint64_t theirs = rp_view_value(&ring[!r], d[i].component);
            if (d[i].component < RP_COMPONENT_MEMORY)
                d[i].bits &= theirs ^ d[i].value[1];
            if (d[i].bits)
                show_each(sum, RP_SENSITIVE_MODE, &d[i], true);
        }
    }
}

/* Mode-sensitive: the two rings from one state. */
static void ask_pair(struct sum *sum, const struct rp_view ring[RP_RINGS])
{
    const struct rp_outcome *outcome[RP_RINGS] = {ring[0].outcome, ring[1].outcome};
    for (unsigned r = 0; r < RP_RINGS; r++)
        sum->broken |=
            outcome[r] && !rp_outcome_retired(outcome[r]) && outcome[r]->kind != RP_OUTCOME_TRAPPED;
    sum->ring0_retired += retired(&ring[0]);
    if (!outcome[0] || !outcome[1]) {
        sum->compared |= retired(&ring[0]) || retired(&ring[1]);
    } else if (retired(&ring[0]) && retired(&ring[1])) {
        ask_both(sum, ring);
    } else if (retired(&ring[0])) {
        bool because = outcome[1]->vector == RP_VECTOR_GP || outcome[1]->vector == RP_VECTOR_UD;
        sum->privileged |= outcome[1]->kind == RP_OUTCOME_TRAPPED && because;
    } else if (retired(&ring[1]) && outcome[0]->kind == RP_OUTCOME_TRAPPED &&
               !rp_outcome_is_memory_fault(outcome[0])) {
        sum->ring3_only = true;
        show(sum, RP_SENSITIVE_MODE, RP_RESOURCE_CPL, true);
    }
}

/* Resource-sensitive: P and Q differ in one resource, and both runs retire with different U'. */
static int ask_resource(struct rp_inquiry *inquiry, struct sum *sum, const struct states *states, size_t i,
                        unsigned ring, const struct rp_view *a, struct rp_view flipped,
                        struct rp_error *error)
{
    const struct state *state = &states->state[i];
    struct rp_difference d;
    bool implicit = false;
    flipped.prestate = a->prestate; /* U is the same; P differs because it was made to */
    if (!retired(a) || !retired(&flipped) || !rp_compare_user(a, &flipped, &sum->noise, &d, 1))
        return RP_OK;
    int result = rp_inquiry_is_implicit(inquiry, state->resource,
                                        (uint32_t[2]){states->state[0].index[ring], state->index[ring]},
                                        &implicit, error);
    if (result == RP_OK && !implicit)
        show(sum, RP_SENSITIVE_RESOURCE, state->resource, ring == 1);
    return result;
}

static int ask_seed(struct literal *literal, struct rp_inquiry *inquiry, const struct states *states,
                    struct sum *sum, struct rp_error *error)
{
    rp_outcomes_clear(&literal->outcomes);
    int result = run_seed(literal, inquiry, states, states->count, error);
    for (size_t i = 0; i < states->count && result == RP_OK; i++) {
        struct rp_view ring[RP_RINGS];
        for (unsigned r = 0; r < RP_RINGS; r++)
            ring[r] = view(literal, inquiry, states, 0, states->count, i, r);
        for (unsigned r = 0; r < RP_RINGS && i > 0 && result == RP_OK; r++) {
            struct rp_view a = view(literal, inquiry, states, 0, states->count, 0, r);
            result = ask_resource(inquiry, sum, states, i, r, &a, ring[r], error);
        }
        if (states->state[i].control)
            continue;
        ask_pair(sum, ring);
        for (unsigned r = 0; r < RP_RINGS; r++)
            if (retired(&ring[r]))
                ask_control(sum, &ring[r], r == 1);
    }
    return result;
}

/* The precedence over all seeds. */
static enum rp_judgement decide(const struct rp_inquiry *inquiry, struct sum *sum)
{
    bool system = inquiry->decoded && strcmp(inquiry->instruction.category, "system") == 0;
    if (sum->privileged && (sum->acted || sum->ring3_only)) /* for some states it traps, for others not */
        show(sum, RP_SENSITIVE_MODE, RP_RESOURCE_CPL, true);
    if (sum->hole)
        return RP_VERDICT_HOLE;
    if (sum->privileged)
        return inquiry->unplaced && !system ? RP_VERDICT_UNKNOWN : RP_VERDICT_PRIVILEGED;
    if (!sum->ring0_retired) {
        bool reserved = inquiry->decoded && strncmp(inquiry->instruction.mnemonic, "ud", 2) == 0;
        return reserved && !sum->broken ? RP_VERDICT_INNOCUOUS : RP_VERDICT_UNKNOWN;
    }
    bool asked = sum->compared && !sum->noise.overflow && !inquiry->unplaced;
    return sum->sensitive || !asked ? RP_VERDICT_UNKNOWN : RP_VERDICT_INNOCUOUS;
}

static int find_sheet(struct literal *literal, const struct rp_inquiry *inquiry, struct sheet *own,
                      struct sheet **sheet, struct rp_error *error)
{
    struct rp_judge *judge = literal->judge;
    *sheet = own;
    if (inquiry->owns_plan)
        return fill_sheet(own, inquiry->plan, judge, error);
    for (size_t i = 0; i < literal->sheets; i++)
        if (literal->common[i].plan == inquiry->plan) {
            *sheet = &literal->common[i];
            return RP_OK;
        }
    *sheet = &literal->common[literal->sheets++];
    return fill_sheet(*sheet, inquiry->plan, judge, error);
}

int literal_judge(struct literal *literal, enum rp_mode mode, const struct rp_encoding *encoding,
                  const struct rp_deaths *deaths, struct literal_verdict *verdict, struct rp_error *error)
{
    static _Thread_local struct rp_inquiry inquiry;
    struct rp_judge *judge = literal->judge;
    struct sheet own = {0}, *sheet = NULL;
    struct sum sum = {.verdict = verdict};
    uint64_t runs = judge->runner.runs;
    *verdict = (struct literal_verdict){0};
    if (judge->mode != mode)
        forget_sheets(literal);
    judge->runner.deaths = deaths;
    rp_inquiry_ask(&inquiry, judge, mode, encoding);
    rp_judge_enter(judge, mode);
    int result = rp_inquiry_begin(&inquiry, judge->options.policy, error);
    if (result == RP_OK)
        result = find_sheet(literal, &inquiry, &own, &sheet, error);
    if (result == RP_OK)
        result = listen(literal, &inquiry, sheet, &sum.noise, error);
    for (size_t s = 0; result == RP_OK && s < inquiry.plan->count; s++)
        result = ask_seed(literal, &inquiry, &sheet->seed[s], &sum, error);
    if (result == RP_OK)
        verdict->judgement = decide(&inquiry, &sum);
    free_sheet(&own);
    rp_inquiry_end(&inquiry);
    judge->runner.deaths = NULL;
    verdict->runs = judge->runner.runs - runs;
    return result;
}

bool literal_agrees(const struct literal_verdict *literal, const struct rp_verdict *screened)
{
    return literal->judgement == screened->judgement && literal->sensitivity == screened->sensitivity &&
           memcmp(&literal->resources, &screened->resources, sizeof literal->resources) == 0;
}

static void put_words(struct rp_text *text, enum rp_judgement judgement, unsigned kinds,
                      const struct rp_resource_set *resources, const struct rp_resource_set *others)
{
    rp_text_add(text, "%s", rp_judgement_name(judgement));
    for (unsigned kind = RP_SENSITIVE_CONTROL; kind <= RP_SENSITIVE_RESOURCE; kind *= 2)
        if (kinds & kind)
            rp_text_add(text, " %s", rp_sensitivity_name((enum rp_sensitivity)kind));
    for (unsigned r = rp_resource_set_next(resources, 0); r < RP_RESOURCE_COUNT;
         r = rp_resource_set_next(resources, r + 1))
        if (!rp_resource_set_has(others, (enum rp_resource)r))
            rp_text_add(text, " %s", rp_resource_info((enum rp_resource)r)->name);
}

const char *literal_words(const struct literal_verdict *literal, const struct rp_verdict *screened)
{
    static struct rp_text text;
    rp_text_free(&text);
    rp_text_add(&text, "literally ");
    put_words(&text, literal->judgement, literal->sensitivity, &literal->resources, &screened->resources);
    rp_text_add(&text, "; screened ");
    put_words(&text, screened->judgement, screened->sensitivity, &screened->resources, &literal->resources);
    return rp_text_string(&text);
}
