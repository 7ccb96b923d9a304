/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A runner as its executor sees it: a process, two pipes, shared memory. Private to harness/native and its
 * tests. */
#ifndef RP_HARNESS_NATIVE_PROCESS_H
#define RP_HARNESS_NATIVE_PROCESS_H

#include "base/error.h"
#include "native/contract.h"

#include <sys/types.h>

struct rp_native_process {
    struct rp_native_shared *shared;
    int memory;          /* shared's */
    int slots;           /* theirs */
    bool borrowed;       /* they are another process's */
    int orders, answers; /* our ends; -1: no runner */
    pid_t pid;
    uint64_t started; /* so often */
};

/* How an order ended. */
enum rp_native_end {
    RP_NATIVE_ANSWERED, /* jobs up to shared->done have results */
    RP_NATIVE_DIED,     /* in job shared->current, by `signal` (0: it exited) */
    RP_NATIVE_STUCK,    /* in job shared->current; it was killed */
};

/* Maps the shared memory and starts a runner with nothing set. `shared->layout` is filled in from the CPU.
 * RP_EENVIRONMENT: it can't run here, the line says why. */
int rp_native_process_open(struct rp_native_process *process, struct rp_error *error);
/* One more runner, over the slots of `first`, which has to be closed behind it, with `configuration` set. */
int rp_native_process_open_like(struct rp_native_process *process, const struct rp_native_process *first,
                                const struct rp_native_configuration *configuration, struct rp_error *error);
void rp_native_process_close(struct rp_native_process *process);

/* Starts another one in place of a runner that ended, with the same configuration. */
int rp_native_process_restart(struct rp_native_process *process, struct rp_error *error);

/* Lets the runner make jobs shared->first to shared->count - 1. `wait` is called now and then while it does;
 * may be NULL. Behind anything but ANSWERED there is no runner. */
enum rp_native_end rp_native_process_order(struct rp_native_process *process, void (*wait)(void *context),
                                           void *context, int *signal);

#endif
