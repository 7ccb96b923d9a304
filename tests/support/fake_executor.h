/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An executor that makes up its outcomes: from a recording, or by a callback that models an instruction. */
#ifndef RP_TESTS_FAKE_EXECUTOR_H
#define RP_TESTS_FAKE_EXECUTOR_H

#include "executor/executor.h"

/* Appends exactly one outcome for a run of `encoding` from `prestate`, which was registered as `index`. It
 * may crash or hang, as test bytes do. */
typedef void fake_answer(void *context, const struct rp_prestate *prestate, uint32_t index,
                         const struct rp_encoding *encoding, struct rp_outcomes *outcomes);

/* What the instances opened from now on answer with. */
void fake_executor_set(fake_answer *answer, void *context);

/* Provenance `emulated`. Counts runs as executor.h says. */
extern const struct rp_executor fake_executor;

/* What it says it can do; everything, until a test changes it. */
extern struct rp_capabilities fake_capabilities;
void fake_allow_everything(void); /* again, the second too */

/* A second one, with answers and capabilities of its own, in three faces: "second" is like the first;
 * "silicon" has its controls as found; of "guest" each outcome says who made it (fake_made_by, else
 * `emulated`). */
extern const struct rp_executor fake_second, fake_silicon, fake_guest;
extern struct rp_capabilities fake_second_capabilities;
void fake_second_set(fake_answer *answer, void *context);
/* Ring 3 alone, in long64, compat32 and compat16; of the resources it holds the base of FS. */
void fake_second_like_silicon(void);

/* A recording: fake_play with a table of these as its context plays them; one with encoding.length = 0 ends
 * it. A run that is not in it is `unsupported`. */
struct fake_record {
    uint32_t prestate; /* index */
    struct rp_encoding encoding;
    struct rp_outcome outcome;
    struct rp_change change[4]; /* the first outcome.count count */
};
fake_answer fake_play;

/* For callbacks; each appends one sealed outcome and returns it. */
/* Retired after `length` bytes in state `after`: the changes are its difference from `prestate`, as rp_diff
 * finds it. */
struct rp_outcome *fake_retire(struct rp_outcomes *outcomes, const struct rp_prestate *prestate,
                               const struct rp_state *after, uint8_t length);
/* The same with a change list, ascending by component, of memory too. */
struct rp_outcome *fake_retire_with(struct rp_outcomes *outcomes, const struct rp_change *changes,
                                    size_t count, uint8_t length);
/* Trapped and changed nothing; `error_code` below 0: none. */
struct rp_outcome *fake_trap(struct rp_outcomes *outcomes, uint8_t vector, int64_t error_code);
/* The last outcome was made so. */
static inline void fake_made_by(struct rp_outcomes *outcomes, enum rp_provenance provenance)
{
    outcomes->outcome[outcomes->count - 1].provenance = (uint8_t)provenance;
}
/* Of any other kind, without changes. */
struct rp_outcome *fake_other(struct rp_outcomes *outcomes, enum rp_outcome_kind kind);

#endif
