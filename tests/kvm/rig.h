/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One instruction on the KVM executor, in a line: mode, machine and user state in the notation of replay
 * lines, bytes in hex. A rig is open for a whole test program. */
#ifndef RP_TESTS_KVM_RIG_H
#define RP_TESTS_KVM_RIG_H

#include "executor/executor.h"
#include "kvm/machine.h"
#include "support/suite.h"

/* Group set-up and tear-down. Without a KVM that runs here the program skips, with the cause. */
int rig_open(void **state);
int rig_close(void **state);

/* Runs `hex`; `machine` begins with "ring=0" or "ring=3", `user` may be "-". Fails the test where it cannot.
 * The outcome is valid until the next run. */
const struct rp_outcome *rig_run(enum rp_mode mode, const char *machine, const char *user, const char *hex);

/* Runs a prepared job on the rig's instance. */
const struct rp_outcome *rig_run_job(const struct rp_job *job);

void *rig_instance(void);

/* Registers a pre-state in the same notation, for rig_run_job, until rig_forget. */
uint32_t rig_prepare(enum rp_mode mode, const char *machine, const char *user);
void rig_forget(uint32_t first);

/* Makes a pre-state of policy legacy ready on a machine of one's own. Where this KVM has no paging in the
 * mode, it is one without: the arena stands at the same addresses, its supervisor pages and aliases are
 * missing. */
void rig_prepare_on(struct rp_kvm_machine *machine, unsigned ring, const char *user,
                    struct rp_kvm_prepared *prepared);

/* True if the last run changed the component of that name; its value then stands in *value. */
bool rig_changed(const char *component, uint64_t *value);

/* Fails the test unless the last run retired and left these values: "rax=10 rip=10402", blank-separated; a
 * name alone must be unchanged. */
void rig_expect(const char *changes);

/* Fails the test unless the last outcome is of this kind with this vector. */
void rig_expect_kind(enum rp_outcome_kind kind, unsigned vector);

#endif
