/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz --engine afl: what afl-fuzz is started with, and the same command where afl-fuzz starts it, as target.
 */
#ifndef RP_CLI_FUZZ_ENGINE_H
#define RP_CLI_FUZZ_ENGINE_H

#include "campaign/fuzz.h"
#include "cli/options.h"

/* The campaign of `what` with the engine that was asked for. RP_EENVIRONMENT: no afl-fuzz, too old a one, or
 * no mutator for it; else as rp_fuzz. */
int rp_fuzz_engine_run(const struct rp_options *options, struct rp_fuzz_options *what,
                       struct rp_fuzz_status *status, struct rp_error *error);

/* True if afl-fuzz has started this process as its target. */
bool rp_fuzz_engine_serves(const struct rp_options *options);
int rp_fuzz_engine_serve(const struct rp_options *options, uint8_t modes, struct rp_error *error);

#endif
