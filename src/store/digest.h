/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One number for all that a campaign keeps of a verdict. */
#ifndef RP_STORE_DIGEST_H
#define RP_STORE_DIGEST_H

#include "judge/verdict.h"

/* XXH64 over every column of the verdict, its witness and its divergences, but how many runs it took. Equal
 * on every machine and in every version that stores the same columns. */
uint64_t rp_verdict_digest(const struct rp_verdict *verdict);

/* XXH64 over the columns that many encodings have alike, what was found without its witness, with opinions
 * and closers: the key of table `behaviour`. */
uint64_t rp_record_behaviour_digest(const struct rp_verdict *verdict);

#endif
