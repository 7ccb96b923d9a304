/* SPDX-License-Identifier: GPL-2.0-or-later */
/* golden: recording, and verifying each kind of file. Private to src/cli. */
#ifndef RP_CLI_GOLDEN_H
#define RP_CLI_GOLDEN_H

#include "cli/output.h"

/* golden record: what the executor does goes to the file of --output. */
int rp_golden_cli_record(const struct rp_options *options, struct rp_error *error);

/* golden verify of all operands behind the word: the answer goes to `output`, and is one even where the
 * result is a failure; *news: there is a difference. */
typedef int rp_golden_cli_verify(const struct rp_options *options, struct rp_output *output, bool *news,
                                 struct rp_error *error);
rp_golden_cli_verify rp_golden_cli_verify_records; /* an answer each */
rp_golden_cli_verify rp_golden_cli_verify_moo;     /* MOO files and folders of them: one answer */

/* --time as a point of CLOCK_MONOTONIC in nanoseconds; 0: none. */
uint64_t rp_golden_cli_deadline(const struct rp_options *options);

/* --cpus: "0,4-7", or all that this process may run on; cpu has room for RP_GOLDEN_CPUS_MAX. RP_EINPUT: it is
 * no such list, or names one that this process may not run on. */
int rp_golden_cli_cpus(const char *list, int *cpu, unsigned *count, struct rp_error *error);

#endif
