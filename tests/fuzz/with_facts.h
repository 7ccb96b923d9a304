/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What inputs are drawn from, opened once for all tests of a program: cmocka's begin and end of a group. */
#ifndef RP_TESTS_FUZZ_WITH_FACTS_H
#define RP_TESTS_FUZZ_WITH_FACTS_H

#include "fuzz/facts.h"

extern struct rp_fuzz_facts *facts;

int open_facts(void **state); /* of every mode */
int open_facts_of_long64(void **state);
int close_facts(void **state);

#endif
