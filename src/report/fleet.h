/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of many machines as one table: kinds of machine, who is odd and in what, in what kinds differ.
 */
#ifndef RP_REPORT_FLEET_H
#define RP_REPORT_FLEET_H

#include "golden/fleet.h"
#include "report/style.h"

struct rp_fleet_format {
    const char *name; /* as -f takes it */
    void (*report)(const struct rp_fleet *fleet, const struct rp_style *style, struct rp_text *text);
};

/* By name; NULL: not written in it. */
const struct rp_fleet_format *rp_fleet_format_find(const char *name);

/* True if kinds say different things in the cell, each by most of its machines. */
bool rp_fleet_kinds_differ(const struct rp_fleet *fleet, size_t cell);

void rp_fleet_json(const struct rp_fleet *fleet, const struct rp_style *style, struct rp_text *text);

#endif
