/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor over the CPU itself: ring 3 of long64, compat32 and compat16 under Linux. Provenance: silicon,
 * also within a virtual machine, where ring 3 runs on the CPU as well; `version` says so then.
 *
 * Process contract. Test bytes run in a program of its own, the runner, which is part of this library as
 * bytes and is executed from a sealed memory file: an instance has one, starts it when it is opened, and
 * replaces it when it dies. contract.h is what both agree on, and what keeps the runner from doing harm.
 *
 * Descriptors: four a running instance (orders, answers, shared memory, a pidfd is not needed),
 * close-on-exec.
 *
 * Signals: none is caught. SIGCHLD comes when a runner ends, and is waited for by its process number. SIGPIPE
 * is avoided.
 *
 * Exit codes: it never exits.
 *
 * A crash of the runner is the outcome `died` of the job in flight, which costs some milliseconds; a runner
 * that waits in the kernel is killed after some seconds and that is `hung`; the process that asked goes on.
 */
#ifndef RP_HARNESS_NATIVE_NATIVE_H
#define RP_HARNESS_NATIVE_NATIVE_H

#include "executor/executor.h"

extern const struct rp_executor rp_executor_native;

/* The runners of an instance, for tests that do away with some. */
struct rp_native_crew *rp_native_crew_of(void *instance);

#endif
