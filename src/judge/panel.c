/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several judges; see panel.h. */
#include "judge/panel.h"

#include "judge/divergence.h"
#include "judge/fidelity.h"
#include "judge/inquiry.h"
#include "judge/overall.h"
#include "state/looks.h"
#include "x86/prefix.h"
#include "x86/vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMBERS_MAX (2 * RP_OPINIONS_MAX) /* stand-ins that nobody named among them */
_Static_assert(MEMBERS_MAX <= RP_PARTIES_MAX, "each member is a party");

struct rp_panel {
    struct rp_panel_options options;
    struct rp_panel_member member[MEMBERS_MAX];
    char name[MEMBERS_MAX][RP_EXECUTOR_NAME_MAX]; /* of stand-ins that nobody named */
    struct rp_judge *judge[MEMBERS_MAX];          /* NULL: a stand-in that was not needed yet */
    unsigned members;
};

/* Models of an executor that was named without one, for what its own lacks. */
static void add_stand_ins(struct rp_panel *panel, const struct rp_panel_member *of)
{
    const char *const *model = of->name && strchr(of->name, ':') ? NULL : of->executor->stand_ins;
    for (; model && *model && panel->members < MEMBERS_MAX; model++) {
        char *name = panel->name[panel->members];
        snprintf(name, RP_EXECUTOR_NAME_MAX, "%s:%s", of->executor->name, *model);
        panel->member[panel->members++] = (struct rp_panel_member){of->executor, name};
    }
}

/* Models of one executor stand in for the first of them. */
static bool is_stand_in(const struct rp_panel *panel, unsigned member)
{
    for (unsigned i = 0; i < member; i++)
        if (panel->member[i].executor == panel->member[member].executor)
            return true;
    return false;
}

static int open_judge(struct rp_panel *panel, unsigned number, struct rp_error *error)
{
    const struct rp_panel_member *member = &panel->member[number];
    const struct rp_panel_options *options = &panel->options;
    bool as_found = member->executor->as_found;
    const struct rp_judge_options judge = {.executor = member->executor,
                                           .executor_name = member->name,
                                           .policy = as_found ? RP_POLICY_AS_FOUND : options->policy,
                                           .other_policies = as_found ? 0 : options->other_policies,
                                           .compared = options->members > 1 &&
                                                       (!as_found || options->policy == RP_POLICY_AS_FOUND),
                                           .random_seed = options->random_seed,
                                           .run_counter = options->run_counter,
                                           .marks = options->marks,
                                           .party = number};
    return panel->judge[number] ? RP_OK : rp_judge_open(&judge, &panel->judge[number], error);
}

int rp_panel_open(const struct rp_panel_options *options, struct rp_panel **panel, struct rp_error *error)
{
    struct rp_panel *p = calloc(1, sizeof *p);
    if (!p)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for judges");
    p->options = *options;
    p->members = options->members;
    memcpy(p->member, options->member, options->members * sizeof p->member[0]);
    int result = rp_divergence_load(error);
    for (unsigned i = 0; i < options->members && result == RP_OK; i++) {
        add_stand_ins(p, &options->member[i]);
        if (!is_stand_in(p, i))
            result = open_judge(p, i, error);
    }
    if (result) {
        rp_panel_close(p);
        return result;
    }
    *panel = p;
    return RP_OK;
}

void rp_panel_close(struct rp_panel *panel)
{
    for (unsigned i = 0; panel && i < panel->members; i++)
        rp_judge_close(panel->judge[i]);
    free(panel);
}

/* Ring 0 of vm86 is real16's (METHOD, "One ring"). */
static bool runs_ring(const struct rp_judge *judge, enum rp_mode mode, unsigned ring)
{
    return judge->can->ring[rp_ring_mode(mode, ring)][ring];
}

/* The members that can run a ring of the mode, without stand-ins; if there is none the first, to say so. */
static unsigned choose(const struct rp_panel *panel, enum rp_mode mode, unsigned number[RP_OPINIONS_MAX])
{
    unsigned count = 0;
    for (unsigned i = 0; i < panel->options.members; i++)
        if (!is_stand_in(panel, i) &&
            (runs_ring(panel->judge[i], mode, 0) || runs_ring(panel->judge[i], mode, 3)))
            number[count++] = i;
    if (count == 0)
        number[count++] = 0;
    return count;
}

