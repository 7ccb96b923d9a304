/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the seed corpus has one input of each: opcode map, how both rings end, which classes of
 * components each of them changes. Runs are Unicorn's, the same on every machine, in worker processes. */
#ifndef RP_TESTS_FUZZ_SIGNATURE_H
#define RP_TESTS_FUZZ_SIGNATURE_H

#include "executor/pool.h"
#include "fuzz/rig.h"

struct seen {
    uint64_t signature; /* 0: it killed Unicorn */
    char ring[2][24];   /* "retired, 3 bytes", "#GP(0)"; "-": it was not run */
};

/* Runs `count` inputs and tells what was seen of each, in their order. */
int signature_run(const struct rp_fuzz_facts *facts, const struct rp_fuzz_input *inputs, size_t count,
                  unsigned workers, void (*each)(void *context, size_t number, const struct seen *seen),
                  void *context, struct rp_error *error);

#endif
