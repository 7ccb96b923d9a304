/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An instance of afl-fuzz as a process. Private to src/campaign. */
#ifndef RP_CAMPAIGN_FUZZ_AFL_PROCESS_H
#define RP_CAMPAIGN_FUZZ_AFL_PROCESS_H

#include "campaign/fuzz_afl.h"

#include <limits.h>
#include <sys/types.h>

struct rp_afl_process {
    pid_t pid; /* 0: none */
    int log;
    char name[12]; /* "main", "s1" */
};

/* Starts instance `number`: in a process group of its own, so that ^C reaches us alone; it dies with us.
 * `folder` is the campaign's directory, `board` and `news` are the descriptors that it inherits. */
int rp_afl_start(const struct rp_afl_options *options, const char *folder, int board, int news,
                 unsigned number, struct rp_afl_process *process, struct rp_error *error);

/* True while it runs; keeps its log short. When it has ended by itself, *error is what it said. */
bool rp_afl_runs(struct rp_afl_process *process, struct rp_error *error);

/* Ends it: kindly, or not. */
void rp_afl_stop(struct rp_afl_process *process, bool kindly);

#endif
