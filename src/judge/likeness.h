/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Likeness: does an encoding behave as one that was judged, first of all the one that stands for its form?
 * METHOD, "The wide space". Private to
 * src/judge but for struct rp_portrait, which a campaign keeps while it goes through a form. */
#ifndef RP_JUDGE_LIKENESS_H
#define RP_JUDGE_LIKENESS_H

#include "judge/verdict.h"

#define RP_PORTRAIT_SEEDS 64  /* user states of a mode at most */
#define RP_PORTRAIT_SIGNS 256 /* different things that one encoding shows at most; more are never alike */

/* What the runs of one encoding show, by seed and together. */
struct rp_portrait {
    uint8_t judges;                  /* that make the runs; 0: none can, nothing is alike */
    uint8_t member[RP_OPINIONS_MAX]; /* of the panel, each */
    uint64_t by_seed[RP_OPINIONS_MAX][RP_PORTRAIT_SEEDS]; /* hash of what each shows; 0: it tells nothing */
    uint8_t chosen[RP_PORTRAIT_SEEDS];   /* seeds of which each shows what none before it does */
    uint8_t chosen_count, all;           /* all: seeds of the mode */
    uint32_t sign[RP_PORTRAIT_SIGNS];    /* what they show together, ascending */
    uint32_t parting[RP_PORTRAIT_SIGNS]; /* where executors part, likewise */
    uint16_t signs, partings;
};

struct rp_judge;

/* Makes the runs of every seed, on portrait->judges of `judge`. `policy` is that of the panel. */
int rp_likeness_portray(struct rp_judge *const judge[], enum rp_policy policy, enum rp_mode mode,
                        const struct rp_encoding *encoding, struct rp_portrait *portrait,
                        struct rp_error *error);

/* Holds the encoding against `count` portraits, at least one and all by the same judges, in their order.
 * First by seed: the chosen ones of each portrait and one that the encoding's bytes draw, every seed that was
 * tried must show what it does of the portrait's encoding, and of each judge one must tell something. Where
 * none is like it so, by what all seeds together show. *which: the first portrait that it is alike to;
 * `count`: none, and `own` is what it shows itself. */
int rp_likeness_compare(struct rp_judge *const judge[], enum rp_policy policy, enum rp_mode mode,
                        const struct rp_encoding *encoding, const struct rp_portrait *portrait,
                        unsigned count, unsigned *which, struct rp_portrait *own, struct rp_error *error);

#endif
