/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One encoding under examination: what the steps of the judge hand to each other. Private to src/judge. */
#ifndef RP_JUDGE_INQUIRY_H
#define RP_JUDGE_INQUIRY_H

#include "judge/judge.h"
#include "judge/memo.h"
#include "judge/screen.h"

#define RP_PLAN_WIDTHS 3 /* operand sizes 16, 32, 64 */

/* What fitting a plan looks at; shape.c. Compared as bytes. */
struct rp_shape {
    int64_t displacement; /* of a memory operand; else the immediate */
    uint16_t selector;
    uint8_t memory; /* 1: a memory operand */
    uint8_t operand_bits, address_bits, base, index, scale, segment;
    uint8_t map, opcode, modrm, rex; /* without one */
    uint8_t none[3];                 /* where there would be padding */
};
struct rp_shaped_plan {
    struct rp_shape shape;
    struct rp_plan plan;
};
#define RP_SHAPES_MAX 40 /* some 3 MB each with Unicorn; fewer where the executor holds no more */

struct rp_judge {
    struct rp_judge_options options;
    struct rp_runner runner;
    struct rp_seeds seeds;
    struct rp_limits *limits;
    const struct rp_capabilities *can;
    enum rp_mode mode; /* that the common plans are for; RP_MODE_COUNT: none yet */
    struct rp_plan common[RP_POLICY_COUNT][RP_PLAN_WIDTHS];
    bool open[RP_POLICY_COUNT][RP_PLAN_WIDTHS];
    struct rp_shaped_plan shape[RP_SHAPES_MAX]; /* all of one policy */
    unsigned shapes;
    struct rp_outcomes outcomes; /* of the encoding's screening */
    struct rp_outcomes extra;    /* of single questions, cleared by each */
    struct rp_memo memo;         /* of the encoding at hand, to compare it with others */
};

/* Evidence, and the seed that it was found with. */
struct rp_found {
    struct rp_evidence evidence;
    size_t seed;
};
#define RP_FOUND_MAX 200
#define RP_KEPT_MAX  8

/* Seeds that are run first, and that suffice where nothing is decided. */
#define RP_SCREEN_SHORTLY 2

struct rp_inquiry {
    struct rp_judge *judge;
    enum rp_mode mode;
    struct rp_encoding encoding;
    bool decoded;
    struct rp_instruction instruction; /* if decoded */
    bool unplaced; /* it reads a selector or far pointer from memory in which no seed can put one */
    /* The executor will not decide: RP_SCREEN_SHORTLY seeds show what it does. */
    bool shortly;
    struct rp_plan *plan;
    struct rp_plan own; /* if `owns_plan`: fitted to the operands, or with resources set aside */
    bool fitted, owns_plan;
    struct rp_screen_runs *runs; /* by seed of the plan; outcomes in judge->outcomes */
    uint32_t *at;                /* by [seed][state][ring]: index of the outcome */
    bool *telling;               /* by seed: what closes the encoding has to stop it; close.c */
    size_t screened;             /* seeds that were run */
    unsigned pairs[RP_PAIR_COUNT];
    unsigned ring0_retired;           /* runs */
    unsigned acted;                   /* pairs that both retired and in which ring 3 did more than go on */
    unsigned first_retired[RP_RINGS]; /* seed whose state A retired first; UINT_MAX: none */
    struct rp_noise noise;
    struct rp_found found[RP_FOUND_MAX];
    unsigned count;
    struct rp_found kept[RP_KEPT_MAX]; /* that splitting came upon; screening again would not show it */
    unsigned kept_count;
    size_t trap_seed; /* the first pair in which ring 3 trapped because of the ring, if
                         pairs[RP_PAIR_PRIVILEGED] */
    unsigned trap_state;
};

/* Clears `inquiry` and asks about `encoding`, decoded if it can be. */
void rp_inquiry_ask(struct rp_inquiry *inquiry, struct rp_judge *judge, enum rp_mode mode,
                    const struct rp_encoding *encoding);
/* Takes the judge's common plan of `policy`, or opens one of its own fitted to the operands. The judge must
 * have entered the mode. End it even after a failure. */
int rp_inquiry_begin(struct rp_inquiry *inquiry, enum rp_policy policy, struct rp_error *error);
void rp_inquiry_end(struct rp_inquiry *inquiry);
/* Opens a plan of the inquiry's own in the place of the one it has: fitted to the operands if they need it,
 * without the resources in `aside` (may be NULL). */
int rp_inquiry_own_plan(struct rp_inquiry *inquiry, enum rp_policy policy,
                        const struct rp_resource_set *aside, struct rp_error *error);

/* Runs `count` jobs of this encoding over `indices`; outcomes replace those in judge->extra. */
int rp_inquiry_run(struct rp_inquiry *inquiry, const uint32_t *indices, size_t count, struct rp_error *error);

/* Does seed `s` retire in ring index `ring` of another machine? */
int rp_inquiry_retires(struct rp_inquiry *inquiry, size_t s, const struct rp_machine *machine, unsigned ring,
                       bool *does, struct rp_error *error);

/* The runs of seed `s`: for each ring and, within it, each state that the plan has. Returns how many. */
size_t rp_inquiry_jobs(const struct rp_inquiry *inquiry, size_t s, struct rp_job *jobs);

/* A view of outcome `number` in judge->extra, begun from `prestate`. */
struct rp_view rp_inquiry_view(const struct rp_inquiry *inquiry, const struct rp_prestate *prestate,
                               size_t number);

/* True if state A of seed `s` retired in ring index `ring`. */
static inline bool rp_inquiry_a_retired(const struct rp_inquiry *inquiry, size_t s, unsigned ring)
{
    const struct rp_outcome *outcome = inquiry->runs[s].run[RP_STATE_A][ring].outcome;
    return outcome && rp_outcome_retired(outcome);
}

