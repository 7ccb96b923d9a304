/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results made by hand, for tests of reports. */
#ifndef RP_TESTS_SUPPORT_MADE_H
#define RP_TESTS_SUPPORT_MADE_H

#include "report/format.h"
#include "store/results.h"

struct made {
    struct rp_results results;
    struct rp_verdict verdict[32];
};

/* Empty results of prot32 and long64 under legacy, linux and hardened answered. */
void made_init(struct made *made);
void made_free(struct made *made);

/* Appends a verdict of `hex` in `mode` by executor "fake"; the rest is the caller's to change. */
struct rp_verdict *made_add(struct made *made, enum rp_mode mode, const char *hex,
                            enum rp_judgement judgement);

/* Makes a hole of the last verdict: kind, one resource, answers of linux and hardened, a witness line. */
void made_hole(struct rp_verdict *verdict, enum rp_sensitivity kind, enum rp_resource resource,
               enum rp_policy_answer linux_answer, enum rp_policy_answer hardened);

/* Adds the opinion of "native", a CPU with ring 3 alone and its controls as found. */
void made_silicon(struct rp_verdict *verdict, enum rp_judgement judgement, struct rp_shown ring3);

/* Adds a divergence of "fake" from "native" in a component or RP_CELL_*, whose value is 0 in one and `bits`
 * in the other, with a line "rp1:fake+native:..." that is another each time. `known` is "" or a limit. */
void made_divergence(struct rp_verdict *verdict, uint32_t cell, uint64_t bits, const char *known);

/* The report in a format, from malloc. */
char *made_report(const struct made *made, const char *format, unsigned columns);

#endif
