/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making a witness small: takes away every difference from the default state without which it still shows
 * what it is there to show. Whoever asks says what that is, and makes the runs. */
#ifndef RP_JUDGE_SHRINK_H
#define RP_JUDGE_SHRINK_H

#include "judge/witness.h"

/* Does the changed witness still show it? A failure ends the work. */
typedef int rp_witness_shows(void *context, const struct rp_witness *witness, bool *shows,
                             struct rp_error *error);

/* Shrinks user state and machines, one difference after the other, always in the same order. */
int rp_witness_shrink(struct rp_witness *witness, rp_witness_shows *shows, void *context,
                      struct rp_error *error);

/* Makes something else of it small, the encoding; `shows` and `shown` as above. */
typedef int rp_witness_change(void *context, struct rp_witness *witness, rp_witness_shows *shows, void *shown,
                              struct rp_error *error);

#endif
