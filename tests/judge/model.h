/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions made up as functions of the pre-state, judged as the program judges real ones. The encoding is
 * NOP's, so that nothing but the model decides; every other encoding (the baselines) retires without effect.
 */
#ifndef RP_TESTS_JUDGE_MODEL_H
#define RP_TESTS_JUDGE_MODEL_H

#include "judge/inquiry.h"
#include "support/fake_executor.h"

/* True: the model answers for every encoding, the baselines too. model_free resets it. */
extern bool model_for_all;

/* Appends the one outcome of a run from `prestate`. */
typedef void model(const struct rp_prestate *prestate, struct rp_outcomes *outcomes);

/* The state after a run that changed nothing but RIP, for models to change on; static storage. */
struct rp_state *model_after(const struct rp_prestate *prestate);
/* Retires with it. */
void model_retire(const struct rp_prestate *prestate, struct rp_outcomes *outcomes,
                  const struct rp_state *after);
/* Retires with one register changed. */
void model_set(const struct rp_prestate *prestate, struct rp_outcomes *outcomes, enum rp_reg reg,
               uint64_t value);

/* Opens a judge over the model with the first `seeds` rows of corpus/seeds.tsv; model_free closes it. */
struct rp_judge *model_judge(model *instruction, size_t seeds, enum rp_policy policy);

/* Adds to the judge's seeds one with this state, in seeds.tsv's notation. */
void model_add_seed(struct rp_judge *judge, const char *name, const char *state);

/* Judges the instruction in `mode` with three seeds under policy legacy; the verdict is static storage. */
const struct rp_verdict *model_verdict(model *instruction, enum rp_mode mode);
/* The same by a judge at hand, NOP or another encoding. */
const struct rp_verdict *model_ask(struct rp_judge *judge, enum rp_mode mode);
const struct rp_verdict *model_ask_hex(struct rp_judge *judge, enum rp_mode mode, const char *hex);

/* Closes whatever is open; for a test's teardown. */
int model_free(void **state);

/* The names of the verdict's resources, blank-separated; static storage. */
const char *model_resources(const struct rp_verdict *verdict);

/* Judgement and kinds in one line: "hole control mode"; static storage. */
const char *model_words(const struct rp_verdict *verdict);

#endif
