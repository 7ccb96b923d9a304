/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of a hunt, JSON lines or a campaign that has them as rows. Lines are appended and synchronised
 * before the search goes on; rows are committed every second, which takes a disk much longer. However the
 * program ends, what was settled is there, and a later sitting goes on at the last position. What stands
 * behind that is met again and not written twice. One process at a time. */
#ifndef RP_CAMPAIGN_HUNT_FILE_H
#define RP_CAMPAIGN_HUNT_FILE_H

#include "campaign/hunt.h"
#include "store/hunt.h"

struct rp_hunt_file;

/* Called for each finding of the file: those of earlier sittings while it is opened, new ones as they come.
 */
typedef void rp_hunt_finding(void *context, const char *line, size_t length);

/* Where a hunt is kept that has a campaign: opened for writing, with the configuration in `results`. `import`
 * (NULL: none): JSON lines of such a hunt, with which a new campaign begins. */
struct rp_hunt_campaign {
    struct rp_store *store;
    struct rp_results *results;
    const char *import;
};

/* `campaign` NULL: JSON lines. Makes the file, or with `resume` goes on with it where it is there, a last
 * line that was half written being cut off: replays it into `hunt`. RP_EINPUT: it is there and not to be
 * resumed, of another hunt, or has a line that no hunt writes; RP_EENVIRONMENT: it cannot be opened or
 * locked. Close with rp_hunt_file_close. */
int rp_hunt_file_open(const char *path, bool resume, const struct rp_hunt_campaign *campaign,
                      struct rp_hunt *hunt, rp_hunt_finding *finding, void *context,
                      struct rp_hunt_file **file, struct rp_error *error);
int rp_hunt_file_close(struct rp_hunt_file *file, struct rp_error *error); /* NULL is fine */

/* `take` of struct rp_hunt_options; the context is the file. */
int rp_hunt_file_take(void *context, const char *line, size_t length, bool is_found, struct rp_error *error);

/* To be called while nothing comes: a campaign commits when a second has passed. An error shows in what is
 * taken next, or when the file is closed. */
void rp_hunt_file_tick(struct rp_hunt_file *file);

/* True if all that was taken is on the disk. */
bool rp_hunt_file_is_settled(const struct rp_hunt_file *file);

#endif
