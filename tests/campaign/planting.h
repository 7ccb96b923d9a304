/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Campaigns on the planted executors, and what they took. */
#ifndef RP_TESTS_CAMPAIGN_PLANTING_H
#define RP_TESTS_CAMPAIGN_PLANTING_H

#include "campaign/fuzz.h"
#include "support/planted.h"

/* The findings' lines. */
struct found {
    struct rp_text lines;
    unsigned count;
};

/* Long64 and prot32, policy linux (which sets CR4.UMIP), seed 1, one worker; the first or both executors. */
struct rp_fuzz_options planting_options(unsigned executors, uint64_t executions, struct found *found);

/* How many findings are of this oracle and mnemonic; `encoding` of the last one. */
unsigned planting_count(const struct found *found, const char *oracle, const char *mnemonic,
                        char encoding[32]);

#endif
