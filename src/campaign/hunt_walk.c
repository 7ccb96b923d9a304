/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns of the tunnel: several heads are walked at once, each as far ahead as its next lengths can be
 * guessed, so that a batch is large although each encoding follows from the length of the one before. */
#include "campaign/hunt_trial.h"

#include <assert.h>
#include <string.h>

#define BATCH_MAX   1024 /* runs of all heads together */
#define AHEAD_FIRST 16   /* of one head; doubled while the guesses are right */
#define AHEAD_MAX   512

struct walker {
    struct rp_tunnel tunnel;
    uint64_t left;       /* runs of this turn */
    size_t ahead, first; /* runs at once; its place in the batch */
    size_t count;
    bool whole; /* the next encoding is longer than was guessed: all its bytes are run */
};

/* A batch: the trials and where the tunnel stands at each. */
static struct rp_trial trial[BATCH_MAX];
static struct rp_tunnel stand[BATCH_MAX];

/* Passes over what is not worth a run. */
static void skip_unwanted(struct rp_tunnel *tunnel, enum rp_mode mode)
{
    while (!tunnel->done && !rp_tunnel_wanted(tunnel, mode))
        rp_tunnel_advance(tunnel, tunnel->last);
}

static uint8_t at_least(const struct rp_tunnel *tunnel, enum rp_mode mode)
{
    uint8_t minimum = rp_tunnel_minimum(tunnel->bytes, mode), marked = (uint8_t)(tunnel->marker + 1);
    return minimum > marked ? minimum : marked;
}

/* Makes the next trial of `tunnel` and returns the length that is expected of it: the decoder's, else that of
 * the one before. */
static uint8_t make_trial(const struct rp_hunter *h, const struct rp_tunnel *tunnel, bool whole,
                          struct rp_trial *t)
{
    uint8_t least = at_least(tunnel, h->task->mode), guess = tunnel->last > least ? tunnel->last : least;
    rp_trial_make(t, h->task->mode, tunnel->bytes, h->silicon && !whole ? guess : 0);
    if (t->decoded)
        return t->instruction.length;
    return tunnel->last ? tunnel->last : rp_tunnel_minimum(tunnel->bytes, h->task->mode);
}

/* Adds the next trials of `w` as they are if the guesses hold; returns how many. */
static size_t look_ahead(const struct rp_hunter *h, struct walker *w, size_t from, size_t room)
{
    struct rp_tunnel tunnel = w->tunnel;
    size_t most = w->whole ? 1 : w->ahead;
    most = most < w->left ? most : (size_t)w->left;
    most = most < room ? most : room;
    w->first = from;
    w->count = 0;
    skip_unwanted(&tunnel, h->task->mode);
    while (w->count < most && !tunnel.done) {
        size_t at = from + w->count++;
        stand[at] = tunnel;
        rp_tunnel_advance(&tunnel, make_trial(h, &tunnel, w->whole, &trial[at]));
        skip_unwanted(&tunnel, h->task->mode);
    }
    return w->count;
}

static int take_one(struct rp_hunter *h, struct walker *w, struct rp_trial *t, struct rp_hunt_slice *slice,
                    struct rp_error *error)
{
    bool settled;
    int result = RP_OK;
    if (rp_trial_is_deadly(&h->outcomes.outcome[t->at[0]]))
        result = rp_trial_settle(h, t, &settled, error);
    if (result == RP_OK)
        result = rp_trial_judge(h, t, error);
    if (result)
        return result;
    uint8_t length = rp_trial_length(h, t, 0);
    slice->encodings++;
    slice->lengths += length != 0;
    if (rp_trial_is_deadly(&h->outcomes.outcome[t->at[0]]))
        slice->given_up += rp_tunnel_leave(&w->tunnel, h->task->mode);
    else
        rp_tunnel_advance(&w->tunnel, length ? length : rp_tunnel_minimum(t->bytes, h->task->mode));
    skip_unwanted(&w->tunnel, h->task->mode);
    return RP_OK;
}

/* Goes on along what the batch shows, up to the first wrong guess. */
static int take(struct rp_hunter *h, struct walker *w, struct rp_hunt_slice *slice, struct rp_error *error)
{
    enum rp_mode mode = h->task->mode;
    int result = RP_OK;
    bool right = true;
    w->left -= w->count;
    skip_unwanted(&w->tunnel, mode);
    for (size_t i = w->first; i < w->first + w->count && right && result == RP_OK; i++) {
        right = memcmp(&w->tunnel, &stand[i], sizeof stand[i]) == 0;
        w->whole = right && rp_trial_is_cut_short(h, &trial[i]);
        right &= !w->whole;
        if (right)
            result = take_one(h, w, &trial[i], slice, error);
    }
    w->ahead = !right ? AHEAD_FIRST : w->ahead < AHEAD_MAX ? 2 * w->ahead : AHEAD_MAX;
    return result;
}

static size_t fill_batch(const struct rp_hunter *h, struct walker *walkers, unsigned count, size_t room)
{
    size_t runs = 0;
    for (unsigned i = 0; i < count; i++)
        runs += look_ahead(h, &walkers[i], runs, room - runs);
    return runs;
}

static int run_batch(struct rp_hunter *h, size_t runs, struct rp_error *error)
{
    static struct rp_job jobs[BATCH_MAX];
    for (size_t i = 0; i < runs; i++) {
        jobs[i] = (struct rp_job){.encoding = trial[i].encoding, .prestate = h->index[0], .brief = true};
        trial[i].at[0] = i;
        trial[i].runs = 1;
    }
    rp_outcomes_clear(&h->outcomes);
    return rp_runner_run(&h->runner, jobs, runs, &h->outcomes, error);
}

static uint64_t last_death(const struct rp_deaths *deaths)
{
    uint64_t last = 0;
    for (unsigned i = 0; i < deaths->count; i++)
        last = deaths->death[i].run > last ? deaths->death[i].run : last;
    return last;
}

/* The turn ends behind the last run that is known to be dead, so that one more death never makes the deaths
 * too many to know what came of the others. Up to there the batches are those that were made before. */
int rp_hunt_walk(struct rp_hunter *h, struct rp_tunnel *tunnel, unsigned count,
                 const struct rp_deaths *deaths, struct rp_hunt_slice *slice, struct rp_error *error)
{
    struct walker walkers[RP_HUNT_BLOCK_MAX];
    uint64_t left = deaths->count ? last_death(deaths) + 1 : UINT64_MAX;
    int result = RP_OK;
    size_t runs = 0;
    assert(count <= RP_HUNT_BLOCK_MAX);
    for (unsigned i = 0; i < count; i++) {
        walkers[i] = (struct walker){.tunnel = tunnel[i], .left = h->task->turn, .ahead = AHEAD_FIRST};
        if (deaths->exhausted) { /* none of its runs can be relied on */
            walkers[i].tunnel.done = true;
            slice->given_up++;
        }
    }
    do {
        runs = fill_batch(h, walkers, count, left < BATCH_MAX ? (size_t)left : BATCH_MAX);
        left -= runs;
        result = runs ? run_batch(h, runs, error) : RP_OK;
        for (unsigned i = 0; runs && i < count && result == RP_OK; i++)
            result = take(h, &walkers[i], slice, error);
    } while (runs && result == RP_OK);
    for (unsigned i = 0; i < count; i++)
        tunnel[i] = walkers[i].tunnel;
    return result;
}
