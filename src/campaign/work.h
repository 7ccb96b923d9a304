/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all kinds of campaign share: a worker with a panel of judges in it, and questions that one worker
 * answers. Private to src/campaign. */
#ifndef RP_CAMPAIGN_WORK_H
#define RP_CAMPAIGN_WORK_H

#include "campaign/scan.h"
#include "campaign/wire.h"

/* The first member of every pool context here. */
struct rp_worker_setup {
    const struct rp_campaign_options *options;
};

struct rp_worker {
    const struct rp_worker_setup *setup;
    struct rp_panel *panel;
};

/* Unicorn keeps 0.4 KB a translated block; a worker is replaced before that adds up. */
#define RP_WORKER_RECYCLE_RUNS UINT64_C(20000000)

/* `open` and `close` of struct rp_pool_work; the context begins with a struct rp_worker_setup. */
int rp_worker_open(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error);
void rp_worker_close(void *worker);
/* `party` of it: the executor's name, as it was asked for. */
void rp_worker_party(void *context, unsigned party, char *text, size_t size);

/* A pool as the options ask for; no progress, no recycling. */
struct rp_pool_options rp_pool_of(const struct rp_campaign_options *options);

/* Asks a worker for a mode's implicit sensitivity. */
int rp_ask_implicit(const struct rp_campaign_options *options, enum rp_mode mode,
                    struct rp_implicit kinds[RP_IMPLICIT_KINDS], struct rp_error *error);

/* Makes a witness small, state and encoding, in a worker; one that does not reproduce stays as it is. */
int rp_minimize_witness(const struct rp_campaign_options *options, struct rp_witness *witness,
                        struct rp_error *error);

/* "prot32 0f 01 e0", for logs. */
void rp_encoding_name(enum rp_mode mode, const struct rp_encoding *encoding, char *text, size_t size);

#endif
