/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Screening; see screen.h. */
#include "judge/screen.h"

#include "x86/vector.h"

#define DIFFERENCES 64 /* looked at per comparison; IRET to another ring changes some 30 components of P */

bool rp_outcome_is_memory_fault(const struct rp_outcome *outcome)
{
    /* M-MEMORY: #PF, #SS, #AC, and #DF that they become. A #GP from a non-canonical or out-of-limit operand
     * hits both rings alike, so a pair never shows it in one ring alone. */
    return outcome->kind == RP_OUTCOME_TRAPPED &&
           (outcome->vector == RP_VECTOR_PF || outcome->vector == RP_VECTOR_SS ||
            outcome->vector == RP_VECTOR_AC || outcome->vector == RP_VECTOR_DF);
}

static bool trapped_on(const struct rp_outcome *outcome, unsigned vector)
{
    return outcome->kind == RP_OUTCOME_TRAPPED && outcome->vector == vector;
}

bool rp_outcome_is_plain_ud(const struct rp_outcome *outcome)
{
    return trapped_on(outcome, RP_VECTOR_UD) && outcome->count == 0;
}

static bool is_broken(const struct rp_view *view)
{
    return view->outcome && !rp_outcome_retired(view->outcome) && view->outcome->kind != RP_OUTCOME_TRAPPED;
}

static bool retired(const struct rp_view *view)
{
    return view->outcome && rp_outcome_retired(view->outcome);
}

enum rp_pair rp_screen_pair(const struct rp_view *ring0, const struct rp_view *ring3)
{
    if (is_broken(ring0) || is_broken(ring3))
        return RP_PAIR_BROKEN;
    if (!ring0->outcome || !ring3->outcome)
        return retired(ring0) || retired(ring3) ? RP_PAIR_BOTH : RP_PAIR_VACUOUS;
    if (retired(ring0) && retired(ring3))
        return RP_PAIR_BOTH;
    if (retired(ring0)) {
        bool ring = trapped_on(ring3->outcome, RP_VECTOR_GP) || trapped_on(ring3->outcome, RP_VECTOR_UD);
        return ring ? RP_PAIR_PRIVILEGED : RP_PAIR_MEMORY;
    }
    if (retired(ring3) && !rp_outcome_is_memory_fault(ring0->outcome))
        return RP_PAIR_RING3_ONLY;
    return RP_PAIR_VACUOUS;
}

static void add(struct rp_screen *screen, struct rp_evidence evidence)
{
    for (unsigned i = 0; i < screen->count; i++) {
        const struct rp_evidence *e = &screen->evidence[i];
        if (e->kind == evidence.kind && e->ring == evidence.ring && e->resource == evidence.resource &&
            (e->kind != RP_SENSITIVE_RESOURCE || e->state == evidence.state))
            return;
    }
    if (screen->count < RP_SCREEN_EVIDENCE_MAX)
        screen->evidence[screen->count++] = evidence;
}

static size_t clip(size_t found)
{
    return found < DIFFERENCES ? found : DIFFERENCES;
}

/* Adds the evidence once for each resource that the difference is one of. */
static void add_each(struct rp_screen *screen, struct rp_evidence evidence,
                     const struct rp_difference *difference)
{
    enum rp_resource resources[64];
    unsigned count = rp_difference_resources(difference, resources);
    evidence.component = difference->component;
    for (unsigned i = 0; i < count; i++) {
        evidence.resource = resources[i];
        add(screen, evidence);
    }
}

/* Control: a retired run that changed P. */
static void screen_control(const struct rp_screen_runs *runs, const struct rp_noise *noise, unsigned state,
                           unsigned ring, struct rp_screen *screen)
{
    struct rp_difference differences[DIFFERENCES];
    size_t found = clip(rp_compare_effects(&runs->run[state][ring], noise, differences, DIFFERENCES));
    for (size_t i = 0; i < found; i++)
        add_each(screen,
                 (struct rp_evidence){.kind = RP_SENSITIVE_CONTROL,
                                      .hole = ring == 1,
                                      .ring = (uint8_t)ring,
                                      .state = (uint8_t)state},
                 &differences[i]);
}

