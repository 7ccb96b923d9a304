/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz campaigns: workers run the novelty loop and share what is new; the front end looks closer at what is
 * suspicious and keeps everything in a directory. With one worker the same seed gives the same campaign, also
 * over kills and resumptions; with more, what a worker is given to mutate depends on the others. */
#ifndef RP_CAMPAIGN_FUZZ_H
#define RP_CAMPAIGN_FUZZ_H

#include "campaign/scan.h"
#include "fuzz/loop.h"
#include "report/fuzz_finding.h"

/* What a closer look at a suspicion came to. */
enum rp_fuzz_look {
    RP_FUZZ_FOUND,        /* a finding */
    RP_FUZZ_EXPLAINED,    /* it has a known cause */
    RP_FUZZ_KNOWN,        /* a finding that was there already */
    RP_FUZZ_UNREPRODUCED, /* in the look, or in one of three fresh processes */
    RP_FUZZ_KILLED,       /* the look died or hung, and the suspicion's own runs don't */
    RP_FUZZ_LOOKS,
};

struct rp_fuzz_status {
    uint64_t executions, runs;                 /* of all sittings */
    uint64_t coarse, behaviours, inputs;       /* known; kept */
    uint64_t cells;                            /* opcode cells that an input of the corpus is of */
    uint64_t suspicions, looks[RP_FUZZ_LOOKS]; /* of this sitting */
    uint64_t pending;                          /* suspicions that are still to be examined */
    uint64_t findings, given_up;               /* of all sittings; of this one */
    uint64_t sitting_executions, sitting_runs;
    double seconds, last_news, last_finding; /* of this sitting; when they came, 0: not yet */
    uint64_t lost;                           /* inputs of a feed, in this sitting */
    unsigned deaths, hangs, workers;
    bool examining; /* what is suspicious is being looked at */
    bool full;      /* some of what is new counts as known: no more can be (rp_fuzz_set_is_full) */
};

/* Inputs that somebody else proposes, AFL++ for one, in place of the loop's. */
struct rp_fuzz_fed {
    struct rp_fuzz_input *input; /* to be filled in: `max` at most */
    size_t max, count;
    const struct rp_fuzz_board *known; /* by the campaign; the first time, what earlier sittings left */
    uint64_t executions, runs;         /* made elsewhere since the last time */
    uint64_t lost;                     /* inputs that it could not keep for the campaign, so far */
    bool enough;                       /* the budget is spent: nothing new is to be looked for */
    bool ended;                        /* nothing will come any more */
    bool full;                         /* as in rp_fuzz_status */
};

struct rp_fuzz_feed {
    /* What is there, or else what comes within a tenth of a second. What it gave before is committed. A
     * failure ends the campaign. */
    int (*next)(void *context, const struct rp_fuzz_facts *facts, struct rp_fuzz_fed *fed,
                struct rp_error *error);
    void *context;
    const char *name; /* of who proposes: a directory is of one */
};

struct rp_fuzz_options {
    struct rp_campaign_options campaign; /* one executor or two; its other policies don't count */
    uint8_t modes;                       /* bits of 1 << enum rp_mode */
    enum rp_fuzz_strategy strategy;
    const struct rp_fuzz_feed
        *feed;                 /* NULL: the loop proposes. With one all that is suspicious is examined */
    uint64_t runs, executions; /* budgets of this sitting; 0: none. What is suspicious then is examined */
    uint64_t seconds; /* likewise, but what is suspicious then is left to the next sitting of a directory */
    uint64_t commit;  /* executions between two looks at what is suspicious; 0: some thousands */
    const char *directory; /* NULL: nothing is kept */
    bool suspicions_only;  /* nobody looks closer: for benches, which count behaviours */
    void (*progress)(void *context, const struct rp_fuzz_status *status);
    void *progress_context;
    /* A finding's line, with its line feed; `old`: of an earlier sitting, these come first. It is in the
     * directory. A failure ends the campaign. */
    int (*take)(void *context, const char *line, size_t length, bool old, struct rp_error *error);
    /* A mnemonic that shows a finding's cause, the finding's own included (rp_fuzz_sharer); NULL: nobody
     * asks. Those of earlier sittings come too. */
    int (*share)(void *context, uint64_t sharer, struct rp_error *error);
    void *take_context;
};

/* Runs a campaign, or goes on with the one of its directory. `status` is filled in whatever the result is.
 * RP_EINTERRUPTED: stopped by options->campaign.stop; what came back in order is committed, with the
 * suspicions that are open. RP_OK: a budget is spent. RP_EINPUT: the directory holds something else, or
 * damaged files, which stay as they are. */
int rp_fuzz(const struct rp_fuzz_options *options, struct rp_fuzz_status *status, struct rp_error *error);

#endif
