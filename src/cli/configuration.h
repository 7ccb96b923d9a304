/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written down about a scan: which program on which machine, when, and how to ask for it again. */
#ifndef RP_CLI_CONFIGURATION_H
#define RP_CLI_CONFIGURATION_H

#include "cli/options.h"

/* The strings that struct rp_configuration points into. */
struct rp_configuration_strings {
    char corpus[24], executors[512], cpu[256], hypervisor[64], kernel[256], date[32];
    struct rp_text command;
};

/* Fills everything that src/campaign does not; free strings->command when the configuration is done with,
 * even after a failure. RP_EENVIRONMENT: the executor does not open. */
int rp_configuration_make(const struct rp_options *options, struct rp_configuration *configuration,
                          struct rp_configuration_strings *strings, struct rp_error *error);

#endif
