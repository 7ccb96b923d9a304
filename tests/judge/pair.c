/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two executors; see pair.h. */
#include "judge/pair.h"

#include "base/hex.h"
#include "support/suite.h"

static struct rp_panel *panel;
static struct rp_verdict verdict;
static model *models[2];

static void answer(void *context, const struct rp_prestate *prestate, uint32_t index,
                   const struct rp_encoding *encoding, struct rp_outcomes *outcomes)
{
    (void)index, (void)encoding;
    model *const *which = context;
    (*which)(prestate, outcomes);
}

struct rp_panel *pair_open(model *first, const struct rp_executor *other, model *second)
{
    struct rp_panel_options options = {
        .member = {{&fake_executor, NULL}, {other, other == &fake_executor ? "fake:other" : NULL}},
        .members = 2,
        .random_seed = 1};
    struct rp_error error = {0};
    pair_free(NULL);
    models[0] = first;
    models[1] = second;
    fake_executor_set(answer, &models[0]);
    fake_second_set(answer, &models[1]);
    if (other->as_found)
        fake_second_like_silicon();
    if (rp_panel_open(&options, &panel, &error))
        fail_msg("%s", error.line);
    if (other == &fake_executor) /* which is not opened yet */
        fake_executor_set(answer, &models[1]);
    return panel;
}

const struct rp_verdict *pair_ask(enum rp_mode mode, const char *hex)
{
    struct rp_encoding encoding = {.length = 0};
    struct rp_error error = {0};
    size_t length;
    assert_int_equal(rp_hex_parse(hex, encoding.bytes, sizeof encoding.bytes, &length, NULL), RP_OK);
    encoding.length = (uint8_t)length;
    rp_verdict_free(&verdict);
    if (rp_panel_judge(panel, mode, &encoding, NULL, &verdict, &error))
        fail_msg("%s: %s", hex, error.line);
    return &verdict;
}

struct rp_replay pair_replay(const char *line)
{
    static struct rp_witness witness;
    struct rp_replay replay = {0};
    struct rp_error error = {0};
    if (rp_witness_parse(line, &witness, &error) || rp_panel_replay(panel, &witness, &replay, &error))
        fail_msg("%s: %s", line, error.line);
    return replay;
}

int pair_free(void **state)
{
    (void)state;
    rp_panel_close(panel);
    panel = NULL;
    rp_verdict_free(&verdict);
    fake_allow_everything();
    return 0;
}
