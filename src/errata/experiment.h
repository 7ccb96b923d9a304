/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Experiments: the runs of entries on an executor, in a worker of the pool, made again until the confidence
 * that an entry states is reached. */
#ifndef RP_ERRATA_EXPERIMENT_H
#define RP_ERRATA_EXPERIMENT_H

#include "errata/answer.h"
#include "errata/catalogue.h"
#include "executor/executor.h"
#include "executor/pool.h"

struct rp_errata_options {
    const struct rp_executor *executor; /* NULL: nobody, and why_not says why; tables answer alone */
    const char *why_not;
    const char *model;        /* see struct rp_executor_options */
    const struct rp_cpu *cpu; /* that the executor is; NULL: it is an emulator */
    unsigned workers;
    const volatile sig_atomic_t *stop; /* may be NULL */
    int log_descriptor;
};

/* Why the entry is not run there, a clause in why_not; true if it may be. Dangerous ones never are, and what
 * needs a kernel only where no CPU executes it. The executor's capabilities are not asked. */
bool rp_errata_may_run(const struct rp_erratum *erratum, const struct rp_errata_options *options,
                       char why_not[160]);

/* Makes the runs of one entry on an open instance. A failure is the executor's; what a run comes to is not
 * one. */
int rp_errata_experiment(const struct rp_erratum *erratum, const struct rp_errata_options *options,
                         void *instance, struct rp_experiment *experiment, struct rp_error *error);

/* Called per entry, in the order of the catalogue. */
typedef int rp_errata_done(void *context, const struct rp_errata_result *result, struct rp_error *error);

/* Answers `count` entries of the catalogue: runs those that may be, in workers, and decides. */
int rp_errata_answer_all(const struct rp_errata_options *options, const struct rp_erratum *const *entries,
                         size_t count, rp_errata_done *done, void *context, struct rp_error *error);

#endif
