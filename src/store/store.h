/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A campaign: what a scan comes to, in one SQLite file that is written while it runs. SCHEMA.md says in words
 * what is in it and why nothing that was committed is lost.
 *
 * A store belongs to one process; workers that are forked while it is open don't touch it. Who writes holds
 * the file's lock until rp_store_close, so that nobody else reads or writes it then. Strings of a
 * configuration that comes from a store live as long as the store. Errors are RP_EINPUT for what is no
 * campaign, or another one, and RP_EENVIRONMENT for what the machine refuses; the line names the file. */
#ifndef RP_STORE_STORE_H
#define RP_STORE_STORE_H

#include "store/results.h"

struct rp_store;

/* "sqlite 3.40.1", of the library in use; static storage. */
const char *rp_store_library(void);

/* Opens the campaign `path`: `writes` for a scan, where a file that is not there will be made by
 * rp_store_begin; else to read. Close it with rp_store_close. */
int rp_store_open(const char *path, bool writes, struct rp_store **store, struct rp_error *error);
void rp_store_close(struct rp_store *store); /* NULL is fine; what was not committed is gone */

/* Begins a sitting of the scan that `results` is going to hold; everything of its configuration is filled in.
 * Makes the file, or compares what is in it: another configuration is refused (RP_EINPUT names the difference
 * and the option). The date and the sums of earlier sittings are put into `results`, which the store looks
 * at from then on whenever it commits: seconds, peak_pss, deaths and hangs stand there. */
int rp_store_begin(struct rp_store *store, struct rp_results *results, struct rp_error *error);

/* True if every mode was judged to its end when rp_store_begin or rp_store_load looked. */
bool rp_store_complete(const struct rp_store *store);

/* Goes on with a mode: keeps the numbers that `results->mode` has for it (of another form space than before:
 * RP_EINPUT), and appends the verdicts that are stored to `results`. `place` are the places that the scan is
 * going to judge, in ascending order; what is stored must be the first of them, else it is RP_EINPUT too.
 * *complete: all of it was judged, and its implicit sensitivity is filled in. */
int rp_store_begin_mode(struct rp_store *store, enum rp_mode mode, const size_t *place, size_t places,
                        bool *complete, struct rp_error *error);

/* Puts into the results of a scan the verdicts that it let go of, of all modes that were begun; they must be
 * empty. They stay in the file, as of rp_store_stream. */
int rp_store_recall(struct rp_store *store, struct rp_error *error);

/* Keeps a verdict; `place` is the index of its encoding in the mode's form space. Commits if a second has
 * passed since the first that was not committed yet. */
int rp_store_put(struct rp_store *store, size_t place, const struct rp_verdict *verdict,
                 struct rp_error *error);

/* Commits likewise; to be called while nothing comes. An error shows in the next call that can fail. */
void rp_store_tick(struct rp_store *store);

/* True if nothing waits to be committed. */
bool rp_store_is_settled(const struct rp_store *store);

/* A part of a form's encodings in the wide space, held against its representative. Of those that behave
 * otherwise some have verdicts of their own, and others behave as one of these does. */
struct rp_range {
    enum rp_mode mode;
    size_t place; /* of the form's first representative in the form space */
    uint64_t form;
    uint32_t first, encodings; /* numbers within the form */
    uint32_t alike;            /* that behave as the representative */
    uint64_t runs;             /* but those of the exceptions' verdicts */
};
struct rp_range_exception {
    uint32_t number;    /* within the form */
    uint32_t followers; /* that behave as it does */
};

/* Goes on with the wide space of a mode, which has `encodings` (another number than before: RP_EINPUT); calls
 * back for each range that is stored, in ascending order of places and of what is first. */
typedef void rp_range_seen(void *context, size_t place, uint32_t first);
int rp_store_begin_wide(struct rp_store *store, enum rp_mode mode, uint64_t encodings, rp_range_seen *seen,
                        void *context, struct rp_error *error);

/* Keeps a range with the verdicts of its exceptions: all of it or nothing. Commits as rp_store_put does. */
int rp_store_put_range(struct rp_store *store, const struct rp_range *range, const struct rp_verdict *verdict,
                       const struct rp_range_exception *exception, size_t exceptions, struct rp_error *error);

/* Ends a mode that was judged to its end, with the implicit sensitivity that `results` has for it. */
int rp_store_end_mode(struct rp_store *store, enum rp_mode mode, struct rp_error *error);

int rp_store_commit(struct rp_store *store, struct rp_error *error);

/* How many machines a file has: several, once merged so. rp_store_load reads the one that was chosen, from 0;
 * of several one has to be (RP_EINPUT). */
int rp_store_machines(struct rp_store *store, unsigned *count, struct rp_error *error);
void rp_store_choose(struct rp_store *store, unsigned machine);

/* Reads a whole campaign into `results`, which is zeroed. All of it is in memory then, which tests alone
 * want: commands take rp_store_stream, which is made of it. */
int rp_store_load(struct rp_store *store, struct rp_results *results, struct rp_error *error);

/* Reads and checks it likewise, and leaves its verdicts in the file: `results` has them as long as the store
 * is open, and nobody writes the file meanwhile. */
int rp_store_stream(struct rp_store *store, struct rp_results *results, struct rp_error *error);

/* Calls back for each setting that two configurations differ in, with its name and both values, which live
 * until it returns; the date and the command are none. RP_EENVIRONMENT: no memory. */
typedef void rp_setting_differs(void *context, const char *name, const char *a, const char *b);
bool rp_setting_is_machine(const char *name); /* no option chooses it: it is what machines differ in */
int rp_configuration_compare(const struct rp_configuration *a, const struct rp_configuration *b,
                             rp_setting_differs *differs, void *context, struct rp_error *error);

#endif
