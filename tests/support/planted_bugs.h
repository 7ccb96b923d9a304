/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Campaigns on the planted executors for benches: after how many executions is each bug reported? */
#ifndef RP_TESTS_PLANTED_BUGS_H
#define RP_TESTS_PLANTED_BUGS_H

#include "campaign/fuzz.h"

#define PLANTED_BUGS 5

struct planted_found {
    struct rp_fuzz_status status; /* of the campaign, to be filled in by it */
    uint64_t after[PLANTED_BUGS]; /* executions; 0: not reported */
};

/* A campaign of seed 1 with one worker, which tells `found`. */
struct rp_fuzz_options planted_campaign(uint64_t executions, struct planted_found *found);

const char *planted_bug_name(size_t bug);

#endif
