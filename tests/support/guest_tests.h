/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every executor with a guest of harness/guest has to show; main of its tests. Skips with the cause
 * where it does not run. */
#ifndef RP_TESTS_SUPPORT_GUEST_TESTS_H
#define RP_TESTS_SUPPORT_GUEST_TESTS_H

#include "executor/limits.h"
#include "state/prestate.h"
#include "support/suite.h"

#include <sys/types.h>

int guest_tests_faults(const char *executor);
int guest_tests_runs(const char *executor);

/* `more` are tests of that executor alone, up to one without a name; NULL: none. */
#define GUEST_TESTS_MAX 8
int guest_tests_canaries(const char *executor, const struct CMUnitTest *more);
/* For these: its limits, and whether it runs here; the rig is open for it. */
const struct rp_limits *guest_tests_limits(void);
bool guest_tests_run(void);

/* What the tests of faults run, for who measures them: plain runs, and what goes wrong. */
enum { GUEST_PLAIN, GUEST_SLOW, GUEST_FATAL, GUEST_HANGING, GUEST_OVERWRITING, GUEST_STATES };
struct rp_encoding guest_faults_encoding(unsigned state);
void guest_faults_prestate(unsigned state, struct rp_prestate *prestate);
/* Lists the children of this process, which are emulators. */
size_t guest_faults_children(pid_t child[8]);

#endif
