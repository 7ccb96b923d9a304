/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every executor with a guest of harness/guest has to show; main of its tests. Skips with the cause
 * where it does not run. */
#ifndef RP_TESTS_SUPPORT_GUEST_TESTS_H
#define RP_TESTS_SUPPORT_GUEST_TESTS_H

int guest_tests_faults(const char *executor);
int guest_tests_runs(const char *executor);

#endif
