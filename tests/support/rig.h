/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One instruction on one executor, in a line: mode, machine and user state in the notation of replay lines,
 * bytes in hex. A rig is open for a whole test program. */
#ifndef RP_TESTS_SUPPORT_RIG_H
#define RP_TESTS_SUPPORT_RIG_H

#include "executor/limits.h"
#include "executor/registry.h"
#include "support/suite.h"

/* Opens the executor of that name: 0, or the rp_error_code after printing why not. The other one is a group's
 * tear-down. */
int rig_open_executor(const char *name);
int rig_close(void **state);

/* Runs `hex`; `machine` begins with "ring=0" or "ring=3", `user` may be "-". Fails the test where it cannot.
 * The outcome is valid until the next run. */
const struct rp_outcome *rig_run(enum rp_mode mode, const char *machine, const char *user, const char *hex);

/* Instructions back to back: "48ffc0 90". */
struct rp_sequence rig_sequence(const char *code);

/* The same for these. */
const struct rp_outcome *rig_run_sequence(enum rp_mode mode, const char *machine, const char *user,
                                          const char *code);

/* Runs a prepared job on the rig's instance. */
const struct rp_outcome *rig_run_job(const struct rp_job *job);

void *rig_instance(void);

/* A pre-state in the same notation, valid until the next one; of policy legacy, or linux where the executor
 * takes the machine as it finds it. The other one needs no open rig. */
const struct rp_prestate *rig_build(enum rp_mode mode, const char *machine, const char *user);
const struct rp_prestate *rig_build_under(enum rp_policy policy, enum rp_mode mode, const char *machine,
                                          const char *user);

/* Registers a pre-state in the same notation, for rig_run_job, until rig_forget. */
uint32_t rig_prepare(enum rp_mode mode, const char *machine, const char *user);
void rig_forget(uint32_t first);

/* True if the last run changed the component of that name; its value then stands in *value. */
bool rig_changed(const char *component, uint64_t *value);

/* Fails the test unless the last run retired and left these values: "rax=10 rip=10402", blank-separated; a
 * name alone must be unchanged. */
void rig_expect(const char *changes);

/* Fails the test unless the last outcome is of this kind with this vector. */
void rig_expect_kind(enum rp_outcome_kind kind, unsigned vector);

/* Runs the canary of each limit of the open executor, and fails the test where it no longer shows the
 * mistake. */
void rig_expect_canaries(const struct rp_limits *limits);
/* Fails the test where a canary is not of a mode and an instruction that its own line speaks of. */
void rig_expect_canaries_apply(const struct rp_limits *limits);

#endif
