/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a difference from a record is declared: what two CPUs, systems or executors may do otherwise.
 * Private to src/campaign. */
#ifndef RP_CAMPAIGN_GOLDEN_DECLARED_H
#define RP_CAMPAIGN_GOLDEN_DECLARED_H

#include "campaign/golden.h"
#include "campaign/hunt_leads.h"
#include "executor/limits.h"

/* Both sides: [0] who was recorded, [1] who runs it now. */
struct rp_golden_sides {
    const struct rp_golden_identity *identity[2];
    struct rp_capabilities can[2];
    enum rp_policy policy; /* of the states */
    struct rp_leads *leads;
    struct rp_limits *limits[2];
    bool same_executor, same_cpu, same_system; /* kernel and hypervisor */
};

/* Reads the facts. RP_EINPUT: a line of one. Close it in any case. */
int rp_golden_sides_open(struct rp_golden_sides *sides, const struct rp_golden_identity *recorded,
                         const struct rp_golden_identity *here, const struct rp_capabilities *can,
                         enum rp_policy policy, struct rp_error *error);
void rp_golden_sides_close(struct rp_golden_sides *sides);

/* Fills in declared, why and the cells of a difference whose two runs are `view`, from a state with this
 * machine; masks as in golden/compare.h. */
void rp_golden_declare(const struct rp_golden_sides *sides, const struct rp_view view[2],
                       const struct rp_machine *machine, const struct rp_golden_mask *masks, size_t count,
                       struct rp_golden_difference *difference);

/* The flag of a feature that the record's CPU has, this one lacks and `encoding` needs; NULL: none. */
const char *rp_golden_missing(const struct rp_golden_sides *sides, enum rp_mode mode,
                              const struct rp_encoding *encoding);

#endif