/* METHOD, "More than one executor": what a hypervisor may have done is not claimed for the CPU. */
static void mark_virtualised(const struct rp_panel *panel, struct rp_verdict *verdict)
{
    for (unsigned i = 0; i < verdict->opinions && panel->options.under_hypervisor; i++) {
        struct rp_opinion *opinion = &verdict->opinion[i];
        bool ran = opinion->ring[1].present && opinion->ring[1].kind != RP_OUTCOME_UNSUPPORTED;
        opinion->virtualised =
            ran && opinion->provenance == RP_PROVENANCE_SILICON && rp_fidelity_virtualised(verdict->mnemonic);
    }
}

/* True if a member died too often of the encoding to make any more runs of it. */
static bool is_out(const struct rp_deaths *deaths, unsigned member)
{
    return deaths && (deaths->exhausted || deaths->out[member].count);
}

/* Every pair of executors that run ring 3. */
static int compare(struct rp_panel *panel, const unsigned *number, unsigned count,
                   const struct rp_deaths *deaths, struct rp_verdict *verdict, struct rp_error *error)
{
    int result = RP_OK;
    for (unsigned a = 0; a < count; a++) {
        for (unsigned b = a + 1; b < count && result == RP_OK; b++) {
            struct rp_judge *const judge[2] = {panel->judge[number[a]], panel->judge[number[b]]};
            uint64_t runs = judge[0]->runner.runs + judge[1]->runner.runs;
            if (!runs_ring(judge[0], verdict->mode, 3) || !runs_ring(judge[1], verdict->mode, 3) ||
                is_out(deaths, number[a]) || is_out(deaths, number[b]))
                continue;
            judge[0]->runner.deaths = judge[1]->runner.deaths = deaths;
            result = rp_divergence_search(judge, (unsigned[2]){a, b}, panel->options.policy, verdict, error);
            judge[0]->runner.deaths = judge[1]->runner.deaths = NULL;
            verdict->runs += (uint32_t)(judge[0]->runner.runs + judge[1]->runner.runs - runs);
        }
    }
    return result;
}

static bool is_invalid(const struct rp_shown *ring)
{
    return !ring->present || (ring->kind == RP_OUTCOME_TRAPPED && ring->vector == RP_VECTOR_UD);
}

/* True if the executor's CPU seems not to have the instruction, so that another model may: #UD in both rings,
 * whatever the state. In vm86 and real mode no CPU has VEX, EVEX and XOP (SDM Vol. 2A 2.3.1). */
static bool seems_lacking(const struct rp_verdict *verdict)
{
    const struct rp_opinion *opinion = &verdict->opinion[0];
    struct rp_prefix_scan scan;
    const struct rp_encoding *e = &verdict->encoding;
    bool invalid = is_invalid(&opinion->ring[0]) && is_invalid(&opinion->ring[1]) &&
                   (opinion->ring[0].present || opinion->ring[1].present);
    return verdict->decoded && opinion->decides && opinion->judgement == RP_VERDICT_UNKNOWN && invalid &&
           verdict->closers == 0 && rp_prefix_scan(verdict->mode, e->bytes, e->length, &scan) &&
           (rp_mode_info(verdict->mode)->protected_mode || scan.class == RP_CLASS_LEGACY ||
            scan.class == RP_CLASS_3DNOW);
}

/* Judges by member *number, or where it lacks the instruction by the first stand-in that has it; *number is
 * then that one. */
static int judge_by(struct rp_panel *panel, unsigned *number, enum rp_mode mode,
                    const struct rp_encoding *encoding, const struct rp_deaths *deaths,
                    struct rp_verdict *verdict, struct rp_error *error)
{
    static _Thread_local struct rp_verdict other;
    unsigned first = *number;
    int result = rp_judge_encoding(panel->judge[first], mode, encoding, deaths, verdict, error);
    for (unsigned i = first + 1; i < panel->members && result == RP_OK && seems_lacking(verdict); i++) {
        if (panel->member[i].executor != panel->member[first].executor || is_out(deaths, i))
            continue;
        result = open_judge(panel, i, error);
        if (result == RP_OK)
            result = rp_judge_encoding(panel->judge[i], mode, encoding, deaths, &other, error);
        if (result) {
            rp_verdict_free(verdict);
            return result;
        }
        bool has = !seems_lacking(&other);
        uint32_t runs = verdict->runs + other.runs;
        rp_verdict_free(has ? verdict : &other);
        if (has) {
            *verdict = other;
            *number = i;
        }
        verdict->runs = runs;
    }
    return result;
}

