/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A campaign by hand; see campaign.h. */
#include "store/campaign.h"

#include "judge/witness.h"
#include "support/suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill(struct made *made)
{
    const struct rp_shown gp = {
        .kind = RP_OUTCOME_TRAPPED, .vector = 13, .has_error_code = true, .error_code = 9};
    made_add(made, RP_MODE_LONG64, "9d", RP_VERDICT_INNOCUOUS);
    struct rp_verdict *v = made_add(made, RP_MODE_LONG64, "0f0103", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_GDTR_BASE, RP_ANSWER_HOLE, RP_ANSWER_PRIVILEGED);
    v->closer[0] =
        (struct rp_closer){{RP_RESOURCE_CR4_UMIP, RP_RESOURCE_NONE}, {1, 0}, .all = true, .showed = 1};
    v->closers = 1;
    rp_resource_set_add(&v->not_testable, RP_RESOURCE_CR4_UMIP);
    v->user_sensitive = v->disagreement = true;
    made_silicon(v, RP_VERDICT_UNKNOWN, gp);
    made_divergence(v, RP_REG_RAX, 0xffffffff00000000, "");
    made_divergence(v, RP_CELL_OUTCOME, 2, "a limit");
    v = made_add(made, RP_MODE_LONG64, "f4", RP_VERDICT_UNKNOWN);
    snprintf(v->unknown_reason, sizeof v->unknown_reason, "fake died in 2 runs");
    v->opinion[0].ring[1] = (struct rp_shown){.present = true, .kind = RP_OUTCOME_DIED, .vector = SIGABRT};
    v = made_add(made, RP_MODE_PROT32, "fa", RP_VERDICT_PRIVILEGED);
    v->opinion[0].ring[1] = gp;
    v->opinion[0].ring[1].present = true;
    made_add(made, RP_MODE_PROT32, "90", RP_VERDICT_INNOCUOUS);
    v = made_add(made, RP_MODE_PROT32, "91", RP_VERDICT_INNOCUOUS);
    v->runs++;
    made->results.runs++;
    v = made_add(made, RP_MODE_PROT32, "9c", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_RFLAGS_IF, RP_ANSWER_HOLE, RP_ANSWER_HOLE);
    v->component = RP_COMPONENT_VECTOR + 3;
    v->field = RP_RESOURCE_RFLAGS_IF;
}

int campaign_setup(void **state)
{
    struct campaign *campaign = calloc(1, sizeof *campaign);
    assert_non_null(campaign);
    scratch_init(&campaign->scratch);
    snprintf(campaign->path, sizeof campaign->path, "%s", scratch_path(&campaign->scratch, "c.db"));
    made_init(&campaign->made);
    fill(&campaign->made);
    struct rp_results *results = &campaign->made.results;
    rp_resource_set_add(&results->configuration.beyond, RP_RESOURCE_CR4_UMIP);
    results->mode[RP_MODE_PROT32].first = results->mode[RP_MODE_LONG64].count;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++)
        if (results->mode[m].scanned)
            results->mode[m].encodings = results->mode[m].forms = 100 + m;
    results->mode[RP_MODE_LONG64].implicit[1] =
        (struct rp_implicit){.kind = "x87", .baseline = "fnop", .runs = true};
    struct rp_implicit *implicit = &results->mode[RP_MODE_LONG64].implicit[1];
    rp_resource_set_add(&implicit->all, RP_RESOURCE_CR0_TS);
    rp_resource_set_add(&implicit->ring3, RP_RESOURCE_CR4_UMIP);
    rp_resource_set_add(&implicit->together, RP_RESOURCE_RFLAGS_IF);
    *state = campaign;
    return 0;
}

int campaign_teardown(void **state)
{
    struct campaign *campaign = *state;
    made_free(&campaign->made);
    scratch_free(&campaign->scratch);
    free(campaign);
    return 0;
}

struct rp_results campaign_results(const struct campaign *campaign)
{
    struct rp_results results = campaign->made.results;
    results.verdict = NULL;
    results.count = results.capacity = 0;
    results.runs = 0;
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
        results.mode[m].count = results.mode[m].first = results.mode[m].exceptions = 0;
        results.mode[m].compared = results.mode[m].otherwise = 0;
    }
    return results;
}

struct rp_store *campaign_begin(struct campaign *campaign, struct rp_results *results)
{
    struct rp_store *store;
    struct rp_error error = {0};
    if (rp_store_open(campaign->path, true, &store, &error) || rp_store_begin(store, results, &error))
        fail_msg("%s", error.line);
    return store;
}

/* Seven encodings of the form of the mode's second verdict, of which one is an exception, the last verdict,
 * and two behave as it does. */
static void put_range(struct rp_store *store, const struct rp_results *all)
{
    const struct rp_mode_results *mode = &all->mode[RP_MODE_PROT32];
    const struct rp_range_exception exception = {.number = 3, .followers = 2};
    const struct rp_range range = {.mode = RP_MODE_PROT32,
                                   .place = 1,
                                   .form = all->verdict[mode->first + 1].form,
                                   .encodings = 7,
                                   .alike = 4};
    assert_int_equal(rp_store_begin_wide(store, RP_MODE_PROT32, 7, NULL, NULL, NULL), RP_OK);
    assert_int_equal(
        rp_store_put_range(store, &range, &all->verdict[mode->first + mode->count - 1], &exception, 1, NULL),
        RP_OK);
}

void campaign_widen(struct campaign *campaign)
{
    struct rp_results *results = &campaign->made.results;
    struct rp_mode_results *mode = &results->mode[RP_MODE_PROT32];
    struct rp_verdict *v = made_add(&campaign->made, RP_MODE_PROT32, "6690", RP_VERDICT_HOLE);
    v->form = results->verdict[mode->first + 1].form;
    made_hole(v, RP_SENSITIVE_CONTROL, RP_RESOURCE_RFLAGS_IF, RP_ANSWER_HOLE, RP_ANSWER_HOLE);
    results->configuration.wide = true;
    mode->exceptions = 1;
    mode->wide = mode->compared = 7;
    mode->otherwise = 3;
}

void campaign_write(struct campaign *campaign)
{
    struct rp_results results = campaign_results(campaign), *all = &campaign->made.results;
    struct rp_store *store = campaign_begin(campaign, &results);
    for (unsigned m = 0; m < RP_MODE_COUNT; m++) {
        bool complete;
        const struct rp_mode_results *mode = &all->mode[m];
        if (!mode->scanned)
            continue;
        assert_int_equal(rp_store_begin_mode(store, m, NULL, 0, &complete, NULL), RP_OK);
        for (size_t i = 0; i < mode->count - mode->exceptions; i++)
            assert_int_equal(rp_store_put(store, i, &all->verdict[mode->first + i], NULL), RP_OK);
        if (m == RP_MODE_PROT32 && mode->wide)
            put_range(store, all);
        assert_int_equal(rp_store_end_mode(store, m, NULL), RP_OK);
    }
    assert_int_equal(rp_store_commit(store, NULL), RP_OK);
    rp_store_close(store);
}
