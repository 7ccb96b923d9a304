/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Likeness; see likeness.h. What a seed shows are signs: how its pairs of runs came out, how each run ended,
 * the evidence that screening finds, and by which classes of cells executors part. Where an operand lies is
 * the same for all (shape.c), what it holds need not be: values are no signs. */
#include "judge/likeness.h"

#include "judge/divergence.h"
#include "judge/inquiry.h"
#include "x86/vector.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define CELLS_MAX 64

enum sign_kind { SIGN_PAIR = 1, SIGN_END, SIGN_EVIDENCE, SIGN_CELL };

/* The signs of one seed, or of all. */
struct signs {
    uint32_t sign[RP_PORTRAIT_SIGNS];
    unsigned count;
    bool overflow;
};

/* Kept in ascending order, each once. */
static void add(struct signs *signs, enum sign_kind kind, uint32_t what)
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

/* One encoding in work, on all judges. */
struct sitting {
    struct rp_judge *const *judge;
    unsigned judges;
    struct rp_inquiry *inquiry; /* of each */
    enum rp_policy policy;
    size_t seeds;                                    /* of the mode */
    uint64_t made[RP_OPINIONS_MAX];                  /* bit s: seed s was run */
    uint32_t at[RP_OPINIONS_MAX][RP_PORTRAIT_SEEDS]; /* index of its first outcome */
    bool undefined[RP_OPINIONS_MAX];                 /* so far #UD whatever the state */
};

static struct rp_inquiry inquiries[RP_OPINIONS_MAX]; /* one sitting at a time; too large for a stack */

static int begin(struct sitting *sitting, struct rp_judge *const judge[], unsigned judges,
                 enum rp_policy policy, enum rp_mode mode, const struct rp_encoding *encoding,
                 struct rp_error *error)
{
    *sitting = (struct sitting){.judge = judge, .judges = judges, .inquiry = inquiries, .policy = policy};
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

static bool is_plain_ud(const struct rp_outcome *outcome)
{
    return outcome->kind == RP_OUTCOME_TRAPPED && outcome->vector == RP_VECTOR_UD && outcome->count == 0;
}

/* Runs the seeds of `wanted` that were not, on one judge, in one batch: its executor translates once. */
static int run(struct sitting *sitting, unsigned i, uint64_t wanted, struct rp_error *error)
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
        sitting->undefined[i] &= is_plain_ud(&outcomes->outcome[n]);
    return result;
}

/* The first seeds, and the others unless the first show that nothing more is to be seen: #UD comes before any
 * operand is looked at (SDM Vol. 3A 6.9, table 6-2). */
static int run_all(struct sitting *sitting, uint64_t wanted, struct rp_error *error)
{
    const uint64_t first = (UINT64_C(1) << RP_SCREEN_SHORTLY) - 1;
    int result = RP_OK;
    for (unsigned i = 0; i < sitting->judges && result == RP_OK; i++) {
        result = run(sitting, i, wanted & first, error);
        if (result == RP_OK && !sitting->undefined[i] && !sitting->inquiry[i].shortly)
            result = run(sitting, i, wanted, error);
    }
    return result;
}

static void views_of(const struct sitting *sitting, unsigned i, size_t s, struct rp_screen_runs *runs)
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

