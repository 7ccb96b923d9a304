/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Witnesses as commands take them: a line, a finding, a file of either, or standard input. */
#ifndef RP_CLI_WITNESSES_H
#define RP_CLI_WITNESSES_H

#include "cli/options.h"
#include "judge/witness.h"

/* Gets each witness, and its line as it was given. */
typedef int rp_witnesses_each(void *context, const char *line, const struct rp_witness *witness,
                              struct rp_error *error);

/* Reads an operand: a witness line, a finding's line of JSON, "-", a file of such lines, empty lines and
 * comments, a fuzz campaign's directory, or one finding of it, DIR/ID. *closed ends it. RP_EINPUT: the line
 * names file and number; a file without any is an error. */
int rp_witnesses_read(const char *operand, const bool *closed, rp_witnesses_each *each, void *context,
                      struct rp_error *error);

/* Who makes the runs: -x, or the executors that the witness names. `mine` are the options with them. */
int rp_witness_executors(const struct rp_options *options, const struct rp_witness *witness,
                         struct rp_options *mine, struct rp_error *error);

#endif
