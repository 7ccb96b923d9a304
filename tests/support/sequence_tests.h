/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every executor shows that runs instructions back to back, in ring 3 of long64; tests for a group that
 * has the rig open. */
#ifndef RP_TESTS_SUPPORT_SEQUENCE_TESTS_H
#define RP_TESTS_SUPPORT_SEQUENCE_TESTS_H

void all_of_them_come_to_one_outcome(void **state);
void the_one_that_traps_is_where_rip_is(void **state);
void nothing_of_them_stands_behind_the_next_one(void **state);

#endif
