/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields of an entry: one row a key, with what reads its value; and what a whole entry must have. Private
 * to src/errata. */
#ifndef RP_ERRATA_FIELDS_H
#define RP_ERRATA_FIELDS_H

#include "errata/erratum.h"

#define RP_FIELD_MAX 1024 /* bytes of a value with its continuation lines */

/* Sets one field from its value. `given` has a bit for each field that the entry has had. RP_EINPUT: the key
 * is unknown or comes twice, or the value is wrong; the line says what could stand there. */
int rp_field_set(struct rp_erratum *erratum, const char *key, char *value, uint32_t *given,
                 struct rp_error *error);

/* RP_EINPUT: what the entry lacks, or has and may not have. */
int rp_erratum_check(const struct rp_erratum *erratum, uint32_t given, struct rp_error *error);

#endif
