/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `diff` of two hunts' campaigns. */
#ifndef RP_CLI_HUNT_DIFF_H
#define RP_CLI_HUNT_DIFF_H

#include "cli/output.h"
#include "store/store.h"

/* Appends to output->text which findings, by id, appeared, vanished, or changed their class, as text or JSON
 * lines. *news: there are any. RP_EINPUT: one of the two is not a hunt's. */
int rp_hunt_diff(const struct rp_options *options, struct rp_store *const store[2], struct rp_output *output,
                 bool *news, struct rp_error *error);

#endif
