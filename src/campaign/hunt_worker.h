/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker's side of a hunt: runs encodings from a few user states in ring 3 and keeps what is worth it.
 * Private to src/campaign. */
#ifndef RP_CAMPAIGN_HUNT_WORKER_H
#define RP_CAMPAIGN_HUNT_WORKER_H

#include "campaign/hunt.h"
#include "campaign/hunt_leads.h"
#include "campaign/hunt_tunnel.h"
#include "executor/runner.h"
#include "x86/cpu.h"
#include "x86/form.h"

/* What items are about; set up by the parent before workers are forked. An item is `block` entries of
 * `entry` next to each other: many encodings in one batch make silicon fast, few leave it clear which of them
 * killed an emulator. */
struct rp_hunt_task {
    const struct rp_campaign_options *options;
    const struct rp_leads *leads;
    const struct rp_cpu *cpu; /* whose features count; NULL: nobody knows what the executor has */
    enum rp_mode mode;
    enum rp_hunt_search search;
    const struct rp_form_space *space;
    const uint32_t *entry; /* of cells: index in the space; of the tunnel: the head */
    size_t entries;
    unsigned block;                 /* RP_HUNT_BLOCK_MAX at most */
    const struct rp_tunnel *tunnel; /* by head */
    uint64_t turn;                  /* runs of a head */
};

#define RP_HUNT_BLOCK_MAX 32

/* An item's result: this, then `entries` tunnels as they stand now (of the tunnel), then its findings. */
struct rp_hunt_slice {
    uint64_t encodings, runs, given_up;
    uint64_t lengths, unsettled; /* encodings whose length is known; that never ended twice the same way */
    uint32_t entries, findings;
};

/* `open`, `item`, `close`, `name` of struct rp_pool_work; the context is a struct rp_hunt_task. */
int rp_hunt_worker_open(void *context, volatile uint64_t *run_counter, void **worker, struct rp_error *error);
int rp_hunt_worker_item(void *worker, size_t item, const struct rp_deaths *deaths, struct rp_text *result,
                        struct rp_error *error);
void rp_hunt_worker_close(void *worker);
void rp_hunt_item_name(void *context, size_t item, char *text, size_t size);

/* The encodings that stand for an opcode cell: as the form space has it, with REX.W, a memory operand, other
 * register operands, another vector length, other vvvv; RP_HUNT_VARIANTS at most, the first the space's own.
 * Behind the encoding come zeros. Returns how many. */
#define RP_HUNT_VARIANTS 8
unsigned rp_hunt_variants(enum rp_mode mode, const struct rp_encoding *encoding,
                          uint8_t bytes[RP_HUNT_VARIANTS][RP_ENCODING_MAX]);

#endif
