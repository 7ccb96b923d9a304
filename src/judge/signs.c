/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the runs of an encoding show, as signs; see signs.h. */
#include "judge/signs.h"

#include "judge/divergence.h"

#include <string.h>
#include <xxhash.h>

#define CELLS_MAX 64

enum sign_kind { SIGN_PAIR = 1, SIGN_END, SIGN_EVIDENCE, SIGN_CELL };

static void add(struct rp_signs *signs, enum sign_kind kind, uint32_t what)
{
    uint32_t sign = (uint32_t)kind << 28 | what;
    unsigned at = signs->count;
    while (at > 0 && signs->sign[at - 1] > sign)
        at--;
    if (at > 0 && signs->sign[at - 1] == sign)
        return;
    if (signs->count == RP_PORTRAIT_SIGNS) {
        signs->overflow = true;
        return;
    }
    memmove(&signs->sign[at + 1], &signs->sign[at], (signs->count - at) * sizeof signs->sign[0]);
    signs->sign[at] = sign;
    signs->count++;
}

static struct rp_inquiry inquiries[RP_OPINIONS_MAX]; /* one sitting at a time; too large for a stack */

int rp_sitting_begin(struct rp_sitting *sitting, struct rp_judge *const judge[], unsigned judges,
                     enum rp_policy policy, enum rp_mode mode, const struct rp_encoding *encoding,
                     struct rp_error *error)
{
    *sitting = (struct rp_sitting){.judge = judge, .judges = judges, .inquiry = inquiries};
    for (unsigned i = 0; i < judges; i++) {
        struct rp_inquiry *inquiry = &inquiries[i];
        rp_inquiry_ask(inquiry, judge[i], mode, encoding);
        rp_judge_enter_for_a_plan(judge[i], mode);
        int result =
            rp_judge_shaped(judge[i], inquiry, policy, rp_inquiry_frame_bits(inquiry), &inquiry->plan, error);
        if (result)
            return result;
        const struct rp_limit *limit =
            inquiry->decoded ? rp_limits_find(judge[i]->limits, mode, &inquiry->instruction) : NULL;
        inquiry->shortly = limit != NULL;
        sitting->seeds = inquiry->plan->count;
        sitting->undefined[i] = true;
        rp_outcomes_clear(&judge[i]->outcomes);
    }
    return sitting->seeds <= RP_PORTRAIT_SEEDS ? RP_OK
                                               : rp_error_set(error, RP_EINPUT,
                                                              "corpus/seeds.tsv: %zu user states, "
                                                              "%d are allowed",
                                                              sitting->seeds, RP_PORTRAIT_SEEDS);
}

/* Runs the seeds of `wanted` that were not, on one judge, in one batch: its executor translates once. */
static int run(struct rp_sitting *sitting, unsigned i, uint64_t wanted, struct rp_error *error)
{
    static struct rp_job jobs[RP_PORTRAIT_SEEDS * RP_STATE_COUNT * RP_RINGS];
    struct rp_inquiry *inquiry = &sitting->inquiry[i];
    struct rp_outcomes *outcomes = &sitting->judge[i]->outcomes;
    size_t count = 0, first = outcomes->count;
    wanted &= ~sitting->made[i];
    for (size_t s = 0; s < sitting->seeds; s++) {
        if (!(wanted >> s & 1))
            continue;
        sitting->at[i][s] = (uint32_t)(first + count);
        count += rp_inquiry_jobs(inquiry, s, jobs + count);
    }
    int result = count ? rp_runner_run(&sitting->judge[i]->runner, jobs, count, outcomes, error) : RP_OK;
    sitting->made[i] |= wanted;
    for (size_t n = first; n < outcomes->count; n++)
        sitting->undefined[i] &= rp_outcome_is_plain_ud(&outcomes->outcome[n]);
    return result;
}

/* The first seeds, and the others unless the first show that nothing more is to be seen: #UD comes before any
 * operand is looked at (SDM Vol. 3A 6.9, table 6-2). */
int rp_sitting_run(struct rp_sitting *sitting, uint64_t wanted, struct rp_error *error)
{
    const uint64_t first = (UINT64_C(1) << RP_SCREEN_SHORTLY) - 1;
    int result = RP_OK;
    sitting->tried |= wanted;
    for (unsigned i = 0; i < sitting->judges && result == RP_OK; i++) {
        result = run(sitting, i, wanted & first, error);
        if (result == RP_OK && !sitting->undefined[i] && !sitting->inquiry[i].shortly)
            result = run(sitting, i, wanted, error);
    }
    return result;
}

static void views_of(const struct rp_sitting *sitting, unsigned i, size_t s, struct rp_screen_runs *runs)
{
    const struct rp_inquiry *inquiry = &sitting->inquiry[i];
    const struct rp_outcomes *outcomes = &sitting->judge[i]->outcomes;
    size_t at = sitting->at[i][s];
    for (unsigned ring = 0; ring < RP_RINGS; ring++) {
        for (unsigned state = 0; state < RP_STATE_COUNT; state++) {
            struct rp_view *view = &runs->run[state][ring];
            *view = (struct rp_view){.mode = inquiry->mode};
            if (!inquiry->plan->ring[ring])
                continue;
            const struct rp_outcome *outcome = &outcomes->outcome[at++];
            *view = (struct rp_view){inquiry->mode, &inquiry->plan->seed[s].prestate[state][ring], outcome,
                                     outcomes->change + outcome->first,
                                     inquiry->decoded && inquiry->instruction.memory.present};
        }
    }
}

