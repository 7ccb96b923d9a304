/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The seed corpus: inputs that a fuzz campaign may begin with (corpus/fuzz-corpus.tsv, whose head says how it
 * is made). */
#ifndef RP_FUZZ_SEED_CORPUS_H
#define RP_FUZZ_SEED_CORPUS_H

#include "fuzz/input.h"

#define RP_FUZZ_CORPUS_HEADING "mode\tencoding\tseed\tring0\tring3"

/* Gives each input of the facts' modes to `each`, with how Unicorn ends it in both rings ("-": there is no
 * such ring). RP_EINPUT: a line of the file; a failure of `each` ends it. */
int rp_fuzz_seed_corpus_read(const struct rp_fuzz_facts *facts,
                             int (*each)(void *context, const struct rp_fuzz_input *input, const char *ring0,
                                         const char *ring3, struct rp_error *error),
                             void *context, struct rp_error *error);

/* Writes them into the folder `path`, which is made and has to be empty, a file each, as afl-fuzz -i and
 * libFuzzer take them: "0001-long64-0f01e0". *count: how many. RP_EINPUT: there is something in it;
 * RP_EENVIRONMENT: can't be written. */
int rp_fuzz_seed_corpus_write(const struct rp_fuzz_facts *facts, const char *path, unsigned *count,
                              struct rp_error *error);

#endif
