/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AFL++'s side of a target: its fork server, with test cases in shared memory and a process that stays
 * ("persistent mode"). afl-fuzz talks to a target over two pipes and two pieces of shared memory; that is all
 * that AFL++'s compilers would link into one (its instrumentation/afl-compiler-rt.o.c, and utils/afl_proxy,
 * which does by hand what is done here), and as nothing of ours is instrumented no compiler of theirs is
 * needed. */
#ifndef RP_FUZZ_AFL_SERVER_H
#define RP_FUZZ_AFL_SERVER_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define RP_AFL_MAP_VARIABLE  "__AFL_SHM_ID" /* the environment variable that says that afl-fuzz started us */
#define RP_AFL_CASE_VARIABLE "__AFL_SHM_FUZZ_ID" /* where test cases come */

/* The process that serves is forked from one that watches over it, and from which another one is forked when
 * it is gone. */
struct rp_afl_service {
    void *context;
    /* In the process that serves. */
    int (*open)(void *context, void **worker, struct rp_error *error);
    int (*run)(void *worker, const uint8_t *bytes, size_t length, uint8_t *map, struct rp_error *error);
    /* A test case took the process with it. In the next one, which has `milliseconds` for it: which part of
     * it does? If it does so again: in the one that watches. */
    int (*autopsy)(void *worker, struct rp_error *error);
    void (*bury)(void *context);
    size_t map_size;
    unsigned cases;        /* after so many a process is replaced: executors that grow */
    unsigned milliseconds; /* that an autopsy may take */
};

/* Serves until afl-fuzz is gone. `map` and `test_case`: the values of the two environment variables.
 * RP_EENVIRONMENT: afl-fuzz is not there, or its shared memory is not; what the service's `open` and `run`
 * return. */
int rp_afl_serve(const struct rp_afl_service *service, const char *map, const char *test_case,
                 struct rp_error *error);

#endif
