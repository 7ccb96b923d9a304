/* SPDX-License-Identifier: GPL-2.0-or-later */
/* METHOD's definitions taken literally, to hold what screening says against: from every seed, every value of
 * every resource is flipped alone, in both rings, whatever the runs before have shown; nothing is screened,
 * halved or stopped early. Hundreds of times the runs. Shares with the judge how states are built, how two
 * runs are compared and what is implicit; not what is run, nor how it is summed up. */
#ifndef RP_TESTS_SUPPORT_LITERAL_H
#define RP_TESTS_SUPPORT_LITERAL_H

#include "judge/judge.h"

struct literal_verdict {
    enum rp_judgement judgement;
    uint8_t sensitivity; /* bits of enum rp_sensitivity */
    struct rp_resource_set resources;
    uint64_t runs;
};

struct literal;

/* Opens an executor of its own; options as the judge takes them. */
int literal_open(const struct rp_judge_options *options, struct literal **literal, struct rp_error *error);
void literal_close(struct literal *literal); /* NULL is fine */

/* Judges an encoding that the decoder knows and the executor decides. Ask mode by mode. */
int literal_judge(struct literal *literal, enum rp_mode mode, const struct rp_encoding *encoding,
                  const struct rp_deaths *deaths, struct literal_verdict *verdict, struct rp_error *error);

/* True if the two say the same: judgement, kinds, resources. */
bool literal_agrees(const struct literal_verdict *literal, const struct rp_verdict *screened);

/* Both in words, for whoever has to look. Valid until the next call. */
const char *literal_words(const struct literal_verdict *literal, const struct rp_verdict *screened);

#endif