static void add_screen(struct rp_signs *signs, unsigned i, const struct rp_screen_runs *runs)
{
    struct rp_screen screen;
    rp_screen(runs, NULL, &screen);
    for (unsigned state = 0; state < RP_STATE_COUNT; state++) {
        add(signs, SIGN_PAIR, i << 8 | screen.pair[state]);
        for (unsigned ring = 0; ring < RP_RINGS; ring++) {
            const struct rp_outcome *o = runs->run[state][ring].outcome;
            if (o)
                add(signs, SIGN_END, i << 20 | ring << 16 | (uint32_t)o->kind << 8 | o->vector);
        }
    }
    for (unsigned n = 0; n < screen.count; n++) {
        const struct rp_evidence *e = &screen.evidence[n];
        add(signs, SIGN_EVIDENCE,
            i << 20 | (uint32_t)e->kind << 12 | (uint32_t)e->hole << 11 | (uint32_t)e->ring << 10 |
                e->resource);
    }
}

/* Ring 3 of two executors from one state (METHOD, "More than one executor"). */
static void add_cells(struct rp_signs *signs, const struct rp_sitting *sitting, const unsigned pair[2],
                      const struct rp_screen_runs runs[2])
{
    const struct rp_view view[2] = {runs[0].run[RP_STATE_A][1], runs[1].run[RP_STATE_A][1]};
    const struct rp_capabilities *const can[2] = {sitting->judge[pair[0]]->can, sitting->judge[pair[1]]->can};
    const struct rp_inquiry *inquiry = &sitting->inquiry[pair[0]];
    struct rp_cell_difference cell[CELLS_MAX];
    if (!view[0].outcome || !view[1].outcome)
        return;
    size_t count =
        rp_divergence_cells(view, can, inquiry->decoded ? &inquiry->instruction : NULL, cell, CELLS_MAX);
    for (size_t n = 0; n < count && n < CELLS_MAX; n++) {
        const char *class = rp_divergence_class(cell[n].cell);
        add(signs, SIGN_CELL,
            pair[0] << 20 | pair[1] << 16 | (uint32_t)(XXH64(class, strlen(class), 0) & 0xffff));
    }
}

static bool was_made(const struct rp_sitting *sitting, unsigned i, size_t s)
{
    return sitting->made[i] >> s & 1;
}

/* False where the executor cannot hold the state, and where every run faults on where the operand points
 * (M-MEMORY): some seeds are about a pointer that encodings of another shape do not have. */
static bool tells(const struct rp_screen_runs *runs)
{
    bool faults = true;
    for (unsigned state = 0; state < RP_STATE_COUNT; state++) {
        for (unsigned ring = 0; ring < RP_RINGS; ring++) {
            const struct rp_outcome *outcome = runs->run[state][ring].outcome;
            if (outcome && outcome->kind == RP_OUTCOME_UNSUPPORTED)
                return false;
            faults &= !outcome || rp_outcome_is_memory_fault(outcome);
        }
    }
    return !faults;
}

/* What seed `s` shows on judge `i`. Nothing where its executor cannot hold the state, which is no doing of
 * the encoding's. */
static bool add_seed(const struct rp_sitting *sitting, unsigned i, size_t s, struct rp_signs *signs)
{
    struct rp_screen_runs runs = {0};
    if (!was_made(sitting, i, s))
        return false;
    views_of(sitting, i, s, &runs);
    if (!tells(&runs))
        return false;
    add_screen(signs, i, &runs);
    return true;
}

void rp_sitting_parting(const struct rp_sitting *sitting, size_t s, struct rp_signs *signs)
{
    struct rp_screen_runs runs[2] = {0};
    for (unsigned a = 0; a < sitting->judges; a++) {
        for (unsigned b = a + 1; b < sitting->judges; b++) {
            if (!was_made(sitting, a, s) || !was_made(sitting, b, s) || sitting->inquiry[a].shortly ||
                sitting->inquiry[b].shortly)
                continue;
            views_of(sitting, a, s, &runs[0]);
            views_of(sitting, b, s, &runs[1]);
            add_cells(signs, sitting, (const unsigned[2]){a, b}, runs);
        }
    }
}

uint64_t rp_sitting_hash(struct rp_sitting *sitting, unsigned i, size_t s)
{
    if (!(sitting->hashed[i] >> s & 1)) {
        struct rp_signs signs;
        signs.count = 0;
        signs.overflow = false;
        sitting->hash[i][s] = add_seed(sitting, i, s, &signs)
                                  ? XXH64(signs.sign, signs.count * sizeof signs.sign[0], signs.overflow) | 1
                                  : 0;
        if (was_made(sitting, i, s))
            sitting->hashed[i] |= UINT64_C(1) << s;
    }
    return sitting->hash[i][s];
}

void rp_sitting_signs(const struct rp_sitting *sitting, struct rp_signs *seen, struct rp_signs *parting)
{
    seen->count = parting->count = 0;
    seen->overflow = parting->overflow = false;
    for (size_t s = 0; s < sitting->seeds; s++) {
        for (unsigned i = 0; i < sitting->judges; i++)
            add_seed(sitting, i, s, seen);
        rp_sitting_parting(sitting, s, parting);
    }
}

uint64_t rp_sitting_seeds(const struct rp_sitting *sitting)
{
    return sitting->seeds == 64 ? UINT64_MAX : (UINT64_C(1) << sitting->seeds) - 1;
}
