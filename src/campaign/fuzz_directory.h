/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory of a fuzz campaign. Private to src/campaign.
 *   campaign        what is fuzzed on what: one line, equal for all sittings (ringprobe.fuzz-start/1)
 *   corpus          inputs that showed something new, one behind the other (fuzz/input.h)
 *   behaviours      what is known, in records of the board (fuzz/loop.h), and 'm': a mnemonic that has a
 *                   finding's cause (rp_fuzz_sharer)
 *   findings.jsonl  one line each, on disk before it is reported
 *   counts.0, .1    how often each cell was run and who proposes what (`counts` of the position, as the
 *                   machine has it); the position says which of the two counts
 *   pending.0, .1   suspicions that nobody looked at yet, likewise (fuzz_sealed.h)
 *   position        how far all that was committed (ringprobe.fuzz-position/3); replaced by renaming
 *
 * What stands in corpus and behaviours behind the position's lengths was not committed
 * and is cut off: the slices that it came from are run again. Findings are never cut, and known by their ids;
 * where there are fewer bytes of them than the position tells, somebody has lost some.
 */
#ifndef RP_CAMPAIGN_FUZZ_DIRECTORY_H
#define RP_CAMPAIGN_FUZZ_DIRECTORY_H

#include "campaign/hunt_state.h"
#include "fuzz/loop.h"

struct rp_fuzz_position {
    uint64_t slice, executions, runs; /* the next slice; made so far */
    uint64_t corpus, behaviours;      /* bytes that stand */
    uint64_t findings;                /* bytes that stood at least, when it was read */
    uint64_t commits;                 /* so far: the last one wrote counts.(commits % 2) */
    struct {
        uint16_t runs_of[RP_FUZZ_CELLS];
        struct rp_fuzz_schedule schedule;
    } counts; /* of the board, as far as committed */
};

struct rp_fuzz_directory;

/* Opens or makes it, under a lock. `head` is the line of struct rp_fuzz_options, with its line feed. Restores
 * the board and the position, appends the open suspicions (struct rp_fuzz_suspicion) to `pending`, and adds
 * the findings' ids to `ids`; `each` gets their lines, without line feed, `share` the numbers of records 'm'.
 * RP_EINPUT: it is another campaign's or nobody's, or a file is damaged; nothing was changed.
 * RP_EENVIRONMENT: it can't be written, or somebody has it open. */
int rp_fuzz_directory_open(const char *path, const struct rp_text *head, const struct rp_fuzz_facts *facts,
                           struct rp_fuzz_board *board, struct rp_fuzz_position *position,
                           struct rp_text *pending, struct rp_hunt_ids *ids,
                           int (*each)(void *context, const char *line, size_t length,
                                       struct rp_error *error),
                           int (*share)(void *context, uint64_t number, struct rp_error *error),
                           void *context, struct rp_fuzz_directory **directory, struct rp_error *error);
void rp_fuzz_directory_close(struct rp_fuzz_directory *directory); /* NULL is fine */

/* Appends a finding's line and waits until it is on disk. */
int rp_fuzz_directory_find(struct rp_fuzz_directory *directory, const char *line, size_t length,
                           struct rp_error *error);

/* Appends to corpus and behaviours, and then moves the position, whose lengths are filled in. `pending`: all
 * open suspicions, as rp_fuzz_suspicions_write writes them. */
int rp_fuzz_directory_commit(struct rp_fuzz_directory *directory, const struct rp_text *corpus,
                             const struct rp_text *behaviours, const struct rp_text *pending,
                             struct rp_fuzz_position *position, struct rp_error *error);

#endif
