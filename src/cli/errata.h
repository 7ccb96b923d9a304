/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From options to entries of the catalogue, and to answers about them. */
#ifndef RP_CLI_ERRATA_H
#define RP_CLI_ERRATA_H

#include "cli/options.h"
#include "errata/catalogue.h"
#include "report/errata.h"

/* The entries that are asked about, and what was found. Zeroed is empty; free in any case. */
struct rp_errata_asking {
    struct rp_catalogue catalogue;
    const struct rp_erratum **entry;
    struct rp_errata_result *result;
    size_t entries, results;
};

/* Loads the catalogue and takes all of it, or what `ids` name, joined by commas. RP_EINPUT: no such entry. */
int rp_errata_choose(const char *ids, struct rp_errata_asking *asking, struct rp_error *error);
void rp_errata_free(struct rp_errata_asking *asking);

/* Runs what may be run on the executor of -x, or on native; where that can't run, says so and answers by
 * tables. */
int rp_errata_ask(const struct rp_options *options, struct rp_errata_asking *asking,
                  struct rp_errata_report *report, struct rp_error *error);

#endif
