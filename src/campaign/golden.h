/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden records: what an executor does over the form space is written down, and run again elsewhere or later
 * against what was written. */
#ifndef RP_CAMPAIGN_GOLDEN_H
#define RP_CAMPAIGN_GOLDEN_H

#include "campaign/scan.h"
#include "golden/answer.h"

#define RP_GOLDEN_SEEDS     8 /* user states of an encoding, if nobody says */
#define RP_GOLDEN_SEEDS_MAX 1024

/* How far a recording or a verification is; `mode` is that in work. */
typedef void rp_golden_progress(void *context, enum rp_mode mode, const struct rp_pool_status *status,
                                uint64_t differences);

struct rp_golden_record_options {
    struct rp_campaign_options campaign; /* its first executor is recorded */
    const char *ringprobe;               /* version */
    const char *path;
    uint8_t modes;        /* bits of 1 << enum rp_mode; those that the executor does not run are left out */
    bool all_modes_given; /* then a mode that it does not run is an error */
    uint32_t seeds;
    size_t limit;                 /* encodings a mode; 0: all */
    rp_golden_progress *progress; /* NULL: nobody asks; with campaign.progress_context */
};

/* Records, and goes on with FILE.part where a recording with the same options stopped. `identity` is filled
 * in. RP_EINTERRUPTED: what is done stays for the next time. */
int rp_golden_record_make(const struct rp_golden_record_options *options, struct rp_golden_identity *identity,
                          struct rp_golden_totals *totals, struct rp_error *error);

#define RP_GOLDEN_CPUS_MAX 1024

struct rp_golden_verify_options {
    struct rp_campaign_options campaign; /* its first executor runs the record */
    const struct rp_golden_record *record;
    int cpu[RP_GOLDEN_CPUS_MAX]; /* all of the record is run on each of them by itself */
    unsigned cpus;               /* 0: once, wherever the system lets it */
    bool loop;                   /* until campaign.stop or the deadline */
    bool common;                 /* compare what both CPUs have */
    uint64_t max_rate;           /* runs a second of all workers; 0: no limit */
    rp_golden_progress *progress;
    /* Gets each difference as it comes. */
    int (*take)(void *context, const struct rp_golden_difference *difference, struct rp_error *error);
    void *take_context;
    /* Told now and then how far it is, with take_context; NULL: nobody asks. */
    void (*beat)(void *context, const struct rp_golden_summary *summary);
};

/* Processors that this process may run on; returns how many, at most `capacity`. */
unsigned rp_golden_cpus(int *cpu, unsigned capacity);

/* Who this is, to be held against the record's identity; and whether it can be: RP_EINPUT where the CPU lacks
 * features that were recorded, unless options->common. */
int rp_golden_verify_identity(const struct rp_golden_verify_options *options, struct rp_golden_identity *here,
                              struct rp_error *error);

/* Runs the record. `summary` is filled in whatever the result is. RP_EINTERRUPTED: what was done before is in
 * it. */
int rp_golden_verify_run(const struct rp_golden_verify_options *options,
                         const struct rp_golden_identity *here, struct rp_golden_summary *summary,
                         struct rp_error *error);

/* The line that makes the run of a difference again; appended. RP_EINPUT: there is none that is short enough.
 */
int rp_golden_replay_line(const struct rp_golden_record *record, const struct rp_golden_identity *here,
                          const struct rp_golden_difference *difference, struct rp_text *line,
                          struct rp_error *error);

#endif
