/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made-up instructions; see model.h. */
#include "judge/model.h"

#include "base/hex.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOP "90"

bool model_for_all;
static struct rp_judge *open_judge;
static struct rp_verdict verdict;
static model *current;

struct rp_state *model_after(const struct rp_prestate *prestate)
{
    static struct rp_state after;
    after = prestate->state;
    after.reg[RP_REG_RIP]++;
    return &after;
}

void model_retire(const struct rp_prestate *prestate, struct rp_outcomes *outcomes,
                  const struct rp_state *after)
{
    fake_retire(outcomes, prestate, after, 1);
}

void model_set(const struct rp_prestate *prestate, struct rp_outcomes *outcomes, enum rp_reg reg,
               uint64_t value)
{
    struct rp_state *after = model_after(prestate);
    after->reg[reg] = value;
    model_retire(prestate, outcomes, after);
}

static void answer(void *context, const struct rp_prestate *prestate, uint32_t index,
                   const struct rp_encoding *encoding, struct rp_outcomes *outcomes)
{
    (void)context, (void)index;
    if (model_for_all || (encoding->length == 1 && encoding->bytes[0] == 0x90))
        current(prestate, outcomes);
    else
        model_retire(prestate, outcomes, model_after(prestate));
}

struct rp_judge *model_judge(model *instruction, size_t seeds, enum rp_policy policy)
{
    struct rp_judge_options options = {.executor = &fake_executor, .policy = policy, .random_seed = 1};
    struct rp_error error = {0};
    model_free(NULL);
    current = instruction;
    fake_executor_set(answer, NULL);
    if (rp_judge_open(&options, &open_judge, &error))
        fail_msg("%s", error.line);
    while (open_judge->seeds.count > seeds) {
        struct rp_seed *last = &open_judge->seeds.seed[--open_judge->seeds.count];
        free(last->name), free(last->state), free(last->raises), free(last->why);
    }
    return open_judge;
}

void model_add_seed(struct rp_judge *judge, const char *name, const char *state)
{
    struct rp_seeds *seeds = &judge->seeds;
    struct rp_seed *grown = realloc(seeds->seed, (seeds->count + 1) * sizeof *grown);
    assert_non_null(grown);
    seeds->seed = grown;
    grown[seeds->count++] = (struct rp_seed){.name = strdup(name),
                                             .state = strdup(state),
                                             .raises = strdup("-"),
                                             .why = strdup("a test's"),
                                             .modes = 0x7f,
                                             .probe = RP_PROBE_COUNT};
}

const struct rp_verdict *model_ask_hex(struct rp_judge *judge, enum rp_mode mode, const char *hex)
{
    struct rp_encoding encoding = {.length = 0};
    struct rp_error error = {0};
    size_t length;
    assert_int_equal(rp_hex_parse(hex, encoding.bytes, sizeof encoding.bytes, &length, NULL), RP_OK);
    encoding.length = (uint8_t)length;
    rp_verdict_free(&verdict);
    if (rp_judge_encoding(judge, mode, &encoding, NULL, &verdict, &error))
        fail_msg("%s: %s", hex, error.line);
    return &verdict;
}

const struct rp_verdict *model_ask(struct rp_judge *judge, enum rp_mode mode)
{
    return model_ask_hex(judge, mode, NOP);
}

const struct rp_verdict *model_verdict(model *instruction, enum rp_mode mode)
{
    return model_ask(model_judge(instruction, 3, RP_POLICY_LEGACY), mode);
}

int model_free(void **state)
{
    (void)state;
    rp_judge_close(open_judge);
    open_judge = NULL;
    rp_verdict_free(&verdict);
    model_for_all = false;
    fake_allow_everything();
    return 0;
}

const char *model_resources(const struct rp_verdict *v)
{
    static char text[600];
    size_t length = 0;
    text[0] = '\0';
    for (unsigned r = rp_resource_set_next(&v->resources, 0); r < RP_RESOURCE_COUNT;
         r = rp_resource_set_next(&v->resources, r + 1))
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", length ? " " : "",
                                   rp_resource_info((enum rp_resource)r)->name);
    return text;
}

const char *model_words(const struct rp_verdict *v)
{
    static char text[64];
    snprintf(text, sizeof text, "%s%s%s%s", rp_judgement_name(v->judgement),
             v->sensitivity & RP_SENSITIVE_CONTROL ? " control" : "",
             v->sensitivity & RP_SENSITIVE_MODE ? " mode" : "",
             v->sensitivity & RP_SENSITIVE_RESOURCE ? " resource" : "");
    return text;
}
