/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A CPU that has an erratum, or has it not: an executor whose outcomes are those that entries describe. */
#ifndef RP_TESTS_ERRATA_SIMULATE_H
#define RP_TESTS_ERRATA_SIMULATE_H

#include "errata/experiment.h"
#include "support/fake_executor.h"

/* Fake silicon, which runs sequences, whose outcomes simulate_* decide. */
extern struct rp_executor simulated;

/* Appends an outcome that meets `expectation`, with no more changes from `prestate` than it asks for. */
void simulate_outcome(const struct rp_expectation *expectation, const struct rp_prestate *prestate,
                      struct rp_outcomes *outcomes);

/* From here on each run comes to `expectation`, but for run `exception_at` (from 0), which comes to
 * `exception` (NULL: none does). */
void simulate(const struct rp_expectation *expectation, const struct rp_expectation *exception,
              uint64_t exception_at);

/* The experiment of an entry on it, with a CPU that has every flag; fails the test where it can't be made. */
struct rp_experiment simulate_experiment(const struct rp_erratum *erratum);

/* A CPU of the vendor, with all flags that entries ask for. */
struct rp_cpu *simulated_cpu(const char *vendor, unsigned family, unsigned model, unsigned stepping,
                             uint32_t microcode);

#endif
