/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the modes that were asked for the chosen executors can run on this machine. */
#ifndef RP_CLI_MODES_H
#define RP_CLI_MODES_H

#include "cli/options.h"

/* Takes out of *modes what no chosen executor can run, and says so with the reason, a line each; also where
 * one of several can't, though it could elsewhere. RP_EENVIRONMENT: nothing would be left. */
int rp_modes_settle(const struct rp_options *options, uint8_t *modes, struct rp_error *error);

#endif
