/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor over /dev/kvm: a virtual-machine monitor as thin as can be. No guest code: the monitor sets
 * all state, the guest runs one instruction of the arena and comes back. What it shows is the CPU's where KVM
 * has VT-x or SVM below it, and the monitor's elsewhere; canaries at open decide which (canaries.h), and each
 * outcome says so.
 *
 * Process contract. It runs in the process and on the thread that opened it: a virtual machine with one
 * virtual CPU a mode, made when the instance is opened. One instance at a time a thread.
 *
 * Descriptors: /dev/kvm, and two a mode, close-on-exec.
 *
 * Signals: SIGRTMIN + 4 while an instance is open (guard.h). Its handler is put back by close.
 *
 * Exit codes: it never exits.
 *
 * A crash looks like a signal from outside. A guest that does not come back is `hung` after some 100 ms of
 * processor time, and costs nothing else; KVM_RUN itself is what the pool watches over. */
#ifndef RP_HARNESS_KVM_KVM_H
#define RP_HARNESS_KVM_KVM_H

#include "executor/executor.h"

extern const struct rp_executor rp_executor_kvm;

#endif
