/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Screening against the definitions taken literally (literal.h): which encodings are asked about, and what
 * the two said and cost. In worker processes, because an encoding may take its executor with it. */
#ifndef RP_TESTS_SUPPORT_SCREENING_H
#define RP_TESTS_SUPPORT_SCREENING_H

#include "executor/registry.h"
#include "judge/verdict.h"

/* Of the encodings that the decoder knows and the executor decides. */
struct screening_wish {
    uint8_t modes;   /* bits of 1 << enum rp_mode */
    bool mnemonics;  /* one of every mnemonic, in the first of the modes that has one */
    bool signatures; /* of what corpus/non-innocuous.tsv names one in memory and one without, in each mode;
                        and what corpus/seeds.tsv is there to raise */
    size_t random;   /* so many besides */
    uint64_t seed;
};

struct screening_item {
    enum rp_mode mode;
    size_t index; /* in the mode's form space */
    struct rp_encoding encoding;
};

struct screening_sample {
    struct screening_item *item; /* by mode and index, each once */
    size_t count;
    size_t mnemonics, undecided; /* that the modes have, and those of which nothing is decided */
    size_t signatures, random;
};

/* Gives up the program where it can't. */
void screening_choose(const struct screening_wish *wish, const struct rp_executor_entry *entry,
                      struct screening_sample *sample);
void screening_free(struct screening_sample *sample);

struct screening_tally {
    size_t verdict[RP_VERDICT_COUNT]; /* literal ones */
    size_t kind[RP_SENSITIVE_RESOURCE + 1];
    size_t differ;
    unsigned deaths;
    double runs[2], seconds[2];  /* literally; by the judge: processor time of this process alone */
    double innocuous_seconds[2]; /* of the innocuous, where the judge does no more than screen */
};

/* Judges each both ways, with `workers` workers. Prints the first differences. */
void screening_compare(const struct screening_sample *sample, const struct rp_executor_entry *entry,
                       unsigned workers, struct screening_tally *tally);

#endif
