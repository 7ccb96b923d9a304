/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a hunt needs before it begins: options that go together, and where it is kept, a campaign or JSON
 * lines. */
#ifndef RP_CLI_HUNT_PLACE_H
#define RP_CLI_HUNT_PLACE_H

#include "campaign/hunt_file.h"
#include "cli/configuration.h"

struct rp_hunt_place {
    bool in_campaign;
    struct rp_hunt_campaign campaign; /* if it is */
    struct rp_results results;
    struct rp_configuration_strings strings;
};

/* Refuses what cannot be had before anything is run, and opens the campaign if --output is one: a file that
 * is there stays what it is, a new one is JSON lines if its name ends in .jsonl. `place` is zeroed, and is
 * closed in any case. */
int rp_hunt_place_open(const struct rp_options *options, uint8_t modes, struct rp_hunt_place *place,
                       struct rp_error *error);
void rp_hunt_place_close(struct rp_hunt_place *place);

/* Appends the lines of the hunt that the campaign `path` holds, each with its line feed. */
int rp_hunt_place_read(const char *path, struct rp_text *lines, struct rp_error *error);

#endif
