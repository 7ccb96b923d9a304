/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one run came to: a small header, a hash and a change list. Freestanding layout; whole images are never
 * kept. METHOD, "One run". */
#ifndef RP_EXECUTOR_OUTCOME_H
#define RP_EXECUTOR_OUTCOME_H

#include "base/error.h"
#include "state/component.h"

enum rp_outcome_kind {
    RP_OUTCOME_RETIRED, /* completed without leaving its program; a HLT that halts too */
    RP_OUTCOME_ENTERED, /* did its work through a gate or an MSR, return address behind it; counts as retired
                         */
    RP_OUTCOME_TRAPPED, /* a fault of this instruction, also one that its gate raised */
    RP_OUTCOME_VM_EXIT, /* a hypervisor took it and said why in `vector` */
    RP_OUTCOME_HUNG,    /* did not come back within the executor's bound */
    RP_OUTCOME_DIED,    /* took the executor's process with it; `vector` holds the signal */
    RP_OUTCOME_UNSUPPORTED, /* the executor can't do this run; nothing is shown */
    RP_OUTCOME_COUNT,
};

/* As JSON writes it; static storage. */
const char *rp_outcome_kind_name(enum rp_outcome_kind kind);

/* What an `entered` outcome went through. SYSCALL and SYSENTER take their target from MSRs and have no
 * vector. */
enum rp_gate {
    RP_GATE_VECTOR, /* of the IDT, or what the executor counts as one: `vector` */
    RP_GATE_SYSCALL,
    RP_GATE_SYSENTER,
    RP_GATE_COUNT,
};

/* In lower case; NULL for RP_GATE_VECTOR. Static storage. */
const char *rp_gate_name(enum rp_gate gate);

enum rp_provenance {
    RP_PROVENANCE_SILICON,
    RP_PROVENANCE_EMULATED,
    RP_PROVENANCE_KVM_EMULATED,
    RP_PROVENANCE_PVM,
    RP_PROVENANCE_COUNT,
};

const char *rp_provenance_name(enum rp_provenance provenance);

/* True if a hypervisor's guest made it, and its own CPU did not. */
static inline bool rp_provenance_is_guest(enum rp_provenance provenance)
{
    return provenance == RP_PROVENANCE_PVM || provenance == RP_PROVENANCE_KVM_EMULATED;
}

/* Of `unsupported`: not made because it would leave the mode, or the paging, that its executor comes back by.
 */
#define RP_UNSUPPORTED_LOST 1

struct rp_outcome {
    uint8_t kind; /* enum rp_outcome_kind */
    uint8_t
        vector; /* trapped, entered: the vector; died: the signal; unsupported: RP_UNSUPPORTED_LOST, or 0 */
    bool has_error_code;
    uint8_t gate; /* entered: enum rp_gate */
    /* Bytes of the instruction where known, else 0; of one that faults, those that it took to decide so. */
    uint8_t length;
    uint8_t provenance; /* enum rp_provenance */
    /* The CPU trapped, which `kind` and `vector` say, and the kernel then did the instruction's work in its
     * stead, as Linux does for SGDT, SIDT, SMSW, SLDT and STR. Its doing is in no change list. */
    bool kernel_emulated;
    uint32_t error_code;
    uint64_t cr2;   /* #PF only */
    uint64_t hash;  /* of all the above but length, provenance and kernel_emulated, and of the changes; equal
                       pre-states and  equal  hashes: equal outcomes */
    uint32_t first; /* index of the first change in struct rp_outcomes */
    uint32_t count; /* changes, ascending by component, in words that rp_diff counts */
};

/* Outcomes of a batch and the changes they point into. Zeroed is empty; the caller frees it once. */
struct rp_outcomes {
    struct rp_outcome *outcome;
    size_t count, capacity;
    struct rp_change *change;
    size_t change_count, change_capacity;
};

/* Makes room for `outcomes` more outcomes with up to `changes` changes each. RP_EENVIRONMENT: no memory. */
int rp_outcomes_reserve(struct rp_outcomes *outcomes, size_t more, size_t changes, struct rp_error *error);

/* Ends an outcome whose changes were appended from `first` on: counts and hashes. */
void rp_outcome_seal(struct rp_outcomes *outcomes, struct rp_outcome *outcome, size_t first);

/* Adds `outcome` with `count` changes (NULL if none), sealed in either place. RP_EENVIRONMENT: no memory. */
int rp_outcomes_add(struct rp_outcomes *outcomes, struct rp_outcome *outcome, const struct rp_change *changes,
                    size_t count, struct rp_error *error);

/* Forgets all outcomes, keeps the memory. */
void rp_outcomes_clear(struct rp_outcomes *outcomes);
void rp_outcomes_free(struct rp_outcomes *outcomes);

/* How many bytes the executor took the instruction for: as it says, else as far as RIP moved from `rip`,
 * which tells nothing of one that `branches`. `change` are the outcome's. 0: not known. */
uint8_t rp_outcome_length(const struct rp_outcome *outcome, const struct rp_change *change, uint64_t rip,
                          bool branches);

/* The kind by its name; false if there is none. */
bool rp_outcome_kind_find(const char *name, enum rp_outcome_kind *kind);

/* True if the instruction did its work: retired or entered. */
static inline bool rp_outcome_retired(const struct rp_outcome *outcome)
{
    return outcome->kind == RP_OUTCOME_RETIRED || outcome->kind == RP_OUTCOME_ENTERED;
}

#endif
