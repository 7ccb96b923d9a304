/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans: the pre-states that encodings are screened from, prepared in an executor. For each seed there is A,
 * the policy's own machine, and B1 and B2, each with one half of the perturbable resources changed; all three
 * in both rings. One plan serves every encoding of a mode and operand size whose operands are where seeds put
 * them; other encodings get a plan of their own, fitted to them. Single flips are prepared when first asked.
 */
#ifndef RP_JUDGE_PLAN_H
#define RP_JUDGE_PLAN_H

#include "executor/runner.h"
#include "judge/witness.h"
#include "state/seeds.h"

enum rp_plan_state {
    RP_STATE_A,
    RP_STATE_B1,
    RP_STATE_B2,
    RP_STATE_COUNT,
};

#define RP_RINGS 2 /* index 0: ring 0, index 1: ring 3 */

/* The values a resource can be flipped to alone. */
enum rp_flip {
    RP_FLIP_PERTURB_1,
    RP_FLIP_PERTURB_2,
    RP_FLIP_CONTROL, /* a control: to its other value (trapping or open) */
    RP_FLIP_OTHER,   /* .flip of the row: what screening must not do */
    RP_FLIP_COUNT,
};

/* Lone flips that are made all at once first, to see whether any of them can show something. */
enum rp_lone_group {
    RP_LONE_DESCRIPTOR, /* of the seed's own descriptor */
    RP_LONE_UNIT,       /* controls of x87, SSE and the like: they trap every instruction of the unit */
    RP_LONE_CONTROL_1,  /* a random half of the others, drawn anew per seed */
    RP_LONE_CONTROL_2,
    RP_LONE_GROUPS,
};

struct rp_lone_flip {
    enum rp_resource resource;
    enum rp_flip flip;
    enum rp_lone_group group; /* in a seed's list */
};
#define RP_LONE_MAX 48

struct rp_plan_seed {
    const struct rp_seed *seed;
    struct rp_user user;
    struct rp_machine machine[RP_STATE_COUNT];
    struct rp_prestate prestate[RP_STATE_COUNT][RP_RINGS];
    uint32_t index[RP_STATE_COUNT][RP_RINGS]; /* in the executor */
    uint32_t *flip;                           /* [resource][flip][ring], RP_PLAN_UNPREPARED until asked */
    /* What is flipped alone besides attribution: first what screening must not change in the descriptor that
     * the seed points at (P, DPL, type: they make loads trap), then the trap controls. */
    struct rp_lone_flip lone[RP_LONE_MAX];
    unsigned lone_own, lone_all;
    uint32_t together[RP_LONE_GROUPS][RP_RINGS]; /* as `flip` */
};

#define RP_PLAN_UNPREPARED UINT32_MAX

struct rp_plan {
    enum rp_mode mode;
    enum rp_policy policy;
    bool ring[RP_RINGS]; /* which the executor runs, in this mode (ring 0 of vm86: in real16) */
    struct rp_plan_seed *seed;
    size_t count;
    uint32_t first; /* what the executor has to forget */
    uint32_t flips; /* prepared so far */
};

struct rp_plan_options {
    const struct rp_seeds *seeds;
    enum rp_mode mode;
    enum rp_policy policy;
    unsigned operand_bits;                    /* 16, 32 or 64 */
    const struct rp_instruction *instruction; /* NULL: for all that need no fitting */
    size_t most;                              /* seeds at most; 0: all that the mode has */
    const struct rp_resource_set *aside;      /* not perturbed in B1 and B2; NULL: none */
    const struct rp_resource_set *honoured;   /* trap controls that trap something; NULL: all */
    uint64_t random_seed;                     /* decides the halves of B1 and B2 */
};

/* Builds and prepares every state. Close with rp_plan_close, later plans first. */
int rp_plan_open(struct rp_plan *plan, const struct rp_plan_options *options, struct rp_runner *runner,
                 struct rp_error *error);
void rp_plan_close(struct rp_plan *plan, struct rp_runner *runner);

/* The pre-states that the executor holds for it. */
size_t rp_plan_slots(const struct rp_plan *plan);

/* The value that `flip` gives `resource` from `machine`; false if the row has none, or it is the value it
 * has. */
bool rp_plan_flip_value(const struct rp_plan *plan, const struct rp_machine *machine,
                        enum rp_resource resource, enum rp_flip flip, uint64_t *value);

/* The executor's index of seed `s` in state A with one flip, in ring index `ring`. RP_EINPUT: no such flip.
 */
int rp_plan_flip(struct rp_plan *plan, size_t s, enum rp_resource resource, enum rp_flip flip, unsigned ring,
                 struct rp_runner *runner, uint32_t *index, struct rp_error *error);

/* The same with all lone flips of the group, which must have one. */
int rp_plan_flip_together(struct rp_plan *plan, size_t s, enum rp_lone_group group, unsigned ring,
                          struct rp_runner *runner, uint32_t *index, struct rp_error *error);

/* Controls that an executor has as found get the value that it found in a machine of that policy, unless they
 * were set to another than its default. */
void rp_plan_take_as_found(const struct rp_runner *runner, enum rp_mode mode, enum rp_policy policy,
                           struct rp_machine *machine);

/* Prepares seed `s`'s user state on any machine; the caller forgets it. */
int rp_plan_prepare(const struct rp_plan *plan, const struct rp_user *user, const struct rp_machine *machine,
                    unsigned ring, struct rp_runner *runner, struct rp_prestate *prestate, uint32_t *index,
                    struct rp_error *error);

#endif
