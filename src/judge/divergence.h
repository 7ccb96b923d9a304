/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Divergences: the same ring-3 run on two executors, compared cell by cell (how it ended, each component of
 * U'). METHOD, "More than one executor", says what is left out. */
#ifndef RP_JUDGE_DIVERGENCE_H
#define RP_JUDGE_DIVERGENCE_H

#include "executor/executor.h"
#include "judge/compare.h"
#include "judge/verdict.h"
#include "x86/decode.h"

struct rp_judge;

/* One cell in which two runs differ. */
struct rp_cell_difference {
    uint32_t cell;     /* a component, or RP_CELL_* */
    uint64_t bits;     /* of a component: those that differ */
    uint64_t value[2]; /* of a component: the word in both; else kind, vector, error code or length */
};

/* Reads the facts that comparisons need, once a process. RP_EINPUT with file:line. */
int rp_divergence_load(struct rp_error *error);

/* The cells in which two ring-3 runs from one pre-state differ; writes at most `capacity`, returns how many
 * there are. `can` is what each executor holds. `instruction` is NULL where no decoder knows it. A run that
 * died, hung or was not made shows nothing, nor does one whose work the kernel did. */
size_t rp_divergence_cells(const struct rp_view view[2], const struct rp_capabilities *const can[2],
                           const struct rp_instruction *instruction, struct rp_cell_difference *cells,
                           size_t capacity);

/* Why two executors' runs say nothing about each other. */
enum rp_silence {
    RP_SILENCE_NONE,    /* they do */
    RP_SILENCE_KERNEL,  /* one's kernel did the CPU's work */
    RP_SILENCE_LOST,    /* one died, hung or was not made */
    RP_SILENCE_REPEATS, /* a repeated string instruction: executors stop where they like */
    RP_SILENCE_MEMORY,  /* M-MEMORY: one faulted outside of the program's memory */
};
enum rp_silence rp_divergence_silence(const struct rp_view view[2], const struct rp_instruction *instruction);

/* What tells two ends apart; false if they are the same. */
bool rp_divergence_ends(const struct rp_view view[2], struct rp_cell_difference *cell);

/* The cells of two runs that ended alike and are not silent: as rp_divergence_cells. */
size_t rp_divergence_components(const struct rp_view view[2], const struct rp_capabilities *const can[2],
                                const struct rp_instruction *instruction, struct rp_cell_difference *cells,
                                size_t capacity);

/* The values of a cell that is no component, RP_CELL_*, in both runs. */
void rp_divergence_end(const struct rp_view view[2], uint32_t cell, uint64_t value[2]);

/* Runs the verdict's encoding on both judges' executors in ring 3, from every seed under `policy`, and adds
 * to `verdict` where they part: to a divergence of others, if one of the two is in it with the same answer,
 * else as a new one with a line that replays it. `opinion` are the numbers of the two in verdict->opinion.
 * Both must run ring 3 of the mode. */
int rp_divergence_search(struct rp_judge *const judge[2], const unsigned opinion[2], enum rp_policy policy,
                         struct rp_verdict *verdict, struct rp_error *error);

/* What kind of cell it is, in words: "outcome", "general registers", "rflags"; static storage. */
const char *rp_divergence_class(uint32_t cell);

/* True if two divergences of one instruction name, each of its verdict, are one finding: the same class of
 * cell, the same executors apart and together and, where the runs end differently, the same ends. */
bool rp_divergence_alike(const struct rp_verdict *of_a, const struct rp_divergence *a,
                         const struct rp_verdict *of_b, const struct rp_divergence *b);

/* True if `d`, of one pair with an answer each, is contained in `known`: the same class of cell, both of the
 * pair with different answers there and, where the runs end differently, the same ends. */
bool rp_divergence_contains(const struct rp_divergence *known, const struct rp_divergence *d);

/* Adds `d`, of one pair, to `known` of the same verdict if they are about the same cell, one of the pair is
 * in `known` with the same answer, and the other is not; false if not, or if there is no room for one more
 * answer. */
bool rp_divergence_join(struct rp_divergence *known, const struct rp_divergence *d);

#endif
