/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs made up by hand, for what only compares: a pre-state, and an outcome with its changes. */
#ifndef RP_TESTS_JUDGE_VIEWS_H
#define RP_TESTS_JUDGE_VIEWS_H

#include "judge/compare.h"

/* A run of `mode` in `ring` from the default state of policy legacy that retired and changed nothing. Static
 * storage, four at a time: the fifth reuses the first. */
struct rp_view view_make(enum rp_mode mode, unsigned ring);

/* Adds a change to the view's outcome, which must come in the order of components; `bits` of the old value
 * change to those of `value`. */
void view_change(struct rp_view *view, uint32_t component, uint64_t bits, uint64_t value);

/* Makes the outcome a trap instead. */
void view_trap(struct rp_view *view, uint8_t vector);

#endif