static int judge_together(struct rp_panel *panel, unsigned *number, unsigned count, enum rp_mode mode,
                          const struct rp_encoding *encoding, const struct rp_deaths *deaths,
                          struct rp_verdict *verdict, struct rp_error *error)
{
    static _Thread_local struct rp_verdict own[RP_OPINIONS_MAX];
    unsigned done = 0;
    int result = RP_OK;
    while (done < count && result == RP_OK) {
        result = judge_by(panel, &number[done], mode, encoding, deaths, &own[done], error);
        done += result == RP_OK;
    }
    if (result) {
        while (done > 0)
            rp_verdict_free(&own[--done]);
        return result;
    }
    struct rp_resource_set honours[RP_OPINIONS_MAX] = {0};
    for (unsigned i = 0; i < count; i++)
        rp_judge_honoured(panel->judge[number[i]], mode, &honours[i]);
    result = rp_overall_verdict(own, honours, count, panel->options.policy, panel->options.other_policies,
                                verdict, error);
    if (result)
        return result;
    result = compare(panel, number, count, deaths, verdict, error);
    if (result)
        rp_verdict_free(verdict);
    return result;
}

int rp_panel_judge(struct rp_panel *panel, enum rp_mode mode, const struct rp_encoding *encoding,
                   const struct rp_deaths *deaths, struct rp_verdict *verdict, struct rp_error *error)
{
    unsigned number[RP_OPINIONS_MAX], count = choose(panel, mode, number);
    int result = count == 1 ? judge_by(panel, number, mode, encoding, deaths, verdict, error)
                            : judge_together(panel, number, count, mode, encoding, deaths, verdict, error);
    if (result)
        return result;
    mark_virtualised(panel, verdict);
    return RP_OK;
}

int rp_panel_detail(struct rp_panel *panel, const struct rp_verdict *verdict, struct rp_detail *detail,
                    struct rp_error *error)
{
    unsigned number[RP_OPINIONS_MAX];
    choose(panel, verdict->mode, number);
    struct rp_judge *judge = panel->judge[number[0]];
    const char *name = verdict->has_witness ? verdict->witness_executor : verdict->opinion[0].executor;
    for (unsigned i = 0; i < panel->members; i++)
        if (panel->judge[i] && strcmp(rp_judge_executor(panel->judge[i]), name) == 0)
            judge = panel->judge[i];
    return rp_judge_detail(judge, verdict, detail, error);
}

/* Opens the judges that a witness's runs are made by. */
static int seat(struct rp_panel *panel, const struct rp_witness *witness, struct rp_error *error)
{
    unsigned wanted = witness->kind == RP_KIND_DIVERGENCE ? 2 : 1;
    if (panel->options.members != wanted)
        return rp_error_set(error, RP_EINPUT, "a witness of kind %s runs on %s, not on %u; name %s with -x",
                            rp_sensitivity_name(witness->kind),
                            wanted == 2 ? "two executors" : "one executor", panel->options.members,
                            wanted == 2 ? "two" : "one");
    int result = RP_OK;
    for (unsigned i = 0; i < wanted && result == RP_OK; i++)
        result = open_judge(panel, i, error);
    return result;
}

int rp_panel_replay(struct rp_panel *panel, const struct rp_witness *witness, struct rp_replay *replay,
                    struct rp_error *error)
{
    int result = seat(panel, witness, error);
    return result ? result : rp_judge_replay(panel->judge, witness, replay, error);
}

int rp_panel_minimize(struct rp_panel *panel, struct rp_witness *witness, rp_witness_change *change,
                      struct rp_error *error)
{
    int result = seat(panel, witness, error);
    return result ? result : rp_judge_minimize(panel->judge, witness, change, NULL, error);
}

