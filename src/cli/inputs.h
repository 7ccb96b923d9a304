/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inputs of fuzz campaigns as commands take them: corpus files, files of AFL's queue and crashes, folders of
 * them. */
#ifndef RP_CLI_INPUTS_H
#define RP_CLI_INPUTS_H

#include "campaign/fuzz_try.h"
#include "cli/options.h"

/* True if the operand is a folder that is not a fuzz campaign's, or a file that begins as inputs do. */
bool rp_inputs_here(const char *operand);

/* Tries each input of the operand by -x, or by Unicorn and, where it runs, the CPU, and gives `each` what it
 * came to. Of a folder its files are read in the order of their names, those of AFL's own (README.txt, names
 * with a dot in front) and folders are not. What is no input is left out: one note says how much, and
 * *left_out is set. RP_EINPUT: there is no input at all. */
int rp_inputs_try(const struct rp_options *options, const char *operand,
                  int (*each)(void *context, const struct rp_fuzz_tried *tried, struct rp_error *error),
                  void *context, bool *left_out, struct rp_error *error);

/* Appends what an input came to: a line for it, one for each look. */
void rp_inputs_text(const struct rp_fuzz_tried *tried, struct rp_text *text);
/* The same as "ringprobe.input/1"; its findings are lines of their own. */
void rp_inputs_json(const struct rp_fuzz_tried *tried, struct rp_text *text);

/* --seed-corpus: writes the seed corpus of `modes` into a new folder. */
int rp_inputs_write_seeds(const struct rp_options *options, uint8_t modes, struct rp_error *error);

#endif