static void add_screen(struct signs *signs, unsigned i, const struct rp_screen_runs *runs)
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
static void add_cells(struct signs *signs, const struct sitting *sitting, const unsigned pair[2],
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

static bool was_made(const struct sitting *sitting, unsigned i, size_t s)
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
static bool add_seed(const struct sitting *sitting, unsigned i, size_t s, struct signs *signs)
{
    struct rp_screen_runs runs;
    if (!was_made(sitting, i, s))
        return false;
    views_of(sitting, i, s, &runs);
    if (!tells(&runs))
        return false;
    add_screen(signs, i, &runs);
    return true;
}

/* Where judges part from seed `s`; where one of them is known not to tell, they may. */
static void add_parting(const struct sitting *sitting, size_t s, struct signs *signs)
{
    struct rp_screen_runs runs[2];
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

static uint64_t hash_of(const struct sitting *sitting, unsigned i, size_t s)
{
    struct signs signs;
    signs.count = 0;
    signs.overflow = false;
    return add_seed(sitting, i, s, &signs)
               ? XXH64(signs.sign, signs.count * sizeof signs.sign[0], signs.overflow) | 1
               : 0;
}

static void signs_of_all(const struct sitting *sitting, struct signs *seen, struct signs *parting)
{
    seen->count = parting->count = 0;
    seen->overflow = parting->overflow = false;
    for (size_t s = 0; s < sitting->seeds; s++) {
        for (unsigned i = 0; i < sitting->judges; i++)
            add_seed(sitting, i, s, seen);
        add_parting(sitting, s, parting);
    }
}

static uint64_t all_seeds(const struct sitting *sitting)
{
    return sitting->seeds == 64 ? UINT64_MAX : (UINT64_C(1) << sitting->seeds) - 1;
}

static bool same_by_seed(const struct rp_portrait *portrait, unsigned a, unsigned b)
{
    bool same = true;
    for (unsigned i = 0; i < portrait->judges; i++)
        same &= portrait->by_seed[i][a] == portrait->by_seed[i][b];
    return same;
}

/* The first seeds, and each that shows what none before it does. */
static void choose(struct rp_portrait *portrait)
{
    portrait->chosen_count = 0;
    for (unsigned s = 0; s < portrait->all; s++) {
        bool is_new = true;
        for (unsigned k = 0; k < s; k++)
            is_new &= !same_by_seed(portrait, k, s);
        if (is_new || s < RP_SCREEN_SHORTLY)
            portrait->chosen[portrait->chosen_count++] = (uint8_t)s;
    }
}

int rp_likeness_portray(struct rp_judge *const judge[], enum rp_policy policy, enum rp_mode mode,
                        const struct rp_encoding *encoding, struct rp_portrait *portrait,
                        struct rp_error *error)
{
    static struct sitting sitting;
    static struct signs signs, parting;
    int result = begin(&sitting, judge, portrait->judges, policy, mode, encoding, error);
    if (result == RP_OK)
        result = run_all(&sitting, all_seeds(&sitting), error);
    if (result)
        return result;
    portrait->all = (uint8_t)sitting.seeds;
    for (unsigned i = 0; i < sitting.judges; i++)
        for (size_t s = 0; s < sitting.seeds; s++)
            portrait->by_seed[i][s] = hash_of(&sitting, i, s);
    choose(portrait);
    signs_of_all(&sitting, &signs, &parting);
    memcpy(portrait->sign, signs.sign, signs.count * sizeof signs.sign[0]);
    memcpy(portrait->parting, parting.sign, parting.count * sizeof parting.sign[0]);
    portrait->signs = (uint16_t)signs.count;
    portrait->partings = (uint16_t)parting.count;
    if (signs.overflow || parting.overflow)
        portrait->judges = 0;
    return RP_OK;
}

static uint64_t seeds_to_try(const struct rp_portrait *portrait, const struct rp_encoding *encoding)
{
    uint64_t wanted = 0;
    for (unsigned i = 0; i < portrait->chosen_count; i++)
        wanted |= UINT64_C(1) << portrait->chosen[i];
    return wanted | UINT64_C(1) << XXH64(encoding->bytes, encoding->length, 0) % portrait->all;
}

/* Executors part only where they do in the portrait. */
static bool parts_likewise(const struct signs *parting, const struct rp_portrait *portrait)
{
    unsigned k = 0;
    for (unsigned i = 0; i < parting->count; i++) {
        while (k < portrait->partings && portrait->parting[k] < parting->sign[i])
            k++;
        if (k == portrait->partings || portrait->parting[k] != parting->sign[i])
            return false;
    }
    return !parting->overflow;
}

/* True if each seed of `wanted` shows what it does of the portrait's encoding, and nothing where that one
 * tells nothing. */
static bool like_by_seed(const struct sitting *sitting, uint64_t wanted, const struct rp_portrait *portrait)
{
    static struct signs parting;
    parting.count = 0;
    parting.overflow = false;
    for (size_t s = 0; s < sitting->seeds; s++) {
        if (!(wanted >> s & 1))
            continue;
        for (unsigned i = 0; i < sitting->judges; i++)
            if (hash_of(sitting, i, s) != portrait->by_seed[i][s])
                return false;
        add_parting(sitting, s, &parting);
    }
    return parts_likewise(&parting, portrait);
}

static bool like_together(const struct sitting *sitting, const struct rp_portrait *portrait)
{
    static struct signs signs, parting;
    signs_of_all(sitting, &signs, &parting);
    return !signs.overflow && signs.count == portrait->signs &&
           memcmp(signs.sign, portrait->sign, signs.count * sizeof signs.sign[0]) == 0 &&
           parts_likewise(&parting, portrait);
}

int rp_likeness_compare(struct rp_judge *const judge[], enum rp_policy policy, enum rp_mode mode,
                        const struct rp_encoding *encoding, const struct rp_portrait *portrait, bool *alike,
                        struct rp_error *error)
{
    static struct sitting sitting;
    uint64_t wanted = seeds_to_try(portrait, encoding);
    *alike = false;
    int result = begin(&sitting, judge, portrait->judges, policy, mode, encoding, error);
    if (result == RP_OK)
        result = run_all(&sitting, wanted, error);
    if (result)
        return result;
    *alike = like_by_seed(&sitting, wanted, portrait);
    if (*alike)
        return RP_OK;
    result = run_all(&sitting, all_seeds(&sitting), error);
    *alike = result == RP_OK && like_together(&sitting, portrait);
    return result;
}
