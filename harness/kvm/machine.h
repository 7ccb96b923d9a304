/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtual machine with the arena of one mode: loads a pre-state, runs one instruction, says what came of it
 * and is then as if it had never run. A machine a mode, because two modes differ in their page tables and KVM
 * keeps shadows of those. Private to harness/kvm and its tests. */
#ifndef RP_HARNESS_KVM_MACHINE_H
#define RP_HARNESS_KVM_MACHINE_H

#include "executor/outcome.h"
#include "executor/sequence.h"
#include "kvm/memory.h"
#include "kvm/vcpu.h"
#include "x86/decode.h"

/* A pre-state made ready. */
struct rp_kvm_prepared {
    struct rp_kvm_image image;        /* as KVM writes it */
    uint64_t reg[RP_REG_COUNT];       /* as the pre-state has them */
    uint64_t shown[RP_REG_COUNT];     /* as the image gives them back: without what this KVM cannot hold */
    uint64_t vector[RP_VECTOR_WORDS]; /* as the image gives them back */
    struct rp_memory memory;
    enum rp_mode mode;
    uint8_t ring;
    bool held; /* false: it asks for more than this KVM can hold, so no run can be made */
};

/* What the machine has to know of an encoding. */
struct rp_kvm_traits {
    bool repeats;    /* REP: a step is one repetition */
    bool halts;      /* HLT */
    bool interrupts; /* INT n, INT3, INTO, ICEBP */
    bool syscall, sysenter;
    bool writes_msr;
    bool branches;
    /* KVM may step by TF, as a program would: not where the instruction stores RFLAGS or loads TF, goes
     * through a gate that takes TF, or repeats, when each repetition is a step. Then the halt behind it ends
     * the run. */
    bool unsteppable;
};

struct rp_kvm_machine {
    enum rp_mode mode;
    struct rp_kvm_vcpu vcpu;
    struct rp_kvm_memory memory;
    uint64_t standard[2][RP_REG_COUNT]; /* the registers of the policy legacy's pre-state in ring 0, 3 */
    struct rp_encoding encoding;        /* stands at RP_ARENA_INSTRUCTION; length 0: none */
    struct rp_kvm_traits traits;        /* its */
    struct rp_change changes[RP_REG_COUNT + RP_VECTOR_WORDS + RP_IMAGE_WORDS];
};

/* Makes the machine of `mode`; `device` must live longer. RP_EENVIRONMENT: KVM refuses it. */
int rp_kvm_machine_open(struct rp_kvm_machine *machine, const struct rp_kvm_device *device, enum rp_mode mode,
                        struct rp_error *error);
void rp_kvm_machine_close(struct rp_kvm_machine *machine);

/* Makes `prestate`, which must be of the machine's mode, ready; prepared->held says whether KVM can hold it.
 * RP_EENVIRONMENT: KVM fails. */
int rp_kvm_machine_prepare(struct rp_kvm_machine *machine, const struct rp_prestate *prestate,
                           struct rp_kvm_prepared *prepared, struct rp_error *error);
void rp_kvm_machine_release(struct rp_kvm_machine *machine, struct rp_kvm_prepared *prepared);

/* Runs one instruction and fills `outcome` but for its place and its provenance; the changes stand in
 * machine->changes, *count of them. The guard must be open. RP_EENVIRONMENT: KVM fails. */
int rp_kvm_machine_run(struct rp_kvm_machine *machine, struct rp_kvm_prepared *prepared,
                       const struct rp_encoding *encoding, struct rp_outcome *outcome, size_t *count,
                       struct rp_error *error);

/* The same of instructions back to back; of the one that traps RIP says where it stands. */
int rp_kvm_machine_run_sequence(struct rp_kvm_machine *machine, struct rp_kvm_prepared *prepared,
                                const struct rp_sequence *sequence, struct rp_outcome *outcome, size_t *count,
                                struct rp_error *error);

/* The standard pre-state of a ring: policy legacy, the default user. Static storage, until the next call. */
const struct rp_prestate *rp_kvm_standard(enum rp_mode mode, unsigned ring);

#endif
