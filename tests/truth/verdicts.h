/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program's verdicts against verdicts.tsv, policy legacy: no false hole, no missed hole, nothing decided
 * against the manuals, evidence of the right kind, and so much of what can be decided is. */
#ifndef RP_TESTS_TRUTH_VERDICTS_H
#define RP_TESTS_TRUTH_VERDICTS_H

#define RP_TRUTH_EXECUTORS 3 /* at most */

/* A group of cmocka tests: the verdict of these executors together about every `every`-th row (1: all), of
 * which `percent` must be decided. The exit code of the program; 77 where one of them does not run. */
int truth_test(const char *const *executors, unsigned executor_count, unsigned every, unsigned percent);

#endif
