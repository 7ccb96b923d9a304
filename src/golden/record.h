/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A golden record: what an executor did over a space of encodings and user states, with who it was. FORMAT.md
 * says how it stands in a file. In memory it is a plan, which says what is run, and for each block of it what
 * came out: the outcomes stay compressed until somebody asks for them. */
#ifndef RP_GOLDEN_RECORD_H
#define RP_GOLDEN_RECORD_H

#include "base/text.h"
#include "executor/outcome.h"
#include "golden/identity.h"
#include "x86/encoding.h"

#define RP_GOLDEN_VERSION 2

/* A user state and its machine, in the notation of replay lines; ring 3. */
struct rp_golden_state {
    uint8_t mode; /* enum rp_mode */
    char *user, *machine;
};

/* Why a run of the plan is not compared. */
enum rp_golden_skip {
    RP_GOLDEN_COMPARED,
    RP_GOLDEN_NOT_HELD,  /* the executor can't hold the state, or won't run the encoding */
    RP_GOLDEN_VARIES,    /* it ended otherwise when it was repeated */
    RP_GOLDEN_DEADLY,    /* it hung, or took its process with it */
    RP_GOLDEN_BY_KERNEL, /* it is compared; the kernel did the CPU's work (struct rp_outcome) */
    RP_GOLDEN_SKIP_COUNT,
};
static inline bool rp_golden_is_compared(uint8_t skip)
{
    return skip == RP_GOLDEN_COMPARED || skip == RP_GOLDEN_BY_KERNEL;
}
const char *rp_golden_skip_name(enum rp_golden_skip skip); /* in words; static storage */

/* A component of a run that was another when it was repeated, or that its like is known to change. */
#define RP_GOLDEN_MASK_ALL UINT32_MAX /* as component: only how the run ends is compared */
struct rp_golden_mask {
    uint32_t run; /* of the block */
    uint32_t component;
};

/* Runs that are made together. */
struct rp_golden_block {
    uint8_t mode; /* enum rp_mode */
    uint32_t encodings, runs, masks;
    struct rp_encoding *encoding;
    uint32_t *first; /* [encodings + 1]: the first run of each; the last is `runs` */
    uint32_t *state; /* by run: of the plan's */
    /* What came out; zero until it is known. */
    uint8_t *skip;               /* by run: enum rp_golden_skip */
    uint32_t *run_hash;          /* by run: the low half of its hash; 0 if it is not compared */
    struct rp_golden_mask *mask; /* ascending by run, then component */
    uint64_t hash;               /* of the compared runs' hashes, in their order */
};

struct rp_golden_plan {
    struct rp_golden_state *state;
    uint32_t states;
    struct rp_golden_block *block;
    uint32_t blocks;
};

/* The number of a state, appended if it is new. RP_EENVIRONMENT: no memory. */
int rp_golden_plan_state(struct rp_golden_plan *plan, uint8_t mode, const char *user, const char *machine,
                         uint32_t *number, struct rp_error *error);
/* Appends a block with room for so many. */
int rp_golden_plan_block(struct rp_golden_plan *plan, uint8_t mode, uint32_t encodings, uint32_t runs,
                         struct rp_golden_block **block, struct rp_error *error);
void rp_golden_plan_free(struct rp_golden_plan *plan);

/* What came out of a block, on its way from a worker to the file and back: masks, skips and hashes into
 * `result`, outcomes into `outcomes`. The first of the outcomes is that of the first compared run. */
void rp_golden_block_pack(const struct rp_golden_block *block, struct rp_text *result);
/* Fills in what came out of `block`, whose plan is known. False: it does not fit. */
bool rp_golden_block_unpack(struct rp_golden_block *block, const uint8_t *bytes, size_t length);
void rp_golden_outcomes_pack(const struct rp_outcomes *outcomes, struct rp_text *text);
/* RP_EINPUT: damaged. `outcomes` is cleared before. */
int rp_golden_outcomes_unpack(const uint8_t *bytes, size_t length, struct rp_outcomes *outcomes,
                              struct rp_error *error);

/* Adds how many runs of a block are compared (those by the kernel among them), and skipped for each reason.
 */
void rp_golden_block_count(const struct rp_golden_block *block, uint64_t count[RP_GOLDEN_SKIP_COUNT]);

/* A record that was read. */
struct rp_golden_record {
    char *path;
    struct rp_golden_identity identity;
    struct rp_golden_plan plan;
    uint8_t *file; /* all of it */
    size_t size;
    size_t *outcomes; /* by block: where the chunk of its outcomes stands */
};

/* Reads all of a record. RP_EINPUT: it is none, of another version or layout, cut short or damaged; the line
 * names the file and the mend. */
int rp_golden_record_open(const char *path, struct rp_golden_record *record, struct rp_error *error);
void rp_golden_record_close(struct rp_golden_record *record); /* of a zeroed one: nothing */

/* The outcomes of a block's compared runs, in their order. Free them with rp_outcomes_free. */
int rp_golden_record_outcomes(const struct rp_golden_record *record, uint32_t block,
                              struct rp_outcomes *outcomes, struct rp_error *error);

#endif
