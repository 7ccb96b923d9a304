/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line of a difference from a record; see golden.h. Between two executors it is a divergence, whose cell
 * replay looks at again; on one it is a finding: the run, and how it ended here. */
#include "campaign/golden.h"

#include "judge/witness.h"

#include <stdio.h>
#include <string.h>

static void name_executors(const struct rp_golden_identity *recorded, const struct rp_golden_identity *here,
                           struct rp_witness *w)
{
    bool both = w->kind == RP_KIND_DIVERGENCE;
    snprintf(w->executor, sizeof w->executor, "%s%s%s", both ? recorded->executor : "", both ? "+" : "",
             here->executor);
}

static enum rp_policy policy_of(const struct rp_golden_identity *identity)
{
    unsigned p = 0;
    while (p < RP_POLICY_COUNT - 1 && strcmp(rp_policy_name((enum rp_policy)p), identity->policy) != 0)
        p++;
    return (enum rp_policy)p;
}

int rp_golden_replay_line(const struct rp_golden_record *record, const struct rp_golden_identity *here,
                          const struct rp_golden_difference *difference, struct rp_text *line,
                          struct rp_error *error)
{
    static struct rp_witness w; /* some 60 KB */
    const struct rp_golden_plan *plan = &record->plan;
    const struct rp_golden_state *state = &plan->state[plan->block[difference->block].state[difference->run]];
    const struct rp_shown *seen = &difference->shown[1];
    const uint32_t cell = difference->cells ? difference->cell[0].cell : RP_CELL_OUTCOME;
    bool shared = cell != RP_GOLDEN_CELL_CR2 && cell != RP_GOLDEN_CELL_GATE;
    bool other = strcmp(record->identity.executor, here->executor) != 0 && shared;
    w = (struct rp_witness){.policy = policy_of(&record->identity),
                            .mode = (enum rp_mode)difference->mode,
                            .encoding = difference->encoding,
                            .kind = other ? RP_KIND_DIVERGENCE : RP_KIND_FINDING,
                            .component = other ? cell : RP_CELL_END,
                            .field = RP_RESOURCE_NONE,
                            .end = {.kind = seen->kind,
                                    .vector = seen->kind == RP_OUTCOME_RETIRED ? 0 : seen->vector,
                                    .length = seen->length}};
    name_executors(&record->identity, here, &w);
    int result = rp_user_parse(state->user, w.mode, &w.user, error);
    if (result == RP_OK)
        result = rp_machine_parse(state->machine, w.mode, w.policy, &w.run[0].machine, &w.run[0].ring, error);
    w.run[1] = w.run[0];
    return result ? result : rp_witness_print(&w, line, error);
}
