/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of hunt-leads.tsv as they are held against findings. Private to hunt_leads.c and its reader. */
#ifndef RP_CAMPAIGN_HUNT_LEADS_ROWS_H
#define RP_CAMPAIGN_HUNT_LEADS_ROWS_H

#include "campaign/hunt_leads.h"

#define RP_LEAD_ANY (-1)

/* What a row asks of prefixes. */
enum rp_lead_demand {
    RP_LEAD_NO_DEMAND,
    RP_LEAD_NO_PREFIX,
    RP_LEAD_PREFIX_66,
    RP_LEAD_PREFIX_F3,
    RP_LEAD_PREFIX_F2,
    RP_LEAD_STRIPPED,
    RP_LEAD_FIELDS,
    RP_LEAD_V_PRIME,
    RP_LEAD_DEMAND_COUNT
};

#define RP_LEAD_HYPERVISOR 3                /* any hypervisor: the kernel does not tell which */
extern const char *const rp_lead_vendors[]; /* as CPUID tells them */

/* What a row says of the length, where a CPU and the decoder differ. */
enum rp_lead_rule { RP_LEAD_NO_LENGTH, RP_LEAD_UNKNOWN_LENGTH, RP_LEAD_ENDS_AT_OPCODE, RP_LEAD_RELATIVE };

struct rp_lead {
    char id[24], kind[RP_FINDING_CLASS_MAX], why[RP_FINDING_WHY_MAX];
    int modes, reason, class, map;
    int opcode_first, opcode_last, modrm_first, modrm_last, reg, mod;
    enum rp_lead_demand demand;
    int vendor;
    enum rp_lead_rule rule;
    int more; /* of RP_LEAD_RELATIVE: bytes */
};

struct rp_lead_feature {
    char set[32], flag[32];
};

struct rp_leads {
    struct rp_lead *lead;
    size_t leads;
    struct rp_lead_feature *feature;
    size_t features;
};

#endif
