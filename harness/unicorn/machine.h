/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One Unicorn instance with the arena of one mode: loads a pre-state, runs one instruction, says what came of
 * it and is then as if it had never run. A machine a mode, because Unicorn's TLB is keyed by linear address
 * and two modes have different page tables; within one, ring 0 and 3 use different MMU indices. Private to
 * harness/unicorn. */
#ifndef RP_HARNESS_UNICORN_MACHINE_H
#define RP_HARNESS_UNICORN_MACHINE_H

#include "executor/outcome.h"
#include "executor/sequence.h"
#include "unicorn/cpu_image.h"
#include "unicorn/memory.h"
#include "unicorn/traits.h"
#include "x86/encoding.h"

#include <unicorn/unicorn.h>

#define RP_UC_KEYS_MAX 16

/* What the entries of the TLB depend on beside the page tables, SDM Vol. 3A 4.10.2. */
struct rp_uc_view {
    uint64_t cr0, cr4, efer;
    uint64_t pkru; /* of key 0, which every page of the arena has */
};

/* A pre-state made ready to be copied into Unicorn. */
struct rp_uc_prepared {
    struct rp_uc_context context;
    uint64_t reg[RP_REG_COUNT]; /* as the pre-state has them */
    struct rp_uc_view view;
    enum rp_mode mode;
    uint8_t ring;
    bool held; /* false: reading the image back gives something else, so no run can be made */
    struct rp_uc_words words;
};

struct rp_uc_machine {
    enum rp_mode mode;
    uc_engine *uc;
    struct rp_uc_memory memory;
    struct rp_uc_full_context pristine; /* as Unicorn was opened, features enabled */
    struct rp_uc_context flush;         /* runs the instruction that empties the TLB */
    struct rp_uc_context after;
    struct rp_uc_view view; /* of the entries in the TLB */
    bool view_known;
    struct rp_encoding encoding; /* stands at RP_ARENA_INSTRUCTION; length 0: none */
    struct rp_sequence sequence; /* stands there instead; count 0: none */
    struct rp_uc_traits traits;  /* of what stands there */
    uint32_t extent;             /* bytes there that are no padding */
    bool stale;                  /* an old translation is still in force, of so many bytes: */
    uint32_t stale_bytes;
    uint64_t start;       /* linear address of what is to run */
    uint32_t own;         /* bytes from there on at which it may begin: 1, or those of a sequence */
    uint32_t repetitions; /* so often it may begin: a REP more than once */
    uint32_t begun;       /* so often it did, if it is watched */
    bool followed;        /* another one was about to begin: the one under test has retired */
    bool interrupted;     /* by a fault or a software interrupt, and which: */
    uint32_t vector;
    uc_hook watch; /* on bytes watched_first to watched_end of the instruction's place */
    uint32_t watched_first, watched_end;
    uint32_t keys; /* translations of the encoding so far, by what else they depend on: */
    uint64_t key[RP_UC_KEYS_MAX];
    uint64_t translations; /* since Unicorn was opened, without those of what follows a branch */
    uint64_t reopened;     /* how often */
    struct rp_change changes[RP_REG_COUNT + RP_VECTOR_WORDS + RP_IMAGE_WORDS];
};

/* Opens Unicorn, calibrates and closes it. RP_EENVIRONMENT: no address space, or an unknown build. */
int rp_uc_machine_check(struct rp_error *error);

/* Opens the machine of `mode`. RP_EENVIRONMENT: no memory or address space, or an unknown build of Unicorn.
 */
int rp_uc_machine_open(struct rp_uc_machine *machine, enum rp_mode mode, struct rp_error *error);
void rp_uc_machine_close(struct rp_uc_machine *machine);

/* Makes `prestate`, which must be of the machine's mode, ready; the other one undoes it. RP_EENVIRONMENT: no
 * memory. */
int rp_uc_machine_prepare(struct rp_uc_machine *machine, const struct rp_prestate *prestate,
                          struct rp_uc_prepared *prepared, struct rp_error *error);
void rp_uc_machine_release(struct rp_uc_machine *machine, struct rp_uc_prepared *prepared);

/* Asks for what a run from `prepared` will read: hundreds of pre-states take turns, more than a cache holds.
 */
void rp_uc_prefetch(const struct rp_uc_prepared *prepared);

/* Runs one instruction and fills `outcome` but for its place among others; the changes stand in
 * machine->changes, *count of them. RP_EENVIRONMENT: Unicorn had to be opened anew and could not be. */
int rp_uc_machine_run(struct rp_uc_machine *machine, struct rp_uc_prepared *prepared,
                      const struct rp_encoding *encoding, struct rp_outcome *outcome, size_t *count,
                      struct rp_error *error);

/* The same for instructions back to back. A loop that does not end is RP_OUTCOME_HUNG after some thousands of
 * them; what may write DR7 in ring 0 is not supported, see run.c. */
int rp_uc_machine_run_sequence(struct rp_uc_machine *machine, struct rp_uc_prepared *prepared,
                               const struct rp_sequence *sequence, struct rp_outcome *outcome, size_t *count,
                               struct rp_error *error);

/* RFLAGS after the last run. Unicorn keeps the status flags lazily: where they are not computed yet, the API
 * does. */
uint64_t rp_uc_flags(const struct rp_uc_machine *machine);

#endif
