/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Screening misses nothing: the definitions taken literally (every resource, every value, every seed, both
 * rings, no screening) on one encoding of every mnemonic and of every signature, and on 2,000 random ones,
 * against the judge's verdicts, kinds and resources; and how much screening saves. The judge's time has in it
 * what the definitions do not ask for, witnesses and closers; where nothing is found there is screening
 * alone. The judge goes through all of the sample before the definitions do: one encoding by turns, it would
 * find its own states thrown out of the caches by some 70 MB of theirs, as in no scan. Policy legacy.
 * Arguments, all optional: executor, random encodings, seed. */
#include "support/screening.h"
#include "support/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    struct screening_wish wish = {
        .modes = (1u << RP_MODE_COUNT) - 1, .mnemonics = true, .signatures = true, .random = 2000, .seed = 1};
    const struct rp_executor_entry *entry = rp_executor_find(argc > 1 ? argv[1] : "unicorn");
    struct screening_sample sample;
    struct screening_tally tally;
    if (!entry || !entry->executor)
        bench_give_up("no such executor in this build");
    if (argc > 2)
        wish.random = strtoul(argv[2], NULL, 10);
    if (argc > 3)
        wish.seed = strtoull(argv[3], NULL, 10);
    screening_choose(&wish, entry, &sample);
    printf("%zu encodings: %zu mnemonics (%zu more of which %s decides nothing), %zu signatures, %zu random "
           "ones, seed %" PRIu64 "\n",
           sample.count, sample.mnemonics - sample.undecided, sample.undecided, entry->name,
           sample.signatures, sample.random, wish.seed);
    fflush(stdout);
    screening_compare(&sample, entry, 2, &tally);
    printf("literally: %zu holes, %zu privileged, %zu innocuous, %zu unknown; %zu control, %zu mode, "
           "%zu resource; %.1f million runs, %.1f s\n",
           tally.verdict[RP_VERDICT_HOLE], tally.verdict[RP_VERDICT_PRIVILEGED],
           tally.verdict[RP_VERDICT_INNOCUOUS], tally.verdict[RP_VERDICT_UNKNOWN],
           tally.kind[RP_SENSITIVE_CONTROL], tally.kind[RP_SENSITIVE_MODE], tally.kind[RP_SENSITIVE_RESOURCE],
           tally.runs[0] / 1e6, tally.seconds[0]);
    printf("judged: %.2f million runs, %.1f s; %u workers died\n", tally.runs[1] / 1e6, tally.seconds[1],
           tally.deaths);
    printf("ratio verdicts_that_differ %zu goal 0\n", tally.differ);
    printf("ratio literal_over_judged_runs %.1f goal 15\n", tally.runs[0] / tally.runs[1]);
    printf("ratio literal_over_judged_time %.1f goal 15\n", tally.seconds[0] / tally.seconds[1]);
    printf("ratio literal_over_screened_time %.1f goal 15\n",
           tally.innocuous_seconds[0] / tally.innocuous_seconds[1]);
    screening_free(&sample);
    return 0;
}
