/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Canaries: who executes for the guest. Hints (/proc/cpuinfo, the name of a module) say what ought to be;
 * these runs show what is. Private to harness/kvm and its tests. */
#ifndef RP_HARNESS_KVM_CANARIES_H
#define RP_HARNESS_KVM_CANARIES_H

#include "executor/executor.h"
#include "kvm/machine.h"

/* Who executes in a ring of a mode. */
struct rp_kvm_finding {
    bool runs;     /* NOP retires in it */
    bool emulated; /* KVM's emulator: what the CPU has and the emulator has not does not retire */
    bool leaks;    /* the CPU, but the host's tables or controls rather than the guest's */
    enum rp_provenance provenance; /* what follows */
};

/* Makes the canaries of `ring` on the machine of its mode. RP_EENVIRONMENT: KVM fails. */
int rp_kvm_canaries(struct rp_kvm_machine *machine, unsigned ring, struct rp_kvm_finding *finding,
                    struct rp_error *error);

/* Fills in resource and vector registers by trying each value that a resource can have. */
int rp_kvm_find_resources(struct rp_kvm_machine *const machine[RP_MODE_COUNT], struct rp_capabilities *can,
                          struct rp_error *error);

#endif
