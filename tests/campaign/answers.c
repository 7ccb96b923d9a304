/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of the fake executor; see answers.h. */
#include "campaign/answers.h"

#include <stdlib.h>
#include <string.h>

const struct rp_executor_entry fake_entry = {"fake", &fake_executor, NULL};
static const struct rp_executor_entry silicon_entry = {"silicon", &fake_silicon, NULL};

void answer_ud(void *context, const struct rp_prestate *prestate, uint32_t index,
               const struct rp_encoding *encoding, struct rp_outcomes *outcomes)
{
    (void)context, (void)prestate, (void)index, (void)encoding;
    fake_trap(outcomes, 6, -1);
}

void answer_some(void *context, const struct rp_prestate *prestate, uint32_t index,
                 const struct rp_encoding *encoding, struct rp_outcomes *outcomes)
{
    static struct rp_state after;
    (void)context, (void)index;
    after = prestate->state;
    after.reg[RP_REG_RIP] += encoding->length;
    if (encoding->bytes[0] >= 0x9c && encoding->bytes[0] <= 0x9f)
        after.reg[RP_REG_RAX] = prestate->state.reg[RP_REG_CR2];
    fake_retire(outcomes, prestate, &after, encoding->length);
}

static bool is_culprit(const struct rp_encoding *culprit, const struct rp_encoding *encoding)
{
    return culprit->length == encoding->length &&
           memcmp(culprit->bytes, encoding->bytes, encoding->length) == 0;
}

void answer_or_abort(void *context, const struct rp_prestate *prestate, uint32_t index,
                     const struct rp_encoding *encoding, struct rp_outcomes *outcomes)
{
    if (is_culprit(context, encoding))
        abort();
    answer_some(NULL, prestate, index, encoding, outcomes);
}

void answer_or_abort_in_ring_3(void *context, const struct rp_prestate *prestate, uint32_t index,
                               const struct rp_encoding *encoding, struct rp_outcomes *outcomes)
{
    if (prestate->ring == 3 && is_culprit(context, encoding))
        abort();
    answer_some(NULL, prestate, index, encoding, outcomes);
}

struct rp_campaign_options campaign(fake_answer *answer, void *context, unsigned workers)
{
    fake_executor_set(answer, context);
    return (struct rp_campaign_options){
        .executor = {{&fake_entry, "fake"}}, .executors = 1, .random_seed = 1, .workers = workers};
}

struct rp_campaign_options campaign_of_silicon(fake_answer *answer, void *context, unsigned workers)
{
    fake_second_set(answer, context);
    fake_second_like_silicon();
    return (struct rp_campaign_options){.executor = {{&silicon_entry, "silicon"}},
                                        .executors = 1,
                                        .policy = RP_POLICY_AS_FOUND,
                                        .random_seed = 1,
                                        .workers = workers};
}

struct rp_campaign_options campaign_of_two(fake_answer *first, fake_answer *second, unsigned workers)
{
    struct rp_campaign_options options = campaign(first, NULL, workers);
    fake_second_set(second, NULL);
    fake_second_like_silicon();
    options.executor[1] = (struct rp_campaign_executor){&silicon_entry, "silicon"};
    options.executors = 2;
    return options;
}
