/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fake executor answers in campaigns, and campaigns over it. */
#ifndef RP_TESTS_CAMPAIGN_ANSWERS_H
#define RP_TESTS_CAMPAIGN_ANSWERS_H

#include "campaign/scan.h"
#include "support/fake_executor.h"

extern const struct rp_executor_entry fake_entry;

/* #UD for everything: two seeds are enough to see that. */
fake_answer answer_ud;
/* Retires without effect, but for encodings that begin with 9Ch to 9Fh: they show CR2 in RAX. */
fake_answer answer_some;
/* The same, and aborts on every run of the encoding that `context` points at. */
fake_answer answer_or_abort;
/* Aborts on its runs in ring 3 alone. */
fake_answer answer_or_abort_in_ring_3;

/* Options of a campaign over the fake executor, which answers with `answer`. */
struct rp_campaign_options campaign(fake_answer *answer, void *context, unsigned workers);

/* The same over a CPU, with ring 3 alone in long64, compat32 and compat16. */
struct rp_campaign_options campaign_of_silicon(fake_answer *answer, void *context, unsigned workers);

/* The same over two: the second is a CPU, with ring 3 alone in long64, compat32 and compat16. */
struct rp_campaign_options campaign_of_two(fake_answer *first, fake_answer *second, unsigned workers);

#endif
