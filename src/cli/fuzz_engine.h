/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz --engine afl: what afl-fuzz is started with, and the same command where afl-fuzz starts it, as target.
 */
#ifndef RP_CLI_FUZZ_ENGINE_H
#define RP_CLI_FUZZ_ENGINE_H

#include "campaign/fuzz_afl.h"
#include "cli/options.h"

#include <limits.h>

#define RP_FUZZ_TARGET_WORDS 12

struct rp_fuzz_engine {
    struct rp_afl *afl; /* NULL: not begun */
    struct rp_fuzz_feed feed;
    char program[PATH_MAX], mutator[PATH_MAX], policy[16];
    struct rp_text executors, modes;
    char *target[RP_FUZZ_TARGET_WORDS];
};

/* Makes AFL++ the feed of `what`. RP_EENVIRONMENT: no afl-fuzz, too old a one, or no mutator for it. */
int rp_fuzz_engine_begin(struct rp_fuzz_engine *engine, const struct rp_options *options,
                         struct rp_fuzz_options *what, struct rp_error *error);
void rp_fuzz_engine_end(struct rp_fuzz_engine *engine);

/* True if afl-fuzz has started this process as its target. */
bool rp_fuzz_engine_serves(const struct rp_options *options);
int rp_fuzz_engine_serve(const struct rp_options *options, uint8_t modes, struct rp_error *error);

#endif
