/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runs behind a verdict in full, for a reader: what went in, what came out. Plain data that crosses
 * process boundaries as bytes. */
#ifndef RP_JUDGE_DETAIL_H
#define RP_JUDGE_DETAIL_H

#include "judge/judge.h"

#define RP_DETAIL_CHANGES_MAX 48

/* One run in full, for the reader of `probe`. */
struct rp_detail_run {
    bool present;
    unsigned ring;
    enum rp_mode mode; /* in which it ran: real16 for the ring 0 of vm86 */
    struct rp_shown shown;
    size_t count; /* changes; more than fit were dropped if it is RP_DETAIL_CHANGES_MAX */
    struct {
        uint32_t component;
        uint64_t before, after;
    } change[RP_DETAIL_CHANGES_MAX];
};

/* The two runs that `probe` shows side by side: those of the witness, else ring 0 and ring 3 from the default
 * state. */
struct rp_detail {
    bool of_witness;
    enum rp_sensitivity kind;       /* of the witness */
    char user[600], a[600], b[600]; /* the states, in the notation of witness lines; cut with "..." */
    struct rp_detail_run run[2];
};

/* Makes the two runs again and writes them down: those of the verdict's witness (kind control: its run in
 * both rings), else ring 0 and ring 3 from the default state fitted to the operands. */
int rp_judge_detail(struct rp_judge *judge, const struct rp_verdict *verdict, struct rp_detail *detail,
                    struct rp_error *error);

#endif
