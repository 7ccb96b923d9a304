/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Screening: what the six runs of one seed show. Pure: takes outcomes, makes no run of its own. METHOD, "The
 * definitions" and "Screen". */
#ifndef RP_JUDGE_SCREEN_H
#define RP_JUDGE_SCREEN_H

#include "judge/compare.h"
#include "judge/plan.h"

/* The six runs, by state and ring index. A ring that was not run has outcome NULL. */
struct rp_screen_runs {
    struct rp_view run[RP_STATE_COUNT][RP_RINGS];
};

/* What one pair of rings in one state came to. */
enum rp_pair {
    RP_PAIR_VACUOUS, /* ring 0 did not retire, nor ring 3 where ring 0 trapped for its own reasons: M-VACUOUS
                      */
    RP_PAIR_BOTH,    /* both retired */
    RP_PAIR_PRIVILEGED, /* ring 0 retired, ring 3 got #GP or #UD */
    RP_PAIR_MEMORY,     /* ring 0 retired, ring 3 faulted on memory: M-MEMORY, nothing shown */
    RP_PAIR_RING3_ONLY, /* ring 3 retired where ring 0 trapped, and not on memory */
    RP_PAIR_BROKEN,     /* a run died, hung or was unsupported */
    RP_PAIR_COUNT,
};

/* Evidence: the kind, and where it was seen. */
struct rp_evidence {
    enum rp_sensitivity kind;
    bool hole;                 /* its ring-3 run retires: sensitive, and does not trap */
    uint8_t ring;              /* index; control, resource: the ring; mode: 1 */
    uint8_t state;             /* control, mode: the state; resource: the other state, against A */
    bool flipped;              /* `state` is an enum rp_flip of `resource` alone, on A */
    bool trap;                 /* mode: that ring 3 traps because of the ring is what it shows */
    bool back;                 /* resource, attributed: `state` against itself with `resource` as A has it */
    enum rp_resource resource; /* NONE until attributed (resource), or where no row owns the component */
    uint32_t component;
};

#define RP_SCREEN_EVIDENCE_MAX 64
struct rp_screen {
    enum rp_pair pair[RP_STATE_COUNT];
    unsigned ring0_retired; /* runs */
    unsigned all_ud;        /* 1 if every run was #UD and changed nothing */
    struct rp_evidence evidence[RP_SCREEN_EVIDENCE_MAX];
    unsigned count;
};

/* Fills `screen`. `noise` may be NULL. */
void rp_screen(const struct rp_screen_runs *runs, const struct rp_noise *noise, struct rp_screen *screen);

/* Classifies one pair; `b` may have no outcome (one ring only), then VACUOUS or BOTH by ring 0 alone. */
enum rp_pair rp_screen_pair(const struct rp_view *ring0, const struct rp_view *ring3);

/* True if the outcome is a fault that comes from where an operand points (M-MEMORY), not from the ring. */
bool rp_outcome_is_memory_fault(const struct rp_outcome *outcome);

/* True if it is #UD and nothing changed: no other state or operand shows more. */
bool rp_outcome_is_plain_ud(const struct rp_outcome *outcome);

#endif
