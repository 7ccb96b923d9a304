/* SPDX-License-Identifier: GPL-2.0-or-later */
/* golden: recording, and verifying each kind of file. Private to src/cli. */
#ifndef RP_CLI_GOLDEN_H
#define RP_CLI_GOLDEN_H

#include "cli/output.h"

/* golden record: what the executor does goes to the file of --output. */
int rp_golden_cli_record(const struct rp_options *options, struct rp_error *error);

/* golden verify of one file of a kind: the answer goes to `output`; *news: there is a difference. */
typedef int rp_golden_cli_verify(const struct rp_options *options, const char *path, struct rp_output *output,
                                 bool *news, struct rp_error *error);
rp_golden_cli_verify rp_golden_cli_verify_record;

/* golden verify of all operands behind the word, which are MOO files and folders of them: one answer. */
int rp_golden_cli_verify_moo(const struct rp_options *options, struct rp_output *output, bool *news,
                             struct rp_error *error);

#endif
