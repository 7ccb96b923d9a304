/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runners of one executor, by what each has been given (configuration.h): few, started when first asked
 * for; where there is no room for one more, the one that was asked longest ago goes. The first, with nothing
 * set, stays. Private to harness/native. */
#ifndef RP_HARNESS_NATIVE_CREW_H
#define RP_HARNESS_NATIVE_CREW_H

#include "native/process.h"

#define RP_NATIVE_CREW 16

struct rp_native_crew {
    struct rp_native_process member[RP_NATIVE_CREW];
    uint64_t asked[RP_NATIVE_CREW]; /* when */
    unsigned count;
    uint64_t clock, started;
};

/* Starts the first. RP_EENVIRONMENT: it can't run here, the line says why. */
int rp_native_crew_open(struct rp_native_crew *crew, struct rp_error *error);
void rp_native_crew_close(struct rp_native_crew *crew);

/* A running runner with that configuration; NULL if this machine can't give it one. Valid until the next. */
struct rp_native_process *rp_native_crew_ask(struct rp_native_crew *crew,
                                             const struct rp_native_configuration *configuration);

#endif
