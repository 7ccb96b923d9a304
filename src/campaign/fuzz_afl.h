/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AFL++ in place of the novelty loop: afl-fuzz proposes inputs and runs them on a target that marks their
 * behaviour (fuzz/target.h); what it saves feeds a campaign, which runs it again, looks closer at what is
 * suspicious and keeps it. Beside the campaign's files in its directory:
 *   afl.seeds   inputs that afl-fuzz begins with
 *   afl         its own directory, an instance in each folder
 *   afl.N.log   the last that instance N said
 *   afl.met     inputs that behaved on a target as none did, or killed it, told as they were met;
 *               what is taken goes
 *   afl.taken   hashes of what the campaign has run and committed, 8 bytes each */
#ifndef RP_CAMPAIGN_FUZZ_AFL_H
#define RP_CAMPAIGN_FUZZ_AFL_H

#include "campaign/fuzz.h"

#define RP_AFL_INSTANCES_MAX 64
#define RP_AFL_OLDEST        400 /* 4.00c: what custom mutators are asked for is the same since */

struct rp_afl_options {
    const char *directory; /* the campaign's; NULL: one for the time being, below `temporary` */
    const char *temporary; /* "/tmp", for one */
    char *const *target;   /* the command that serves as target, ends with NULL */
    const char *mutator;   /* the library; NULL: afl-fuzz's own mutators */
    unsigned instances;    /* 1 to RP_AFL_INSTANCES_MAX */
    unsigned derived;      /* mutants that the target makes of each test case */
    unsigned milliseconds; /* after which a test case hangs; 0: RP_POOL_HANG_MILLISECONDS */
    uint64_t seconds,
        runs; /* after which afl-fuzz ends, and runs nothing more, also while nobody asks; 0: never */
    uint64_t seed;
    uint8_t modes; /* bits of 1 << enum rp_mode */
};

struct rp_afl;

/* Is afl-fuzz there, and new enough? *version: as 404 for 4.04c. RP_EENVIRONMENT: no; the line says how to
 * get it. */
int rp_afl_find(unsigned *version, struct rp_error *error);

/* Makes what afl-fuzz needs; it is started when it is first asked for inputs. */
int rp_afl_open(const struct rp_afl_options *options, struct rp_afl **afl, struct rp_error *error);

/* Ends afl-fuzz, if it still runs. NULL is fine. */
void rp_afl_close(struct rp_afl *afl);

/* The feed of a campaign (campaign/fuzz.h), its context the struct rp_afl. RP_EENVIRONMENT: an afl-fuzz has
 * ended by itself; the line says why, and what it saved is fed first. */
int rp_afl_next(void *context, const struct rp_fuzz_facts *facts, struct rp_fuzz_fed *fed,
                struct rp_error *error);

/* What targets and mutators share. */
const struct rp_fuzz_board *rp_afl_board(const struct rp_afl *afl);

#endif
