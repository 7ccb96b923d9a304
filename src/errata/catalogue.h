/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The catalogue of errata: the entries of the files of corpus/errata/, in the order of files and lines. */
#ifndef RP_ERRATA_CATALOGUE_H
#define RP_ERRATA_CATALOGUE_H

#include "errata/erratum.h"

struct rp_catalogue {
    struct rp_erratum *entry;
    size_t count;
};

/* Reads what is built in. RP_EINPUT with file:line, the field and what could stand there. Free in any case.
 */
int rp_catalogue_load(struct rp_catalogue *catalogue, struct rp_error *error);

/* Appends the entries of a text that complaints call `label`, which must outlive the catalogue. */
int rp_catalogue_parse(const char *label, const char *text, size_t length, struct rp_catalogue *catalogue,
                       struct rp_error *error);
void rp_catalogue_free(struct rp_catalogue *catalogue);

/* The entry that an id, or one of its names (in any case), means; NULL if there is none. */
const struct rp_erratum *rp_catalogue_find(const struct rp_catalogue *catalogue, const char *name);

/* True if `name` is the entry's id or one of its names. */
bool rp_erratum_is_named(const struct rp_erratum *erratum, const char *name);

#endif
