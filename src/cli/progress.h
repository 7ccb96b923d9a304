/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Progress of a scan on standard error: on a terminal a bar that is drawn over itself, with rate, time left
 * and holes so far; elsewhere a line every ten seconds. */
#ifndef RP_CLI_PROGRESS_H
#define RP_CLI_PROGRESS_H

#include "campaign/hunt.h"

#include <time.h>

struct rp_progress {
    bool terminal, drawn;
    enum rp_mode mode;
    uint64_t runs_before; /* of earlier modes */
    uint64_t encodings;   /* of a hunt, when it was shown last */
    struct timespec begun, mode_begun, shown;
};

void rp_progress_begin(struct rp_progress *progress, bool terminal);

/* What a campaign calls; `context` is the struct rp_progress. */
void rp_progress_show(void *context, enum rp_mode mode, const struct rp_pool_status *status, size_t holes);

/* The same for a hunt, whose end nobody knows: rate and findings. */
void rp_progress_hunt(void *context, enum rp_mode mode, enum rp_hunt_search search,
                      const struct rp_pool_status *status, uint64_t encodings, uint64_t findings);

/* The same for tests of MOO files, and the line with their rate behind the last. */
void rp_progress_tests(void *context, const struct rp_pool_status *status);
void rp_progress_tests_done(struct rp_progress *progress, uint64_t tests);

/* The same for a golden record. */
void rp_progress_golden(void *context, enum rp_mode mode, const struct rp_pool_status *status,
                        uint64_t differences);

/* Removes the bar. */
void rp_progress_end(struct rp_progress *progress);

#endif