/* Resource: A against B in one ring. */
static void screen_resource(const struct rp_screen_runs *runs, const struct rp_noise *noise, unsigned state,
                            unsigned ring, struct rp_screen *screen)
{
    struct rp_difference difference;
    if (rp_compare_user(&runs->run[RP_STATE_A][ring], &runs->run[state][ring], noise, &difference, 1))
        add(screen, (struct rp_evidence){.kind = RP_SENSITIVE_RESOURCE,
                                         .hole = ring == 1,
                                         .ring = (uint8_t)ring,
                                         .state = (uint8_t)state,
                                         .resource = RP_RESOURCE_NONE,
                                         .component = difference.component});
}

/* Mode, both retired: different U', or a different effect on P. What ring 3 left undone, or did instead,
 * names the resource; where only U' differs it is the ring itself. */
static void screen_both(const struct rp_screen_runs *runs, const struct rp_noise *noise, unsigned state,
                        struct rp_screen *screen)
{
    const struct rp_view *ring0 = &runs->run[state][0], *ring3 = &runs->run[state][1];
    struct rp_evidence e = {.kind = RP_SENSITIVE_MODE, .hole = true, .ring = 1, .state = (uint8_t)state};
    struct rp_difference user, effects[DIFFERENCES];
    if (rp_compare_user(ring0, ring3, noise, &user, 1)) {
        e.resource = RP_RESOURCE_CPL;
        e.component = user.component;
        add(screen, e);
    }
    if (rp_compare_same_effects(ring0, ring3, noise))
        return;
    for (unsigned ring = 0; ring < RP_RINGS; ring++) {
        const struct rp_view *other = ring ? ring0 : ring3;
        size_t found = clip(rp_compare_effects(&runs->run[state][ring], noise, effects, DIFFERENCES));
        for (size_t i = 0; i < found; i++) {
            uint64_t theirs = rp_view_value(other, effects[i].component);
            if (effects[i].component < RP_COMPONENT_MEMORY)
                effects[i].bits &= theirs ^ effects[i].value[1];
            if (effects[i].bits) /* else both did this part */
                add_each(screen, e, &effects[i]);
        }
    }
}

static void screen_state(const struct rp_screen_runs *runs, const struct rp_noise *noise, unsigned state,
                         struct rp_screen *screen)
{
    const struct rp_view *ring0 = &runs->run[state][0], *ring3 = &runs->run[state][1];
    enum rp_pair pair = rp_screen_pair(ring0, ring3);
    screen->pair[state] = pair;
    screen->ring0_retired += retired(ring0);
    if (pair == RP_PAIR_BOTH && ring0->outcome && ring3->outcome)
        screen_both(runs, noise, state, screen);
    if (pair == RP_PAIR_RING3_ONLY)
        add(screen, (struct rp_evidence){.kind = RP_SENSITIVE_MODE,
                                         .hole = true,
                                         .ring = 1,
                                         .state = (uint8_t)state,
                                         .resource = RP_RESOURCE_CPL,
                                         .component = RP_REG_RIP});
    for (unsigned ring = 0; ring < RP_RINGS; ring++) {
        if (retired(&runs->run[state][ring]))
            screen_control(runs, noise, state, ring, screen);
        bool a_retired = retired(&runs->run[RP_STATE_A][ring]);
        if (state != RP_STATE_A && a_retired && retired(&runs->run[state][ring]))
            screen_resource(runs, noise, state, ring, screen);
    }
}

void rp_screen(const struct rp_screen_runs *runs, const struct rp_noise *noise, struct rp_screen *screen)
{
    *screen = (struct rp_screen){.all_ud = 1};
    for (unsigned state = 0; state < RP_STATE_COUNT; state++) {
        screen_state(runs, noise, state, screen);
        for (unsigned ring = 0; ring < RP_RINGS; ring++) {
            const struct rp_outcome *outcome = runs->run[state][ring].outcome;
            screen->all_ud &= !outcome || rp_outcome_is_plain_ud(outcome);
        }
    }
}
