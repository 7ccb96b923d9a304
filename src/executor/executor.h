/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor interface: pre-states are registered, jobs refer to them by index, outcomes come in order.
 *
 * How to add one:
 *   1. a folder harness/NAME with a `const struct rp_executor rp_executor_NAME`;
 *   2. its row in harness/registry.c, or nobody can name it (tests/cli: `executors` lists every folder);
 *   3. corpus/limits-NAME.tsv: what it cannot show, each line with its evidence (tests/executor: the canary
 *      of each limit still fails, or the limit is out of date);
 *   4. tests/conformance/deviations-NAME.tsv: where it departs from the catalogue, which every executor runs.
 */
#ifndef RP_EXECUTOR_EXECUTOR_H
#define RP_EXECUTOR_EXECUTOR_H

#include "executor/outcome.h"
#include "executor/sequence.h"
#include "state/prestate.h"
#include "x86/encoding.h"

struct rp_job {
    struct rp_encoding encoding; /* one instruction, decodable or not */
    uint32_t prestate;           /* index, as `prepare` gave it */
    /* Only its length is asked, and whether it is #UD: the rest of the outcome may be that of the instruction
     * at another address, and changes may be missing. An executor may answer in full all the same. */
    bool brief;
    /* The asker knows that the CPU itself does the work where it retires, and whether the kernel did it
     * instead need not be found out: half the time where an encoding has few runs. */
    bool by_cpu;
    /* Instructions to be run back to back instead of `encoding`; NULL: none. For executors with `sequences`.
     */
    const struct rp_sequence *sequence;
};

#define RP_DESCRIPTORS (RP_SELECTOR_FREE / 8) /* that the arena's tables have; behind them they are empty */

/* What an executor can hold and show. Bits of `resources` are set where it honours the value of a resource:
 * it can set it, and it reads back what a run made of it. Asking for more gives `unsupported`. */
#define RP_REFUSED_MAX 120

struct rp_capabilities {
    bool ring[RP_MODE_COUNT][4]; /* by mode and ring */
    /* Why it runs no ring of a mode, and how to get it; and whether that is this machine's doing. */
    char refused[RP_MODE_COUNT][RP_REFUSED_MAX];
    bool missing[RP_MODE_COUNT];
    bool resource[RP_RESOURCE_COUNT];
    /* Bits of registers that its CPU does not have: pre-states leave them out (rp_prestate_reduce) before it
     * is asked. See capabilities.h. */
    uint64_t lacks[RP_REG_COUNT];
    /* Of the vector registers it holds zmm0 to zmm(n - 1), of each so many words from the lowest, and k0 to
     * k7 or not; the rest it leaves as the pre-state has it, and nobody may compare it with another's. */
    uint8_t vector_registers, vector_words;
    bool vector_masks;
    /* Bytes below the stack pointer that a run leaves, by mode, which its way out of the run overwrites:
     * there every run of it shows what stood there before. */
    uint8_t stack_lost[RP_MODE_COUNT];
    /* What the GDT [0] and the LDT [1] have in their first entries: true where it is what the arena has there
     * (or nothing, as in the arena), so that loads by this selector, at least, do what they do in the arena;
     * false where something else stands. */
    bool descriptor[2][RP_DESCRIPTORS];
    uint32_t slots; /* pre-states that it holds at a time; 0: as many as there is memory for */
    /* Of an executor that has its controls as found: the trap controls that it found trapping. */
    bool found_trapping[RP_RESOURCE_COUNT];
    /* Of one whose provenance the machine decides: who executes here, in a line. "": nothing to say. */
    char remark[RP_REFUSED_MAX];
    /* Of such a one: some of its runs a CPU executes. What may not be run on silicon is not run on it. */
    bool some_silicon;
};

struct rp_executor_options {
    /* Shared with whoever watches over this process, may be NULL: the executor counts each job here before it
     * starts, so that a crash names its culprit; also one that it answers with `unsupported`, or the count
     * would be off. */
    volatile uint64_t *run_counter;
    const char *model; /* of an executor with check_model; NULL: its own choice */
};

struct rp_executor {
    const char *name; /* as -x takes it */
    enum rp_provenance provenance;
    /* It has its machine from somebody else and answers the policy as-found alone: of a pre-state it takes
     * the program's part and the resources that its capabilities name, few trap controls among them; the rest
     * is as it was found. */
    bool as_found;
    /* Which modes it runs, and who executes them, is the machine's doing: it has to be opened to be known.
     * Then `provenance` is the least that can be said, and each outcome says its own. */
    bool by_machine;
    bool sequences; /* it takes jobs with a sequence */

    /* One line of who made it and which version; written once, static storage. */
    const char *(*version)(void);

    /* RP_EINPUT: it has no CPU model of this name; RP_EENVIRONMENT: it can't run here. NULL: it has no
     * models. */
    int (*check_model)(const char *model, struct rp_error *error);
    /* Models that have what its own choice lacks, most useful first; the list ends with NULL, and is NULL if
     * there are none. They are asked in its stead, under their own name. */
    const char *const *stand_ins;

    /* Opens an instance for this process. RP_EENVIRONMENT: it can't run here, the line says why and the mend.
     */
    int (*open)(const struct rp_executor_options *options, void **instance, struct rp_error *error);
    void (*close)(void *instance); /* NULL is fine */

    const struct rp_capabilities *(*capabilities)(void *instance);

    /* Registers `count` pre-states under the indices *first, *first + 1, ... They are copied. */
    int (*prepare)(void *instance, const struct rp_prestate *prestates, size_t count, uint32_t *first,
                   struct rp_error *error);
    /* Forgets every pre-state from index `first` on. */
    void (*forget)(void *instance, uint32_t first);

    /* Runs `count` jobs and appends as many outcomes, in order. Equal encodings next to each other are
     * cheapest. Fails only where nothing can run at all; what goes wrong within a run is its outcome. */
    int (*run)(void *instance, const struct rp_job *jobs, size_t count, struct rp_outcomes *outcomes,
               struct rp_error *error);
};

#endif
