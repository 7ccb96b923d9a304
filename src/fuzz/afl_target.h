/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target of fuzz/target.h as a program that afl-fuzz runs. What is asked of it stands in its environment:
 *   __AFL_SHM_ID, __AFL_SHM_FUZZ_ID  afl-fuzz's map and its test case (fuzz/afl_server.h)
 *   RINGPROBE_AFL_BOARD              descriptor of a board that others share; else it has one of its own
 *   RINGPROBE_AFL_DERIVED            mutants of each test case that it makes by itself; else none
 *   RINGPROBE_AFL_TIMEOUT            milliseconds that a test case may take which is known to kill */
#ifndef RP_FUZZ_AFL_TARGET_H
#define RP_FUZZ_AFL_TARGET_H

#include "fuzz/afl_server.h"
#include "fuzz/rig.h"

/* Serves afl-fuzz until it is gone. `rig` needs no facts, those of `modes` are taken. `variable` reads the
 * environment. */
int rp_afl_target(const struct rp_fuzz_rig_options *rig, uint8_t modes, char *(*variable)(const char *name),
                  struct rp_error *error);

#endif