/* Adds evidence unless the same is known; evidence of a hole replaces evidence that is none. */
void rp_inquiry_add(struct rp_inquiry *inquiry, const struct rp_evidence *evidence, size_t seed);

/* What one difference between A and a flip is found in. */
struct rp_hit {
    struct rp_lone_flip flip;
    uint32_t component, index;
};

/* Compares outcome `number` of judge->extra, of A of seed `s` with one flip, with A's; true where both
 * retired and U' differs. */
bool rp_inquiry_hits(const struct rp_inquiry *inquiry, size_t s, unsigned ring,
                     const struct rp_lone_flip *flip, uint32_t index, size_t number, struct rp_hit *hit);

/* True if ring index `ring` is known to be shown the resource; what ring 3 is shown ring 0 is. */
bool rp_inquiry_knows(const struct rp_inquiry *inquiry, enum rp_resource resource, unsigned ring);

/* Adds that a flip alone changes U' in ring index `ring`, unless everything of the encoding's kind shows it.
 * *shows: it does, be that new, known or implicit; false if it did not come back. */
int rp_inquiry_add_hit(struct rp_inquiry *inquiry, size_t s, unsigned ring, const struct rp_hit *hit,
                       bool *shows, struct rp_error *error);

/* Adds that the encoding is mode-sensitive by the state: ring 3 traps because of the ring in some states and
 * retires in others, as MOV to DS does by the descriptor's DPL. What there is to show is a pair in which it
 * traps. */
void rp_inquiry_add_dependence(struct rp_inquiry *inquiry, size_t seed, unsigned state);

/* The steps, in order. Each is in a file of its own. */
/* The first seeds; *enough: there is nothing more to ask, as all are #UD or `shortly` is set. */
int rp_inquiry_screen_first(struct rp_inquiry *inquiry, bool *enough, struct rp_error *error);
int rp_inquiry_screen_rest(struct rp_inquiry *inquiry, struct rp_error *error);
/* Adds to `aside` the resources that make ring 3 trap in a B where it retires in A. */
int rp_inquiry_split(struct rp_inquiry *inquiry, struct rp_resource_set *aside, struct rp_error *error);
int rp_inquiry_confirm(struct rp_inquiry *inquiry, struct rp_error *error); /* M-NOISE */
/* Trap controls that are resources, and what the seeds' descriptors must not be for others to be seen. */
int rp_inquiry_flip_controls(struct rp_inquiry *inquiry, struct rp_error *error);
int rp_inquiry_attribute(struct rp_inquiry *inquiry, struct rp_error *error);
/* Looks for a state in which ring 3 does not trap after all, by the descriptors that seeds point at. */
int rp_inquiry_search(struct rp_inquiry *inquiry, struct rp_error *error);
int rp_inquiry_close(struct rp_inquiry *inquiry, struct rp_verdict *verdict, struct rp_error *error);
/* What keeps a privileged encoding closed: the controls, set to trap by the policy, of which each, opened
 * alone, lets ring 3 retire. They make one closer; those behind it have a control in another's stead. */
int rp_inquiry_keep(struct rp_inquiry *inquiry, struct rp_verdict *verdict, struct rp_error *error);
/* M-ABSENT: if a control that the seeds' machines set removes the encoding from ring 0, adds it to the
 * closers. */
int rp_inquiry_absent(struct rp_inquiry *inquiry, struct rp_verdict *verdict, struct rp_error *error);
int rp_inquiry_witness(struct rp_inquiry *inquiry, struct rp_verdict *verdict, struct rp_error *error);

/* The name that the executor was asked for by. */
static inline const char *rp_judge_executor(const struct rp_judge *judge)
{
    const struct rp_judge_options *options = &judge->options;
    return options->executor_name ? options->executor_name : options->executor->name;
}

/* Makes `mode` the one that common plans are for. The executor then has room for all that judging one
 * encoding prepares, or for one more plan; what is in the way is forgotten. */
void rp_judge_enter(struct rp_judge *judge, enum rp_mode mode);
void rp_judge_enter_for_a_plan(struct rp_judge *judge, enum rp_mode mode);

/* The common plan of a policy for an operand size, opened when first asked. */
int rp_judge_plan(struct rp_judge *judge, enum rp_policy policy, unsigned operand_bits, struct rp_plan **plan,
                  struct rp_error *error);

/* Closes all plans that the judge keeps. */
void rp_judge_forget(struct rp_judge *judge);

/* The plan that serves every encoding whose operands lie as this one's do: the common one, or one of a shape.
 * It lives until the judge enters another mode or opens the next plan. No flip may be made on it. `policy`
 * must be the same each time. */
int rp_judge_shaped(struct rp_judge *judge, const struct rp_inquiry *inquiry, enum rp_policy policy,
                    unsigned operand_bits, struct rp_plan **plan, struct rp_error *error);

/* The operand size that decides how wide frames and far pointers are. */
unsigned rp_inquiry_frame_bits(const struct rp_inquiry *inquiry);

/* True if the executor honours a trap control: it can set it, and what the control traps does trap. */
bool rp_judge_honours(const struct rp_judge *judge, enum rp_mode mode, enum rp_resource control);

/* Fills in all that it honours. */
void rp_judge_honoured(const struct rp_judge *judge, enum rp_mode mode, struct rp_resource_set *controls);

/* M-IMPLICIT: true if what the two states show, any instruction of the same kind shows as well. */
int rp_inquiry_is_implicit(struct rp_inquiry *inquiry, enum rp_resource resource, const uint32_t index[2],
                           bool *implicit, struct rp_error *error);

#endif
