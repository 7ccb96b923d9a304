/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scans and probes: encodings are judged in worker processes, mode by mode; results come back in the order of
 * mode and form, whatever the number of workers. */
#ifndef RP_CAMPAIGN_SCAN_H
#define RP_CAMPAIGN_SCAN_H

#include "executor/pool.h"
#include "executor/registry.h"
#include "judge/panel.h"
#include "store/store.h"

struct rp_campaign_executor {
    const struct rp_executor_entry *entry;
    const char *name; /* as it was asked for */
};

struct rp_campaign_options {
    struct rp_campaign_executor executor[RP_OPINIONS_MAX];
    unsigned executors;
    enum rp_policy policy;
    unsigned other_policies; /* bits of 1 << enum rp_policy */
    uint64_t random_seed;
    unsigned workers;
    unsigned hang_milliseconds; /* as in pool.h */
    const volatile sig_atomic_t *stop;
    uint64_t deadline; /* as in pool.h; where one witness is run, and in fuzz campaigns */
    void (*progress)(void *context, enum rp_mode mode, const struct rp_pool_status *status, size_t holes);
    void *progress_context;
    int log_descriptor;
};

struct rp_scan_options {
    struct rp_campaign_options campaign;
    uint8_t modes;          /* bits of 1 << enum rp_mode */
    unsigned shard, shards; /* this part; shards 0 or 1: everything */
    size_t limit;           /* encodings a mode, before they are parted; 0: all */
    bool wide;              /* the wide space as well (x86/wide.h): encodings are held against their form */
    unsigned sample;        /* of the wide space every so-manieth encoding, for tests; 0: all */
    uint64_t runs, seconds; /* budgets, of one sitting; 0: none */
    struct rp_store *store; /* the campaign that keeps the verdicts and may have some; NULL: none */
};

/* Judges the form space of the modes, but what the store has. `results` is zeroed by the caller;
 * configuration.{seeds, resources, shard, shards, limit} are filled in, the rest is the caller's.
 * RP_EINTERRUPTED: `results` holds what was done; of a wide scan with a store that was stopped, but its
 * counts, what was done of the last mode. Whatever the end, the store has all of `results`, unless the error
 * is the store's. */
int rp_scan(const struct rp_scan_options *options, struct rp_results *results, struct rp_error *error);

struct rp_probe_target {
    enum rp_mode mode;
    struct rp_encoding encoding;
};

/* Judges the targets and calls `done` in their order, in this process. `detail` is NULL unless `with_detail`.
 */
typedef int rp_probe_done(void *context, size_t number, const struct rp_verdict *verdict,
                          const struct rp_detail *detail, struct rp_error *error);
int rp_probe_targets(const struct rp_campaign_options *options, const struct rp_probe_target *targets,
                     size_t count, bool with_detail, rp_probe_done *done, void *context,
                     struct rp_error *error);

/* Makes a witness's runs again, in a worker process; `witness->executor` decides nothing, `options` does: two
 * executors for a divergence, else one. */
int rp_replay_witness(const struct rp_campaign_options *options, const struct rp_witness *witness,
                      struct rp_replay *replay, struct rp_error *error);

/* What an executor says of itself, asked in a worker process: opening it may fail. `model` as in struct
 * rp_executor_options. */
struct rp_executor_report {
    bool runs_here;
    char why_not[256]; /* one line, with the mend */
    char version[128];
    struct rp_capabilities capabilities;
};
int rp_executor_ask(const struct rp_executor_entry *entry, const char *model,
                    struct rp_executor_report *report, struct rp_error *error);
/* The same of an executor that was asked for as `name` and has to run here: RP_EENVIRONMENT if it does not.
 */
int rp_executor_need(const struct rp_executor_entry *entry, const char *name,
                     struct rp_executor_report *report, struct rp_error *error);

#endif
