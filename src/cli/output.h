/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the answer goes, and what goes to standard error. Standard output holds only the answer. */
#ifndef RP_CLI_OUTPUT_H
#define RP_CLI_OUTPUT_H

#include "cli/options.h"

/* An answer on its way: into a file, which appears whole at the end, or to standard output piece by piece. */
struct rp_output {
    const char *path; /* NULL: standard output */
    struct rp_text text;
    bool closed; /* the reader has left: nothing more is wanted */
};

/* Begins an answer; a path whose folder cannot be written to is an error now, not after the work. */
int rp_output_begin(struct rp_output *output, const char *path, struct rp_error *error);

/* Refuses an answer that would be written over one of `inputs` (NULL behind the last), whatever name either
 * has. */
int rp_output_spares(const struct rp_output *output, char *const *inputs, struct rp_error *error);

/* Hands on what output->text holds so far, if it goes to standard output. Sets output->closed. */
int rp_output_flush(struct rp_output *output, struct rp_error *error);

/* After each line of a long answer: hands it on once a megabyte is kept back. */
int rp_output_line(struct rp_output *output, struct rp_error *error);

/* Hands on the rest, unless `result` is a failure, frees the text and returns the first failure. */
int rp_output_end(struct rp_output *output, int result, struct rp_error *error);

/* Fails if a file at `path` could not be made: before long work begins. Devices are not tried. */
int rp_output_check(const char *path, struct rp_error *error);

/* One line to standard error, "ringprobe: " in front. */
void rp_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How text looks on descriptor `fd`: colours by --color, NO_COLOR and whether it is a terminal; its width. */
struct rp_style rp_output_style(const struct rp_options *options, int fd, const char *path);

#endif
