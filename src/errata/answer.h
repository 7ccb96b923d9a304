/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers: what is said of an entry and a CPU, from what was run and from the tables. A pure function of
 * both. */
#ifndef RP_ERRATA_ANSWER_H
#define RP_ERRATA_ANSWER_H

#include "errata/affected.h"
#include "judge/verdict.h"

enum rp_errata_answer {
    RP_ERRATA_PRESENT,        /* shown by experiment */
    RP_ERRATA_ABSENT,         /* shown, with the confidence that the entry states */
    RP_ERRATA_FIXED,          /* by the microcode that is loaded */
    RP_ERRATA_NOT_APPLICABLE, /* another vendor, family, model or stepping, or without the feature */
    RP_ERRATA_AFFECTED,       /* by table; not run, since it must not or can't be */
    RP_ERRATA_UNKNOWN,
    RP_ERRATA_ANSWER_COUNT,
};

/* "present", "not-applicable", as JSON writes them; static storage. */
const char *rp_errata_answer_name(enum rp_errata_answer answer);

/* What the runs of an entry came to. */
struct rp_experiment {
    bool made;         /* else `why_not` says why it was not */
    bool stepwise;     /* its instructions were run one by one */
    bool on_cpu;       /* who was to make them may have this CPU execute */
    enum rp_mode mode; /* of the runs */
    uint64_t runs;     /* good, bad, idle and other ones */
    uint64_t good, bad, idle;
    uint64_t wanted;       /* good runs that the confidence takes */
    uint8_t variants_met;  /* of a variant: bits of 1 << its number */
    struct rp_shown first; /* how the first run ended, and the first that is neither good nor bad */
    struct rp_shown other;
    char why_not[160];
};

struct rp_errata_result {
    const struct rp_erratum *erratum;
    enum rp_errata_answer answer;
    enum rp_applies applies;
    const struct rp_affected *range; /* that names the CPU; NULL: none does */
    struct rp_experiment experiment;
    char reason[240]; /* a clause */
};

/* What the system beside the CPU says; zeroed: nothing. */
struct rp_errata_system {
    const char *vulnerability; /* the line of Linux' file about the entry; NULL: there is none */
    uint32_t release;          /* of Linux; 0: not known, or another system */
};

/* `cpu` NULL: no CPU but an emulator was asked, which no table names. Where nothing was run
 * the system says whether what the tables name is dealt with. */
void rp_errata_decide(const struct rp_erratum *erratum, const struct rp_cpu *cpu,
                      const struct rp_errata_system *system, const struct rp_experiment *experiment,
                      struct rp_errata_result *result);

/* True if the answer is news: present, or affected and not fixed. */
bool rp_errata_is_news(const struct rp_errata_result *result);

/* Good runs after which a CPU that shows an erratum in the part `rate` of its runs has shown it with
 * `confidence`: at least three. */
uint64_t rp_errata_runs_wanted(double rate, double confidence);

#endif
