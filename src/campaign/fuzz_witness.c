/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a suspicion to a witness; see fuzz_examine.h. */
#include "campaign/fuzz_examine.h"
#include "judge/explain.h"

#include <stdio.h>

static enum rp_policy policy_of(const struct rp_campaign_options *options, const struct rp_fuzz_suspicion *s)
{
    bool second = s->side == RP_FUZZ_SECOND3;
    bool as_found = options->executor[second ? 1 : 0].entry->executor->as_found;
    if (s->oracle == RP_FUZZ_DIVERGENCE)
        as_found =
            options->executor[0].entry->executor->as_found || options->executor[1].entry->executor->as_found;
    return as_found ? RP_POLICY_AS_FOUND : options->policy;
}

static void name_executor(const struct rp_campaign_options *options, const struct rp_fuzz_suspicion *s,
                          struct rp_witness *w)
{
    const char *lead = options->executor[0].name;
    if (s->oracle == RP_FUZZ_DIVERGENCE)
        snprintf(w->executor, sizeof w->executor, "%.30s+%.30s", lead, options->executor[1].name);
    else
        snprintf(w->executor, sizeof w->executor, "%s",
                 s->side == RP_FUZZ_SECOND3 ? options->executor[1].name : lead);
}

int rp_fuzz_witness(const struct rp_fuzz_examiner *examiner, const struct rp_fuzz_suspicion *s,
                    struct rp_judge *const judge[2], struct rp_witness *w, struct rp_error *error)
{
    static _Thread_local struct rp_recipe recipe;
    const struct rp_fuzz_input *input = &s->input;
    struct rp_instruction decoded, *instruction = NULL;
    const enum rp_policy policy = policy_of(examiner->options, s);
    if (rp_decode(input->mode, input->encoding.bytes, input->encoding.length, &decoded, NULL) == RP_OK)
        instruction = &decoded;
    int result = rp_fuzz_input_recipe(examiner->facts, input, instruction, policy, &recipe, error);
    for (unsigned i = 0; i < 2 && result == RP_OK && judge[i]; i++)
        rp_judge_take_as_found(judge[i], input->mode, policy, &recipe.machine);
    unsigned ring = s->side == RP_FUZZ_LEAD0 ? 0 : 3;
    *w = (struct rp_witness){.policy = policy,
                             .mode = input->mode,
                             .encoding = input->encoding,
                             .kind = s->oracle == RP_FUZZ_RINGS        ? (enum rp_sensitivity)s->kind
                                     : s->oracle == RP_FUZZ_DIVERGENCE ? RP_KIND_DIVERGENCE
                                                                       : RP_KIND_FINDING,
                             .user = recipe.user,
                             .run = {{ring, recipe.machine}, {ring, recipe.machine}},
                             .component = s->component,
                             .field = RP_RESOURCE_NONE,
                             .end = s->end};
    if (w->kind == RP_KIND_FINDING)
        w->component = RP_CELL_END;
    if (w->kind == RP_SENSITIVE_MODE)
        w->run[0].ring = 0;
    if (s->oracle == RP_FUZZ_RINGS)
        w->field = rp_witness_field(s->component, (enum rp_resource)s->resource);
    name_executor(examiner->options, s, w);
    return result;
}
