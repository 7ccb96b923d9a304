/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Behaviours: what the runs of an input came to, as numbers that are new or not, and what of it is
 * suspicious. Pure. What corpus/nondeterministic.tsv declares counts by how its runs end, never by what they
 * leave. */
#ifndef RP_FUZZ_BEHAVIOUR_H
#define RP_FUZZ_BEHAVIOUR_H

#include "fuzz/rig.h"
#include "judge/screen.h"

struct rp_fuzz_behaviour {
    uint64_t name;   /* of the mnemonic; of the opcode cell where no decoder knows one */
    uint64_t coarse; /* name, end in ring 0, end in ring 3, whether lead and second differ; no mode in it */
    uint64_t whole;  /* and mode, error codes, changed components, what the pair of rings shows, the cells in
                        which the two differ */
    bool differs;
};

/* Reads corpus/nondeterministic.tsv and what comparisons need, once a process. RP_EINPUT with file:line. */
int rp_fuzz_behaviour_load(struct rp_error *error);

/* True if an answer of this instruction may be another the next time. */
bool rp_fuzz_nondeterministic(const struct rp_instruction *instruction);

/* `can` is what the lead and the second hold. */
void rp_fuzz_behave(const struct rp_fuzz_shot *shot, const struct rp_capabilities *const can[2],
                    struct rp_fuzz_behaviour *behaviour);

/* Writes mnemonic or opcode cell; returns `name`. */
const char *rp_fuzz_shot_name(const struct rp_fuzz_shot *shot, char name[RP_OPCODE_CELL_MAX]);

/* rp_fuzz_behaviour.name; of an input, before it is run. */
uint64_t rp_fuzz_shot_number(const struct rp_fuzz_shot *shot);
uint64_t rp_fuzz_input_number(const struct rp_fuzz_input *input);

/* True if a run of it did something else than #UD. */
bool rp_fuzz_shot_is_live(const struct rp_fuzz_shot *shot);

/* A set of numbers, for counting behaviours: the one counting function of the loop, its status and the bench.
 * May lie in memory that processes share, so it can't move: it grows by parts, each twice as large as the one
 * before, and a part that it has not grown to is no memory. Of one that it has a look takes memory too, where
 * processes share it: the kernel fills a hole of shared memory that is read. */
#define RP_FUZZ_SET_SLOTS ((size_t)1 << 22) /* of the first part */
#define RP_FUZZ_SET_PARTS 3
struct rp_fuzz_set {
    uint64_t count;
    uint64_t slot[RP_FUZZ_SET_SLOTS * ((1 << RP_FUZZ_SET_PARTS) - 1)];
};

/* Adds `number`; true if it is new. Two processes may both be told so while a part fills up. */
bool rp_fuzz_set_add(struct rp_fuzz_set *set, uint64_t number);
/* At 22 million: then nothing is new any more. */
bool rp_fuzz_set_is_full(const struct rp_fuzz_set *set);
bool rp_fuzz_set_has(const struct rp_fuzz_set *set, uint64_t number);

#endif
