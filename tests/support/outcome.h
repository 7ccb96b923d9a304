/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run is expected to have come to, in the notation of replay lines. All of it is about the first of
 * `outcomes`, which has no others behind it; `what` names the run in complaints. */
#ifndef RP_TEST_SUPPORT_OUTCOME_H
#define RP_TEST_SUPPORT_OUTCOME_H

#include "executor/outcome.h"

/* True if the component of that name changed; its value then stands in *value. Fails the test where there is
 * no such component. */
bool outcome_changed(const struct rp_outcomes *outcomes, const char *what, const char *component,
                     uint64_t *value);

/* Fails the test unless the outcome is of this kind with this vector. */
void outcome_expect_kind(const struct rp_outcomes *outcomes, const char *what, enum rp_outcome_kind kind,
                         unsigned vector);

/* Fails the test unless the run retired and left these values: "rax=10 rip=10402", blank-separated; a name
 * alone must be unchanged. */
void outcome_expect(const struct rp_outcomes *outcomes, const char *what, const char *changes);

#endif
