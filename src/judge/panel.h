/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The panel: judges of several executors about the same encoding. Each judges by itself, what they come to
 * together is the overall verdict (METHOD, "Who decides"), and where they part in ring 3 is a divergence. A
 * panel of one is that judge. Models of one executor stand in for each other: the next one is asked where
 * those before lack the instruction, and speaks for all of them. A panel belongs to one process; ask mode by
 * mode. */
#ifndef RP_JUDGE_PANEL_H
#define RP_JUDGE_PANEL_H

#include "judge/detail.h"
#include "judge/likeness.h"

struct rp_panel_member {
    const struct rp_executor *executor;
    const char *name; /* as it was asked for; NULL: the executor's own */
};

struct rp_panel_options {
    struct rp_panel_member member[RP_OPINIONS_MAX];
    unsigned members;
    enum rp_policy policy;
    unsigned other_policies; /* bits of 1 << enum rp_policy: also answered for what is not innocuous */
    uint64_t random_seed;
    volatile uint64_t *run_counter; /* see struct rp_executor_options; shared by all; may be NULL */
    struct rp_party_marks *marks;   /* that belong to it (pool.h): a member is a party; may be NULL */
    bool under_hypervisor;          /* this machine: silicon may not have answered by itself */
};

struct rp_panel;

/* Opens a judge for each member. Members that have their controls as found are asked under that policy. */
int rp_panel_open(const struct rp_panel_options *options, struct rp_panel **panel, struct rp_error *error);
void rp_panel_close(struct rp_panel *panel); /* NULL is fine */

/* Judges as rp_judge_encoding does, by every member that can run the mode. Of one that died too often that is
 * its opinion; the others judge all the same. */
int rp_panel_judge(struct rp_panel *panel, enum rp_mode mode, const struct rp_encoding *encoding,
                   const struct rp_deaths *deaths, struct rp_verdict *verdict, struct rp_error *error);

/* The two runs behind the verdict, on the executor that its witness is from. */
int rp_panel_detail(struct rp_panel *panel, const struct rp_verdict *verdict, struct rp_detail *detail,
                    struct rp_error *error);

/* Makes the two runs of a witness: of a divergence on the first two members, else on the first. RP_EINPUT:
 * there are more or fewer members than that. */
int rp_panel_replay(struct rp_panel *panel, const struct rp_witness *witness, struct rp_replay *replay,
                    struct rp_error *error);

/* rp_judge_minimize with the same members. */
int rp_panel_minimize(struct rp_panel *panel, struct rp_witness *witness, rp_witness_change *change,
                      struct rp_error *error);

/* As rp_judge_implicit, each kind on the first member that runs both rings of the mode and decides about its
 * baseline. */
int rp_panel_implicit(struct rp_panel *panel, enum rp_mode mode, struct rp_implicit kinds[RP_IMPLICIT_KINDS],
                      struct rp_error *error);

/* What the runs of `verdict`'s encoding, which stands for its form, show to those who have an opinion in it
 * (likeness.h). */
int rp_panel_portray(struct rp_panel *panel, const struct rp_verdict *verdict, const struct rp_deaths *deaths,
                     struct rp_portrait *portrait, struct rp_error *error);

/* True if the portrait shows what the opinions of `verdict` are about: each is of the member that made the
 * portrait's runs, and not of another model that stands in for it. */
bool rp_panel_is_of(const struct rp_panel *panel, const struct rp_portrait *portrait,
                    const struct rp_verdict *verdict);

/* rp_likeness_compare with `count` portraits, at least one; where the first is nobody's it is alike to none,
 * and `own` is nobody's as well. */
int rp_panel_compare(struct rp_panel *panel, enum rp_mode mode, const struct rp_encoding *encoding,
                     const struct rp_deaths *deaths, const struct rp_portrait *portrait, unsigned count,
                     unsigned *which, struct rp_portrait *own, struct rp_error *error);

/* Runs that all members have made so far. */
uint64_t rp_panel_runs(const struct rp_panel *panel);

#endif
