/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hang guard: a timer of this thread's processor time, whose signal takes the virtual CPU out of a run
 * that has seen two ticks. One a process, since a signal's handler is. Private to harness/kvm. */
#ifndef RP_HARNESS_KVM_GUARD_H
#define RP_HARNESS_KVM_GUARD_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct kvm_run;

/* Takes the signal. Instances in one process share it; each open needs its close. RP_EENVIRONMENT: no timer.
 */
int rp_kvm_guard_open(struct rp_error *error);
void rp_kvm_guard_close(void);

/* The timer goes from here to there; a batch of runs is what lies between. */
void rp_kvm_guard_start(void);
void rp_kvm_guard_stop(void);

/* Names the run that is about to begin. Within it a tick only interrupts KVM_RUN, the second one also sets
 * run->immediate_exit, so that it does not go back in; *expired says so. */
void rp_kvm_guard_watch(struct kvm_run *run);
bool rp_kvm_guard_expired(void);

#endif
