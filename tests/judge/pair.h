/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Panels of two fake executors, each with a made-up instruction of its own (model.h), which answers for every
 * encoding. */
#ifndef RP_TESTS_JUDGE_PAIR_H
#define RP_TESTS_JUDGE_PAIR_H

#include "judge/model.h"
#include "judge/panel.h"

/* Opens a panel of `fake` and `other` (fake_second or fake_silicon) under policy legacy; with fake_silicon
 * the second has ring 3 alone, with fake_executor it is another model of the first, `fake:other`. pair_free
 * closes it. */
struct rp_panel *pair_open(model *first, const struct rp_executor *other, model *second);

/* Judges by the panel that is open; static storage. */
const struct rp_verdict *pair_ask(enum rp_mode mode, const char *hex);

/* The panel's replay of a line, which must parse. */
struct rp_replay pair_replay(const char *line);

int pair_free(void **state);

#endif
