/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Thousands of jobs over all modes, rings and states come to the same outcomes forwards, backwards and
 * shuffled, on the executor of the rig. */
#ifndef RP_TESTS_SUPPORT_HISTORY_H
#define RP_TESTS_SUPPORT_HISTORY_H

#include "x86/decode.h"
#include "x86/encoding.h"

#include <stdbool.h>
#include <stddef.h>

#define HISTORY_JOBS    4000
#define HISTORY_LASTING 34
#define HISTORY_USERS   8

/* Encodings that are known to leave something behind, and user states that make them reach far. */
extern const struct rp_encoding history_lasting[HISTORY_LASTING];
extern const char *const history_users[HISTORY_USERS];

/* Of what the executor's outcomes differ whatever ran before, or say nothing. */
typedef bool history_left_out(const struct rp_instruction *instruction);

/* Fails the test where an outcome depends on what ran before it, or where fewer than `retired` of the runs
 * (three for each job) retire. */
void history_expect_none(history_left_out *is_left_out, size_t retired);

#endif
