/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fuzz campaign shows while it runs, on standard error: on a terminal a screen of a few lines that is
 * drawn over itself, in the manner of afl-fuzz and as wide as the terminal is at that moment; elsewhere a
 * line every ten seconds. */
#ifndef RP_CLI_FUZZ_SCREEN_H
#define RP_CLI_FUZZ_SCREEN_H

#include "campaign/fuzz.h"
#include "cli/options.h"

struct rp_fuzz_screen {
    bool terminal, kept;   /* kept: in a directory */
    unsigned drawn, width; /* lines that stand there, and their characters */
    double shown;          /* seconds of the sitting; below 0: not yet */
    double rate, measured; /* executions a second of late, as of these seconds */
    uint64_t executions;   /* of the sitting, then */
    const char *idle;      /* what goes on while no worker does */
    char title[100];       /* "ringprobe fuzz (unicorn + native)" */
};

void rp_fuzz_screen_begin(struct rp_fuzz_screen *screen, const struct rp_options *options);
/* What a campaign calls; `context` is the struct rp_fuzz_screen. */
void rp_fuzz_screen_show(void *context, const struct rp_fuzz_status *status);
/* Removes the screen; the next call of rp_fuzz_screen_show draws a new one. */
void rp_fuzz_screen_end(struct rp_fuzz_screen *screen);

#endif
