/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts on their way from a worker to the front end: the struct's bytes, its opinions, its replay
 * line, the divergences with theirs, then the detail if there is one. Both ends are the same program. Private
 * to src/campaign. */
#ifndef RP_CAMPAIGN_WIRE_H
#define RP_CAMPAIGN_WIRE_H

#include "judge/detail.h"

/* Appends `verdict` and, unless NULL, `detail`. */
void rp_wire_put(struct rp_text *text, const struct rp_verdict *verdict, const struct rp_detail *detail);

/* Reads them back; *has_detail says whether a detail came. The caller frees the verdict. RP_EENVIRONMENT: cut
 * short. */
int rp_wire_get(const char *bytes, size_t length, struct rp_verdict *verdict, struct rp_detail *detail,
                bool *has_detail, struct rp_error *error);

#endif
