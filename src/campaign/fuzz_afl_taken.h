/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which test cases of AFL++ a campaign has taken, in this sitting and, by the file "afl.taken" of its
 * directory, in earlier ones. Private to src/campaign. */
#ifndef RP_CAMPAIGN_FUZZ_AFL_TAKEN_H
#define RP_CAMPAIGN_FUZZ_AFL_TAKEN_H

#include "base/text.h"
#include "fuzz/behaviour.h"

struct rp_afl_taken {
    struct rp_fuzz_set *cases; /* hashes of test cases */
    struct rp_fuzz_set
        *files;           /* of their files, in this sitting: numbers begin again when afl-fuzz goes on */
    int descriptor;       /* -1: none */
    struct rp_text given; /* hashes of the last time, not yet known to be committed */
};

/* RP_EENVIRONMENT: out of memory. */
int rp_afl_taken_open(struct rp_afl_taken *taken, struct rp_error *error);

/* What earlier sittings have taken. RP_EENVIRONMENT: the file can't be read. */
int rp_afl_taken_read(struct rp_afl_taken *taken, const char *folder, struct rp_error *error);

/* Takes a test case; false: it was. One that a full set can't remember is taken again when it comes again:
 * twice is better than never. It is not written down, for no later sitting could remember it either. */
bool rp_afl_taken_add(struct rp_afl_taken *taken, uint64_t hash);

/* Is this file still to be read? Behind a full set none is, for it would be at each look, without end: what
 * targets told is all there is then. */
bool rp_afl_taken_wants(const struct rp_afl_taken *taken, uint64_t file);
void rp_afl_taken_has_read(struct rp_afl_taken *taken, uint64_t file);

bool rp_afl_taken_is_full(const struct rp_afl_taken *taken);

/* What was given the last time is committed by now: writes it down. */
int rp_afl_taken_commit(struct rp_afl_taken *taken, const char *folder, struct rp_error *error);

void rp_afl_taken_close(struct rp_afl_taken *taken);

#endif
