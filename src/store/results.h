/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a scan comes to and a report is made of: verdicts with the configuration they hold in. Plain data,
 * filled by src/campaign or from a campaign's file; formats only read it. Verdicts are all in memory, or stay
 * in the file, where there may be more of them than memory should hold: who only reads asks rp_results_at. */
#ifndef RP_STORE_RESULTS_H
#define RP_STORE_RESULTS_H

#include "base/text.h"
#include "judge/judge.h"

#include <stddef.h>

/* Everything a verdict is relative to (METHOD, "Asymmetry of proof"). Strings are owned by whoever fills them
 * in and outlive the results. */
struct rp_configuration {
    const char *version;    /* of ringprobe */
    const char *corpus;     /* its version */
    const char *executors;  /* "unicorn 2.0.1 (emulated)", joined by ", " */
    const char *cpu;        /* vendor, family/model/stepping, brand, microcode; of the machine it ran on */
    const char *hypervisor; /* "" if none shows */
    const char *kernel;     /* uname -sr */
    const char *date;       /* ISO 8601, UTC */
    const char *command;    /* the options that matter, as one could type them again */
    enum rp_policy policy;
    unsigned other_policies; /* bits of 1 << enum rp_policy */
    uint8_t modes;           /* bits of 1 << enum rp_mode */
    uint64_t random_seed;
    unsigned shard, shards;        /* the part that was scanned; shards 0 or 1: everything */
    size_t limit;                  /* encodings a mode; 0: all */
    bool wide;                     /* the wide space, else the form space */
    bool hunt;                     /* no scan but a hunt; it has no verdicts */
    bool fuzz;                     /* neither, but a fuzz campaign; it has a directory of its own */
    size_t seeds, resources;       /* user-state seeds; resources that screening perturbs */
    struct rp_resource_set beyond; /* resources that the executors cannot set: nothing was shown about them */
};

struct rp_mode_results {
    bool scanned;
    size_t forms, encodings,
        undocumented;    /* of the space; encodings include representatives and undocumented cells */
    size_t first, count; /* its verdicts in rp_results.verdict: of the form space, then of exceptions */
    size_t exceptions;   /* of the wide space: verdicts of encodings that behave otherwise than their form */
    uint64_t wide;       /* encodings of the wide space; 0: it is not known yet, or not asked for */
    uint64_t compared;   /* of them, by all sittings */
    uint64_t otherwise;  /* of these: exceptions, and those that behave as one of them does */
    struct rp_implicit implicit[RP_IMPLICIT_KINDS];
};

/* A hole that is known, by the id of its verdicts (rp_verdict_id). */
struct rp_known_hole {
    uint64_t id;
    unsigned open;       /* policies that leave it open, bits of 1 << enum rp_policy */
    unsigned unanswered; /* policies under which nobody could tell */
    uint8_t modes;       /* its mode, as a bit of 1 << enum rp_mode; 0: not told */
};

/* What an earlier scan found; report/baseline.h reads one. */
struct rp_baseline {
    const char *path;           /* as the user gave it */
    unsigned policies;          /* that it has answers under */
    uint8_t modes;              /* that it judged */
    struct rp_text executors;   /* by name, "native, unicorn"; empty: not told */
    struct rp_known_hole *hole; /* in the order of their ids, none twice */
    size_t count, capacity;
    uint64_t *finding; /* ids of fuzz campaigns' findings, likewise */
    size_t findings, finding_capacity;
};

struct rp_stream; /* verdicts that stay in their file */

struct rp_results {
    struct rp_configuration configuration;
    const struct rp_baseline *baseline; /* whose holes are no news; NULL: none was given */
    struct rp_mode_results mode[RP_MODE_COUNT];
    struct rp_verdict *verdict; /* in the order of mode and form; of a stream there are none here */
    size_t count, capacity;
    struct rp_stream *stream; /* owned; NULL: all are in memory */
    uint64_t runs, peak_pss;  /* bytes */
    double seconds;
    unsigned deaths, hangs; /* of workers */
    bool interrupted;       /* SIGINT or a budget: what is here is complete, the rest is missing */
};

/* Room for exactly so many more verdicts: at 0.7 KB each, doubling would cost more than they do.
 * RP_EENVIRONMENT: no memory. */
int rp_results_reserve(struct rp_results *results, size_t more, struct rp_error *error);

/* Frees the verdicts from number `first` on; room for as many stays. */
void rp_results_cut(struct rp_results *results, size_t first);

/* True if a limit leaves out encodings of a mode that was scanned: one that no space reaches leaves out none.
 */
bool rp_results_limited(const struct rp_results *results);

/* Frees verdicts; not the configuration's strings. */
void rp_results_free(struct rp_results *results);

/* Verdict number `i`. Of a stream it lives until the next call that asks for another; going up from one to
 * the next is fast, going back begins the mode anew. One that cannot be read any more is all zero, and
 * rp_results_told tells. */
const struct rp_verdict *rp_results_at(const struct rp_results *results, size_t i);

/* What rp_results_at gave last, to live as long as the results. */
const struct rp_verdict *rp_results_keep(const struct rp_results *results, const struct rp_verdict *verdict);

/* A name of such a verdict, to live as long as the results. */
const char *rp_results_name(const struct rp_results *results, const char *name);

/* What failed in these three, which cannot tell. */
int rp_results_told(const struct rp_results *results, struct rp_error *error);

#endif