int rp_panel_implicit(struct rp_panel *panel, enum rp_mode mode, struct rp_implicit kinds[RP_IMPLICIT_KINDS],
                      struct rp_error *error)
{
    unsigned number[RP_OPINIONS_MAX], count = choose(panel, mode, number);
    int result = rp_judge_implicit(panel->judge[number[0]], mode, kinds, error);
    for (unsigned i = 1; i < count && result == RP_OK; i++) {
        struct rp_implicit other[RP_IMPLICIT_KINDS];
        if (!runs_ring(panel->judge[number[i]], mode, 0))
            continue;
        result = rp_judge_implicit(panel->judge[number[i]], mode, other, error);
        bool both = runs_ring(panel->judge[number[0]], mode, 0);
        for (unsigned k = 0; k < RP_IMPLICIT_KINDS && result == RP_OK; k++)
            if (other[k].runs && !(kinds[k].runs && both))
                kinds[k] = other[k];
    }
    return result;
}

/* The members that a portrait names. */
static void members_of(const struct rp_panel *panel, const struct rp_portrait *portrait,
                       const struct rp_deaths *deaths, struct rp_judge *judge[RP_OPINIONS_MAX])
{
    for (unsigned i = 0; i < portrait->judges; i++) {
        judge[i] = panel->judge[portrait->member[i]];
        judge[i]->runner.deaths = deaths;
    }
}

static void let_go(const struct rp_panel *panel, const struct rp_portrait *portrait)
{
    for (unsigned i = 0; i < portrait->judges; i++)
        panel->judge[portrait->member[i]]->runner.deaths = NULL;
}

/* The member that an opinion is of; panel->members: none. */
static unsigned member_of(const struct rp_panel *panel, const struct rp_opinion *opinion)
{
    unsigned m = 0;
    while (m < panel->members &&
           strcmp(panel->member[m].name ? panel->member[m].name : panel->member[m].executor->name,
                  opinion->executor) != 0)
        m++;
    return m;
}

int rp_panel_portray(struct rp_panel *panel, const struct rp_verdict *verdict, const struct rp_deaths *deaths,
                     struct rp_portrait *portrait, struct rp_error *error)
{
    struct rp_judge *judge[RP_OPINIONS_MAX];
    *portrait = (struct rp_portrait){.judges = 0};
    for (unsigned i = 0; i < verdict->opinions; i++) {
        unsigned m = member_of(panel, &verdict->opinion[i]);
        int result = m < panel->members ? open_judge(panel, m, error) : RP_OK;
        if (result)
            return result;
        if (m < panel->members && !is_out(deaths, m))
            portrait->member[portrait->judges++] = (uint8_t)m;
    }
    if (portrait->judges < verdict->opinions)
        portrait->judges = 0;
    if (portrait->judges == 0)
        return RP_OK;
    members_of(panel, portrait, deaths, judge);
    const struct rp_portrait who = *portrait;
    int result =
        rp_likeness_portray(judge, panel->options.policy, verdict->mode, &verdict->encoding, portrait, error);
    let_go(panel, &who);
    return result;
}

bool rp_panel_is_of(const struct rp_panel *panel, const struct rp_portrait *portrait,
                    const struct rp_verdict *verdict)
{
    bool same = portrait->judges > 0 && portrait->judges == verdict->opinions;
    for (unsigned i = 0; i < verdict->opinions && same; i++)
        same = member_of(panel, &verdict->opinion[i]) == portrait->member[i];
    return same;
}

int rp_panel_compare(struct rp_panel *panel, enum rp_mode mode, const struct rp_encoding *encoding,
                     const struct rp_deaths *deaths, const struct rp_portrait *portrait, unsigned count,
                     unsigned *which, struct rp_portrait *own, struct rp_error *error)
{
    struct rp_judge *judge[RP_OPINIONS_MAX];
    *which = count;
    own->judges = 0;
    if (portrait->judges == 0)
        return RP_OK;
    members_of(panel, portrait, deaths, judge);
    int result =
        rp_likeness_compare(judge, panel->options.policy, mode, encoding, portrait, count, which, own, error);
    let_go(panel, portrait);
    return result;
}

uint64_t rp_panel_runs(const struct rp_panel *panel)
{
    uint64_t runs = 0;
    for (unsigned i = 0; i < panel->members; i++)
        runs += panel->judge[i] ? panel->judge[i]->runner.runs : 0;
    return runs;
}
