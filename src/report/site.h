/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine that an answer is of, as JSON lines carry it, so that the answers of many machines can be held
 * against each other (fleet.h). */
#ifndef RP_REPORT_SITE_H
#define RP_REPORT_SITE_H

#include "base/json.h"
#include "x86/cpu.h"

struct rp_site {
    char host[65], kernel[200]; /* uname -n, -sr */
    struct rp_cpu cpu;
};

/* Of where this runs. */
int rp_site_read(struct rp_site *site, struct rp_error *error);

/* Adds the member `machine`: host, vendor, family, model, stepping, microcode, brand, kernel, hypervisor.
 * What is not known is null. */
void rp_site_json(struct rp_json *json, const struct rp_site *site);

#endif
