/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One virtual CPU: its state set, read, run. Registers go through the shared page (KVM_CAP_SYNC_REGS), the
 * rest by ioctls, and only what differs from what it has. Private to harness/kvm. */
#ifndef RP_HARNESS_KVM_VCPU_H
#define RP_HARNESS_KVM_VCPU_H

#include "kvm/image.h"

#include <stdbool.h>

struct rp_kvm_vcpu {
    const struct rp_kvm_device *device;
    int vm, fd;
    struct kvm_run *run;
    struct kvm_sregs fresh; /* as made: what no register of a state names */
    struct rp_kvm_refused refused;
    bool unpaged;            /* KVM loses CR0.PG of the mode: kvm_pvm, outside of long mode */
    struct rp_kvm_image now; /* what it has, if `known` */
    bool known;
    bool stepping;
};

/* What ended a run. */
enum rp_kvm_end {
    RP_KVM_STEPPED,    /* KVM_EXIT_DEBUG: one instruction is done */
    RP_KVM_HALTED,     /* KVM_EXIT_HLT */
    RP_KVM_SHUTDOWN,   /* a triple fault */
    RP_KVM_UNEMULATED, /* KVM_EXIT_INTERNAL_ERROR, suberror 1: KVM had to emulate it and could not */
    RP_KVM_EXPIRED,    /* the hang guard */
    RP_KVM_OTHER,      /* run->exit_reason */
};

/* Makes a virtual machine with one CPU that has all that KVM supports. RP_EENVIRONMENT: KVM refuses. The
 * device must live longer. */
int rp_kvm_vcpu_open(struct rp_kvm_vcpu *vcpu, const struct rp_kvm_device *device, struct rp_error *error);
void rp_kvm_vcpu_close(struct rp_kvm_vcpu *vcpu);

/* Finds out which bits of control registers and which MSRs the guest cannot have, starting at `base`, a state
 * of the mode: vcpu->refused. RP_EENVIRONMENT: KVM refuses the state without any of them, and without paging.
 */
int rp_kvm_vcpu_learn(struct rp_kvm_vcpu *vcpu, const struct rp_state *base, struct rp_error *error);

/* Sets the whole state at once and reads it back into `image`, which is then how KVM writes it. False if KVM
 * refuses it. */
bool rp_kvm_vcpu_try(struct rp_kvm_vcpu *vcpu, struct rp_kvm_image *image);

/* The state of the next rp_kvm_vcpu_run. RP_EENVIRONMENT: KVM refuses what it once took. */
int rp_kvm_vcpu_load(struct rp_kvm_vcpu *vcpu, const struct rp_kvm_image *image, struct rp_error *error);

/* Single-step (KVM_SET_GUEST_DEBUG), or not. */
int rp_kvm_vcpu_step(struct rp_kvm_vcpu *vcpu, bool stepping, struct rp_error *error);

/* Enters the guest until something other than a device stops it. Ports and memory without a device read as
 * ones (a bus that nobody drives); *devices counts accesses to memory of that kind. */
enum rp_kvm_end rp_kvm_vcpu_run(struct rp_kvm_vcpu *vcpu, unsigned *devices);

/* Reads everything into vcpu->now. RP_EENVIRONMENT: KVM fails. */
int rp_kvm_vcpu_read(struct rp_kvm_vcpu *vcpu, struct rp_error *error);

/* After a step over HLT, with another HLT behind it. Where a step ends a run on a halt, the next run ends
 * with KVM_EXIT_HLT before its time (measured on Linux 6.18, kvm_pvm; presumably the emulator's note of the
 * halt, vcpu->arch.halt_request, stays). Running into the second halt without stepping takes it away. */
int rp_kvm_vcpu_forget_halt(struct rp_kvm_vcpu *vcpu, struct rp_error *error);

/* After anything but a step or a halt: the CPU can run again, and nothing of its state counts as known. */
void rp_kvm_vcpu_recover(struct rp_kvm_vcpu *vcpu);

/* Sets the time-stamp counter. True if it is there afterwards, but for what it went on by itself. */
bool rp_kvm_vcpu_set_tsc(const struct rp_kvm_vcpu *vcpu, uint64_t wanted);

/* One MSR by its number; false if there is none. */
bool rp_kvm_vcpu_get_msr(const struct rp_kvm_vcpu *vcpu, uint32_t number, uint64_t *value);
bool rp_kvm_vcpu_set_msr(const struct rp_kvm_vcpu *vcpu, uint32_t number, uint64_t value);

#endif
