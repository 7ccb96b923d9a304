/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One instruction on the CPU, in a line: mode and user state in the notation of replay lines, bytes in hex. A
 * rig is open for a whole test program. */
#ifndef RP_TESTS_NATIVE_RIG_H
#define RP_TESTS_NATIVE_RIG_H

#include "executor/executor.h"
#include "support/suite.h"

/* Group set-up and tear-down. Where native can't run here, the whole program is skipped. */
int rig_open(void **state);
int rig_close(void **state);

/* Says what stands against it, and ends the program as skipped where it is the machine. */
void rig_skip_without(int code, const struct rp_error *error);

/* Runs `hex` in ring 3; `user` may be "-". Fails the test where it cannot.
 * The outcome is valid until the next run. */
const struct rp_outcome *rig_run(enum rp_mode mode, const char *user, const char *hex);

/* Runs a prepared job on the rig's instance. */
const struct rp_outcome *rig_run_job(const struct rp_job *job);

void *rig_instance(void);

/* Registers a pre-state in the same notation, for rig_run_job, until rig_forget. */
uint32_t rig_prepare(enum rp_mode mode, const char *user);
/* The same on an instance of one's own, with a machine that begins with "ring=3". */
uint32_t rig_prepare_on(void *on, enum rp_mode mode, const char *machine, const char *user);
void rig_forget(uint32_t first);

/* True if the last run changed the component of that name; its value then stands in *value. */
bool rig_changed(const char *component, uint64_t *value);

/* Fails the test unless the last run retired and left these values: "rax=10 rip=10402", blank-separated; a
 * name alone must be unchanged. */
void rig_expect(const char *changes);

/* Fails the test unless the last outcome is of this kind with this vector. */
void rig_expect_kind(enum rp_outcome_kind kind, unsigned vector);

#endif
