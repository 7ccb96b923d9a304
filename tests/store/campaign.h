/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A campaign file made of results by hand, in a folder of its own. */
#ifndef RP_TESTS_STORE_CAMPAIGN_H
#define RP_TESTS_STORE_CAMPAIGN_H

#include "store/store.h"
#include "support/made.h"
#include "support/scratch.h"

struct campaign {
    struct scratch scratch;
    char path[PATH_MAX];
    struct made made; /* one verdict of each sort, in the order of prot32 and long64 */
};

/* cmocka's set-up and tear-down; *state is a struct campaign. There is no file yet. */
int campaign_setup(void **state);
int campaign_teardown(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, campaign_setup, campaign_teardown)

/* Makes it one of the wide space: with a range of seven encodings, and an exception. */
void campaign_widen(struct campaign *campaign);

/* Opens, begins, puts all verdicts, ends the modes, commits and closes. */
void campaign_write(struct campaign *campaign);

/* Opens for writing and begins with `results`, which hold no verdicts yet; must succeed. */
struct rp_store *campaign_begin(struct campaign *campaign, struct rp_results *results);

/* Results without verdicts, in the same configuration. */
struct rp_results campaign_results(const struct campaign *campaign);

#endif
