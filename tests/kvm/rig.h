/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rig of tests/support with KVM in it, and pre-states on machines of one's own. */
#ifndef RP_TESTS_KVM_RIG_H
#define RP_TESTS_KVM_RIG_H

#include "kvm/machine.h"
#include "support/rig.h"

/* Group set-up; rig_close is its tear-down. Without a KVM that runs here the program skips, with the cause.
 */
int rig_open(void **state);

/* Makes a pre-state of policy legacy ready on a machine of one's own. Where this KVM has no paging in the
 * mode, it is one without: the arena stands at the same addresses, its supervisor pages and aliases are
 * missing. */
void rig_prepare_on(struct rp_kvm_machine *machine, unsigned ring, const char *user,
                    struct rp_kvm_prepared *prepared);

#endif
