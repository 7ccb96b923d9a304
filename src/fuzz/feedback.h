/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Behaviours as a map of bytes, which is how AFL++ and libFuzzer take in what was new. The coverage of our
 * own code says nothing about what an instruction does, so that nothing here is instrumented: each behaviour
 * has a place in the map, and a value there that both fuzzers tell from the seven others. */
#ifndef RP_FUZZ_FEEDBACK_H
#define RP_FUZZ_FEEDBACK_H

#include "fuzz/behaviour.h"

/* `size`: bytes of a map; eight behaviours share one. Up to AFL++'s own default, 65536, no afl-fuzz has to be
 * told. */

/* Before the run: what is about to be run, a hash of its name. Where the run kills, this is all that tells it
 * from others that do. */
void rp_fuzz_mark_name(uint8_t *map, size_t size, uint64_t name, unsigned mode);

/* Behind it: the name, the coarse behaviour and the whole one; of either only one of `sample`, always the
 * same ones, 1 for all. */
void rp_fuzz_mark(uint8_t *map, size_t size, unsigned sample, const struct rp_fuzz_behaviour *behaviour,
                  unsigned mode);

#endif
