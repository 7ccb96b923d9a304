/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judge: an encoding and a mode go in, a verdict with its witness comes out. METHOD.md in this folder is
 * what it implements; tags in the code (M-...) cite its rules. A judge belongs to one process and one
 * executor; it keeps the pre-states of the mode it works in, so ask mode by mode. */
#ifndef RP_JUDGE_JUDGE_H
#define RP_JUDGE_JUDGE_H

#include "executor/limits.h"
#include "executor/runner.h"
#include "judge/shrink.h"
#include "judge/verdict.h"
#include "judge/witness.h"
#include "state/seeds.h"

struct rp_judge_options {
    const struct rp_executor *executor;
    const char *executor_name; /* as it was asked for: bochs:tigerlake; NULL: the executor's own */
    enum rp_policy policy;
    bool compared;                  /* with other judges: what its runs come to is kept for that */
    unsigned other_policies;        /* bits of 1 << enum rp_policy: also answered for what is not innocuous */
    uint64_t random_seed;           /* every choice follows from it */
    volatile uint64_t *run_counter; /* see struct rp_executor_options; may be NULL */
    struct rp_party_marks *marks;   /* as in struct rp_runner, with the number */
    unsigned party;
};

struct rp_judge;

/* Opens executor, seeds and limits. RP_EENVIRONMENT or RP_EINPUT: the line says what is missing. */
int rp_judge_open(const struct rp_judge_options *options, struct rp_judge **judge, struct rp_error *error);
void rp_judge_close(struct rp_judge *judge); /* NULL is fine */

/* Judges `encoding` in `mode`. `deaths` are the runs known to kill the executor (pool.h), which makes none
 * where they are exhausted or its party is out; NULL: none. The caller frees the verdict with
 * rp_verdict_free. Fails only where the executor cannot run at all. */
int rp_judge_encoding(struct rp_judge *judge, enum rp_mode mode, const struct rp_encoding *encoding,
                      const struct rp_deaths *deaths, struct rp_verdict *verdict, struct rp_error *error);

/* What making a witness's two runs again came to. */
struct rp_replay {
    bool reproduced;
    char why[160]; /* in words, if not */
    struct rp_shown shown[2];
    uint64_t value[2]; /* of the component, its field's bits in place; control: before, after */
};

/* Makes the two runs of `witness` on judge[0]'s executor; of a divergence the second on judge[1]'s, which may
 * be NULL for other kinds. */
int rp_judge_replay(struct rp_judge *const judge[2], const struct rp_witness *witness,
                    struct rp_replay *replay, struct rp_error *error);

/* The hash of the witness's (first) run, as struct rp_outcome has it: whether it is the same each time. */
int rp_judge_hash(struct rp_judge *judge, const struct rp_witness *witness, uint64_t *hash,
                  struct rp_error *error);

/* The replay of a finding whose run ended in `shown`: the second side is how it ended when it was found. What
 * took the judge's process with it is to be told by whoever saw that. */
void rp_judge_replay_end(const struct rp_witness *witness, const struct rp_shown *shown,
                         struct rp_replay *replay);

/* Takes away every difference from the default state without which the witness still reproduces, in the same
 * way; then lets `change` (may be NULL) have its turn, with the means to ask. A witness that does not
 * reproduce is left as it is. judge as above. */
int rp_judge_minimize(struct rp_judge *const judge[2], struct rp_witness *witness, rp_witness_change *change,
                      void *context, struct rp_error *error);

/* What every instruction of a kind depends on (M-IMPLICIT), found by flipping each control under its
 * baseline. */
struct rp_implicit {
    const char *kind;                  /* "memory operands", "x87", ... */
    const char *baseline;              /* the instruction that stands for the kind */
    struct rp_resource_set ring3, all; /* controls that make it trap in ring 3 only, in both rings */
    struct rp_resource_set together;   /* two that make it trap in both rings where none does alone */
    bool runs; /* the baseline retires in this mode on this executor, which decides about it */
};
#define RP_IMPLICIT_KINDS 7

/* Fills one entry a kind; entries whose baseline does not retire say so. */
int rp_judge_implicit(struct rp_judge *judge, enum rp_mode mode, struct rp_implicit kinds[RP_IMPLICIT_KINDS],
                      struct rp_error *error);

#endif
