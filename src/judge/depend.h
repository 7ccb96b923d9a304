/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a run in ring 3 depends on the part of the machine that two executors do not both hold: no
 * difference in it is a divergence. By classes of cells: a pseudo-descriptor is of the system in all its
 * bytes, though some never change. */
#ifndef RP_JUDGE_DEPEND_H
#define RP_JUDGE_DEPEND_H

#include "judge/compare.h"
#include "judge/inquiry.h"

#define RP_DEPENDS_MAX 16 /* there are no more classes of the program's */

struct rp_dependences {
    const char *class[RP_DEPENDS_MAX];
    size_t count;
    bool ends;
};

/* Runs seed `s` in ring 3 on another machine. The view, of the same seed, becomes one of the judge's extra
 * outcomes. */
int rp_depend_run(struct rp_inquiry *inquiry, size_t s, const struct rp_machine *machine,
                  struct rp_prestate *prestate, struct rp_view *view, struct rp_error *error);

/* Compares the runs of B1 and B2 with those of A, which have been made, on each of the two. Where they differ
 * and B has other values of what both hold as well, B is run without these. */
int rp_depend_find(struct rp_inquiry inquiry[2], const struct rp_capabilities *const can[2], size_t seeds,
                   struct rp_dependences *depend, struct rp_error *error);
bool rp_depend_has(const struct rp_dependences *depend, uint32_t cell);

#endif
