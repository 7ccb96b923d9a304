/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A runner asked directly, without the executor before it: what the ordinary side would not ask can be asked
 * here, and what the runner is can be looked at from outside. */
#ifndef RP_TESTS_NATIVE_RAW_H
#define RP_TESTS_NATIVE_RAW_H

#include "native/process.h"
#include "support/suite.h"

/* Group set-up and tear-down. Where native can't run here, the whole program is skipped. */
int raw_open(void **state);
int raw_close(void **state);

struct rp_native_process *raw_process(void);

/* Makes an order of one job, as raw_run does, and does not give it. */
void raw_place(enum rp_mode mode, const char *user, const void *bytes, size_t length, unsigned way);

/* Runs `bytes` from the default user state of `mode` with the differences in `user`; `way` is an enum
 * rp_native_way. The result is valid until the next run; a dead runner fails the test. */
const struct rp_native_result *raw_run(enum rp_mode mode, const char *user, const void *bytes, size_t length,
                                       unsigned way);

/* Fails the test unless NOP gives the plain outcome in each mode that can run, from the same runner. */
void raw_expect_sound(void);

#endif
