/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparing runs: what of two outcomes differs for the program, and what a run did to privileged state. Pure;
 * the rules that keep false evidence out carry METHOD's tags. */
#ifndef RP_JUDGE_COMPARE_H
#define RP_JUDGE_COMPARE_H

#include "executor/outcome.h"
#include "state/prestate.h"

/* One run as a comparison sees it: what it began with, what it came to. `mode` decides who owns what: of a
 * vm86 program and its partner in real16 it is vm86 for both. */
struct rp_view {
    enum rp_mode mode;
    const struct rp_prestate *prestate;
    const struct rp_outcome *outcome;
    const struct rp_change *changes; /* outcome->count of them */
    bool names_memory; /* the instruction has a memory operand: what it wrote below the stack is its own */
};

/* A component in which two runs differ. */
struct rp_difference {
    uint32_t component;
    uint64_t bits; /* the bits that differ */
    uint64_t value[2];
};

/* The cells of one encoding that vary although nothing was changed, M-NOISE. */
#define RP_NOISE_MAX 16
struct rp_noise {
    uint32_t component[RP_NOISE_MAX];
    unsigned count;
    bool overflow; /* more cells than fit: nothing of this encoding can be compared */
};

/* Differences in U' of two retired runs that began with the same U; writes at most `capacity`, returns how
 * many there are. Leaves out what carries the ring (M-CARRIER), what lies below both final stack pointers
 * (M-MEMORY), what registers.def ignores and `noise` names (M-NOISE; NULL: none). */
size_t rp_compare_user(const struct rp_view *a, const struct rp_view *b, const struct rp_noise *noise,
                       struct rp_difference *differences, size_t capacity);

/* What a retired run did to P: components whose privileged bits it changed, value[0] before, value[1] after.
 * Carriers left out. */
size_t rp_compare_effects(const struct rp_view *view, const struct rp_noise *noise,
                          struct rp_difference *differences, size_t capacity);

/* True if two runs had the same effect on P, M-CARRIER left out. */
bool rp_compare_same_effects(const struct rp_view *a, const struct rp_view *b, const struct rp_noise *noise);

/* The resource that a difference in P is a difference of, by its lowest bit; RP_RESOURCE_NONE if no row owns
 * it. */
enum rp_resource rp_difference_resource(const struct rp_difference *difference);

/* All resources whose bits differ, in the order of the bits: POPF may change IF and IOPL in one register. One
 * at least, which is RP_RESOURCE_NONE if no row owns any of it. Returns how many. */
unsigned rp_difference_resources(const struct rp_difference *difference, enum rp_resource resources[64]);

/* Adds to `noise` every component in which two runs of the same job differ. */
void rp_compare_noise(const struct rp_view *a, const struct rp_view *b, struct rp_noise *noise);

/* What the manuals promise nothing about after an instruction, as struct rp_instruction has it. */
struct rp_undefined {
    uint64_t flags; /* of RFLAGS */
    uint16_t x87;   /* of the status word */
};

/* The same run on two executors (METHOD, "More than one executor"): where they disagree, in U and in P. What
 * is `undefined` is left out (M-UNDEFINED: masked across executors, kept within one), as is what lies below
 * both final stack pointers (M-MEMORY). Both must begin with the same pre-state. */
size_t rp_compare_fidelity(const struct rp_view *a, const struct rp_view *b,
                           const struct rp_undefined *undefined, struct rp_difference *differences,
                           size_t capacity);

/* True if the component is a word of the stack within `lost` bytes below the stack pointer that the run left.
 */
bool rp_compare_lost(const struct rp_view *view, uint32_t component, unsigned lost);

/* True if two runs ended alike: same kind and, where it was a trap or an entry, same vector, error code, CR2.
 */
bool rp_compare_same_end(const struct rp_outcome *a, const struct rp_outcome *b);

/* The value that component has after the run (or, where it was not changed, had before). System memory that
 * the run did not change reads as 0. */
uint64_t rp_view_value(const struct rp_view *view, uint32_t component);

#endif
