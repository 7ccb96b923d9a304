/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the directory of a fuzz campaign holds, read and not touched, also while a campaign is at it. */
#ifndef RP_CAMPAIGN_FUZZ_HELD_H
#define RP_CAMPAIGN_FUZZ_HELD_H

#include "report/fuzz_report.h"

struct rp_fuzz_held {
    struct rp_text lines;   /* findings, each with its line feed */
    struct rp_text sharers; /* numbers of rp_fuzz_sharer */
    struct rp_fuzz_summary summary;
    struct rp_configuration
        configuration; /* its strings are below; `version` is for the front end to fill in */
    char executors[512], cpu[256], command[512];
};

/* True if there is such a directory. */
bool rp_fuzz_held_here(const char *path);

/* RP_EINPUT: it is none of a fuzz campaign; RP_EENVIRONMENT: can't be read. A last line that is half of one,
 * its writer was killed or is at work, is left out. Free it in any case; the configuration is as the campaign
 * began with. */
int rp_fuzz_held_read(const char *path, struct rp_fuzz_held *held, struct rp_error *error);
void rp_fuzz_held_free(struct rp_fuzz_held *held);

#endif
